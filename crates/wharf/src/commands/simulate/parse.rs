//! Values of `wharf simulate`'s flags.

use std::collections::BTreeMap;

use retail::mistake::nearest;
use sim::export::layout::Every;
use sim::export::sheet::Format;
use sim::fault::{Fault, Rates};
use sim::options::Feature;

use super::pace::Speed;

type Parsed<T> = Result<T, String>;

/// A whole number, with or without marks between its digits.
pub fn count(text: &str) -> Parsed<u64> {
    text.replace(['_', ','], "").parse().map_err(|_| "write a whole number, like 100_000".to_owned())
}

pub fn format(text: &str) -> Parsed<Format> {
    named(text, &Format::NAMES)
}

pub fn every(text: &str) -> Parsed<Every> {
    named(text, &Every::NAMES)
}

pub fn feature(text: &str) -> Parsed<Feature> {
    named(text.trim(), &Feature::ALL)
}

pub fn speed(text: &str) -> Parsed<Speed> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let factor = text.trim_end_matches('x').parse::<f64>().ok().filter(|factor| (0.01..=100_000.0).contains(factor));
    factor.map(Speed::Times).ok_or_else(|| "write it like 1x, 60x or max".to_owned())
}

/// `0.01`, or `late=0.02,null=0.001`.
pub fn rates(text: &str) -> Parsed<Rates> {
    let share = |text: &str| {
        let share = text.trim().parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
        share.ok_or_else(|| format!("{text:?} is not a share between 0 and 1"))
    };
    if !text.contains('=') {
        return share(text).map(Rates::each);
    }
    let mut rates = BTreeMap::new();
    for part in text.split(',') {
        let (name, rate) = part.split_once('=').ok_or_else(|| format!("write {part:?} like late=0.01"))?;
        rates.insert(named(name.trim(), &Fault::ALL)?, share(rate)?);
    }
    Ok(Rates(rates))
}

fn named<T: Copy>(text: &str, names: &[(&'static str, T)]) -> Parsed<T> {
    let all = || names.iter().map(|(name, _)| *name);
    names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| match nearest(text, all()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are: {}", all().collect::<Vec<_>>().join(", ")),
    })
}

/// More threads than any machine has would only hold memory each.
const MOST_THREADS: usize = 1024;

pub fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads) if threads <= MOST_THREADS => Ok(threads),
        Ok(_) => Err(format!("at most {MOST_THREADS}; 0 takes one a processor")),
        Err(_) => Err("write a whole number; 0 takes one a processor".to_owned()),
    }
}

pub fn orders_per_minute(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(orders) if orders.is_finite() && orders > 0.0 => Ok(orders),
        _ => Err("write a number above 0, like 12 or 0.5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        assert_eq!(count("1_000_000"), Ok(1_000_000));
        assert!(count("many").is_err());
        assert_eq!(speed("60x"), Ok(Speed::Times(60.0)));
        assert!(speed("0x").is_err());
        assert_eq!(feature("season").unwrap_err(), "did you mean seasons?");
        assert_eq!(rates("0.01").unwrap().0.len(), Fault::ALL.len());
        assert_eq!(rates("late=0.5, null=0.1").unwrap().0[&Fault::Null], 0.1);
        assert!(rates("late=2").is_err());
        assert!(rates("lat=0.1").is_err());
    }
}
