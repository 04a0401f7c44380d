//! A mistake in a file that a person wrote: where it is, what is wrong, what to write instead.

use std::fmt;
use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub file: String,
    /// From 1; 0 where the mistake has no place in the file.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
    pub advice: Option<String>,
}

impl Mistake {
    /// A mistake of the file as a whole.
    pub fn of_file(file: &str, message: impl Into<String>) -> Mistake {
        Mistake { file: file.to_owned(), line: 0, column: 0, message: message.into(), advice: None }
    }

    /// A mistake at a byte range of the file's text.
    pub fn at(file: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Mistake {
        let (line, column) = line_and_column(text, span.start);
        Mistake { line, column, ..Mistake::of_file(file, message) }
    }

    /// What the reader of TOML says of a file, at its place; where it knows better words, with the nearest of them.
    pub fn of_toml(file: &str, text: &str, error: &toml::de::Error) -> Mistake {
        let at = |message: &str| match error.span() {
            Some(span) => Mistake::at(file, text, span, message),
            None => Mistake::of_file(file, message),
        };
        // "unknown field `a`, expected one of `b`, `c`": a, and b and c.
        let mut words = error.message().split('`').skip(1).step_by(2);
        match (words.next(), error.message()) {
            (Some(written), message) if message.starts_with("unknown field ") => {
                at(&format!("unknown key `{written}`")).suggest(written, words)
            }
            (Some(written), message) if message.starts_with("unknown variant ") => at(message).suggest(written, words),
            (_, message) => at(message),
        }
    }

    pub fn advise(mut self, advice: impl Into<String>) -> Mistake {
        self.advice = Some(advice.into());
        self
    }

    /// Advises the valid name nearest to what was written, or all of them where none is near.
    pub fn suggest<'a>(self, written: &str, valid: impl IntoIterator<Item = &'a str>) -> Mistake {
        let valid: Vec<&str> = valid.into_iter().collect();
        match nearest(written, valid.iter().copied()) {
            Some(name) => self.advise(format!("did you mean `{name}`?")),
            None if valid.is_empty() => self,
            None => self.advise(format!("valid are: {}", valid.join(", "))),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(advice) = &self.advice {
            write!(f, "\n  {advice}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistake {}

/// The candidate that a person most likely meant, if one is near enough.
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&written, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mistake = Mistake::at("a.toml", "x = 1\nä = é!\n", 11..12, "no").advise("write b");
        assert_eq!((mistake.line, mistake.column), (2, 5));
        assert_eq!(mistake.to_string(), "a.toml:2:5: no\n  write b");
    }

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        assert_eq!(nearest("timezon", ["currency", "timezone"]), Some("timezone"));
        assert_eq!(nearest("Europe/Londn", ["Europe/Lisbon", "Europe/London"]), Some("Europe/London"));
        assert_eq!(nearest("zzz", ["currency", "timezone"]), None);
    }
}
