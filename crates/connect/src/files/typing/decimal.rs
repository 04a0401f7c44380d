//! Decimal numbers: exact, DECIMAL(18,4), never by way of floating point.

use super::integer::split_number;
use super::{Fault, Parse};

/// How a table writes decimal numbers.
#[derive(Debug, Clone)]
pub struct DecimalFormat {
    pub decimal: char,
    pub thousands: Option<char>,
}

/// Decimals kept.
pub const SCALE: usize = 4;
/// Digits in all.
const PRECISION: usize = 18;
/// DECIMAL(18,4) in ten-thousandths ends below this.
const END: i128 = 1_000_000_000_000_000_000;

impl Parse for DecimalFormat {
    type Value = i128;

    #[inline]
    fn parse(&mut self, bytes: &[u8], native: bool) -> Result<i128, Fault> {
        let mark = if native || !self.decimal.is_ascii() { b'.' } else { self.decimal as u8 };
        match plain(bytes, mark) {
            Some(value) => Ok(i128::from(value)),
            None => self.exact(bytes, native),
        }
    }
}

impl DecimalFormat {
    /// Everything that is not plain: thousands marks, exponents, many digits.
    #[cold]
    fn exact(&self, bytes: &[u8], native: bool) -> Result<i128, Fault> {
        let (decimal, thousands) = if native { ('.', None) } else { (self.decimal, self.thousands) };
        let (mantissa, exponent) = split_exponent(bytes)?;
        let (negative, mut digits, decimals) = split_number(mantissa, decimal, thousands).ok_or(Fault::Decimal)?;
        // All digits in one row, the point `point` digits from the left.
        let point = digits.len() as i64 + exponent;
        digits.extend(decimals);
        let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
        let digits = &digits[leading..];
        let point = point - leading as i64;
        let trailing = digits.iter().rev().take_while(|&&digit| digit == b'0').count();
        let digits = &digits[..digits.len() - trailing];
        if digits.is_empty() {
            return Ok(0);
        }
        if point > (PRECISION - SCALE) as i64 {
            return Err(Fault::Overflow);
        }
        let scaled = point + SCALE as i64;
        if (digits.len() as i64) > scaled {
            return Err(Fault::Decimals);
        }
        let value = digits.iter().fold(0_i128, |value, &digit| value * 10 + i128::from(digit - b'0'));
        let value = value * 10_i128.pow((scaled - digits.len() as i64) as u32);
        if value >= END {
            return Err(Fault::Overflow);
        }
        Ok(if negative { -value } else { value })
    }
}

/// An optional sign, digits, at most four decimals, 17 digits at most: what nearly all amounts are.
#[inline]
fn plain(bytes: &[u8], mark: u8) -> Option<i64> {
    const POWER: [i64; SCALE + 1] = [10_000, 1_000, 100, 10, 1];
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 13 {
        return None;
    }
    let mut value = 0_i64;
    let mut point = digits.len();
    for (at, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + i64::from(digit);
        } else if byte == mark && point == digits.len() {
            point = at;
        } else {
            return None;
        }
    }
    let decimals = digits.len().saturating_sub(point + 1);
    // A mark alone is no number.
    if digits.len() == 1 && point == 0 {
        return None;
    }
    let value = value * POWER.get(decimals)?;
    Some(if negative { -value } else { value })
}

fn split_exponent(bytes: &[u8]) -> Result<(&[u8], i64), Fault> {
    let Some(at) = bytes.iter().position(|byte| matches!(byte, b'e' | b'E')) else {
        return Ok((bytes, 0));
    };
    let exponent = std::str::from_utf8(&bytes[at + 1..]).ok().and_then(|text| text.parse::<i64>().ok());
    let exponent = exponent.filter(|exponent| exponent.abs() <= 1000).ok_or(Fault::Decimal)?;
    Ok((&bytes[..at], exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<i128, Fault> {
        DecimalFormat { decimal: '.', thousands: Some(',') }.parse(text.as_bytes(), false)
    }

    #[test]
    fn amounts_are_exact() {
        assert_eq!(parse("2.55"), Ok(25_500));
        assert_eq!(parse("-11062.06"), Ok(-110_620_600));
        assert_eq!(parse("0.0001"), Ok(1));
        assert_eq!(parse(".5"), Ok(5_000));
        assert_eq!(parse("5."), Ok(50_000));
        assert_eq!(parse("2.550000"), Ok(25_500));
        assert_eq!(parse("1,234,567.89"), Ok(12_345_678_900));
        assert_eq!(parse("1.5e3"), Ok(15_000_000));
        assert_eq!(parse("25E-1"), Ok(25_000));
        assert_eq!(parse("0e999"), Ok(0));
        assert_eq!(parse("99999999999999.9999"), Ok(END - 1));
        assert_eq!(parse("000000000000000000000000001.50"), Ok(15_000));
    }

    #[test]
    fn nothing_is_rounded_or_wrapped() {
        assert_eq!(parse("2.55555"), Err(Fault::Decimals));
        assert_eq!(parse("0.30000000000000004"), Err(Fault::Decimals));
        assert_eq!(parse("1e-5"), Err(Fault::Decimals));
        assert_eq!(parse("100000000000000"), Err(Fault::Overflow));
        assert_eq!(parse("1e15"), Err(Fault::Overflow));
        for text in ["", ".", "-", "1.2.3", "12,34", "1e", "1e1.5", "NaN", "inf", "£5", "1 000", "e5", "1e9999"] {
            assert_eq!(parse(text), Err(Fault::Decimal), "{text}");
        }
    }

    #[test]
    fn decimal_comma() {
        let mut format = DecimalFormat { decimal: ',', thousands: Some('.') };
        assert_eq!(format.parse(b"1.234,5", false), Ok(12_345_000));
        assert_eq!(format.parse(b"2.55", false), Err(Fault::Decimal));
        assert_eq!(format.parse(b"2.55", true), Ok(25_500));
        let mut spaced = DecimalFormat { decimal: ',', thousands: Some(' ') };
        assert_eq!(spaced.parse("1\u{a0}234,50".as_bytes(), false), Ok(12_345_000));
    }
}
