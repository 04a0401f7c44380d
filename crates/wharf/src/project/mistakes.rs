//! Mistakes in source.toml that only those find who use what it says: the reader, the engine, the models beside it. A run
//! would end with them too, but without their place and after it has begun.

use lake::Judge;
use models::{Model, Problem};
use retail::mistake::Mistake;
use retail::preset::Preset;

use super::marts;
use crate::failure::Result;

pub fn of_source(preset: &Preset) -> Result<Vec<Mistake>> {
    let mut found = Vec::new();
    let source = &preset.source;
    for (at, glob) in source.ignore.iter().enumerate() {
        found.extend(connect::files::of_glob(glob).map(|message| {
            preset.mistake(&format!("ignore.{at}"), message).advise("write a pattern such as \"*.tmp\"")
        }));
    }
    // An engine is started for rules alone.
    let has_rules = source.tables.iter().any(|table| !table.rejects.is_empty());
    let judge = has_rules.then(|| Judge::new(&source.timezone)).transpose()?;
    for (index, table) in source.tables.iter().enumerate() {
        for mistake in connect::files::mistakes(table) {
            let path = format!("table.{index}.{}", mistake.path);
            found.push(preset.mistake(&path, mistake.message).advise(mistake.advice));
        }
        for (at, error) in judge.iter().flat_map(|judge| judge.mistakes(table)) {
            let mut mistake = preset.mistake(&format!("table.{index}.reject.{at}.when"), error.message);
            if let Some(place) = error.location
                && is_on_one_line(preset, &mistake, &table.rejects[at].when)
            {
                mistake.column += place.column;
            }
            found.push(Mistake { advice: error.advice, ..mistake });
        }
    }
    found.sort_by_key(|mistake| (mistake.line, mistake.column));
    Ok(found)
}

/// Whether a value stands in the file as it is, behind one quote: then places in it are places in the file.
fn is_on_one_line(preset: &Preset, mistake: &Mistake, value: &str) -> bool {
    let line = preset.source_text.lines().nth(mistake.line.saturating_sub(1)).unwrap_or_default();
    let rest: String = line.chars().skip(mistake.column).collect();
    rest.starts_with(value)
}

/// Models that go by the name of a landed table: staging reads that name, so one of the two would never be read.
pub fn of_names(all: &[Model], landed: &[&str], source_file: &str) -> Vec<Problem> {
    let met = all.iter().filter(|model| landed.contains(&model.name.as_str()));
    met.map(|model| Problem {
        file: model.file.clone(),
        line: 1,
        column: 1,
        message: format!("`{}` is the name of a landed table too", model.name),
        advice: Some(match model.file.starts_with(marts::OURS) {
            true => format!("rename the [[table]] in {source_file}"),
            false => format!("rename the file, or the [[table]] in {source_file}"),
        }),
    })
    .collect()
}
