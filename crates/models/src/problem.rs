//! What is wrong with a text, where, and what to write instead.

use std::fmt;

/// One thing to mend. Lines and columns count from 1; 0 is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub message: String,
    /// What to do next.
    pub advice: Option<String>,
}

/// A line and a column of a file, both from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub line: usize,
    pub column: usize,
}

/// The candidate that a mistyped `name` most likely meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    // Half the letters may be wrong, but of a short word at most two: `day` is not a slip for `tags`.
    let allowed = (wanted.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

impl Problem {
    pub(crate) fn new(file: &str, at: Place, message: impl Into<String>) -> Problem {
        Problem { file: file.to_owned(), line: at.line, column: at.column, message: message.into(), advice: None }
    }

    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Problem {
        self.advice = Some(advice.into());
        self
    }

    /// Advises the nearest of `candidates`; when none is near, lists them.
    pub(crate) fn suggest<'a>(self, name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Problem {
        match nearest(name, candidates.clone()) {
            Some(near) => self.advise(format!("did you mean `{near}`?")),
            None => {
                let all: Vec<&str> = candidates.into_iter().collect();
                if all.is_empty() { self } else { self.advise(format!("there are: {}", listed(&all))) }
            }
        }
    }
}

/// The first names of a list, and how many more there are.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 16;
    let head = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{head} and {more} more"),
        _ => head,
    }
}

impl Place {
    pub fn new(line: usize, column: usize) -> Place {
        Place { line, column }
    }

    /// The place of a byte offset in `text`.
    pub fn of(text: &str, offset: usize) -> Place {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place::new(before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// Blank text that puts what follows it at this place.
    pub fn padding(self) -> String {
        let mut text = "\n".repeat(self.line.saturating_sub(1));
        text.push_str(&" ".repeat(self.column.saturating_sub(1)));
        text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column.max(1))?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(advice) = &self.advice {
            write!(f, "\n  {advice}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_like_a_compiler_message() {
        let problem = Problem::new("models/a.sql", Place::new(3, 7), "no table `order`").suggest("order", ["orders"]);
        assert_eq!(problem.to_string(), "models/a.sql:3:7: no table `order`\n  did you mean `orders`?");
    }

    #[test]
    fn nearest_names() {
        assert_eq!(nearest("descripton", ["kind", "description"]), Some("description"));
        assert_eq!(nearest("Orders", ["orders", "order_lines"]), Some("orders"));
        assert_eq!(nearest("day", ["tags", "kind"]), None);
    }

    #[test]
    fn places_count_characters() {
        assert_eq!(Place::of("é\nüb", "é\nü".len()), Place::new(2, 2));
        assert_eq!(Place::of("x", 0), Place::new(1, 1));
        assert_eq!(Place::new(2, 3).padding(), "\n  ");
    }
}
