//! An order with its lines and money, and the documents that follow from it: a return, a refund. Money is whole cents.

use crate::basket;
use crate::calendar::DAY_SECONDS;
use crate::catalogue::CATEGORIES;
use crate::country::COUNTRIES;
use crate::customer::{Profile, Purchase};
use crate::draw::{Draw, Of, mix};
use crate::export::cells::Short;
use crate::export::time::{civil, two_of};
use crate::life::Life;
use crate::options::{CUSTOMER_BITS, PURCHASE_BITS};
use crate::shop::Shop;

#[derive(Debug, Clone)]
pub struct Order {
    pub code: u64,
    pub customer: u32,
    pub profile: Profile,
    pub life: Life,
    pub channel: &'static str,
    pub coupon: Option<&'static str>,
    pub lines: Vec<Line>,
    pub shipping: i64,
    pub shipping_tax: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub item: Item,
    pub quantity: i64,
    /// Of one piece, without tax, before discount.
    pub price: i64,
    pub discount: i64,
    pub tax: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    Product(u32),
    GiftWrap,
    Refund,
}

impl Line {
    pub fn amount(&self) -> i64 {
        self.quantity * self.price
    }
}

/// What is one customer's order among all orders: unique in a shop.
pub fn code(customer: u32, number: u16) -> u64 {
    u64::from(customer) << PURCHASE_BITS | u64::from(number)
}

impl Order {
    pub fn new(shop: &Shop, customer: u32, purchase: Purchase) -> Order {
        Order::with(Vec::new(), shop, customer, purchase)
    }

    /// With the room of another order's lines.
    pub fn with(mut lines: Vec<Line>, shop: &Shop, customer: u32, purchase: Purchase) -> Order {
        let code = code(customer, purchase.number);
        let profile = Profile::new(&shop.options, customer);
        let mut draw = Draw::new(shop.options.seed, Of::Basket, code);
        let channel = ["web", "app", "marketplace", "phone"][draw.shared(&[0.58, 0.85, 0.97])];
        basket::fill(&mut lines, shop, customer, &profile, purchase, &mut draw);
        let welcome = purchase.number == 0 && !profile.is_guest && draw.chance(0.18);
        if welcome {
            spread_discount(&mut lines, 10);
        }
        let country = &COUNTRIES[profile.country];
        let goods: i64 = lines.iter().map(|line| line.amount() - line.discount).sum();
        let free_from = if country.code == "US" { 15_000 } else { 6_000 };
        let shipping = if goods >= free_from { 0 } else { country.shipping };
        let tax = |net: i64| (net * country.tax_permille + 500) / 1000;
        lines.iter_mut().for_each(|line| line.tax = tax(line.amount() - line.discount));
        Order {
            code,
            customer,
            life: Life::new(&shop.options, code, profile.country, purchase.at),
            profile,
            channel,
            coupon: welcome.then_some("WELCOME10"),
            lines,
            shipping,
            shipping_tax: tax(shipping),
        }
    }

    pub fn total(&self) -> i64 {
        let lines: i64 = self.lines.iter().map(|line| line.amount() - line.discount + line.tax).sum();
        lines + self.shipping + self.shipping_tax
    }

    /// The order's id: its day, which keeps neighbours in time together, and its code stirred.
    pub fn id(&self) -> Short {
        id(self.life.placed, self.code)
    }

    /// What came back, as lines of negative quantity. Categories differ in what comes back.
    pub fn returned_lines(&self, shop: &Shop) -> Vec<Line> {
        if self.lines.is_empty() {
            return Vec::new();
        }
        let mut draw = Draw::new(shop.options.seed, Of::Life, !self.code);
        let all = draw.chance(0.35);
        let risk = |line: &Line| match line.item {
            Item::Product(number) => CATEGORIES[shop.catalogue.products[number as usize].category].returned,
            _ => 0.0,
        };
        let risks: Vec<f64> = self.lines.iter().map(risk).collect();
        let first = draw.weighted(&risks);
        let mut returned = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let is_goods = matches!(line.item, Item::Product(_));
            if !is_goods || !(all || at == first || draw.chance(risks[at])) {
                continue;
            }
            let whole = all || at != first || line.quantity == 1;
            let quantity = if whole { line.quantity } else { 1 + draw.below(line.quantity as usize) as i64 };
            let share = |cents: i64| -(cents * quantity / line.quantity);
            returned.push(Line { quantity: -quantity, discount: share(line.discount), tax: share(line.tax), ..*line });
        }
        returned
    }

    /// A part of the price given back.
    pub fn refunded_line(&self, shop: &Shop) -> Line {
        let mut draw = Draw::new(shop.options.seed, Of::Life, !self.code);
        let goods: i64 = self.lines.iter().map(|line| line.amount() - line.discount).sum();
        let cents = (goods as f64 * draw.between(0.08, 0.4)) as i64;
        Line { item: Item::Refund, quantity: -1, price: cents.max(1), discount: 0, tax: 0 }
    }
}

/// Takes percents off the whole; the lines' shares add up to it to the cent.
fn spread_discount(lines: &mut [Line], percent: i64) {
    let net = |line: &Line| line.amount() - line.discount;
    let all: i64 = lines.iter().map(net).sum();
    let off = (all * percent + 50) / 100;
    let (mut upto, mut given) = (0, 0);
    for line in lines {
        upto += net(line);
        let share = (off * upto).checked_div(all).unwrap_or(0) - given;
        line.discount += share;
        given += share;
    }
}

/// Crockford's alphabet: no I, L, O, U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HALF: u32 = (CUSTOMER_BITS + PURCHASE_BITS) / 2;
const ID: usize = 15;

/// `250314-7KQ29F3M`: the day of the order (UTC) and eight letters.
pub fn id(placed: i64, code: u64) -> Short {
    let (year, month, day) = civil(placed.div_euclid(DAY_SECONDS));
    // Put together as a number, since it is copied at once right after.
    let two = |number: i64| two_of(number as u64);
    let date = two(year.rem_euclid(100)) | two(month) << 16 | two(day) << 32 | u64::from(b'-') << 48;
    let stirred = stir(code);
    let letter = |text: u64, at: u32| text << 8 | u64::from(LETTERS[(stirred >> (5 * at) & 31) as usize]);
    let letters = (0..8).fold(0, letter);
    let number = u128::from(date) | u128::from(letters) << 56 | u128::from(b',') << 120;
    let mut text = [0; 24];
    text[..16].copy_from_slice(&number.to_le_bytes());
    (text, ID)
}

/// The id of a return or a refund of an order.
pub fn id_of_a_copy((mut text, length): Short, letter: u8) -> Short {
    text[length..length + 3].copy_from_slice(&[b'-', letter, b',']);
    (text, length + 2)
}

/// A bijection of codes (a Feistel network of four rounds), so that ids do not tell who orders.
fn stir(code: u64) -> u64 {
    let mask = (1u64 << HALF) - 1;
    let (mut left, mut right) = (code >> HALF & mask, code & mask);
    for round in 0..4 {
        (left, right) = (right, left ^ (mix(right ^ round << 32) & mask));
    }
    left << HALF | right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_one_to_one() {
        let mut seen: Vec<u64> = (0..200_000u32).map(|n| stir(code(n / 3, (n % 3) as u16))).collect();
        assert!(seen.iter().all(|stirred| *stirred < 1 << 40));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 200_000);
        let (text, length) = id_of_a_copy(id(1_741_946_400, 0), b'R');
        assert_eq!(&text[..=length], b"250314-V34P2Y7H-R,");
    }

    #[test]
    fn discounts_add_up() {
        let line = |price| Line { item: Item::GiftWrap, quantity: 1, price, discount: 0, tax: 0 };
        let mut lines = [line(333), line(333), line(334), line(7)];
        spread_discount(&mut lines, 10);
        assert_eq!(lines.iter().map(|line| line.discount).sum::<i64>(), 101);
        spread_discount(&mut [line(0)], 10);
    }
}
