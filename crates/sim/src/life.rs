//! An order's life: when it is paid, shipped, delivered; or cancelled; what comes back, and what is refunded.

use crate::calendar::{DAY_SECONDS, is_weekend};
use crate::country::COUNTRIES;
use crate::draw::{Draw, Of};
use crate::options::{Feature, Options};

/// Instants in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    pub placed: i64,
    pub method: &'static str,
    pub paid: Option<i64>,
    pub shipped: Option<i64>,
    pub delivered: Option<i64>,
    pub cancelled: Option<i64>,
    /// Goods came back.
    pub returned: Option<i64>,
    /// A part of the price was given back, the goods were kept.
    pub refunded: Option<i64>,
}

/// No order changes later than this after it was placed.
pub const LONGEST: i64 = 60 * DAY_SECONDS;

const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

impl Life {
    /// `order`: the order's code, see [`crate::order::code`].
    pub fn new(options: &Options, order: u64, country: usize, placed: i64) -> Life {
        let mut draw = Draw::new(options.seed, Of::Life, order);
        let mut life = Life {
            placed,
            method: "card",
            paid: None,
            shipped: None,
            delivered: None,
            cancelled: None,
            returned: None,
            refunded: None,
        };
        let changes_mind = options.has(Feature::Returns);
        let after = |from: i64, seconds: f64| from + 1 + seconds as i64;
        let paid = match draw.unit() {
            ..0.72 => after(placed, draw.between(3.0, 40.0)),
            ..0.90 => {
                life.method = "wallet";
                after(placed, draw.between(15.0, 180.0))
            }
            _ => {
                life.method = "transfer";
                if changes_mind && draw.chance(0.12) {
                    life.cancelled = Some(placed + 4 * DAY_SECONDS);
                    return life;
                }
                after(placed, draw.between(0.4, 3.0) * DAY)
            }
        };
        life.paid = Some(paid);
        if changes_mind && draw.chance(0.022) {
            life.cancelled = Some(after(paid, (draw.exponential() * 5.0 * HOUR).min(40.0 * HOUR)));
            return life;
        }
        let shipped = on_a_working_day(after(
            paid,
            (2.0 * HOUR + (draw.exponential() + draw.exponential()) * 9.0 * HOUR).min(3.0 * DAY),
        ));
        let (least, more) = COUNTRIES[country].delivery;
        let delivered = after(shipped, least * DAY + (draw.exponential() * more).min(10.0) * DAY);
        life.shipped = Some(shipped);
        life.delivered = Some(delivered);
        if changes_mind && draw.chance(0.07) {
            life.returned = Some(after(delivered, DAY + (draw.exponential() * 7.0).min(30.0) * DAY));
        } else if changes_mind && draw.chance(0.012) {
            life.refunded = Some(after(delivered, 0.3 * DAY + (draw.exponential() * 3.0).min(14.0) * DAY));
        }
        life
    }

    /// When the order changes, in order of time; the first is its placing.
    pub fn changes(&self) -> impl Iterator<Item = i64> {
        let Life { paid, cancelled, shipped, delivered, returned, refunded, .. } = *self;
        std::iter::once(self.placed)
            .chain([paid, cancelled, shipped, delivered, returned, refunded].into_iter().flatten())
    }

    /// The order as it stands at an instant: what comes later is not there yet.
    pub fn as_of(&self, at: i64) -> Life {
        let by_then = |time: Option<i64>| time.filter(|time| *time <= at);
        Life {
            paid: by_then(self.paid),
            shipped: by_then(self.shipped),
            delivered: by_then(self.delivered),
            cancelled: by_then(self.cancelled),
            returned: by_then(self.returned),
            refunded: by_then(self.refunded),
            ..*self
        }
    }

    pub fn status(&self) -> &'static str {
        match self {
            Life { cancelled: Some(_), .. } => "cancelled",
            Life { returned: Some(_), .. } => "returned",
            Life { refunded: Some(_), .. } => "partly_refunded",
            Life { delivered: Some(_), .. } => "delivered",
            Life { shipped: Some(_), .. } => "shipped",
            Life { paid: Some(_), .. } => "paid",
            _ => "pending",
        }
    }

    pub fn updated(&self) -> i64 {
        self.changes().last().unwrap_or(self.placed)
    }
}

/// Parcels leave from Monday to Friday; what is packed at the weekend leaves on Monday.
fn on_a_working_day(at: i64) -> i64 {
    let mut at = at;
    while is_weekend(at.div_euclid(DAY_SECONDS) as i32) {
        at += DAY_SECONDS;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_in_order_and_end_in_time() {
        let options = Options::new(3, 20_089, 20_454, 1000);
        let placed = 20_100 * DAY_SECONDS;
        let mut seen = std::collections::BTreeMap::new();
        for order in 0..50_000 {
            let life = Life::new(&options, order, order as usize % COUNTRIES.len(), placed);
            let changes: Vec<i64> = life.changes().collect();
            assert!(changes.windows(2).all(|pair| pair[0] < pair[1]), "{life:?}");
            assert!(life.updated() < placed + LONGEST);
            assert_eq!(life.as_of(i64::MAX), life);
            assert_eq!(life.as_of(placed).status(), "pending");
            *seen.entry(life.status()).or_insert(0) += 1;
        }
        let share = |status: &str| f64::from(seen[status]) / 50_000.0;
        assert!((share("cancelled") - 0.034).abs() < 0.004, "{seen:?}");
        assert!((share("returned") - 0.068).abs() < 0.005, "{seen:?}");
    }
}
