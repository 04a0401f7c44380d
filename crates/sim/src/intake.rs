//! How many customers join on each day. Their numbers follow the days, so a number tells its day.

use port::{Error, Result};

use crate::calendar::Calendar;
use crate::expectation::{Expectation, orders_by_day};
use crate::options::{CUSTOMER_BITS, Feature, Options};

#[derive(Debug, Clone)]
pub struct Intake {
    /// The first customer's number of each day, and the number after the last.
    first: Vec<u32>,
}

impl Intake {
    /// As many a day as it takes for the orders that the options ask for.
    pub fn new(options: &Options, calendar: &Calendar) -> Result<Intake> {
        let weights = weights(options, calendar);
        let sized = (options.sized_to - options.start) as usize;
        let expectation = Expectation::new(options.buying, calendar.clock_at(sized));
        let per_unit: f64 = orders_by_day(calendar, &expectation, &weights[..sized]).iter().sum();
        let level = options.orders as f64 / per_unit;
        let mut first = vec![0];
        let mut sum = 0.0;
        for weight in weights {
            sum += weight * level;
            if sum >= f64::from(1u32 << CUSTOMER_BITS) {
                return Err(Error::config(format!(
                    "the shop would need more than {} customers",
                    1u32 << CUSTOMER_BITS
                ))
                .advise("ask for fewer --orders"));
            }
            first.push(sum as u32);
        }
        Ok(Intake { first })
    }

    /// Index of the day on which a customer joins.
    pub fn day_of(&self, customer: u32) -> usize {
        self.first.partition_point(|first| *first <= customer).saturating_sub(1)
    }

    /// How many joined before the n-th day from the opening.
    pub fn before(&self, index: usize) -> u32 {
        self.first[index.min(self.first.len() - 1)]
    }

    pub fn joining(&self) -> Vec<f64> {
        self.first.windows(2).map(|days| f64::from(days[1] - days[0])).collect()
    }
}

/// More on busy days, and more from year to year.
fn weights(options: &Options, calendar: &Calendar) -> Vec<f64> {
    let grown = |index: usize| match options.has(Feature::Seasons) {
        true => libm::pow(1.0 + options.growth, index as f64 / 365.25),
        false => 1.0,
    };
    (0..calendar.days.len()).map(|index| calendar.busy(index) * grown(index)).collect()
}
