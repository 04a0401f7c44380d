//! Readings that could be otherwise, each told with a value: which statuses sell, what a number or a date is, what was left out.

use connect::files::{Certainty, ColumnLook};
use retail::source::ColumnType;

use super::Seen;
use super::roles::*;
use super::staging::CANCELLED_WORDS;
use super::written::Written;

pub fn lines(seen: &[Seen], parts: &Parts<'_>) -> Vec<String> {
    let mut told: Vec<String> =
        parts.orders.and_then(|orders| find(orders, STATUS)).map(statuses).into_iter().collect();
    told.extend(seen.iter().filter_map(number));
    told.extend(seen.iter().filter_map(day));
    told.extend(parts.orders.into_iter().flat_map(left_out));
    told
}

/// Which statuses of the file sold something, and which did not.
fn statuses(status: &ColumnLook) -> String {
    let is_word = |value: &&String| CANCELLED_WORDS.iter().any(|word| value.to_lowercase().starts_with(word));
    let (out, sold): (Vec<&String>, Vec<&String>) = status.values.iter().partition(is_word);
    let of = |words: &[&String]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let sold = if sold.is_empty() { "anything else".to_owned() } else { format!("like {}", of(&sold)) };
    // The first rows alone are seen here; the SQL asks every row.
    let told = match out.is_empty() {
        true => format!("begins with {} or the like", CANCELLED_WORDS[..3].join(", ")),
        false => format!("is like {}", of(&out)),
    };
    let more = match status.distinct - status.values.len() {
        0 => String::new(),
        more => format!("; {more} more are judged alike"),
    };
    format!("orders count as cancelled whose {} {told}, and as sold where it is {sold}{more}", status.header)
}

/// `1.200` is a thousand and two hundred, or one and a bit.
fn number(file: &Seen) -> Option<String> {
    let is_marked = |value: &&String| value.contains(['.', ',']);
    NUMBERS.iter().filter_map(|role| find(file, *role)).find_map(|column| {
        let sample = column.values.iter().find(is_marked)?;
        let written = Written::of(column, &file.look);
        let decimal = match &written {
            Some(written) if written.is_unclear() => written.decimal(),
            None if column.kind.certainty == Certainty::Ambiguous && column.kind.value == ColumnType::Decimal => {
                file.look.decimal.value
            }
            _ => return None,
        };
        let digits = sample.chars().filter(|mark| mark.is_ascii_digit() || *mark == decimal);
        let plain: String = digits.map(|mark| if mark == decimal { '.' } else { mark }).collect();
        let value: f64 = plain.parse().ok()?;
        let (header, name) = (&column.header, file.file());
        Some(format!(
            "{name}: `{sample}` in {header} is read as {value}: is its mark one of decimals, or of thousands?"
        ))
    })
}

/// 03/04/2024 is in March or in April.
fn day(file: &Seen) -> Option<String> {
    let column = find(file, TIME).filter(|column| column.kind.certainty == Certainty::Ambiguous)?;
    Some(format!(
        "{}: {} is read by {}, day or month first could not be told",
        file.file(),
        column.samples.first().map_or("", String::as_str),
        column.formats.first().map_or("", String::as_str),
    ))
}

/// Times of day beside a date: a column is read by itself.
fn left_out(orders: &Seen) -> Option<String> {
    let date = find(orders, TIME).filter(|column| column.kind.value == ColumnType::Date)?;
    let is_times = |column: &&ColumnLook| !column.samples.is_empty() && column.samples.iter().all(|it| is_clock(it));
    let time = orders.look.columns.iter().find(is_times)?;
    let (day, header) = (&date.header, &time.header);
    Some(format!("{header} is left out: orders are of the day that {day} tells; a column of both is read whole"))
}

/// `9:05`, `18:30:00`, `6:30 PM`.
fn is_clock(text: &str) -> bool {
    let upper = text.to_uppercase();
    let plain = upper.trim_end_matches(['A', 'P', 'M', ' ', '.']);
    let parts: Vec<&str> = plain.split(':').collect();
    let is_two = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (2..=3).contains(&parts.len()) && parts.iter().all(is_two)
}
