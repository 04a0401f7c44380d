//! Which product is drawn, in two throws: what kind of product, by a table a day, and which of its kind, by a table a month.
//! Both are alias tables (Walker 1977, in Vose's form). Products of a kind have season and category in common, so a day moves
//! all of them alike; those that also move by themselves within the month are a kind of their own, in which a third throw
//! decides. Exact for each moment, and no table of all products a day.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};
use rayon::prelude::*;
use retail::day::{Day, date_of, day_of};

use crate::appeal::{Appeal, Seasons};
use crate::calendar::DAY_SECONDS;
use crate::catalogue::{CATEGORIES, Catalogue, Product, Season};
use crate::draw::{Draw, Side, alias};
use crate::options::Options;
use crate::promotion::Promotions;
use crate::supply::Supply;

#[derive(Debug, Clone)]
pub struct Demand {
    start: Day,
    days: Vec<OneDay>,
    months: Vec<Month>,
    popular: Popular,
}

/// Kinds of products by season and category, and the one of those that move by themselves.
const KINDS: usize = STEADY + 1;
const STEADY: usize = Season::ALL.len() * CATEGORIES.len();
const MOVING: usize = STEADY;

#[derive(Debug, Clone)]
struct OneDay {
    month: u32,
    kinds: [Side; KINDS],
}

#[derive(Debug, Clone)]
struct Month {
    /// In seconds since the epoch.
    from: i64,
    /// Where in the slots each kind begins, and the end.
    kinds: [u32; KINDS + 1],
    /// What each kind is drawn in proportion to, before what the day does to it; of those that move, all that it may do is in it.
    weights: [f64; KINDS],
    slots: Vec<Slot>,
    /// Each product's slot; of those without one, a number that none has.
    places: Vec<u32>,
    /// No day of the month has more appeal than this, by slots of the kind that moves.
    most: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    side: Side,
    product: u32,
    /// The price; of those that move, at the beginning of the month.
    cents: u32,
    /// From when on it is sold out, and until when at the latest, in seconds of the month.
    sold_out: (u32, u32),
    category: u8,
}

/// Products of the opening month by popularity alone.
#[derive(Debug, Clone)]
struct Popular {
    products: Vec<u32>,
    sides: Vec<Side>,
}

/// A product that was drawn, and its price; small enough to be returned in registers.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    pub product: u32,
    pub cents: u32,
    pub category: u8,
}

/// Demand at one instant.
pub struct Moment<'a> {
    offer: Offer<'a>,
    month: &'a Month,
    kinds: &'a [Side; KINDS],
    at: i64,
    pub day: Day,
}

/// What a draw looks at.
#[derive(Clone, Copy)]
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
        let mut firsts = vec![options.start];
        while firsts[firsts.len() - 1] < until {
            firsts.push(next_month(firsts[firsts.len() - 1]).min(until));
        }
        let months: Vec<Month> = firsts.par_windows(2).map(|month| Month::new(offer, month[0], month[1])).collect();
        let mut days = Vec::with_capacity((until - options.start) as usize);
        for (at, (of_days, month)) in firsts.windows(2).zip(&months).enumerate() {
            days.extend(
                (of_days[0]..of_days[1]).map(|day| OneDay { month: at as u32, kinds: month.kinds_on(offer, day) }),
            );
        }
        Demand { start: options.start, days, months, popular: Popular::new(offer.catalogue, options.start, firsts[1]) }
    }

    /// At `at`, UTC seconds.
    pub fn moment<'a>(&'a self, offer: Offer<'a>, at: i64) -> Moment<'a> {
        let day = at.div_euclid(DAY_SECONDS) as Day;
        let OneDay { month, kinds } = &self.days[(day - self.start) as usize];
        Moment { offer, month: &self.months[*month as usize], kinds, at, day }
    }

    /// A product by popularity alone, of those of the opening month. Takes one number.
    pub fn draw_popular(&self, draw: &mut Draw) -> u32 {
        let Popular { products, sides } = &self.popular;
        products[draw.side(sides, |side| *side)]
    }
}

impl Moment<'_> {
    /// A product that can be had; `None` when nothing was found.
    pub fn draw(&self, draw: &mut Draw) -> Option<Drawn> {
        let month = self.month;
        for _ in 0..TRIES {
            let kind = draw.side(self.kinds, |side| *side);
            let slots = &month.slots[month.kinds[kind] as usize..month.kinds[kind + 1] as usize];
            if slots.is_empty() {
                continue;
            }
            let at = draw.side(slots, |slot| slot.side);
            let is_wanted = kind != MOVING || draw.unit() * month.most[at] < self.appeal(slots[at].product);
            if is_wanted && let Some(drawn) = self.offered(&slots[at], kind == MOVING) {
                return Some(drawn);
            }
        }
        None
    }

    /// One that is known, if it can be had.
    pub fn known(&self, product: u32) -> Option<Drawn> {
        let at = *self.month.places.get(product as usize)?;
        let slot = self.month.slots.get(at as usize)?;
        self.offered(slot, at >= self.month.kinds[MOVING])
    }

    fn appeal(&self, product: u32) -> f64 {
        let Offer { catalogue, seasons, promotions, .. } = self.offer;
        Appeal::new(&catalogue.products[product as usize], self.day, seasons, promotions).all()
    }

    /// Its price, if it is in the shop and in stock.
    #[inline]
    fn offered(&self, slot: &Slot, is_moving: bool) -> Option<Drawn> {
        let Slot { product, mut cents, sold_out: (from, to), category, .. } = *slot;
        if is_moving {
            let moving = &self.offer.catalogue.products[product as usize];
            if !moving.is_sold_on(self.day) {
                return None;
            }
            cents = moving.price(self.day).cents;
        }
        // It may be to be had in between.
        let second = self.at - self.month.from;
        let is_there =
            !(i64::from(from)..i64::from(to)).contains(&second) || self.offer.supply.has(product as usize, self.at);
        is_there.then_some(Drawn { product, cents, category })
    }
}

impl Month {
    /// Of the days from `from` to `to`. It knows whole months only, so that it is the same however far the shop is made; see
    /// [`crate::shop::Shop::new`].
    fn new(offer: &Offer<'_>, from: Day, to: Day) -> Month {
        let season_most: Vec<f64> = Season::ALL
            .iter()
            .map(|season| (from..to).map(|day| offer.seasons.at(*season, day)).fold(0.0, f64::max))
            .collect();
        let lift_most: Vec<f64> = (0..CATEGORIES.len())
            .map(|category| (from..to).map(|day| offer.promotions.deal(day, category).1).fold(0.0, f64::max))
            .collect();
        // A slot, its weight and its highest appeal, by kind.
        let mut found: [Vec<(Slot, f64, f64)>; KINDS] = [const { Vec::new() }; KINDS];
        let seconds = i64::from(from) * DAY_SECONDS..i64::from(to) * DAY_SECONDS;
        for (number, product) in sold(offer.catalogue, from, to) {
            let (first, last) = (product.price(from), product.price(to - 1));
            let all_month = product.launched <= from && product.retired.is_none_or(|retired| retired >= to);
            let is_known = !Appeal::new(product, from, offer.seasons, offer.promotions).is_news();
            let is_steady = all_month && is_known && first.from == last.from;
            let kind = if is_steady { kind(product) } else { MOVING };
            let prices = product.prices.iter().filter(|price| price.from < to);
            let price_most = prices.map(|price| price.effect).fold(0.0, f64::max);
            let most = season_most[product.season as usize] * lift_most[product.category] * price_most;
            let slot = Slot {
                side: Side::default(),
                product: number as u32,
                cents: first.cents,
                sold_out: sold_out(offer.supply, number, &seconds),
                category: product.category as u8,
            };
            found[kind].push((slot, product.weight * if is_steady { first.effect } else { most }, most));
        }
        let mut month = Month {
            from: seconds.start,
            kinds: [0; KINDS + 1],
            weights: [0.0; KINDS],
            slots: Vec::with_capacity(found.iter().map(Vec::len).sum()),
            places: vec![u32::MAX; offer.catalogue.products.iter().take_while(|product| product.launched < to).count()],
            most: found[MOVING].iter().map(|(_, _, most)| *most).collect(),
        };
        for (kind, found) in found.iter().enumerate() {
            let weights: Vec<f64> = found.iter().map(|(_, weight, _)| *weight).collect();
            month.weights[kind] = weights.iter().sum();
            for ((slot, ..), side) in found.iter().zip(alias(&weights)) {
                month.places[slot.product as usize] = month.slots.len() as u32;
                month.slots.push(Slot { side, ..*slot });
            }
            month.kinds[kind + 1] = month.slots.len() as u32;
        }
        month
    }

    fn kinds_on(&self, offer: &Offer<'_>, day: Day) -> [Side; KINDS] {
        let mut weights = self.weights;
        for season in Season::ALL {
            let moved = offer.seasons.at(season, day);
            for category in 0..CATEGORIES.len() {
                weights[season as usize * CATEGORIES.len() + category] *=
                    moved * offer.promotions.deal(day, category).1;
            }
        }
        let mut kinds = [Side::default(); KINDS];
        kinds.copy_from_slice(&alias(&weights));
        kinds
    }
}

impl Popular {
    fn new(catalogue: &Catalogue, from: Day, to: Day) -> Popular {
        let (products, weights): (Vec<u32>, Vec<f64>) =
            sold(catalogue, from, to).map(|(number, product)| (number as u32, product.weight)).unzip();
        Popular { products, sides: alias(&weights) }
    }
}

fn kind(product: &Product) -> usize {
    product.season as usize * CATEGORIES.len() + product.category
}

/// Products that are in the shop on some of the days, with their numbers.
fn sold(catalogue: &Catalogue, from: Day, to: Day) -> impl Iterator<Item = (usize, &Product)> {
    let sold = move |product: &Product| product.launched < to && product.retired.is_none_or(|retired| retired > from);
    catalogue.products.iter().enumerate().filter(move |(_, product)| sold(product))
}

fn next_month(day: Day) -> Day {
    let date = date_of(day);
    let (year, month) = if date.month() == 12 { (date.year() + 1, 1) } else { (date.year(), date.month() + 1) };
    NaiveDate::from_ymd_opt(year, month, 1).map_or(day + 31, day_of)
}

/// From the first time of a month that it is sold out to the last.
fn sold_out(supply: &Supply, product: usize, month: &Range<i64>) -> (u32, u32) {
    let Some(stock) = supply.products.get(product) else { return (0, 0) };
    let mut within = stock.sold_out.iter().filter(|(from, to)| *from < month.end && *to > month.start);
    let Some((from, first)) = within.next() else { return (0, 0) };
    let to = within.next_back().map_or(first, |(_, last)| last);
    let second = |at: i64| (at.clamp(month.start, month.end) - month.start) as u32;
    (second(*from), second(*to))
}
