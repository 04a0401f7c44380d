//! What is wrong with a cell: the rule it breaks, and the words that tell a person.

use retail::source::ColumnType;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Missing,
    Integer,
    Decimal,
    /// More than four decimals: rounding money is not ours to do.
    Decimals,
    /// Beyond DECIMAL(18,4).
    Overflow,
    Boolean,
    Date,
    /// A date with a time of day that dropping would lose.
    TimeOfDay,
    Timestamp,
    Range,
    NotAccepted,
}

impl Fault {
    /// Stable name of the rule.
    pub fn rule(self) -> &'static str {
        match self {
            Fault::Missing => "missing",
            Fault::Integer => "bad_integer",
            Fault::Decimal | Fault::Decimals | Fault::Overflow => "bad_decimal",
            Fault::Boolean => "bad_boolean",
            Fault::Date | Fault::TimeOfDay => "bad_date",
            Fault::Timestamp => "bad_timestamp",
            Fault::Range => "out_of_range",
            Fault::NotAccepted => "not_accepted",
        }
    }

    /// Which column, which value, what was expected.
    pub fn reason(self, column: &retail::source::Column, cell: &[u8]) -> String {
        let name = &column.name;
        let value = shorten(cell);
        match self {
            Fault::Missing => format!("{name} is empty and is required"),
            Fault::Integer => format!("{name}: {value} is not a whole number of 64 bits"),
            Fault::Decimal => format!("{name}: {value} is not a decimal number"),
            Fault::Decimals => format!("{name}: {value} has more than four decimals, and is not rounded"),
            Fault::Overflow => format!("{name}: {value} is too large, at most 14 digits stand before the point"),
            Fault::Boolean => format!("{name}: {value} is neither true nor false"),
            Fault::Date => format!("{name}: {value} is not a date ({})", expected(column)),
            Fault::TimeOfDay => format!("{name}: {value} has a time of day, which a date cannot keep"),
            Fault::Timestamp => format!("{name}: {value} is not a time ({})", expected(column)),
            Fault::Range => format!("{name}: {value} is outside {}", range(column)),
            Fault::NotAccepted => format!("{name}: {value} is none of {}", column.values.join(", ")),
        }
    }
}

fn expected(column: &retail::source::Column) -> String {
    if !column.formats.is_empty() {
        return format!("expected {}", column.formats.join(" or "));
    }
    match column.kind {
        ColumnType::Date => "expected like 2011-11-23".to_owned(),
        _ => "expected like 2011-11-23 17:05:00".to_owned(),
    }
}

fn range(column: &retail::source::Column) -> String {
    match (&column.min, &column.max) {
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("{min} and up"),
        (None, Some(max)) => format!("up to {max}"),
        (None, None) => "its bounds".to_owned(),
    }
}

/// A value in quotes, cut where it is too long to read.
fn shorten(cell: &[u8]) -> String {
    const SHOWN: usize = 60;
    let text = String::from_utf8_lossy(cell);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}
