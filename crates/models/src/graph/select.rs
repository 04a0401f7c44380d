//! `--select`: which models a person means.

use std::collections::BTreeSet;

use super::Graph;
use crate::model::Model;
use crate::problem::{Place, Problem};

impl Graph {
    /// Terms apart by white space, each adding models: a name with `*` and `?`, `tag:x`, `layer:staging`, `kind:view`.
    /// `+` before a term adds all that it depends on, `+` after it all that depends on it. `landed+` is what follows from a
    /// landed table.
    pub fn select(&self, selection: &str) -> Result<BTreeSet<String>, Problem> {
        let mut selected = BTreeSet::new();
        for (offset, term) in terms(selection) {
            let (term, ancestors) = term.strip_prefix('+').map_or((term, false), |rest| (rest, true));
            let (term, descendants) = term.strip_suffix('+').map_or((term, false), |rest| (rest, true));
            let at = Place::new(1, Place::of(selection, offset).column + usize::from(ancestors));
            for name in self.matching(term, descendants, at)? {
                if ancestors {
                    selected.extend(self.ancestors(&name));
                }
                if descendants {
                    selected.extend(self.descendants(&name));
                }
                selected.insert(name);
            }
        }
        Ok(selected)
    }

    fn matching(&self, term: &str, descendants: bool, at: Place) -> Result<BTreeSet<String>, Problem> {
        let by = |test: &dyn Fn(&Model) -> bool| -> BTreeSet<String> {
            self.models().filter(|model| test(model)).map(|model| model.name.clone()).collect()
        };
        let (key, value) = term.split_once(':').unwrap_or(("", term));
        let models = match key {
            "" => by(&|model| glob(value, &model.name)),
            "tag" => by(&|model| model.header.tags.iter().any(|tag| glob(value, tag))),
            "layer" => by(&|model| model.layer.name() == value),
            "kind" => by(&|model| model.header.kind.name() == value),
            _ => {
                return Err(Problem::new("--select", at, format!("`{key}:` is not known"))
                    .suggest(key, ["tag", "layer", "kind"]));
            }
        };
        if !models.is_empty() {
            return Ok(models);
        }
        // A landed table cannot be made, but what reads it can.
        let readers = self.readers(value);
        if key.is_empty() && descendants && !readers.is_empty() {
            return Ok(readers);
        }
        let problem = Problem::new("--select", at, format!("nothing is selected by `{term}`"));
        let tags: BTreeSet<&str> = self.models.values().flat_map(|m| &m.header.tags).map(String::as_str).collect();
        Err(match key {
            "tag" => problem.suggest(value, tags),
            "layer" => problem.suggest(value, ["staging", "marts", "insight"]),
            "kind" => {
                problem.suggest(value, ["full", "view", "incremental_by_time_range", "incremental_by_unique_key"])
            }
            _ => problem.suggest(value, self.order.iter().map(String::as_str)),
        })
    }
}

fn terms(selection: &str) -> impl Iterator<Item = (usize, &str)> {
    selection.split_whitespace().map(|term| (term.as_ptr() as usize - selection.as_ptr() as usize, term))
}

/// `*` is any text, `?` one character.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last `*` does not fit.
    let mut retry = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p, t + 1));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    (p, t) = (star + 1, from);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn globs() {
        let yes = [("*", ""), ("daily_*", "daily_sales"), ("*_a*b", "x_aab"), ("d?y", "day"), ("**", "a")];
        let no = [("", "a"), ("daily", "daily_sales"), ("*s", "sale"), ("d?y", "dy")];
        assert!(yes.iter().all(|(pattern, text)| glob(pattern, text)));
        assert!(no.iter().all(|(pattern, text)| !glob(pattern, text)));
    }
}
