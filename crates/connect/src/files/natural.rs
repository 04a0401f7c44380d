//! Natural order of names: `export2` before `export10`.

use std::cmp::Ordering;

/// Compares runs of digits as numbers and the rest byte by byte; names alike in that are ordered by their bytes.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    loop {
        let ordering = match (left.first(), right.first()) {
            (None, None) => return a.cmp(b),
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (x, y) = (number(&mut left), number(&mut right));
                x.len().cmp(&y.len()).then_with(|| x.cmp(y))
            }
            (Some(x), Some(y)) => {
                let ordering = x.cmp(y);
                (left, right) = (&left[1..], &right[1..]);
                ordering
            }
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

/// Takes the digits off the front, without leading zeros.
fn number<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at(length);
    *bytes = rest;
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    &digits[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count() {
        let mut names =
            ["b1", "a10.csv", "a2.csv", "a02.csv", "a", "a/1", "99999999999999999999999", "100000000000000000000000"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["99999999999999999999999", "100000000000000000000000", "a", "a/1", "a02.csv", "a2.csv", "a10.csv", "b1"]
        );
    }
}
