//! How a file writes numbers: point or comma, and what groups thousands.

use super::{Certainty, Guess};

/// The marks of a whole file.
pub struct Style {
    pub decimal: Guess<char>,
    pub thousands: Option<char>,
}

const MIXED: &str = "some numbers have a decimal point, others a decimal comma";

/// What the numbers of a file show.
#[derive(Default)]
struct Evidence {
    /// `2.5`, `2.55`: a point that cannot group thousands.
    point: usize,
    comma: usize,
    /// `1,234`: a comma that may be either.
    unclear_comma: usize,
    unclear_point: usize,
    /// `1,234.5`, `1,234,567`: a comma that groups.
    comma_groups: usize,
    point_groups: usize,
    blank_groups: usize,
}

pub fn style(columns: &[Vec<String>]) -> Style {
    let mut evidence = Evidence::default();
    for values in columns {
        // A column of prose with a number here and there says nothing.
        let filled = values.iter().filter(|value| !value.is_empty()).count();
        let numbers: Vec<&str> = values.iter().map(String::as_str).filter(|value| is_number(value)).collect();
        if filled > 0 && numbers.len() * 10 >= filled * 5 {
            numbers.iter().for_each(|value| evidence.add(value));
        }
    }
    evidence.style()
}

/// Digits with points, commas and blanks between them.
fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}'))
}

impl Style {
    /// Points and commas are decimal marks both.
    pub fn is_mixed(&self) -> bool {
        self.decimal.why == MIXED
    }
}

impl Evidence {
    fn add(&mut self, value: &str) {
        self.blank_groups += usize::from(value.contains([' ', '\u{a0}', '\u{202f}']));
        let count = |mark: char| value.chars().filter(|c| *c == mark).count();
        let decimals = |mark: char| value.rsplit(mark).next().map_or(0, str::len);
        match (count('.'), count(',')) {
            (0, 0) => {}
            (0, 1) if decimals(',') == 3 => self.unclear_comma += 1,
            (0, 1) => self.comma += 1,
            // A number like 0.125 is common where points are decimal marks, so three decimals after one speak little.
            (1, 0) if decimals('.') == 3 && !value.trim_start_matches('-').starts_with('0') => self.unclear_point += 1,
            (1, 0) => self.point += 1,
            (0, _) => self.comma_groups += 1,
            (_, 0) => self.point_groups += 1,
            _ if value.rfind('.') > value.rfind(',') => {
                self.point += 1;
                self.comma_groups += 1;
            }
            _ => {
                self.comma += 1;
                self.point_groups += 1;
            }
        }
    }

    fn style(&self) -> Style {
        let (point, comma) = (self.point + self.comma_groups, self.comma + self.point_groups);
        let guess = |value: char, certainty, why: &str| Guess { value, certainty, why: why.to_owned() };
        let blank = (self.blank_groups > 0).then_some(' ');
        if point > 0 && comma > 0 {
            let value = if point >= comma { '.' } else { ',' };
            return Style { decimal: guess(value, Certainty::Ambiguous, MIXED), thousands: blank };
        }
        if comma > 0 {
            let thousands = if self.point_groups + self.unclear_point > 0 { Some('.') } else { blank };
            return Style { decimal: guess(',', Certainty::Certain, "numbers have a decimal comma"), thousands };
        }
        let groups = self.comma_groups + self.unclear_comma > 0;
        if point == 0 && self.unclear_comma > 0 {
            let why =
                "is 1,234 a thousand or one and a bit? No number in the file tells: check `decimal` and `thousands`";
            return Style { decimal: guess('.', Certainty::Ambiguous, why), thousands: Some(',') };
        }
        if point == 0 && self.unclear_point > 0 && self.unclear_comma == 0 {
            let why = "all numbers with a point have three digits after it: is it a thousands mark? Check `decimal` and `thousands`";
            return Style { decimal: guess('.', Certainty::Ambiguous, why), thousands: blank };
        }
        let why = if point > 0 { "numbers have a decimal point" } else { "no number has decimals" };
        Style { decimal: guess('.', Certainty::Certain, why), thousands: if groups { Some(',') } else { blank } }
    }
}
