//! Who a customer is: name, address, when they signed up, and what they change later.

use crate::calendar::DAY_SECONDS;
use crate::country::{COUNTRIES, Country};
use crate::draw::{Draw, Of};
use crate::options::Options;

/// When a customer's data came to be and changed, in seconds since the epoch.
#[derive(Debug, Clone, Copy)]
pub struct Membership {
    pub signed_up: i64,
    pub moved: Option<i64>,
    /// When they said otherwise about mail from the shop.
    pub changed_mind: Option<i64>,
}

#[derive(Debug, Clone, Default)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub street: String,
    pub postcode: String,
    pub town: &'static str,
    pub region: &'static str,
    pub accepts_marketing: bool,
}

impl Membership {
    /// An account is opened while the first order is on its way.
    pub fn new(options: &Options, customer: u32, first_order: i64) -> Membership {
        let mut draw = Draw::new(options.seed, Of::Person, !u64::from(customer));
        let opening = i64::from(options.start) * DAY_SECONDS;
        let signed_up = (first_order - draw.between(30.0, 900.0) as i64).max(opening);
        let mut later = |share: f64| {
            let days = draw.between(20.0, 900.0);
            draw.chance(share).then_some(signed_up + (days * DAY_SECONDS as f64) as i64)
        };
        Membership { signed_up, moved: later(0.12), changed_mind: later(0.08) }
    }

    pub fn changes(&self) -> impl Iterator<Item = i64> + use<> {
        let (moved, mind) = (self.moved, self.changed_mind);
        let (earlier, later) = if moved < mind { (moved, mind) } else { (mind, moved) };
        std::iter::once(self.signed_up).chain(earlier).chain(later)
    }

    pub fn updated(&self, by: i64) -> i64 {
        self.changes().filter(|at| *at <= by).last().unwrap_or(self.signed_up)
    }
}

impl Person {
    /// Becomes this customer, as of an instant; the texts' room is used again.
    pub fn become_one(&mut self, options: &Options, customer: u32, country: usize, member: &Membership, at: i64) {
        let mut draw = Draw::new(options.seed, Of::Person, u64::from(customer));
        let country = &COUNTRIES[country];
        let (first, last) = (*draw.pick(country.names.first), *draw.pick(country.names.last));
        let second = if draw.chance(0.12) { *draw.pick(country.names.last) } else { "" };
        self.name.clear();
        let hyphen = if second.is_empty() { "" } else { "-" };
        [first, " ", last, hyphen, second].iter().for_each(|part| self.name.push_str(part));
        self.email.clear();
        email(&mut self.email, [first, ".", last, second], customer, country.mail[draw.below(country.mail.len())]);
        let wants_mail = draw.chance(0.46);
        let by_then = |time: Option<i64>| time.is_some_and(|time| time <= at);
        self.live_in(country, &mut draw);
        if by_then(member.moved) {
            self.live_in(country, &mut draw);
        }
        self.accepts_marketing = wants_mail != by_then(member.changed_mind);
    }

    fn live_in(&mut self, country: &Country, draw: &mut Draw) {
        // Large towns have more people: the n-th has a share of 1/n.
        const WEIGHTS: [f64; 10] = [1.0, 1.0 / 2.0, 1.0 / 3.0, 0.25, 0.2, 1.0 / 6.0, 1.0 / 7.0, 0.125, 1.0 / 9.0, 0.1];
        let (town, region, prefix) = country.towns[draw.weighted(&WEIGHTS[..country.towns.len()])];
        let (street, number) = (*draw.pick(country.streets), 1 + draw.below(140));
        let (text, code) = (&mut self.street, &mut self.postcode);
        text.clear();
        if country.number_first {
            push_number(text, number, 1);
            text.push(' ');
        }
        text.push_str(street);
        if !country.number_first {
            text.push(' ');
            push_number(text, number, 1);
        }
        let digits = draw.below(1000);
        code.clear();
        code.push_str(prefix);
        match country.code {
            "GB" => {
                push_number(code, 1 + digits % 19, 1);
                code.push(' ');
                push_number(code, digits % 9 + 1, 1);
                code.push_str("AB");
            }
            "NL" => {
                push_number(code, digits % 100, 2);
                code.push_str(" AB");
            }
            "AT" => push_number(code, digits % 100, 2),
            _ => push_number(code, digits, 3),
        }
        (self.town, self.region) = (town, region);
    }
}

/// With zeros before it up to so many digits; of a number below 10^10.
fn push_number(text: &mut String, number: usize, least: usize) {
    let (mut digits, mut from, mut left) = ([b'0'; 10], 10, number);
    while left > 0 {
        from -= 1;
        digits[from] += (left % 10) as u8;
        left /= 10;
    }
    let digits = &digits[from.min(10 - least)..];
    text.push_str(std::str::from_utf8(digits).unwrap_or_default());
}

/// Plain letters of the name, and the number so that no two are alike.
fn email(text: &mut String, name: [&str; 4], customer: u32, host: &str) {
    for part in name {
        // Most names have plain letters alone.
        match part.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.') {
            true => {
                let from = text.len();
                text.push_str(part);
                text[from..].make_ascii_lowercase();
            }
            false => part.chars().for_each(|letter| plain(text, letter)),
        }
    }
    push_number(text, customer as usize, 1);
    text.push('@');
    text.push_str(host);
}

fn plain(text: &mut String, letter: char) {
    match lower_case(letter) {
        letter @ ('a'..='z' | '.') => text.push(letter),
        'ä' => text.push_str("ae"),
        'ö' => text.push_str("oe"),
        'ü' => text.push_str("ue"),
        'ß' => text.push_str("ss"),
        'à'..='å' => text.push('a'),
        'ç' => text.push('c'),
        'è'..='ë' => text.push('e'),
        'ì'..='ï' => text.push('i'),
        _ => {}
    }
}

/// Of a letter that has one letter in lower case, as those of all our names have.
fn lower_case(letter: char) -> char {
    if letter.is_ascii() { letter.to_ascii_lowercase() } else { letter.to_lowercase().next().unwrap_or(letter) }
}
