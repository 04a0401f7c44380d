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

#[derive(Debug, Clone)]
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
    /// As of an instant.
    pub fn new(options: &Options, customer: u32, country: usize, member: &Membership, at: i64) -> Person {
        let mut draw = Draw::new(options.seed, Of::Person, u64::from(customer));
        let country = &COUNTRIES[country];
        let (first, mut last) = (*draw.pick(country.names.first), draw.pick(country.names.last).to_string());
        if draw.chance(0.12) {
            last = format!("{last}-{}", draw.pick(country.names.last));
        }
        let email = email(first, &last, customer, country.mail[draw.below(country.mail.len())]);
        let wants_mail = draw.chance(0.46);
        let by_then = |time: Option<i64>| time.is_some_and(|time| time <= at);
        let mut address = address(country, &mut draw);
        if by_then(member.moved) {
            address = self::address(country, &mut draw);
        }
        let (street, postcode, town, region) = address;
        let accepts_marketing = wants_mail != by_then(member.changed_mind);
        Person { name: format!("{first} {last}"), email, street, postcode, town, region, accepts_marketing }
    }
}

type Address = (String, String, &'static str, &'static str);

fn address(country: &Country, draw: &mut Draw) -> Address {
    // Large towns have more people: the n-th has a share of 1/n.
    let weights: Vec<f64> = (1..=country.towns.len()).map(|n| 1.0 / n as f64).collect();
    let (town, region, prefix) = country.towns[draw.weighted(&weights)];
    let (street, number) = (*draw.pick(country.streets), 1 + draw.below(140));
    let street = if country.number_first { format!("{number} {street}") } else { format!("{street} {number}") };
    let digits = draw.below(1000);
    let postcode = match country.code {
        "GB" => format!("{prefix}{} {}AB", 1 + digits % 19, digits % 9 + 1),
        "NL" => format!("{prefix}{:02} AB", digits % 100),
        "AT" => format!("{prefix}{:02}", digits % 100),
        _ => format!("{prefix}{digits:03}"),
    };
    (street, postcode, town, region)
}

/// Plain letters of the name, and the number so that no two are alike.
fn email(first: &str, last: &str, customer: u32, host: &str) -> String {
    let mut text = String::with_capacity(48);
    for (at, name) in [first, last].into_iter().enumerate() {
        if at > 0 {
            text.push('.');
        }
        for letter in name.chars().flat_map(char::to_lowercase) {
            match letter {
                'a'..='z' | '0'..='9' => text.push(letter),
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
    }
    text.push_str(&customer.to_string());
    text.push('@');
    text.push_str(host);
    text
}
