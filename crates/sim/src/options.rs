//! What makes a shop this shop: equal options give equal bytes.

use std::collections::BTreeSet;

use port::{Error, Result};
use retail::day::Day;
use serde::{Deserialize, Serialize};

use crate::fault::Rates;

/// Everything that a shop's rows depend on. How far it is made, and into which files, is not among it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    pub seed: u64,
    /// The day on which the shop opens (UTC).
    pub start: Day,
    /// About so many orders are placed from `start` until `sized_to`, a day that is not counted any more.
    pub orders: u64,
    pub sized_to: Day,
    /// Products at the opening.
    pub products: u32,
    pub buying: Buying,
    pub popularity: Popularity,
    pub basket: BasketSize,
    /// What new customers a day grow by in a year, as a share.
    pub growth: f64,
    /// What the shop leaves out.
    pub off: BTreeSet<Feature>,
    pub faults: Rates,
}

/// The BG/NBD story (Fader, Hardie and Lee 2005). A customer's orders after the first are a Poisson process with a rate of
/// their own, Gamma(r) with scale 1/alpha a day; after each of them they leave for good with a probability of their own,
/// Beta(a, b).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Buying {
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
}

/// The product of rank k is drawn in proportion to (k + shift)^-exponent (Zipf and Mandelbrot).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Popularity {
    pub exponent: f64,
    pub shift: f64,
}

/// Products drawn for an order, companions aside: 1 + a negative binomial number with this shape and mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BasketSize {
    pub shape: f64,
    pub mean: f64,
}

/// Something of the shop that can be left out, so that what remains can be told alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Hours, weekdays, pay-days, holidays, seasons of the year and of products, and the days' luck.
    Seasons,
    Promotions,
    /// Stock that runs out.
    Stock,
    /// Groups of products that are bought together.
    Affinities,
    /// Products that a customer comes back for.
    Usuals,
    /// Launches, retirements and price changes.
    Assortment,
    /// Cancellations, returns and refunds.
    Returns,
    Guests,
    /// Carts that are never ordered.
    Carts,
}

impl Feature {
    pub const ALL: [(&'static str, Feature); 9] = [
        ("seasons", Feature::Seasons),
        ("promotions", Feature::Promotions),
        ("stock", Feature::Stock),
        ("affinities", Feature::Affinities),
        ("usuals", Feature::Usuals),
        ("assortment", Feature::Assortment),
        ("returns", Feature::Returns),
        ("guests", Feature::Guests),
        ("carts", Feature::Carts),
    ];
}

/// A code of a customer and of an order's place in their story has so many bits of each.
pub const CUSTOMER_BITS: u32 = 28;
pub const PURCHASE_BITS: u32 = 12;

impl Options {
    /// An ordinary shop: seasons, promotions, stock-outs and all, and no faults.
    pub fn new(seed: u64, start: Day, sized_to: Day, orders: u64) -> Options {
        Options {
            seed,
            start,
            orders,
            sized_to,
            products: 2000,
            buying: Buying { r: 0.8, alpha: 80.0, a: 0.9, b: 2.6 },
            popularity: Popularity { exponent: 0.85, shift: 5.0 },
            basket: BasketSize { shape: 1.2, mean: 1.5 },
            growth: 0.15,
            off: BTreeSet::new(),
            faults: Rates::default(),
        }
    }

    pub fn has(&self, feature: Feature) -> bool {
        !self.off.contains(&feature)
    }

    pub fn check(&self) -> Result<()> {
        let fails = |message: String, advice: &str| Err(Error::config(message).advise(advice));
        if self.sized_to <= self.start {
            return fails("the shop ends before it opens".to_owned(), "let --end be a day after --start");
        }
        if self.sized_to - self.start > 366 * 30 {
            return fails("the shop lives longer than 30 years".to_owned(), "bring --start and --end closer together");
        }
        if !(10..=2_000_000).contains(&self.products) {
            return fails(format!("{} products", self.products), "give --products between 10 and 2,000,000");
        }
        if !(1..=500_000_000).contains(&self.orders) {
            return fails(format!("{} orders", self.orders), "give --orders between 1 and 500,000,000");
        }
        let Buying { r, alpha, a, b } = self.buying;
        let BasketSize { shape, mean } = self.basket;
        let positive = [r, alpha, a, b, shape, mean, self.popularity.exponent];
        if positive.iter().any(|number| !(number.is_finite() && *number > 0.0)) {
            return fails("a parameter of buying, popularity or basket is not positive".to_owned(), "mend it");
        }
        if !(-0.9..=10.0).contains(&self.growth) {
            return fails(format!("growth of {}", self.growth), "give a share a year, like 0.15");
        }
        self.faults.check()
    }
}
