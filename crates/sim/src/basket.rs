//! What is in an order: products drawn, companions that come with them, pieces and prices.

use crate::customer::{Profile, Purchase};
use crate::demand::{Drawn, Moment};
use crate::draw::{Draw, Of};
use crate::options::{BasketSize, Feature};
use crate::order::{Item, Line};
use crate::shop::Shop;

/// Products that a customer comes back for, and how often a line is one of them.
const USUALS: usize = 3;
const USUAL: f64 = 0.18;
/// Another product is drawn so often where one is in the order already.
const REDRAWS: usize = 12;
const GIFT_WRAP: f64 = 0.03;
const GIFT_WRAP_CENTS: i64 = 395;

/// Fills `lines`.
pub fn fill(lines: &mut Vec<Line>, shop: &Shop, customer: u32, profile: &Profile, purchase: Purchase, draw: &mut Draw) {
    let (wanted, moment, spend) = (shop.sizes.draw(draw), shop.moment(purchase.at), profile.spend());
    let percents = shop.promotions.percents(moment.day);
    lines.clear();
    let add = |lines: &mut Vec<Line>, Drawn { product, cents, category }, draw: &mut Draw| {
        let (quantity, price) = (1 + i64::from(draw.failures(another_piece(spend, cents.into()))), i64::from(cents));
        let discount = (quantity * price * i64::from(percents[usize::from(category)]) + 50) / 100;
        lines.push(Line { item: Item::Product(product), quantity, price, discount, tax: 0 });
    };
    for _ in 0..wanted {
        let Some(drawn) = one_more(shop, customer, purchase, &moment, lines, draw) else { continue };
        add(lines, drawn, draw);
        let Some(group) = shop.catalogue.groups.of(drawn.product as usize) else { continue };
        for companion in &group.members {
            let joins = *companion != drawn.product && draw.chance(group.strength);
            if joins
                && !has(lines, *companion)
                && let Some(known) = moment.known(*companion)
            {
                add(lines, known, draw);
            }
        }
    }
    if draw.chance(GIFT_WRAP) && shop.options.has(Feature::Affinities) {
        lines.push(Line { item: Item::GiftWrap, quantity: 1, price: GIFT_WRAP_CENTS, discount: 0, tax: 0 });
    }
}

fn has(lines: &[Line], product: u32) -> bool {
    lines.iter().any(|line| line.item == Item::Product(product))
}

/// How many products are drawn for an order: 1 + a negative binomial number.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// The share of orders with so many or less, from one product on.
    upto: Vec<f64>,
}

const MOST: usize = 200;

impl Sizes {
    pub fn new(BasketSize { shape, mean }: BasketSize) -> Sizes {
        let success = shape / (shape + mean);
        let (mut share, mut sum) = (libm::pow(success, shape), 0.0);
        let upto = |more: usize| {
            sum += share;
            share *= (more as f64 + shape) / (more as f64 + 1.0) * (1.0 - success);
            sum
        };
        Sizes { upto: (0..MOST).map(upto).collect() }
    }

    fn draw(&self, draw: &mut Draw) -> usize {
        let unit = draw.unit();
        // Most orders are small, and found at once.
        1 + self.upto.iter().position(|upto| unit < *upto).unwrap_or(MOST)
    }
}

fn one_more(
    shop: &Shop,
    customer: u32,
    purchase: Purchase,
    moment: &Moment<'_>,
    lines: &[Line],
    draw: &mut Draw,
) -> Option<Drawn> {
    let usual = shop.options.has(Feature::Usuals) && purchase.number > 0 && draw.chance(USUAL);
    if usual {
        let mut own = Draw::new(shop.options.seed, Of::Usual, u64::from(customer));
        own.skip(draw.below(USUALS) as u64);
        let product = shop.demand.draw_popular(&mut own);
        if !has(lines, product)
            && let Some(known) = moment.known(product)
        {
            return Some(known);
        }
    }
    (0..REDRAWS).find_map(|_| moment.draw(draw).filter(|drawn| !has(lines, drawn.product)))
}

/// What an order comes to on average, in euros without tax: for a customer who buys single pieces, and for each unit of a
/// customer's spend factor on top. Lines drawn times what a line is worth at first prices; companions, gift wrap and
/// discounts are left aside.
pub fn expected_value(shop: &Shop) -> (f64, f64) {
    let (mut single, mut by_spend, mut weights) = (0.0, 0.0, 0.0);
    for product in shop.catalogue.products.iter().take(shop.options.products as usize) {
        let price = f64::from(product.prices[0].cents) / 100.0;
        single += product.weight * price;
        by_spend += product.weight * price * MORE * (DEAR / (price * 100.0 + CHEAP)).min(2.0);
        weights += product.weight;
    }
    let lines = 1.0 + shop.options.basket.mean;
    (lines * single / weights, lines * by_spend / weights)
}

/// Pieces beyond the first are [`MORE`] on average where a thing is neither dear nor cheap, and twice as many at most; dear things
/// are bought one at a time. Prices in cents.
const MORE: f64 = 0.45;
const DEAR: f64 = 1500.0;
const CHEAP: f64 = 500.0;

/// The probability that one more piece is bought: of m more on average, m / (1 + m).
fn another_piece(spend: f64, price: f64) -> f64 {
    let (more, all) =
        if price + CHEAP > DEAR / 2.0 { (MORE * spend * DEAR, price + CHEAP) } else { (2.0 * MORE * spend, 1.0) };
    more / (all + more)
}
