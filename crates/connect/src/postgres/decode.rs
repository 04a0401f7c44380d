//! One value of PostgreSQL's binary form as the text that typing reads.
//!
//! Formats: <https://www.postgresql.org/docs/current/sql-copy.html> (tuples) and the `*send` functions of
//! `src/backend/utils/adt/` (values). Times count from 2000-01-01 in microseconds, days from the same day; the greatest and
//! the least value are the two infinities.

use std::io::Write;

use super::column::Form;
use crate::files::rows_block::push_float;

/// Days from 1970-01-01 to 2000-01-01.
const EPOCH_DAYS: i64 = 10_957;
const DAY_MICROS: i64 = 86_400_000_000;

/// Appends the value's text to `out`; `None` where the bytes are not of the form.
pub fn write(form: Form, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    match form {
        Form::Boolean => {
            let [byte] = bytes else { return None };
            out.extend_from_slice(if *byte == 0 { b"false" } else { b"true" });
        }
        Form::Int2 => number(out, i64::from(i16::from_be_bytes(bytes.try_into().ok()?))),
        Form::Int4 => number(out, i64::from(i32::from_be_bytes(bytes.try_into().ok()?))),
        Form::Int8 => number(out, i64::from_be_bytes(bytes.try_into().ok()?)),
        Form::Oid => number(out, i64::from(u32::from_be_bytes(bytes.try_into().ok()?))),
        Form::Float4 => {
            let value = f32::from_be_bytes(bytes.try_into().ok()?);
            // The shortest digits that are this number, as the server shows it.
            let _ = write!(out, "{value}");
        }
        Form::Float8 => push_float(out, f64::from_be_bytes(bytes.try_into().ok()?)),
        Form::Numeric => numeric(bytes, out)?,
        Form::Text | Form::Plain => out.extend_from_slice(bytes),
        Form::Jsonb => out.extend_from_slice(bytes.strip_prefix(&[1])?),
        Form::Uuid => uuid(bytes.try_into().ok()?, out),
        Form::Bytea => {
            out.extend_from_slice(b"\\x");
            bytes.iter().for_each(|byte| hex(*byte, out));
        }
        Form::Date => match i32::from_be_bytes(bytes.try_into().ok()?) {
            i32::MAX => out.extend_from_slice(b"infinity"),
            i32::MIN => out.extend_from_slice(b"-infinity"),
            day => date(i64::from(day), out),
        },
        Form::Time => clock(i64::from_be_bytes(bytes.try_into().ok()?), out),
        Form::Timestamp => instant(i64::from_be_bytes(bytes.try_into().ok()?), "", out),
        Form::Timestamptz => instant(i64::from_be_bytes(bytes.try_into().ok()?), "Z", out),
    }
    Some(())
}

/// Whether values of the form are of the server's own writing, so that a table's marks and patterns do not apply.
pub fn is_native(form: Form) -> bool {
    !matches!(form, Form::Text | Form::Jsonb | Form::Uuid | Form::Bytea)
}

fn number(out: &mut Vec<u8>, value: i64) {
    // Writing to memory does not fail.
    let _ = write!(out, "{value}");
}

/// Digits of base 10000: how many, the power of the first, the sign, and the decimals to show.
fn numeric(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let word = |at: usize| Some(u16::from_be_bytes(bytes.get(at * 2..at * 2 + 2)?.try_into().ok()?));
    let (count, weight, sign, scale) = (usize::from(word(0)?), word(1)? as i16, word(2)?, usize::from(word(3)?));
    match sign {
        0 => {}
        0x4000 => out.push(b'-'),
        _ => {
            let name: &[u8] = match sign {
                0xC000 => b"NaN",
                0xD000 => b"Infinity",
                0xF000 => b"-Infinity",
                _ => return None,
            };
            out.extend_from_slice(name);
            return Some(());
        }
    }
    if bytes.len() != 8 + count * 2 {
        return None;
    }
    let digit = |power: i32| -> u16 {
        let at = i32::from(weight) - power;
        if at < 0 || at >= count as i32 { 0 } else { word(4 + at as usize).unwrap_or(0) }
    };
    if weight < 0 {
        out.push(b'0');
    }
    for power in (0..=i32::from(weight)).rev() {
        let _ = if power == i32::from(weight) {
            write!(out, "{}", digit(power))
        } else {
            write!(out, "{:04}", digit(power))
        };
    }
    if scale == 0 {
        return Some(());
    }
    out.push(b'.');
    let end = out.len() + scale;
    for power in 1..=scale.div_ceil(4) as i32 {
        let _ = write!(out, "{:04}", digit(-power));
    }
    out.truncate(end);
    Some(())
}

fn uuid(bytes: [u8; 16], out: &mut Vec<u8>) {
    for (at, byte) in bytes.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        hex(byte, out);
    }
}

fn hex(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(DIGITS[usize::from(byte >> 4)]);
    out.push(DIGITS[usize::from(byte & 15)]);
}

/// `day` counts from 2000-01-01.
fn date(day: i64, out: &mut Vec<u8>) {
    let (year, month, of_month) = civil(day + EPOCH_DAYS);
    let _ = if year > 0 {
        write!(out, "{year:04}-{month:02}-{of_month:02}")
    } else {
        write!(out, "{:04}-{month:02}-{of_month:02} BC", 1 - year)
    };
}

fn clock(micros: i64, out: &mut Vec<u8>) {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let _ = write!(out, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction > 0 {
        let _ = write!(out, ".{fraction:06}");
    }
}

fn instant(micros: i64, zone: &str, out: &mut Vec<u8>) {
    match micros {
        i64::MAX => return out.extend_from_slice(b"infinity"),
        i64::MIN => return out.extend_from_slice(b"-infinity"),
        _ => {}
    }
    date(micros.div_euclid(DAY_MICROS), out);
    out.push(b' ');
    clock(micros.rem_euclid(DAY_MICROS), out);
    out.extend_from_slice(zone.as_bytes());
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar:
/// Howard Hinnant, <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// An array as JSON: elements that are numbers or booleans as such, others as strings.
pub fn write_array(form: Form, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = bytes;
    let (dimensions, _has_null, _element) = (int(&mut rest)?, int(&mut rest)?, int(&mut rest)?);
    if dimensions == 0 {
        out.extend_from_slice(b"[]");
        return Some(());
    }
    let mut lengths = Vec::new();
    for _ in 0..dimensions {
        lengths.push(usize::try_from(int(&mut rest)?).ok()?);
        int(&mut rest)?;
    }
    elements(form, &lengths, &mut rest, out)
}

fn elements(form: Form, lengths: &[usize], rest: &mut &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (count, inner) = lengths.split_first()?;
    out.push(b'[');
    for at in 0..*count {
        if at > 0 {
            out.push(b',');
        }
        if !inner.is_empty() {
            elements(form, inner, rest, out)?;
            continue;
        }
        let Ok(length) = usize::try_from(int(rest)?) else {
            out.extend_from_slice(b"null");
            continue;
        };
        let (value, after) = rest.split_at_checked(length)?;
        *rest = after;
        element(form, value, out)?;
    }
    out.push(b']');
    Some(())
}

fn element(form: Form, value: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut text = Vec::new();
    write(form, value, &mut text)?;
    let text = std::str::from_utf8(&text).ok()?;
    let bare = match form {
        Form::Boolean | Form::Int2 | Form::Int4 | Form::Int8 | Form::Oid | Form::Jsonb => true,
        // NaN and the infinities are no numbers in JSON.
        Form::Float4 | Form::Float8 | Form::Numeric => text.ends_with(|last: char| last.is_ascii_digit()),
        _ => false,
    };
    if bare {
        out.extend_from_slice(text.as_bytes());
    } else {
        out.extend_from_slice(serde_json::to_string(text).ok()?.as_bytes());
    }
    Some(())
}

fn int(rest: &mut &[u8]) -> Option<i32> {
    let (head, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(i32::from_be_bytes(*head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(form: Form, bytes: &[u8]) -> Option<String> {
        let mut out = Vec::new();
        write(form, bytes, &mut out)?;
        Some(String::from_utf8(out).unwrap())
    }

    fn numeric_of(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> String {
        let mut bytes = Vec::new();
        for word in [digits.len() as u16, weight as u16, sign, scale].iter().chain(digits) {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        text(Form::Numeric, &bytes).unwrap()
    }

    #[test]
    fn numbers_are_exact() {
        assert_eq!(numeric_of(0, 0, 2, &[12, 3400]), "12.34");
        assert_eq!(numeric_of(1, 0x4000, 4, &[1, 2, 30]), "-10002.0030");
        assert_eq!(numeric_of(-1, 0, 4, &[1]), "0.0001");
        assert_eq!(numeric_of(-2, 0, 7, &[10]), "0.0000001");
        assert_eq!(numeric_of(2, 0, 0, &[1]), "100000000");
        assert_eq!(numeric_of(0, 0, 0, &[]), "0");
        assert_eq!(numeric_of(0, 0xC000, 0, &[]), "NaN");
        assert_eq!(numeric_of(0, 0xF000, 0, &[]), "-Infinity");
        assert_eq!(text(Form::Numeric, &[0, 1, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(text(Form::Float4, &0.1_f32.to_be_bytes()).as_deref(), Some("0.1"));
        assert_eq!(text(Form::Int8, &(-7_i64).to_be_bytes()).as_deref(), Some("-7"));
        assert_eq!(text(Form::Int8, &[1]), None);
    }

    #[test]
    fn times_of_all_ages() {
        let day = |day: i32| text(Form::Date, &day.to_be_bytes()).unwrap();
        assert_eq!(day(0), "2000-01-01");
        assert_eq!(day(-1), "1999-12-31");
        assert_eq!(day(59), "2000-02-29");
        assert_eq!(day(i32::MAX), "infinity");
        assert_eq!(day(-730_119), "0001-01-01");
        assert_eq!(day(-730_120), "0001-12-31 BC");
        let at = |form: Form, micros: i64| text(form, &micros.to_be_bytes()).unwrap();
        assert_eq!(at(Form::Timestamptz, -1), "1999-12-31 23:59:59.999999Z");
        assert_eq!(at(Form::Timestamp, 3_661_000_000), "2000-01-01 01:01:01");
        assert_eq!(at(Form::Timestamp, i64::MIN), "-infinity");
    }

    #[test]
    fn arrays_are_json() {
        let mut bytes = Vec::new();
        for word in [2_i32, 1, 25, 2, 1, 2, 1] {
            bytes.extend_from_slice(&word.to_be_bytes());
        }
        for value in [Some("a\"b"), None, Some(""), Some("ü")] {
            bytes.extend_from_slice(&value.map_or(-1, |value| value.len() as i32).to_be_bytes());
            bytes.extend_from_slice(value.unwrap_or_default().as_bytes());
        }
        let mut out = Vec::new();
        write_array(Form::Text, &bytes, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), r#"[["a\"b",null],["","ü"]]"#);
        assert_eq!(write_array(Form::Text, &bytes[..20], &mut Vec::new()), None);
    }
}
