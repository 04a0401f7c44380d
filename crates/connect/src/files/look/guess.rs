//! What a column seems to hold.

use std::collections::HashSet;

use retail::source::ColumnType;

use super::numbers::Style;
use super::times::{Fit, fits, odd};
use super::{Certainty, ColumnLook, Guess, Times};
use crate::files::typing::{DecimalFormat, Fault, IntegerFormat, Parse};

/// Words that mean nothing wherever they stand.
const NULLS: [&str; 10] = ["NULL", "null", "\\N", "#N/A", "NaN", "nan", "NA", "N/A", "n/a", "None"];
/// Marks that mean nothing among numbers and times.
const MARKS: [&str; 6] = ["-", "--", "?", ".", "none", "(null)"];
/// Of a hundred values this many must fit a kind for the others to count as faulty rows.
const FITTING: usize = 98;
const SAMPLES: usize = 5;
const VALUES: usize = 20;

pub fn column(header: &str, values: &[String], style: &Style) -> ColumnLook {
    let word = |value: &str, words: &[&str]| words.contains(&value);
    let filled: Vec<&str> = values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
    let known: Vec<&str> =
        filled.iter().copied().filter(|value| !word(value, &NULLS) && !word(value, &MARKS)).collect();
    let name = plain_name(header);
    let (kind, formats, alternatives) = kind(&name, &known, style);
    // Marks are words of their own in a text column.
    let is_null = |value: &str| word(value, &NULLS) || (kind.value != ColumnType::Text && word(value, &MARKS));
    let mut nulls: Vec<String> = Vec::new();
    let mut distinct: HashSet<&str> = HashSet::new();
    let mut first = Vec::new();
    let mut held = 0;
    for value in filled {
        if is_null(value) {
            if !nulls.iter().any(|known| known == value) {
                nulls.push(value.to_owned());
            }
            continue;
        }
        held += 1;
        if distinct.insert(value) && first.len() < VALUES {
            first.push(value.to_owned());
        }
    }
    let is_unique = held == values.len() && distinct.len() == held && held > 1;
    let times = if kind.value == ColumnType::Text { times(&known) } else { None };
    let keyed = matches!(kind.value, ColumnType::Text | ColumnType::Integer) && is_identifier(&name);
    ColumnLook {
        header: header.to_owned(),
        looks_like_key: is_unique && keyed,
        name,
        kind,
        formats,
        alternatives,
        times,
        nulls,
        samples: first.iter().take(SAMPLES).cloned().collect(),
        values: first,
        distinct: distinct.len(),
        null_share: if values.is_empty() { 0.0 } else { 1.0 - held as f64 / values.len() as f64 },
        is_unique,
    }
}

type Kind = (Guess<ColumnType>, Vec<String>, Vec<String>);

fn kind(name: &str, values: &[&str], style: &Style) -> Kind {
    let plain = |value, certainty, why: &str| (Guess { value, certainty, why: why.to_owned() }, Vec::new(), Vec::new());
    if values.is_empty() {
        return plain(ColumnType::Text, Certainty::Likely, "no values to tell its type from");
    }
    let is = |words: &[&str]| values.iter().all(|value| words.iter().any(|word| value.eq_ignore_ascii_case(word)));
    if is(&["true", "false"]) || is(&["yes", "no"]) || is(&["y", "n"]) || is(&["t", "f"]) {
        return plain(ColumnType::Boolean, Certainty::Certain, "two truth values alone");
    }
    if let Some(kind) = number(name, values, style) {
        return kind;
    }
    if let Some(times) = times(values).filter(|times| enough(times.count, values.len())) {
        return (times.kind, times.formats, times.alternatives);
    }
    plain(ColumnType::Text, Certainty::Certain, "neither numbers nor times")
}

/// Whole and decimal numbers; `None` where the column has neither.
fn number(name: &str, values: &[&str], style: &Style) -> Option<Kind> {
    let guess = |value, certainty, why: String| Some((Guess { value, certainty, why }, Vec::new(), Vec::new()));
    let digits = |value: &&str| value.bytes().all(|byte| byte.is_ascii_digit());
    if values.iter().all(digits) {
        if values.iter().any(|value| value.len() > 1 && value.starts_with('0')) {
            let why = "digits with leading zeros are a code, not a number";
            return guess(ColumnType::Text, Certainty::Certain, why.to_owned());
        }
        if is_identifier(name) {
            let why = "whole numbers, but by its name an identifier";
            return guess(ColumnType::Text, Certainty::Likely, why.to_owned());
        }
        if is_day_number(name, values) {
            return None;
        }
    } else if is_identifier(name) {
        // `C536379` among numbers is an invoice like the others, not a mistake.
        return None;
    }
    // `(5.00)` is an amount like the others, to a bookkeeper, and none that a type takes.
    if values.iter().any(|value| is_in_parentheses(value)) {
        return None;
    }
    let (decimal, thousands) = (style.decimal.value, style.thousands);
    let mut integers = IntegerFormat { decimal, thousands };
    let (count, wrong) = fitting(values, |value| integers.parse(value.as_bytes(), false).is_ok());
    if enough(count, values.len()) {
        // `1.000` and `1,000` are whole however they are read, but a thousand or one.
        let is_unclear = style.decimal.certainty == Certainty::Ambiguous;
        if is_unclear && values.iter().any(|value| value.contains([',', '.'])) {
            return guess(ColumnType::Decimal, Certainty::Ambiguous, style.decimal.why.clone());
        }
        if values.iter().all(|value| matches!(*value, "0" | "1")) {
            return guess(ColumnType::Integer, Certainty::Likely, "0 and 1 alone: perhaps a boolean".to_owned());
        }
        let (certainty, why) = sure(count, values.len(), wrong, "whole numbers");
        return guess(ColumnType::Integer, certainty, why);
    }
    let mut decimals = DecimalFormat { decimal, thousands };
    let mut long = 0;
    let (count, wrong) = fitting(values, |value| match decimals.parse(value.as_bytes(), false) {
        Ok(_) => true,
        Err(fault) => {
            long += usize::from(fault == Fault::Decimals);
            false
        }
    });
    if enough(count, values.len()) {
        let (certainty, why) = sure(count, values.len(), wrong, "decimal numbers");
        let certainty = certainty.min(style.decimal.certainty);
        let why = if style.decimal.certainty == Certainty::Certain { why } else { style.decimal.why.clone() };
        return guess(ColumnType::Decimal, certainty, why);
    }
    if long > 0 && enough(count + long, values.len()) {
        let why = format!(
            "decimal numbers, but {long} of {} have more than four decimals and would be rejected",
            values.len()
        );
        return guess(ColumnType::Text, Certainty::Likely, why);
    }
    None
}

/// Dates and times, as far as the values are; `None` where there are no values.
fn times(values: &[&str]) -> Option<Times> {
    let fits = fits(values);
    let first = fits.first().filter(|_| !values.is_empty())?;
    let value = if first.has_time { ColumnType::Timestamp } else { ColumnType::Date };
    let formats = |fit: &Fit| fit.pattern.clone();
    let others: Vec<String> = fits.iter().skip(1).filter_map(formats).collect();
    let odd = odd(values, first);
    let (certainty, why) = sure(first.count, values.len(), odd, "dates and times");
    let (certainty, why) = if others.is_empty() {
        (certainty, why)
    } else {
        let all: Vec<String> = fits.iter().filter_map(formats).collect();
        let every = if odd.is_none() { "Every value fits" } else { "The values fit" };
        (Certainty::Ambiguous, format!("day or month first? {every} {}: say which in `formats`", all.join(" and ")))
    };
    Some(Times {
        kind: Guess { value, certainty, why },
        formats: formats(first).into_iter().collect(),
        alternatives: others,
        count: first.count,
        are_most: first.count * 2 > values.len(),
        odd: odd.map(str::to_owned),
    })
}

/// As bookkeepers write what is less than nothing.
fn is_in_parentheses(value: &str) -> bool {
    value.contains('(') && value.ends_with(')') && value.contains(|mark: char| mark.is_ascii_digit())
}

fn fitting<'a>(values: &[&'a str], mut fits: impl FnMut(&str) -> bool) -> (usize, Option<&'a str>) {
    let mut wrong = None;
    let count = values.iter().filter(|value| {
        let fit = fits(value);
        if !fit {
            wrong = wrong.or(Some(**value));
        }
        fit
    });
    (count.count(), wrong)
}

fn enough(count: usize, all: usize) -> bool {
    count > 0 && count * 100 >= all * FITTING
}

fn sure(count: usize, all: usize, wrong: Option<&str>, what: &str) -> (Certainty, String) {
    match wrong {
        Some(wrong) if count < all => (
            Certainty::Likely,
            format!("{what}, but {} of {all} values are not and would be rejected, like {wrong:?}", all - count),
        ),
        _ if count < all => {
            (Certainty::Likely, format!("{what}, but {} of {all} values are not and would be rejected", all - count))
        }
        _ => (Certainty::Certain, what.to_owned()),
    }
}

/// Names under which numbers are identifiers: nobody adds them up.
fn is_identifier(name: &str) -> bool {
    const ANYWHERE: [&str; 10] = ["id", "code", "sku", "key", "zip", "postcode", "phone", "ean", "barcode", "uuid"];
    // `number_of_items` counts, `invoice_number` names.
    const AT_THE_END: [&str; 4] = ["no", "nr", "number", "invoice"];
    let last = name.rsplit('_').next().unwrap_or_default();
    AT_THE_END.contains(&last)
        || name.split('_').any(|part| ANYWHERE.contains(&part))
        || name.ends_with("id")
        || name.ends_with("code")
}

/// `20111123` in a column that says it is a date.
fn is_day_number(name: &str, values: &[&str]) -> bool {
    (name.contains("date") || name.contains("day")) && values.iter().all(|value| value.len() == 8)
}

/// `Customer ID` as `customer_id`, `InvoiceNo` as `invoice_no`.
fn plain_name(header: &str) -> String {
    let mut name = String::new();
    let mut previous = ' ';
    for c in header.chars() {
        if c.is_alphanumeric() {
            if c.is_uppercase() && previous.is_lowercase() {
                name.push('_');
            }
            name.extend(c.to_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        previous = c;
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() { "column".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(plain_name("Customer ID"), "customer_id");
        assert_eq!(plain_name("InvoiceNo"), "invoice_no");
        assert_eq!(plain_name("order-date (local)"), "order_date_local");
        assert_eq!(plain_name("???"), "column");
        assert!(is_identifier("stock_code") && is_identifier("customerid") && !is_identifier("quantity"));
        assert!(is_identifier("invoice_no") && !is_identifier("number_of_items"));
    }
}
