//! How amounts come into the shop's reporting currency, and which rates that took.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::day::{Day, date_of};
use crate::rates::{Rate, Rates};

/// The reporting currency, and rates to it where the shop gives them.
#[derive(Debug, Default)]
pub struct Exchange {
    /// ISO 4217 code of every amount in the tables.
    pub currency: String,
    pub rates: Option<Rates>,
    asked: Mutex<Asked>,
}

/// Rates by currency and day that rows needed; `None` where there was none. When an answer becomes another one, those
/// rows have to be looked at again.
pub type Asked = BTreeMap<String, BTreeMap<Day, Option<String>>>;

impl Exchange {
    pub fn new(currency: &str, rates: Option<Rates>) -> Exchange {
        Exchange { currency: currency.to_owned(), rates, asked: Mutex::default() }
    }

    /// The rate of a row, and remembers that it was asked for.
    pub fn rate(&self, currency: &str, day: Day) -> Option<Rate> {
        if currency == self.currency {
            return Some(Rate::ONE);
        }
        let rate = self.look_up(currency, day);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let days = match asked.get_mut(currency) {
            Some(days) => days,
            None => asked.entry(currency.to_owned()).or_default(),
        };
        days.insert(day, rate.map(|rate| rate.to_string()));
        rate
    }

    /// What was asked for so far.
    pub fn asked(&self) -> Asked {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first currency and day whose answer is no longer the one that was given.
    pub fn changed<'a>(&self, asked: &'a Asked) -> Option<(&'a str, Day)> {
        let days = asked.iter().flat_map(|(currency, days)| days.iter().map(move |(day, rate)| (currency, *day, rate)));
        let mut differing = days
            .filter(|(currency, day, rate)| self.look_up(currency, *day).map(|rate| rate.to_string()) != **rate)
            .map(|(currency, day, _)| (currency.as_str(), day));
        differing.next()
    }

    /// What is told of a row without a rate.
    pub fn no_rate(&self, currency: &str, day: Day) -> String {
        let held = match self.rates.as_ref().map_or(0, Rates::max_age) {
            0 => String::new(),
            days => format!(" or the {days} days before"),
        };
        format!("there is no rate of {currency} for {}{held}: add it to the rates file", date_of(day))
    }

    fn look_up(&self, currency: &str, day: Day) -> Option<Rate> {
        self.rates.as_ref().and_then(|rates| rates.on(currency, day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(text: &str) -> Exchange {
        Exchange::new("EUR", Some(Rates::parse("rates.csv", text, 7).unwrap()))
    }

    #[test]
    fn what_was_asked_is_remembered_and_a_change_of_it_found() {
        let first = exchange("day,currency,rate\n2024-05-03,USD,0.92\n");
        let day = crate::day::day_of("2024-05-04".parse().unwrap());
        assert_eq!(first.rate("EUR", day), Some(Rate::ONE));
        assert_eq!(first.rate("USD", day).map(|rate| rate.to_string()).as_deref(), Some("0.92"));
        assert_eq!(first.rate("JPY", day), None);
        let asked = first.asked();
        assert_eq!(asked.len(), 2, "the reporting currency needs no rate");
        assert_eq!(first.changed(&asked), None);
        // A later rate, or one of a currency that no row has, changes nothing.
        let more = exchange("day,currency,rate\n2024-05-03,USD,0.92\n2024-05-05,USD,0.95\n2024-05-03,CHF,1.1\n");
        assert_eq!(more.changed(&asked), None);
        let yen = exchange("day,currency,rate\n2024-05-03,USD,0.92\n2024-05-03,JPY,0.006\n");
        assert_eq!(yen.changed(&asked), Some(("JPY", day)));
        let newer = exchange("day,currency,rate\n2024-05-03,USD,0.92\n2024-05-04,USD,0.93\n");
        assert_eq!(newer.changed(&asked), Some(("USD", day)));
    }
}
