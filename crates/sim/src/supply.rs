//! Stock that runs out. Deliveries come in a rhythm of each product's own and are ordered for what the buyer expects: the
//! season, but neither promotions nor luck. Where demand is above that, the product is sold out until the next delivery.
//!
//! It is the demand curve that uses stock up here, not the orders drawn from it. So whether a product can be had at a
//! moment follows from the options alone, and any stretch of time can be made by itself; the price is that pieces received
//! and pieces sold agree on average and not to the piece.

use rayon::prelude::*;
use retail::day::Day;

use crate::appeal::{Appeal, Seasons};
use crate::calendar::{Calendar, DAY_SECONDS};
use crate::catalogue::{Catalogue, Product};
use crate::draw::{Draw, Of};
use crate::options::{Feature, Options};
use crate::promotion::Promotions;

#[derive(Debug, Clone, Default)]
pub struct Supply {
    /// By product.
    pub products: Vec<Stock>,
}

#[derive(Debug, Clone, Default)]
pub struct Stock {
    pub deliveries: Vec<Delivery>,
    /// From when until when it is sold out, in seconds since the epoch.
    pub sold_out: Vec<(i64, i64)>,
}

#[derive(Debug, Clone, Copy)]
pub struct Delivery {
    pub day: Day,
    pub pieces: i64,
}

/// The buyer orders so much more than expected.
const MARGIN: f64 = 1.4;
/// And errs by so much.
const ERROR: f64 = 0.28;

pub struct Surroundings<'a> {
    pub calendar: &'a Calendar,
    pub seasons: &'a Seasons,
    pub promotions: &'a Promotions,
}

impl Supply {
    pub fn new(options: &Options, catalogue: &Catalogue, around: &Surroundings<'_>, until: Day) -> Supply {
        if !options.has(Feature::Stock) {
            return Supply::default();
        }
        let weights: f64 = catalogue.products.iter().take(options.products as usize).map(|it| it.weight).sum();
        let lines = options.orders as f64 / f64::from(options.sized_to - options.start) * (1.0 + options.basket.mean);
        let stock = |(number, product): (usize, &Product)| {
            let pieces_a_day = 1.3 * lines * product.weight / weights;
            stock(options.seed, number, product, pieces_a_day, around, until)
        };
        Supply { products: catalogue.products.par_iter().enumerate().map(stock).collect() }
    }

    pub fn has(&self, product: usize, at: i64) -> bool {
        let Some(stock) = self.products.get(product) else { return true };
        let next = stock.sold_out.partition_point(|(from, _)| *from <= at);
        next == 0 || stock.sold_out[next - 1].1 <= at
    }

    /// The share of a day (UTC) during which the product can be had.
    pub fn share_of_day(&self, product: usize, day: Day) -> f64 {
        let Some(stock) = self.products.get(product) else { return 1.0 };
        let (from, to) = (i64::from(day) * DAY_SECONDS, i64::from(day + 1) * DAY_SECONDS);
        let out = stock.sold_out.iter().map(|(a, b)| ((*b).min(to) - (*a).max(from)).max(0)).sum::<i64>();
        1.0 - out as f64 / DAY_SECONDS as f64
    }
}

fn stock(seed: u64, number: usize, product: &Product, pieces: f64, around: &Surroundings<'_>, until: Day) -> Stock {
    let mut draw = Draw::new(seed, Of::Supply, number as u64);
    let rhythm = 12 + draw.below(31) as Day;
    let mut found = Stock::default();
    let (mut left, mut from) = (0.0, product.launched);
    let end = product.retired.unwrap_or(until).min(until);
    let busy = |day: Day| around.calendar.busy((day - around.calendar.start) as usize);
    while from < end {
        // The last rhythm may reach beyond what is known of the calendar: it is then cut, and the same up to there.
        let expected = f64::from(rhythm) * around.seasons.at(product.season, from);
        let wanted = (expected * MARGIN * draw.log_normal(ERROR)).max(left);
        found.deliveries.push(Delivery { day: from, pieces: ((wanted - left) * pieces + 0.5) as i64 });
        left = wanted;
        for day in from..(from + rhythm).min(end) {
            let asked = busy(day) * Appeal::new(product, day, around.seasons, around.promotions).all();
            if asked >= left {
                let at = i64::from(day) * DAY_SECONDS + (left / asked * DAY_SECONDS as f64) as i64;
                found.sold_out.push((at, i64::from(from + rhythm) * DAY_SECONDS));
                left = 0.0;
                break;
            }
            left -= asked;
        }
        from += rhythm;
    }
    found
}
