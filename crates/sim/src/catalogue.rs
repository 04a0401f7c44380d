//! What the shop sells: products with names, prices that change, costs, launches and retirements.
//!
//! A product is drawn from (seed, its number) alone, but for its rank among those of the opening, which is a shuffle.

use retail::day::Day;

use crate::draw::{Draw, Of};
use crate::group::Groups;
use crate::options::{Feature, Options};

pub struct Category {
    pub name: &'static str,
    /// Of products.
    pub share: f64,
    /// Euros, the middle one.
    pub price: f64,
    /// Of what was sold, that comes back.
    pub returned: f64,
    pub things: [&'static str; 8],
}

const fn category(name: &'static str, share: f64, price: f64, returned: f64, things: [&'static str; 8]) -> Category {
    Category { name, share, price, returned, things }
}

pub const CATEGORIES: [Category; 12] = [
    category("Kitchen", 1.6, 16.0, 0.03, ["Mug", "Teapot", "Pan", "Bowl", "Jug", "Casserole", "Grater", "Scale"]),
    category("Table", 1.2, 14.0, 0.03, ["Plate", "Glass", "Carafe", "Runner", "Napkin", "Tray", "Cutlery", "Coaster"]),
    category("Bedding", 0.9, 39.0, 0.07, ["Duvet", "Pillow", "Sheet", "Blanket", "Throw", "Cover", "Topper", "Quilt"]),
    category("Bath", 0.8, 18.0, 0.05, ["Towel", "Mat", "Robe", "Dispenser", "Basket", "Mirror", "Stool", "Rack"]),
    category("Lighting", 0.8, 49.0, 0.08, ["Lamp", "Lantern", "Pendant", "Spot", "Shade", "Bulb", "String", "Sconce"]),
    category("Decoration", 1.8, 12.0, 0.04, ["Vase", "Frame", "Bunting", "Clock", "Bird", "Heart", "Sign", "Figure"]),
    category("Candles", 0.8, 9.0, 0.01, ["Candle", "Tealight", "Holder", "Diffuser", "Refill", "Jar", "Pillar", "Set"]),
    category("Garden", 1.0, 24.0, 0.04, ["Planter", "Trowel", "Can", "Bench", "Trellis", "Feeder", "Hose", "Gloves"]),
    category("Storage", 0.9, 22.0, 0.05, ["Box", "Crate", "Shelf", "Hook", "Tin", "Hamper", "Organiser", "Bag"]),
    category("Stationery", 1.0, 6.5, 0.02, ["Notebook", "Pen", "Card", "Ribbon", "Wrap", "Calendar", "Stamp", "Pouch"]),
    category("Toys", 0.8, 17.0, 0.06, ["Puzzle", "Blocks", "Doll", "Kite", "Train", "Bear", "Game", "Drum"]),
    category("Clothing", 0.9, 34.0, 0.17, ["Scarf", "Apron", "Slippers", "Socks", "Hat", "Pyjamas", "Shirt", "Gown"]),
];

const LOOKS: [&str; 24] = [
    "Red", "White", "Sage", "Blue", "Rose", "Ivory", "Charcoal", "Amber", "Striped", "Dotted", "Floral", "Plain",
    "Rustic", "Vintage", "Nordic", "Woven", "Glazed", "Brushed", "Folding", "Small", "Large", "Round", "Tall",
    "Classic",
];
const MAKES: [&str; 20] = [
    "Oak",
    "Linen",
    "Cotton",
    "Enamel",
    "Steel",
    "Glass",
    "Bamboo",
    "Wool",
    "Clay",
    "Copper",
    "Felt",
    "Cork",
    "Marble",
    "Rattan",
    "Brass",
    "Paper",
    "Walnut",
    "Porcelain",
    "Jute",
    "Birch",
];

/// How a product's demand moves over the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    Flat,
    Spring,
    Summer,
    Autumn,
    Christmas,
}

impl Season {
    pub const ALL: [Season; 5] = [Season::Flat, Season::Spring, Season::Summer, Season::Autumn, Season::Christmas];

    pub fn name(self) -> &'static str {
        ["flat", "spring", "summer", "autumn", "christmas"][self as usize]
    }
}

#[derive(Debug, Clone)]
pub struct Product {
    pub category: usize,
    pub season: Season,
    /// Its place by popularity; products launched later come in between.
    pub rank: f64,
    /// In proportion to which it is drawn, before season, promotions and price.
    pub weight: f64,
    /// First day in the shop.
    pub launched: Day,
    /// First day on which it is gone.
    pub retired: Option<Day>,
    /// The first from the launch on.
    pub prices: Vec<Price>,
    /// Of the first price.
    pub cost_share: f64,
}

#[derive(Debug, Clone, Copy)]
pub struct Price {
    pub from: Day,
    /// Without tax.
    pub cents: u32,
    /// What it does to demand, beside the first price.
    pub effect: f64,
}

#[derive(Debug, Clone)]
pub struct Catalogue {
    pub products: Vec<Product>,
    /// Of each product.
    pub labels: Vec<Label>,
    pub groups: Groups,
}

/// A product's id and name, as a line of text has them: `P000042,Red Oak Mug No. 142,`. Every line of an order has one, so it is
/// of one size and lies by itself.
#[derive(Debug, Clone)]
pub struct Label {
    text: [u8; Label::ROOM],
    /// Where the id ends.
    id: u8,
    length: u8,
}

impl Label {
    /// The longest words give 37 bytes of name; an id has 9 at most.
    const ROOM: usize = 48;

    pub fn new(number: usize, name: &str) -> Label {
        let id = format!("P{:06}", number + 1);
        let mut label = Label { text: [0; Label::ROOM], id: id.len() as u8, length: 0 };
        for (to, from) in label.text.iter_mut().zip([&id, ",", name, ","].into_iter().flat_map(str::bytes)) {
            *to = from;
            label.length += 1;
        }
        label
    }

    /// Both, each with a comma behind it, and how long that is.
    pub fn cells(&self) -> (&[u8; Label::ROOM], usize) {
        (&self.text, usize::from(self.length))
    }

    pub fn id(&self) -> &str {
        std::str::from_utf8(&self.text[..usize::from(self.id)]).unwrap_or_default()
    }

    pub fn name(&self) -> &str {
        let name = usize::from(self.id) + 1..usize::from(self.length) - 1;
        std::str::from_utf8(&self.text[name]).unwrap_or_default()
    }
}

/// New products a year, as a share of those at the opening.
const LAUNCHES: f64 = 0.2;
/// Years that a product stays, on average.
const STAYS: f64 = 6.0;
/// Days between two changes of a price, on average.
const PRICE_STANDS: f64 = 260.0;
/// What demand does when a price rises: the elasticity.
const ELASTICITY: f64 = -1.3;

impl Catalogue {
    /// The products launched before `until`. More of them come with a later `until`, and none changes.
    pub fn new(options: &Options, until: Day) -> Catalogue {
        let count = options.products as usize;
        let ranks = shuffled_ranks(options.seed, count);
        let groups = Groups::new(options, &ranks);
        let (mut products, mut labels): (Vec<Product>, Vec<Label>) = (0..count)
            .map(|number| {
                let place =
                    Place { rank: f64::from(ranks[number]), launched: options.start, stays: groups.has(number) };
                product(options, number, place, until)
            })
            .unzip();
        if options.has(Feature::Assortment) {
            let mut draw = Draw::new(options.seed, Of::Launch, 0);
            let every = 365.0 / (LAUNCHES * count as f64);
            let mut after = draw.exponential() * every;
            while options.start + (after as Day) < until {
                let rank = draw.between(1.0, count as f64 + 1.0);
                let place = Place { rank, launched: options.start + after as Day, stays: false };
                let (product, label) = product(options, products.len(), place, until);
                products.push(product);
                labels.push(label);
                after += draw.exponential() * every;
            }
        }
        Catalogue { products, labels, groups }
    }
}

impl Product {
    pub fn price(&self, day: Day) -> &Price {
        let next = self.prices.partition_point(|price| price.from <= day);
        &self.prices[next.saturating_sub(1)]
    }

    /// What a piece costs the shop, in cents.
    pub fn cost(&self, day: Day) -> i64 {
        (f64::from(self.price(day).cents) * self.cost_share) as i64
    }

    pub fn is_sold_on(&self, day: Day) -> bool {
        day >= self.launched && self.retired.is_none_or(|retired| day < retired)
    }
}

/// Rank from 1 of each product of the opening.
fn shuffled_ranks(seed: u64, count: usize) -> Vec<u32> {
    let mut ranks: Vec<u32> = (1..=count as u32).collect();
    let mut draw = Draw::new(seed, Of::Rank, 0);
    for at in (1..count).rev() {
        ranks.swap(at, draw.below(at + 1));
    }
    ranks
}

struct Place {
    rank: f64,
    launched: Day,
    /// It is never retired, as the members of groups are not.
    stays: bool,
}

fn product(options: &Options, number: usize, place: Place, until: Day) -> (Product, Label) {
    let Place { rank, launched, stays } = place;
    let mut draw = Draw::new(options.seed, Of::Product, number as u64);
    let shares: [f64; CATEGORIES.len()] = std::array::from_fn(|at| CATEGORIES[at].share);
    let category = draw.weighted(&shares);
    let (name, first, cost_share) = describe(&mut draw, category, number);
    let season = match options.has(Feature::Seasons) && !stays {
        true => Season::ALL[draw.weighted(&[0.5, 0.12, 0.13, 0.1, 0.15])],
        false => Season::Flat,
    };
    let weight = libm::pow(rank + options.popularity.shift, -options.popularity.exponent);
    let mut prices = vec![Price { from: launched, cents: first, effect: 1.0 }];
    let mut retired = None;
    if options.has(Feature::Assortment) {
        let days = 60.0 + draw.exponential() * STAYS * 365.0;
        retired = (!stays).then_some(launched + days as Day);
        let mut from = launched + 20 + (draw.exponential() * PRICE_STANDS) as Day;
        while from < until && retired.is_none_or(|retired| from < retired) {
            let last = prices[prices.len() - 1].cents;
            let cents = price_point(f64::from(last) / 100.0 * draw.between(0.93, 1.13));
            if cents != last {
                prices.push(Price { from, cents, effect: libm::pow(f64::from(cents) / f64::from(first), ELASTICITY) });
            }
            from += 20 + (draw.exponential() * PRICE_STANDS) as Day;
        }
    }
    let product = Product { category, season, rank, weight, launched, retired, prices, cost_share };
    (product, Label::new(number, &name))
}

/// Name, first price in cents, and cost as a share of it.
fn describe(draw: &mut Draw, category: usize, number: usize) -> (String, u32, f64) {
    let Category { things, price, .. } = &CATEGORIES[category];
    let (look, make, thing) = (draw.pick(&LOOKS), draw.pick(&MAKES), draw.pick(things));
    let name = format!("{look} {make} {thing} No. {}", number % 900 + 100);
    (name, price_point(price * draw.log_normal(0.55)), draw.between(0.38, 0.66))
}

/// Cents: prices end in .99, .95 or .50, or are whole tens less a cent.
fn price_point(euros: f64) -> u32 {
    let euros = euros.max(0.9);
    match euros {
        ..10.0 => ((euros * 2.0) as u32 * 50 + 45).max(95),
        ..50.0 => euros as u32 * 100 + 95,
        _ => (euros / 5.0) as u32 * 500 + 499,
    }
}
