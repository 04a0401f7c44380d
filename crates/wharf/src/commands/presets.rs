//! `wharf presets`: those in the binary, and a copy of one to change.

use std::path::{Path, PathBuf};

use retail::preset::{Preset, presets};

use super::init::{known_preset, write_new};
use super::print;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, text_sheet};
use crate::project::PRESET_FOLDER;

/// List the shops that wharf reads without being told how, or copy one to change it
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Examples:\n  wharf presets\n  wharf presets copy online-retail       into preset/, to be changed"
)]
pub struct Presets {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Write a preset's source.toml and staging SQL into a folder, to be changed; nothing that exists is overwritten
    #[command(after_help = "Examples:
  wharf presets copy online-retail
  wharf presets copy olist presets/brazil

Name the folder in wharf.toml afterwards: preset = \"preset/\" below [shop].")]
    Copy {
        /// One of `wharf presets`
        #[arg(value_name = "PRESET")]
        preset: String,
        /// The folder to write to
        #[arg(value_name = "DIR", default_value = PRESET_FOLDER)]
        folder: PathBuf,
    },
}

impl Presets {
    pub fn run(self) -> Result<Outcome> {
        match self.action {
            None => list(&self.output)?,
            Some(Action::Copy { preset, folder }) => copy(known_preset(&preset)?, &folder)?,
        }
        Ok(Outcome::Done)
    }
}

fn list(output: &OutputArgs) -> Result<()> {
    let row = |preset: &Preset| {
        let source = &preset.source;
        vec![preset.name.clone(), source.currency.clone(), source.timezone.clone(), source.description.clone()]
    };
    let rows: Vec<Vec<String>> = presets().iter().map(row).collect();
    let sheet = text_sheet(&["preset", "currency", "timezone", "description"], &rows)?;
    futures::executor::block_on(output.write(sheet))
}

fn copy(preset: &Preset, folder: &Path) -> Result<()> {
    let mut files = vec![("source.toml".to_owned(), preset.source_text.clone())];
    files.extend(preset.staging.iter().map(|file| (format!("staging/{}.sql", file.name), file.text.clone())));
    write_new(folder, &files)?;
    let shown = folder.display();
    print(&format!("Wrote {shown}. To use it, write  preset = \"{shown}\"  below [shop] in wharf.toml.\n"))
}
