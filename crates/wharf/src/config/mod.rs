//! The project's configuration: defaults, then wharf.toml, then the environment, then flags; each over those before it.

mod expand;
mod file;
mod settings;
mod source;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use port::{Error, Kind};
use retail::mistake::Mistake;

use crate::failure::{Failure, Result};

pub use settings::{SETTINGS, Setting, sections};
pub use source::{DatabaseSource, SourceTable};
pub use value::{Origin, Value, bytes, masked};

/// The file that makes a folder a project.
pub const FILE: &str = "wharf.toml";

/// What is in force, and whence.
#[derive(Debug)]
pub struct Config {
    /// The project's folder.
    pub folder: PathBuf,
    values: BTreeMap<(&'static str, &'static str), Value>,
    /// What is read beside the inbox: `[[source]]`.
    pub sources: Vec<DatabaseSource>,
    /// Settings of the server whose variables are not set.
    unset: Vec<file::Unset>,
}

/// A setting given on the command line: the flag as typed, `section.key`, the value.
#[derive(Debug, Clone)]
pub struct Flag {
    pub flag: String,
    pub name: String,
    pub text: String,
}

impl Config {
    /// Reads all layers. `folder` is the project's; `environment` gives all variables.
    pub fn load(folder: PathBuf, environment: &[(String, String)], flags: &[Flag]) -> Result<Config> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| Error::io("read", &path, error))?;
        let variable = |name: &str| environment.iter().find(|(key, _)| key == name).map(|(_, text)| text.clone());
        let mut mistakes = Vec::new();
        let defaults = SETTINGS.iter().filter_map(|setting| {
            Some((setting, Value { text: setting.default?.to_owned(), origin: Origin::Default }))
        });
        let mut layers: Vec<(&'static Setting, Value)> = defaults.collect();
        let mut unset = Vec::new();
        layers.extend(file::read(FILE, &text, &variable, &mut mistakes, &mut unset));
        let sources = source::read(FILE, &text, &variable, &mut mistakes);
        layers.extend(from_environment(environment, &mut mistakes));
        layers.extend(from_flags(flags, &mut mistakes));
        let mut values = BTreeMap::new();
        for (setting, value) in layers {
            if let Err(mistake) = value::check(setting, &value) {
                mistakes.push(mistake);
            }
            // Set by a later layer, what wharf.toml wanted is wanted no more.
            if !matches!(value.origin, Origin::Default) {
                unset.retain(|(of, _): &file::Unset| of.name() != setting.name());
            }
            values.insert((setting.section, setting.key), value);
        }
        for (setting, _) in &unset {
            values.remove(&(setting.section, setting.key));
        }
        let config = Config { folder, values, sources, unset };
        mistakes.extend(config.nested());
        // In the file's order, then those of the environment and of flags.
        mistakes.sort_by_key(|mistake| (mistake.line == 0, mistake.line, mistake.column));
        if mistakes.is_empty() { Ok(config) } else { Err(Failure::mistakes(&mistakes)) }
    }

    /// The lake and the inbox, one in the other: wharf would land its own files.
    fn nested(&self) -> Option<Mistake> {
        let place = |section| {
            let path = self.path(section, "path");
            path.canonicalize().or_else(|_| std::path::absolute(&path)).unwrap_or(path)
        };
        let (lake, inbox) = (place("lake"), place("inbox"));
        if !lake.starts_with(&inbox) && !inbox.starts_with(&lake) {
            return None;
        }
        // Of the two the one that somebody set.
        let set = |section| self.value(section, "path").filter(|value| value.origin != Origin::Default);
        let value = set("inbox").or(set("lake")).or(self.value("inbox", "path"))?;
        let told = format!("the lake {} and the inbox {} lie one in the other", lake.display(), inbox.display());
        Some(value.origin.mistake(told).advise("wharf would land its own files: give them folders side by side"))
    }

    /// That all is there that a server needs.
    pub fn for_a_server(&self) -> Result<()> {
        let mistakes: Vec<Mistake> = self.unset.iter().map(|(_, mistake)| mistake.clone()).collect();
        if mistakes.is_empty() { Ok(()) } else { Err(Failure::mistakes(&mistakes)) }
    }

    /// A mistake of a setting's value, where that is written.
    pub fn mistake(&self, section: &'static str, key: &'static str, message: impl Into<String>) -> Mistake {
        match self.value(section, key) {
            Some(value) => value.origin.mistake(message),
            None => Mistake::of_file(FILE, message),
        }
    }

    /// Where a setting is written whose variable is not set, and which that is.
    pub fn unset(&self, setting: &Setting) -> Option<String> {
        let (_, mistake) = self.unset.iter().find(|(of, _)| of.name() == setting.name())?;
        Some(format!("{FILE}:{}:{}: {}", mistake.line, mistake.column, mistake.message))
    }

    pub fn value(&self, section: &'static str, key: &'static str) -> Option<&Value> {
        self.values.get(&(section, key))
    }

    pub fn text(&self, section: &'static str, key: &'static str) -> Option<&str> {
        self.value(section, key).map(|value| value.text.as_str())
    }

    /// A path below the project, unless it is absolute.
    pub fn path(&self, section: &'static str, key: &'static str) -> PathBuf {
        self.folder.join(self.text(section, key).unwrap_or(section))
    }

    pub fn memory(&self) -> usize {
        self.text("lake", "memory").and_then(value::bytes).unwrap_or(1 << 30)
    }

    pub fn threads(&self) -> usize {
        match self.count("lake", "threads") {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }

    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.count("lake", "wait_seconds") as u64)
    }

    /// Runs of which `optimize` leaves what they did: the last one at least, or nothing would be known of it.
    pub fn keep_runs(&self) -> u64 {
        self.count("history", "keep_runs").max(1) as u64
    }

    /// Cancelled orders count, and are taken back on the day of their cancellation.
    pub fn reverses_cancelled(&self) -> bool {
        self.text("shop", "cancelled") == Some("reverse")
    }

    pub fn weeks_start_on_sunday(&self) -> bool {
        self.text("shop", "week_start") == Some("sunday")
    }

    pub fn count(&self, section: &'static str, key: &'static str) -> usize {
        self.text(section, key).and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

/// The project that `start` lies in: the nearest folder above with a wharf.toml.
pub fn find_project(start: &Path) -> Result<PathBuf> {
    let found = start.ancestors().find(|folder| folder.join(FILE).is_file());
    let told = || {
        Error::new(Kind::Config, format!("there is no {FILE} in {} or above it", start.display()))
            .advise("go to your project's folder, or make one: wharf init --preset online-retail my-shop")
    };
    found.map(Path::to_owned).ok_or_else(|| told().into())
}

fn from_environment(environment: &[(String, String)], mistakes: &mut Vec<Mistake>) -> Vec<(&'static Setting, Value)> {
    let mut values = Vec::new();
    for (variable, text) in environment {
        let origin = Origin::Environment(variable.clone());
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.variable() == *variable) {
            // Set to nothing is not set: shells and containers pass such variables on.
            if !text.is_empty() {
                values.push((setting, Value { text: text.clone(), origin }));
            }
        } else if sections().iter().any(|section| variable.starts_with(&format!("WHARF_{}_", section.to_uppercase()))) {
            let names: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
            let mistake = origin.mistake("there is no such setting");
            mistakes.push(mistake.suggest(variable, names.iter().map(String::as_str)));
        }
    }
    values
}

fn from_flags(flags: &[Flag], mistakes: &mut Vec<Mistake>) -> Vec<(&'static Setting, Value)> {
    let mut values = Vec::new();
    for Flag { flag, name, text } in flags {
        let origin = Origin::Flag(flag.clone());
        match SETTINGS.iter().find(|setting| setting.name() == *name) {
            Some(setting) => values.push((setting, Value { text: text.clone(), origin })),
            None => {
                let names: Vec<String> = SETTINGS.iter().map(Setting::name).collect();
                let mistake = origin.mistake(format!("there is no setting `{name}`"));
                mistakes.push(mistake.suggest(name, names.iter().map(String::as_str)));
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)], flags: &[Flag]) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let environment: Vec<(String, String)> =
            environment.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        Config::load(folder.path().to_owned(), &environment, flags)
    }

    #[test]
    fn later_layers_win() {
        let text = "[lake]\nmemory = \"2GB\"\nthreads = 3\npath = \"${WHERE:-here}\"\n";
        let flag = Flag { flag: "--set".into(), name: "lake.threads".into(), text: "5".into() };
        let config = load(text, &[("WHARF_LAKE_MEMORY", "4GB"), ("WHERE", "there")], &[flag]).unwrap();
        assert_eq!(config.memory(), 4 << 30);
        assert_eq!(config.threads(), 5);
        assert_eq!(config.text("lake", "path"), Some("there"));
        assert_eq!(config.value("lake", "memory").unwrap().origin.to_string(), "environment WHARF_LAKE_MEMORY");
        assert_eq!(config.value("lake", "path").unwrap().origin.to_string(), "wharf.toml:4:8");
        assert_eq!(config.text("inbox", "path"), Some("inbox"));
    }

    #[test]
    fn mistakes_of_all_layers_are_told() {
        let flag = Flag { flag: "--set".into(), name: "lake.thread".into(), text: "5".into() };
        let text = "[lake]\nmemory = \"much\"\n[shop]\ntimezone = \"Europe/Londn\"\n";
        let Err(Failure::Mistakes(told)) = load(text, &[("WHARF_LAKE_PAHT", "x")], &[flag]) else { panic!() };
        let told = told.join("\n");
        for part in [
            "wharf.toml:2:10: lake.memory = \"much\" is not a size",
            "wharf.toml:4:12: shop.timezone = \"Europe/Londn\" is not a time zone",
            "did you mean `WHARF_LAKE_PATH`?",
            "did you mean `lake.threads`?",
        ] {
            assert!(told.contains(part), "{part} in\n{told}");
        }
    }

    #[test]
    fn what_could_not_work_is_told() {
        for (text, part) in [
            ("[inbox]\npath = \".\"\n", "wharf.toml:2:8: the lake"),
            ("[lake]\npath = \"inbox/lake\"\n", "wharf.toml:2:8: the lake"),
            ("[inbox]\npath = \"lake/in/../new\"\n", "lie one in the other"),
            ("[lake]\nthreads = 1000000\n", "wharf.toml:2:11: lake.threads = \"1000000\" is not possible"),
            (
                "[serve]\nport = 80800\n",
                "wharf.toml:2:8: serve.port = \"80800\" is not possible\n  write 65535 at most",
            ),
            ("[serve]\naddress = \"localhost\"\n", "is not an IP address\n  write 127.0.0.1"),
        ] {
            let Err(Failure::Mistakes(told)) = load(text, &[], &[]) else { panic!("{text}") };
            assert!(told.join("\n").contains(part), "{part} in {told:?}");
        }
        assert!(load("[lake]\npath = \"inbox-lake\"\n", &[], &[]).is_ok());
    }
}
