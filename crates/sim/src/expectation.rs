//! What is to be expected of the BG/NBD story: how many orders of a customer by an age, and of the shop on each day. It sets
//! how many customers a shop of a given size needs, and tells tests what was drawn.

use crate::calendar::Calendar;
use crate::options::Buying;

/// E[X(t)], the expected number of orders after the first until an age of t on the busy clock:
/// the mean over p ~ Beta(a, b) of (1 - (alpha / (alpha + p t))^r) / p, which follows from Fader, Hardie and Lee (2005), (9),
/// by taking the mean over the rate first. By the trapezoid rule after p = u^4, which tames the pole at 0.
#[derive(Debug, Clone)]
pub struct Expectation {
    longest: f64,
    /// At ages that lie the closer the younger a customer is, when most happens.
    orders: Vec<f64>,
}

const GRID: usize = 300;
const NODES: usize = 200;

impl Expectation {
    /// For ages up to `longest`.
    pub fn new(buying: Buying, longest: f64) -> Expectation {
        let (longest, nodes) = (longest.max(1.0), nodes(buying));
        let orders = (0..GRID).map(|at| expected(buying, &nodes, age(at, longest))).collect();
        Expectation { longest, orders }
    }

    pub fn orders(&self, by: f64) -> f64 {
        let by = by.clamp(0.0, self.longest);
        let low = (((by / self.longest).sqrt() * (GRID - 1) as f64) as usize).min(GRID - 2);
        let (from, to) = (age(low, self.longest), age(low + 1, self.longest));
        self.orders[low] + (self.orders[low + 1] - self.orders[low]) * (by - from) / (to - from)
    }
}

fn age(at: usize, longest: f64) -> f64 {
    let share = at as f64 / (GRID - 1) as f64;
    longest * share * share
}

/// Drop-out probabilities and what each counts for.
fn nodes(buying: Buying) -> Vec<(f64, f64)> {
    let Buying { a, b, .. } = buying;
    let weigh = |at: usize| {
        let u = (at as f64 + 0.5) / NODES as f64;
        let p = u * u * u * u;
        // Beta's density times dp/du, without its constant.
        (p, libm::pow(u, 4.0 * a - 1.0) * libm::pow(1.0 - p, b - 1.0))
    };
    let nodes: Vec<(f64, f64)> = (0..NODES).map(weigh).collect();
    let all: f64 = nodes.iter().map(|(_, weight)| weight).sum();
    nodes.into_iter().map(|(p, weight)| (p, weight / all)).collect()
}

fn expected(buying: Buying, nodes: &[(f64, f64)], age: f64) -> f64 {
    let Buying { r, alpha, .. } = buying;
    nodes.iter().map(|(p, weight)| weight * (1.0 - libm::pow(alpha / (alpha + p * age), r)) / p).sum()
}

/// Orders to be expected on each day of the calendar (each customer's own), when `joining` customers come on each.
pub fn orders_by_day(calendar: &Calendar, expectation: &Expectation, joining: &[f64]) -> Vec<f64> {
    let mut orders = joining.to_vec();
    for (from, joining) in joining.iter().enumerate() {
        let joined = (calendar.clock_at(from) + calendar.clock_at(from + 1)) / 2.0;
        let mut before = 0.0;
        for (day, orders) in orders.iter_mut().enumerate().skip(from) {
            let by_then = expectation.orders(calendar.clock_at(day + 1) - joined);
            *orders += joining * (by_then - before);
            before = by_then;
        }
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cdnow_buys_as_published() {
        // r, alpha, a, b of the CDNOW sample in weeks; E[X(t)] by the closed form with 2F1.
        let buying = Buying { r: 0.2426, alpha: 4.4135, a: 0.7929, b: 2.4258 };
        let expectation = Expectation::new(buying, 78.0);
        for (weeks, orders) in [(1.0, 0.053187), (39.0, 1.195052), (78.0, 1.858022)] {
            assert!((expectation.orders(weeks) - orders).abs() < 0.002, "{weeks}: {}", expectation.orders(weeks));
        }
    }
}
