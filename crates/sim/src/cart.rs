//! Carts that are never ordered: a customer comes back after an order, puts something in, and goes.

use crate::calendar::DAY_SECONDS;
use crate::demand::Drawn;
use crate::draw::{Draw, Of};
use crate::life::LONGEST;
use crate::options::{Feature, Options};
use crate::shop::Shop;

const AFTER_AN_ORDER: f64 = 0.4;

/// When the cart that follows an order was begun, if one does.
pub fn started(options: &Options, order: u64, placed: i64) -> Option<i64> {
    let mut draw = Draw::new(options.seed, Of::Cart, order);
    if !(options.has(Feature::Carts) && draw.chance(AFTER_AN_ORDER)) {
        return None;
    }
    let after = (draw.exponential() * 6.0 * DAY_SECONDS as f64) as i64 + 300;
    (after < LONGEST).then_some(placed + after)
}

/// What is in it: products with pieces.
pub fn contents(shop: &Shop, order: u64, at: i64) -> Vec<(Drawn, i64)> {
    let mut draw = Draw::new(shop.options.seed, Of::Cart, !order);
    let mut found: Vec<(Drawn, i64)> = Vec::new();
    let moment = shop.moment(at);
    for _ in 0..1 + draw.geometric(0.8) {
        let drawn = moment.draw(&mut draw);
        let pieces = 1 + i64::from(draw.geometric(0.3));
        if let Some(drawn) = drawn.filter(|drawn| found.iter().all(|(other, _)| other.product != drawn.product)) {
            found.push((drawn, pieces));
        }
    }
    found
}
