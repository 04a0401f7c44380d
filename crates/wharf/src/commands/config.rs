//! `wharf config show`: what is in force, and whence.

use crate::arguments::Global;
use crate::config::{SETTINGS, masked};
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, text_sheet};
use crate::{project, shop};

/// Show the configuration in force
#[derive(clap::Args)]
pub struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Print each setting, its value and where that comes from; secrets are masked
    #[command(after_help = "Examples:
  wharf config show
  WHARF_LAKE_MEMORY=4GB wharf config show --format json")]
    Show {
        #[command(flatten)]
        output: OutputArgs,
    },
}

impl Config {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let Action::Show { output } = self.action;
        let config = shop::read_config(global)?;
        // What the project leaves to its preset is in force too.
        let preset = project::read_preset(&config).ok();
        let reporting = config.text("shop", "file_currency").map(str::to_owned);
        let reporting = reporting.or_else(|| Some(preset.as_ref()?.source.currency.clone()));
        let of_preset = |key: &str| {
            let preset = preset.as_ref()?;
            let text = match key {
                "currency" => reporting.as_ref()?,
                "file_currency" => &preset.source.currency,
                "timezone" => &preset.source.timezone,
                "id_prefix" => &preset.source.id_prefix,
                "name" => &preset.source.name,
                _ => return None,
            };
            Some((text.clone(), format!("preset {}", preset.name)))
        };
        let rows: Vec<Vec<String>> = SETTINGS
            .iter()
            .map(|setting| {
                let set = config.value(setting.section, setting.key);
                let (text, origin) = match set {
                    Some(value) => (masked(setting.key, &value.text), value.origin.to_string()),
                    None => match config.unset(setting) {
                        Some(told) => ("unset".to_owned(), told),
                        None => of_preset(setting.key).unwrap_or((String::new(), "not set".to_owned())),
                    },
                };
                vec![setting.name(), text, origin, setting.about.to_owned()]
            })
            .collect();
        let sheet = text_sheet(&["setting", "value", "from", "what it is"], &rows)?;
        futures::executor::block_on(output.write(sheet))?;
        Ok(Outcome::Done)
    }
}
