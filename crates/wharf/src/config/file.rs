//! The layer of wharf.toml: its text to values with their places, or every mistake in it.

use retail::mistake::Mistake;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::expand::expand;
use super::settings::{self, Setting};
use super::value::{Origin, Value};

/// A setting whose value names a variable that is not set.
pub type Unset = (&'static Setting, Mistake);

/// Values by setting; mistakes go into `mistakes`, all of them. What the server alone needs and is not there goes into `unset`:
/// a job that runs is given no passwords of the page.
pub fn read(
    file: &str,
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    mistakes: &mut Vec<Mistake>,
    unset: &mut Vec<Unset>,
) -> Vec<(&'static Setting, Value)> {
    let root = match DeTable::parse(text) {
        Ok(root) => root,
        Err(error) => {
            mistakes.push(Mistake::of_toml(file, text, &error).advise("the file is TOML: https://toml.io"));
            return Vec::new();
        }
    };
    let mut reader = Reader { file, text, variable, mistakes, unset, values: Vec::new() };
    for (key, value) in root.get_ref().iter() {
        let section = key.get_ref().as_ref();
        match value.get_ref() {
            // Read by `super::source`.
            DeValue::Array(_) if section == "source" => {}
            DeValue::Table(table) if settings::sections().contains(&section) => reader.section(section, table),
            _ => reader.unknown_section(section, key.span()),
        }
    }
    let values = reader.values;
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    values
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    variable: &'a dyn Fn(&str) -> Option<String>,
    mistakes: &'a mut Vec<Mistake>,
    unset: &'a mut Vec<Unset>,
    values: Vec<(&'static Setting, Value)>,
}

impl Reader<'_> {
    fn section(&mut self, section: &str, table: &DeTable<'_>) {
        for (key, value) in table.iter() {
            let name = key.get_ref().as_ref();
            match settings::setting(section, name) {
                Some(setting) => self.value(setting, value),
                None => {
                    let mistake = self.at(key.span(), format!("unknown key `{name}` in [{section}]"));
                    self.mistakes.push(mistake.suggest(name, settings::keys(section)));
                }
            }
        }
    }

    fn value(&mut self, setting: &'static Setting, value: &Spanned<DeValue<'_>>) {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            other => {
                let message = format!("{} is {}, and should be text", setting.name(), other.type_str());
                let mistake = self.at(value.span(), message);
                return self.mistakes.push(mistake.advise("write it in quotes"));
            }
        };
        let place = self.at(value.span(), "");
        match expand(&text, self.variable) {
            Ok(text) => {
                let origin = Origin::File { file: place.file, line: place.line, column: place.column };
                self.values.push((setting, Value { text, origin }));
            }
            Err(fault) => {
                let can_wait = fault.is_unset && setting.section == "serve";
                let mistake = Mistake { message: fault.message, ..place }.advise(fault.advice);
                if can_wait { self.unset.push((setting, mistake)) } else { self.mistakes.push(mistake) }
            }
        }
    }

    fn unknown_section(&mut self, section: &str, span: std::ops::Range<usize>) {
        // A key before any section most likely belongs into one.
        if let Some(home) = settings::SETTINGS.iter().find(|setting| setting.key == section) {
            let mistake = self.at(span, format!("`{section}` stands outside of its section"));
            return self.mistakes.push(mistake.advise(format!("write it below [{}]", home.section)));
        }
        let mistake = self.at(span, format!("unknown section [{section}]"));
        self.mistakes.push(mistake.suggest(section, settings::sections()));
    }

    fn at(&self, span: std::ops::Range<usize>, message: impl Into<String>) -> Mistake {
        Mistake::at(self.file, self.text, span, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let mut mistakes = Vec::new();
        read("wharf.toml", text, &|_| None, &mut mistakes, &mut Vec::new());
        mistakes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_mistakes_are_told_at_once_with_their_places() {
        let told =
            mistakes("[shop]\npresett = \"olist\"\n[lak]\n[inbox]\npath = \"${NOWHERE}\"\n[log]\nlevel = true\n");
        assert_eq!(
            told,
            [
                "wharf.toml:2:1: unknown key `presett` in [shop]\n  did you mean `preset`?",
                "wharf.toml:3:2: unknown section [lak]\n  did you mean `lake`?",
                "wharf.toml:5:8: the environment variable `NOWHERE` is not set\n  set it, or write ${NOWHERE:-default}",
                "wharf.toml:7:9: log.level is boolean, and should be text\n  write it in quotes",
            ]
        );
    }

    #[test]
    fn a_key_outside_of_its_section() {
        assert_eq!(
            mistakes("preset = \"olist\""),
            ["wharf.toml:1:1: `preset` stands outside of its section\n  write it below [shop]"]
        );
    }
}
