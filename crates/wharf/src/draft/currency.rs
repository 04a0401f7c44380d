//! The currency of files: what a column of currencies says most often, else what stands with the amounts.

use std::collections::HashMap;

use arrow::array::AsArray;
use connect::files::{ColumnLook, Settings, read_path};
use port::Result;
use retail::rates::is_currency;
use retail::source_file::parse_source;

use super::Seen;
use super::roles::{CURRENCY, MONEY, find};
use super::written::Written;
use crate::commands::init::toml_text;

/// A currency's code, and where it was read.
pub struct Guess {
    pub code: String,
    pub why: String,
}

/// ISO 4217's word for none.
pub const UNKNOWN: &str = "XXX";

/// Signs and codes that stand with amounts. A dollar is America's until a column says another.
const WORDS: [(&str, &str); 22] = [
    ("€", "EUR"),
    ("$", "USD"),
    ("US$", "USD"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("R$", "BRL"),
    ("zł", "PLN"),
    ("EUR", "EUR"),
    ("USD", "USD"),
    ("GBP", "GBP"),
    ("CHF", "CHF"),
    ("CAD", "CAD"),
    ("AUD", "AUD"),
    ("JPY", "JPY"),
    ("INR", "INR"),
    ("BRL", "BRL"),
    ("PLN", "PLN"),
    ("SEK", "SEK"),
    ("NOK", "NOK"),
    ("DKK", "DKK"),
    ("CZK", "CZK"),
];

/// Of a sign or a code.
pub fn of_word(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, code)| *code)
}

/// A column of ISO 4217 codes: of signs and names no exchange rate could be found.
pub fn column(seen: &Seen) -> Option<&ColumnLook> {
    find(seen, CURRENCY).filter(|column| column.samples.iter().all(|code| is_currency(&code.to_uppercase())))
}

pub fn guess(seen: &[Seen]) -> Result<Option<Guess>> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for file in seen {
        if let Some(column) = column(file) {
            count(file, column, &mut counts)?;
        }
    }
    let is_mixed = counts.len() > 1;
    // Of equals always the same one.
    let most = counts.into_iter().max_by(|one, other| one.1.cmp(&other.1).then(other.0.cmp(&one.0)));
    if let Some((code, _)) = most {
        let header = seen.iter().find_map(column).map_or("", |column| column.header.as_str());
        let why = if is_mixed { format!("{header} says so most often") } else { format!("{header} says so") };
        return Ok(Some(Guess { code, why }));
    }
    Ok(seen.iter().find_map(with_amounts))
}

/// How often each code stands in the first rows.
fn count(file: &Seen, column: &ColumnLook, counts: &mut HashMap<String, usize>) -> Result<()> {
    if let [only] = column.samples.as_slice() {
        *counts.entry(only.to_uppercase()).or_default() += file.look.rows;
        return Ok(());
    }
    let encoding = file.look.encoding.as_ref().map(|it| format!("encoding = {}\n", toml_text(&it.value)));
    let sheet = file.look.sheet.as_ref().map(|sheet| format!("sheet = {}\n", toml_text(sheet)));
    let text = format!(
        "name = \"look\"\ncurrency = \"XXX\"\ntimezone = \"UTC\"\n[[table]]\nname = \"look\"\nfiles = [\"*\"]\n\
         skip_lines = {}\n{}{}[[table.column]]\nname = \"currency\"\nfrom = [{}]\n",
        file.look.skip_lines,
        sheet.unwrap_or_default(),
        encoding.unwrap_or_default(),
        toml_text(&column.header),
    );
    let Ok(source) = parse_source("look", &text) else { return Ok(()) };
    let Some(table) = source.tables.first() else { return Ok(()) };
    let mut seen = 0;
    for path in &file.paths {
        let mut rows = read_path(table, path, &Settings::new("UTC", 0)?)?;
        while seen < file.look.rows
            && let Some(chunk) = rows.next_chunk()?
        {
            let codes = chunk.batch.column(0).as_string_view();
            for code in codes.iter().flatten().map(str::to_uppercase).filter(|code| is_currency(code)) {
                *counts.entry(code).or_default() += 1;
            }
            seen += chunk.batch.num_rows() + chunk.rejected.len();
        }
    }
    Ok(())
}

/// `$2.50`, `2.50` under `Price (USD)`, or a sign in a column of its own.
fn with_amounts(file: &Seen) -> Option<Guess> {
    let signs = find(file, CURRENCY).and_then(|column| Some((column, of_word(column.samples.first()?)?)));
    if let Some((column, code)) = signs {
        return Some(Guess { code: code.to_owned(), why: format!("{} says so", column.header) });
    }
    MONEY.iter().find_map(|role| {
        let column = find(file, *role)?;
        let header = &column.header;
        if let Some((word, code)) = Written::of(column, &file.look).as_ref().and_then(Written::currency) {
            return Some(Guess { code: code.to_owned(), why: format!("{header} is written with {word}") });
        }
        let mut words = header.split(|mark: char| mark.is_whitespace() || matches!(mark, '(' | ')' | '[' | ']' | '_'));
        let code = words.find_map(of_word)?;
        Some(Guess { code: code.to_owned(), why: format!("{header} says so") })
    })
}
