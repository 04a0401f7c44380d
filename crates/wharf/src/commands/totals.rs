//! Sums of columns, for the last line that a person sees.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};

/// A sum with its decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    units: i128,
    scale: u32,
}

/// The sum of a column; `None` for columns that are no numbers, or not there.
pub fn total(batches: &[RecordBatch], column: &str) -> Option<Total> {
    let mut total: Option<Total> = None;
    for batch in batches {
        let array = batch.column_by_name(column)?;
        let (units, scale) = sum(array.as_ref())?;
        let so_far = total.map_or(0, |total| total.units);
        total = Some(Total { units: so_far + units, scale });
    }
    total
}

fn sum(array: &dyn Array) -> Option<(i128, u32)> {
    match array.data_type() {
        DataType::Int64 => Some((array.as_primitive::<Int64Type>().iter().flatten().map(i128::from).sum(), 0)),
        DataType::Decimal128(_, scale) => {
            let sum = array.as_primitive::<Decimal128Type>().iter().flatten().sum();
            Some((sum, u32::try_from(*scale).ok()?))
        }
        _ => None,
    }
}

impl Total {
    pub fn minus(self, other: Total) -> Total {
        let scale = self.scale.max(other.scale);
        Total { units: self.at(scale) - other.at(scale), scale }
    }

    /// Rounded half away from zero, with this total's decimals.
    pub fn over(self, count: Total) -> Option<Total> {
        let divisor = count.units.checked_div(10i128.checked_pow(count.scale)?)?;
        if divisor == 0 {
            return None;
        }
        let half = divisor.abs() / 2;
        let units = if (self.units < 0) == (divisor < 0) { self.units + half } else { self.units - half };
        Some(Total { units: units / divisor, scale: self.scale })
    }

    fn at(self, scale: u32) -> i128 {
        self.units * 10i128.pow(scale - self.scale)
    }
}

impl std::fmt::Display for Total {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let power = 10u128.pow(self.scale);
        let digits = self.units.unsigned_abs();
        let sign = if self.units < 0 { "-" } else { "" };
        match self.scale {
            0 => write!(f, "{sign}{digits}"),
            scale => write!(f, "{sign}{}.{:0width$}", digits / power, digits % power, width = scale as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_keep_their_decimals() {
        let money = Total { units: 719_799_300, scale: 4 };
        let orders = Total { units: 130, scale: 0 };
        assert_eq!(money.to_string(), "71979.9300");
        assert_eq!(money.over(orders).unwrap().to_string(), "553.6918");
        assert_eq!(money.minus(Total { units: 720_000, scale: 1 }).to_string(), "-20.0700");
        assert_eq!(money.over(Total { units: 0, scale: 0 }), None);
    }
}
