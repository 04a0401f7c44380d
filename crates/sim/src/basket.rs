//! What is in an order: products drawn, companions that come with them, pieces and prices.

use crate::calendar::DAY_SECONDS;
use crate::customer::{Profile, Purchase};
use crate::demand::Moment;
use crate::draw::{Draw, Of};
use crate::options::Feature;
use crate::order::{Item, Line};
use crate::shop::Shop;

/// Products that a customer comes back for, and how often a line is one of them.
const USUALS: usize = 3;
const USUAL: f64 = 0.18;
/// Another product is drawn so often where one is in the order already.
const REDRAWS: usize = 12;
const GIFT_WRAP: f64 = 0.03;
const GIFT_WRAP_CENTS: i64 = 395;

pub fn lines(shop: &Shop, customer: u32, profile: &Profile, purchase: Purchase, draw: &mut Draw) -> Vec<Line> {
    let options = &shop.options;
    let (at, day) = (purchase.at, purchase.at.div_euclid(DAY_SECONDS) as i32);
    let (wanted, moment) = (size(shop, draw), shop.moment(at));
    let mut lines: Vec<Line> = Vec::with_capacity(wanted + 2);
    let line = |product| Line { item: Item::Product(product), quantity: 1, price: 0, discount: 0, tax: 0 };
    for _ in 0..wanted {
        let Some(product) = one_more(shop, customer, purchase, &moment, &lines, draw) else { continue };
        lines.push(line(product));
        let Some(group) = shop.catalogue.groups.of(product as usize) else { continue };
        for companion in &group.members {
            let joins = *companion != product && draw.chance(group.strength);
            if joins && !has(&lines, *companion) && shop.can_be_had(*companion, at) {
                lines.push(line(*companion));
            }
        }
    }
    let spend = profile.spend();
    for line in &mut lines {
        let Item::Product(number) = line.item else { continue };
        let product = &shop.catalogue.products[number as usize];
        line.price = product.price(day).cents;
        line.quantity += i64::from(draw.geometric(more_pieces(spend, line.price as f64)));
        let percent = i64::from(shop.promotions.deal(day, product.category).0);
        line.discount = (line.amount() * percent + 50) / 100;
    }
    if draw.chance(GIFT_WRAP) && options.has(Feature::Affinities) {
        lines.push(Line { item: Item::GiftWrap, quantity: 1, price: GIFT_WRAP_CENTS, discount: 0, tax: 0 });
    }
    lines
}

fn has(lines: &[Line], product: u32) -> bool {
    lines.iter().any(|line| line.item == Item::Product(product))
}

/// 1 + a negative binomial number, as a Poisson number whose mean is gamma distributed: how many exponential numbers fit into
/// the mean. Their sum is a product's logarithm, so one is taken of the mean and none of each.
fn size(shop: &Shop, draw: &mut Draw) -> usize {
    let basket = shop.options.basket;
    let mean = draw.gamma(basket.shape) * basket.mean / basket.shape;
    let (least, mut left) = (libm::exp(-mean), 1.0 - draw.unit());
    let mut more = 0;
    while left > least && more < 200 {
        more += 1;
        left *= 1.0 - draw.unit();
    }
    1 + more
}

fn one_more(
    shop: &Shop,
    customer: u32,
    purchase: Purchase,
    moment: &Moment<'_>,
    lines: &[Line],
    draw: &mut Draw,
) -> Option<u32> {
    let usual = shop.options.has(Feature::Usuals) && purchase.number > 0 && draw.chance(USUAL);
    if usual {
        let mut own = Draw::new(shop.options.seed, Of::Usual, u64::from(customer));
        let usuals: [u32; USUALS] = std::array::from_fn(|_| shop.demand.draw_popular(&mut own));
        let product = *draw.pick(&usuals);
        if !has(lines, product) && shop.can_be_had(product, purchase.at) {
            return Some(product);
        }
    }
    (0..REDRAWS).find_map(|_| moment.draw(draw).filter(|product| !has(lines, *product)))
}

/// What an order comes to on average, in euros without tax: for a customer who buys single pieces, and for each unit of a
/// customer's spend factor on top. Lines drawn times what a line is worth at first prices; companions, gift wrap and
/// discounts are left aside.
pub fn expected_value(shop: &Shop) -> (f64, f64) {
    let (mut single, mut by_spend, mut weights) = (0.0, 0.0, 0.0);
    for product in shop.catalogue.products.iter().take(shop.options.products as usize) {
        let price = product.prices[0].cents as f64 / 100.0;
        single += product.weight * price;
        by_spend += product.weight * price * more_pieces(1.0, price * 100.0);
        weights += product.weight;
    }
    let lines = 1.0 + shop.options.basket.mean;
    (lines * single / weights, lines * by_spend / weights)
}

/// Pieces beyond the first, on average; dear things are bought one at a time. `price` in cents.
fn more_pieces(spend: f64, price: f64) -> f64 {
    0.45 * spend * (1500.0 / (price + 500.0)).min(2.0)
}
