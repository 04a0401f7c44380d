//! The preset that a project names: one that comes with wharf, or a folder of its own.

use std::path::Path;

use retail::mistake::Mistake;
use retail::preset::{Preset, SqlFile, preset, presets};

use super::files;
use crate::config::{Config, FILE, Origin};
use crate::failure::{Failure, Result};

/// Where a project keeps a preset of its own.
pub const PRESET_FOLDER: &str = "preset";

pub fn read_preset(config: &Config) -> Result<Preset> {
    match config.value("shop", "preset") {
        None if has_source(&config.folder.join(PRESET_FOLDER)) => from_folder(&config.folder, PRESET_FOLDER),
        None => {
            let mistake = Mistake::of_file(FILE, "[shop] has no preset");
            Err(Failure::mistakes(&[mistake.advise(format!("write preset = \"…\" there: {}", known_names()))]))
        }
        Some(value) => {
            let name = value.text.trim_end_matches('/');
            // A folder of the project comes before a name, so that a copy of ours can be edited under its own name.
            if has_source(&config.folder.join(name)) {
                return from_folder(&config.folder, name);
            }
            preset(name).cloned().ok_or_else(|| Failure::mistakes(&[unknown(name, &value.origin)]))
        }
    }
}

fn from_folder(project: &Path, folder: &str) -> Result<Preset> {
    let source_file = format!("{folder}/source.toml");
    let text = files::read(&project.join(&source_file))?;
    let staging = files::below(project, &format!("{folder}/staging"), "sql")?;
    let staging = staging.into_iter().map(|file| SqlFile::new(file.name, file.text)).collect();
    let name = folder.rsplit('/').next().unwrap_or(folder);
    Preset::new(name, &source_file, &text, staging).map_err(|mistakes| Failure::mistakes(&mistakes))
}

fn unknown(name: &str, origin: &Origin) -> Mistake {
    let names = presets().iter().map(|preset| preset.name.as_str());
    if name.contains('/') || name == PRESET_FOLDER {
        return origin
            .mistake(format!("there is no {name}/source.toml"))
            .advise("write one: wharf init --from FILE… DIR");
    }
    origin.mistake(format!("there is no preset `{name}`")).suggest(name, names.chain([PRESET_FOLDER]))
}

fn has_source(folder: &Path) -> bool {
    folder.join("source.toml").is_file()
}

fn known_names() -> String {
    presets().iter().map(|preset| preset.name.as_str()).collect::<Vec<_>>().join(", ")
}
