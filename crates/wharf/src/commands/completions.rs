//! `wharf completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::failure::{Outcome, Result};

/// Print completions for a shell
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf completions bash > ~/.local/share/bash-completion/completions/wharf
  wharf completions zsh > \"${fpath[1]}/_wharf\"
  wharf completions fish > ~/.config/fish/completions/wharf.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut crate::Cli::command(), "wharf", &mut script);
        super::print(&String::from_utf8_lossy(&script))?;
        Ok(Outcome::Done)
    }
}
