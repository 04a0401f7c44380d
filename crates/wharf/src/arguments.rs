//! Words of the command line that several commands share: days, ranges, the project.

use std::path::PathBuf;

use retail::day::{Day, parse_day};

use crate::config::Flag;
use crate::failure::{Failure, Result};

/// Flags of every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The project's folder [default: the nearest one above with a wharf.toml]
    #[arg(long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// Set something of wharf.toml for this once, like --set lake.memory=4GB
    #[arg(long = "set", global = true, value_name = "SECTION.KEY=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// How progress is told on stderr
    #[arg(long, global = true, value_name = "text|json", value_parser = ["text", "json"])]
    pub log_format: Option<String>,
    /// Tell errors alone
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Tell more; twice, all
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
}

impl Global {
    /// For a project of our own making in `folder`: its tables lie there, whatever the environment says of others.
    pub fn scratch(&self, folder: PathBuf) -> Global {
        let mut global = Global { project: Some(folder), ..self.clone() };
        global.settings.push(("warehouse.kind".to_owned(), "lake".to_owned()));
        global
    }

    /// The layer of flags.
    pub fn flags(&self) -> Vec<Flag> {
        let flag = |flag: &str, name: &str, text: &str| Flag {
            flag: flag.to_owned(),
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let mut flags: Vec<Flag> = self.settings.iter().map(|(name, text)| flag("--set", name, text)).collect();
        if let Some(format) = &self.log_format {
            flags.push(flag("--log-format", "log.format", format));
        }
        match (self.quiet, self.verbose) {
            (true, _) => flags.push(flag("--quiet", "log.level", "error")),
            (false, 0) => {}
            (false, 1) => flags.push(flag("--verbose", "log.level", "debug")),
            (false, _) => flags.push(flag("--verbose", "log.level", "trace")),
        }
        flags
    }
}

/// From one day to another, both in it; either end may be open.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Range {
    /// First day, like 2011-11-01
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub from: Option<Day>,
    /// Last day, like 2011-11-30
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub to: Option<Day>,
}

impl Range {
    pub fn checked(self) -> Result<Range> {
        match (self.from, self.to) {
            (Some(from), Some(to)) if to < from => {
                Err(Failure::usage("--to lies before --from", "swap them: the first day comes first"))
            }
            _ => Ok(self),
        }
    }
}

/// A day as it is typed.
pub fn day(text: &str) -> std::result::Result<Day, String> {
    let is_written_well = || {
        let widths: Vec<usize> = text.split('-').map(str::len).collect();
        widths == [4, 2, 2] && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    parse_day(text).ok_or_else(|| match is_written_well() {
        true => "there is no such day".to_owned(),
        false => "write a day as YEAR-MONTH-DAY, like 2011-11-23".to_owned(),
    })
}

fn setting(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        None => Err("write SECTION.KEY=VALUE, like lake.memory=4GB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        assert_eq!(day("1970-01-02"), Ok(1));
        assert_eq!(day("2011-02-29"), Err("there is no such day".to_owned()));
        assert!(day("11-11-23").is_err());
        assert!(day("2011-1-2").is_err());
    }
}
