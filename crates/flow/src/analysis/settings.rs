//! What can be set of an analysis, and a header's `settings:` read by that list.

use std::collections::BTreeMap;

/// A number that can be set.
#[derive(Debug)]
pub struct Setting {
    pub key: &'static str,
    pub default: f64,
    /// Inclusive bounds.
    pub least: f64,
    pub most: f64,
    /// A whole number.
    pub whole: bool,
    pub about: &'static str,
}

/// The values in force.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    values: BTreeMap<&'static str, f64>,
}

impl Settings {
    /// The defaults, with what the header says in their place; or every mistake.
    pub fn read(known: &'static [Setting], asked: &models::Analysis) -> Result<Settings, Vec<String>> {
        let mut values: BTreeMap<&'static str, f64> =
            known.iter().map(|setting| (setting.key, setting.default)).collect();
        let mut mistakes = Vec::new();
        for said in &asked.settings {
            match value(known, said) {
                Ok((key, value)) => drop(values.insert(key, value)),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        if mistakes.is_empty() { Ok(Settings { values }) } else { Err(mistakes) }
    }

    pub fn number(&self, key: &str) -> f64 {
        self.values.get(key).copied().unwrap_or_default()
    }

    pub fn count(&self, key: &str) -> u64 {
        // Bounds are checked, so this cuts nothing off.
        self.number(key) as u64
    }
}

/// One setting's value, or what is wrong with it.
pub(super) fn value(known: &'static [Setting], said: &models::Setting) -> Result<(&'static str, f64), String> {
    let Some(setting) = known.iter().find(|setting| setting.key == said.key) else {
        let keys = known.iter().map(|setting| setting.key);
        let advice = match models::nearest(&said.key, keys.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", keys.collect::<Vec<_>>().join(", ")),
        };
        return Err(format!("there is no setting `{}`: {advice}", said.key));
    };
    let range = || {
        let what = if setting.whole { "a whole number" } else { "a number" };
        format!("`{}` is {what} from {} to {}, not `{}`", setting.key, setting.least, setting.most, said.value)
    };
    let number: f64 = said.value.parse().map_err(|_| range())?;
    // NaN is within no bounds.
    let fits = (setting.least..=setting.most).contains(&number) && (!setting.whole || number.fract() == 0.0);
    if fits { Ok((setting.key, number)) } else { Err(range()) }
}
