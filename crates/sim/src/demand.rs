//! Which product is drawn: an alias table a month (Walker 1977, in Vose's form) over the products of that month, and a
//! second throw for what moves within it. Exact for each moment, and no table a day.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};
use rayon::prelude::*;
use retail::day::{Day, date_of, day_of};

use crate::appeal::{Appeal, Seasons};
use crate::calendar::DAY_SECONDS;
use crate::catalogue::{CATEGORIES, Catalogue, Price, Product, Season};
use crate::draw::Draw;
use crate::options::Options;
use crate::promotion::Promotions;
use crate::supply::Supply;

#[derive(Debug, Clone)]
pub struct Demand {
    /// First day of each month, and the end.
    months: Vec<Day>,
    tables: Vec<Table>,
    /// What seasons and promotions do to each kind of product, by day.
    moved: Vec<Moved>,
}

/// By season and category.
type Moved = [[f64; CATEGORIES.len()]; Season::ALL.len()];

#[derive(Debug, Clone)]
struct Table {
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The share of the slot that is its own; the rest is the other's.
    keep: f64,
    other: u32,
    product: u32,
    /// No day of the month has more appeal than this.
    most: f64,
    /// The price, if the product is in the shop all month, no news and at one price: few are not, and the rest of the
    /// product need not be looked at.
    steady: Option<Price>,
    /// From when until when it is sold out, in seconds of the month; `None` if that happens more than once.
    sold_out: Option<(u32, u32)>,
    season: Season,
    category: u8,
}

/// A product that was drawn, and its price.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    pub product: u32,
    pub cents: i64,
}

/// Demand at one instant.
pub struct Moment<'a> {
    offer: Offer<'a>,
    table: &'a Table,
    moved: &'a Moved,
    at: i64,
    day: Day,
    /// Of the month.
    second: i64,
}

/// What a draw looks at.
pub struct Offer<'a> {
    pub catalogue: &'a Catalogue,
    pub seasons: &'a Seasons,
    pub promotions: &'a Promotions,
    pub supply: &'a Supply,
}

/// A product that is never to be had must not hold a draw up for ever.
const TRIES: usize = 400;

impl Demand {
    pub fn new(options: &Options, offer: &Offer<'_>, until: Day) -> Demand {
        let mut months = vec![options.start];
        while months[months.len() - 1] < until {
            months.push(next_month(months[months.len() - 1]).min(until));
        }
        let tables = months.par_windows(2).map(|month| table(offer, month[0], month[1])).collect();
        let moved = |day| {
            Season::ALL.map(|season| {
                let season = offer.seasons.at(season, day);
                std::array::from_fn(|category| season * offer.promotions.deal(day, category).1)
            })
        };
        Demand { months, tables, moved: (options.start..until).map(moved).collect() }
    }

    /// At `at`, UTC seconds.
    pub fn moment<'a>(&'a self, offer: Offer<'a>, at: i64) -> Moment<'a> {
        let day = at.div_euclid(DAY_SECONDS) as Day;
        let month = self.months.partition_point(|from| *from <= day).clamp(1, self.tables.len()) - 1;
        let second = at - i64::from(self.months[month]) * DAY_SECONDS;
        let moved = &self.moved[(day - self.months[0]) as usize];
        Moment { offer, table: &self.tables[month], moved, at, day, second }
    }

    /// A product by popularity alone, of those of the opening month.
    pub fn draw_popular(&self, draw: &mut Draw) -> u32 {
        self.tables[0].slot(draw).product
    }
}

impl Moment<'_> {
    /// A product that can be had; `None` when nothing was found.
    pub fn draw(&self, draw: &mut Draw) -> Option<Drawn> {
        let Moment { offer, table, moved, at, day, second } = self;
        for _ in 0..TRIES {
            let slot = table.slot(draw);
            let number = slot.product as usize;
            let product = || &offer.catalogue.products[number];
            let appeal = match slot.steady {
                Some(price) => moved[slot.season as usize][usize::from(slot.category)] * price.effect,
                None => Appeal::new(product(), *day, offer.seasons, offer.promotions).all(),
            };
            let wanted = draw.unit() * slot.most < appeal;
            let is_sold = || slot.steady.is_some() || product().is_sold_on(*day);
            let is_there = || match slot.sold_out {
                Some((from, to)) => !(i64::from(from)..i64::from(to)).contains(second),
                None => offer.supply.has(number, *at),
            };
            if wanted && is_sold() && is_there() {
                return Some(Drawn {
                    product: slot.product,
                    cents: slot.steady.unwrap_or_else(|| *product().price(*day)).cents,
                });
            }
        }
        None
    }

    /// One that is known.
    pub fn priced(&self, product: u32) -> Drawn {
        Drawn { product, cents: self.offer.catalogue.products[product as usize].price(self.day).cents }
    }
}

impl Table {
    fn slot(&self, draw: &mut Draw) -> &Slot {
        let at = draw.below(self.slots.len());
        let Slot { keep, other, .. } = self.slots[at];
        // Chosen by number, since a branch on chance is guessed wrong half of the time.
        &self.slots[if draw.unit() < keep { at } else { other as usize }]
    }
}

fn next_month(day: Day) -> Day {
    let date = date_of(day);
    let (year, month) = if date.month() == 12 { (date.year() + 1, 1) } else { (date.year(), date.month() + 1) };
    NaiveDate::from_ymd_opt(year, month, 1).map_or(day + 31, day_of)
}

/// The table of the days from `from` to `to`. It knows whole months only, so that it is the same however far the shop is
/// made; see [`crate::shop::Shop::new`].
fn table(offer: &Offer<'_>, from: Day, to: Day) -> Table {
    let season_most: Vec<f64> = Season::ALL
        .iter()
        .map(|season| (from..to).map(|day| offer.seasons.at(*season, day)).fold(0.0, f64::max))
        .collect();
    let lift_most: Vec<f64> = (0..CATEGORIES.len())
        .map(|category| (from..to).map(|day| offer.promotions.deal(day, category).1).fold(0.0, f64::max))
        .collect();
    let sold = |product: &&Product| product.launched < to && product.retired.is_none_or(|retired| retired > from);
    let (mut slots, mut weights) = (Vec::new(), Vec::new());
    for (number, product) in offer.catalogue.products.iter().enumerate().filter(|(_, product)| sold(product)) {
        let prices = product.prices.iter().filter(|price| price.from < to);
        let price_most = prices.map(|price| price.effect).fold(0.0, f64::max);
        let most = season_most[product.season as usize] * lift_most[product.category] * price_most;
        let (first, last) = (product.price(from), product.price(to - 1));
        let all_month = product.launched <= from && product.retired.is_none_or(|retired| retired >= to);
        let is_known = !Appeal::new(product, from, offer.seasons, offer.promotions).is_news();
        let steady = (all_month && is_known && first.from == last.from).then_some(*first);
        let (season, category) = (product.season, product.category as u8);
        let sold_out = sold_out(offer.supply, number, i64::from(from) * DAY_SECONDS..i64::from(to) * DAY_SECONDS);
        slots.push(Slot { keep: 1.0, other: 0, product: number as u32, most, steady, sold_out, season, category });
        weights.push(product.weight * most);
    }
    alias(&weights, &mut slots);
    Table { slots }
}

fn sold_out(supply: &Supply, product: usize, month: Range<i64>) -> Option<(u32, u32)> {
    let Some(stock) = supply.products.get(product) else { return Some((0, 0)) };
    let mut within = stock.sold_out.iter().filter(|(from, to)| *from < month.end && *to > month.start);
    let second = |at: i64| (at.clamp(month.start, month.end) - month.start) as u32;
    match (within.next(), within.next()) {
        (None, _) => Some((0, 0)),
        (Some((from, to)), None) => Some((second(*from), second(*to))),
        _ => None,
    }
}

/// Shares the slots out by weight.
fn alias(weights: &[f64], slots: &mut [Slot]) {
    let scale = weights.len() as f64 / weights.iter().sum::<f64>();
    for (at, (slot, weight)) in slots.iter_mut().zip(weights).enumerate() {
        (slot.keep, slot.other) = (weight * scale, at as u32);
    }
    let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..slots.len()).partition(|at| slots[*at].keep < 1.0);
    while let (Some(low), Some(high)) = (small.pop(), large.last().copied()) {
        slots[low].other = high as u32;
        slots[high].keep -= 1.0 - slots[low].keep;
        if slots[high].keep < 1.0 {
            large.pop();
            small.push(high);
        }
    }
    // What rounding left over is whole.
    small.iter().chain(&large).for_each(|at| slots[*at].keep = 1.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Of;

    #[test]
    fn an_alias_table_draws_by_weight() {
        let weights = [5.0, 1.0, 0.5, 3.5];
        let mut slots: Vec<Slot> = (0..4)
            .map(|product| {
                let (steady, season) = (None, Season::Flat);
                Slot { keep: 1.0, other: 0, product, most: 1.0, steady, sold_out: Some((0, 0)), season, category: 0 }
            })
            .collect();
        alias(&weights, &mut slots);
        let table = Table { slots };
        let mut draw = Draw::new(1, Of::Basket, 1);
        let mut drawn = [0; 4];
        (0..100_000).for_each(|_| drawn[table.slot(&mut draw).product as usize] += 1);
        for (count, weight) in drawn.iter().zip(weights) {
            assert!((f64::from(*count) / 10_000.0 - weight).abs() < 0.06, "{drawn:?}");
        }
    }
}
