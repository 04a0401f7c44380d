//! A shop whose truth is known: everything that its rows follow from.

use port::Result;
use retail::day::Day;

use crate::appeal::Seasons;
use crate::basket::Sizes;
use crate::calendar::{Calendar, DAY_SECONDS};
use crate::catalogue::Catalogue;
use crate::country::Offsets;
use crate::customer::{Arrival, Story};
use crate::demand::{Demand, Moment, Offer};
use crate::expectation::{Expectation, orders_by_day};
use crate::intake::Intake;
use crate::options::Options;
use crate::promotion::Promotions;
use crate::supply::{Supply, Surroundings};

#[derive(Debug, Clone)]
pub struct Shop {
    pub options: Options,
    /// Everything before this day can be made.
    pub until: Day,
    pub promotions: Promotions,
    pub(crate) calendar: Calendar,
    pub offsets: Offsets,
    pub(crate) intake: Intake,
    pub(crate) seasons: Seasons,
    pub catalogue: Catalogue,
    pub(crate) supply: Supply,
    pub(crate) demand: Demand,
    pub(crate) sizes: Sizes,
    /// Orders to be expected before each day, and before the end.
    expected: Vec<f64>,
}

impl Shop {
    /// A shop of which all days before `until` can be made. A later `until` adds to it and changes nothing.
    pub fn new(options: &Options, until: Day) -> Result<Shop> {
        options.check()?;
        // Local days reach beyond those of UTC, and demand is laid out by whole months.
        let horizon = first_of_next_month(until.max(options.sized_to) + 3);
        let promotions = Promotions::new(options, horizon);
        let calendar = Calendar::new(options, &promotions, horizon);
        let seasons = Seasons::new(options.start, horizon);
        let catalogue = Catalogue::new(options, horizon);
        let around = Surroundings { calendar: &calendar, seasons: &seasons, promotions: &promotions };
        let supply = Supply::new(options, &catalogue, &around, horizon);
        let offer = Offer { catalogue: &catalogue, seasons: &seasons, promotions: &promotions, supply: &supply };
        let demand = Demand::new(options, &offer, horizon);
        let intake = Intake::new(options, &calendar)?;
        Ok(Shop {
            expected: expected(options, &calendar, &intake),
            options: options.clone(),
            until,
            offsets: Offsets::new(options.start, horizon),
            intake,
            promotions,
            calendar,
            seasons,
            catalogue,
            supply,
            demand,
            sizes: Sizes::new(options.basket),
        })
    }

    /// What is asked for at an instant, in seconds.
    pub(crate) fn moment(&self, at: i64) -> Moment<'_> {
        let Shop { catalogue, seasons, promotions, supply, .. } = self;
        self.demand.moment(Offer { catalogue, seasons, promotions, supply }, at)
    }

    /// The instant of a customer's first order, in seconds.
    pub fn first_order(&self, customer: u32, country: usize) -> i64 {
        Arrival::new(&self.options, &self.calendar, &self.offsets, &self.intake, customer, country).at
    }

    /// A customer's orders.
    pub fn story(&self, customer: u32, country: usize) -> Story<'_> {
        Story::new(&self.options, &self.calendar, &self.offsets, &self.intake, customer, country)
    }

    /// About how many orders are placed from one instant to another.
    pub fn expected(&self, from: i64, to: i64) -> f64 {
        self.expected_before(to) - self.expected_before(from)
    }

    fn expected_before(&self, at: i64) -> f64 {
        let days = (at - self.opening()).max(0) as f64 / DAY_SECONDS as f64;
        let last = self.expected.len() - 1;
        let index = (days as usize).min(last);
        let next = (index + 1).min(last);
        self.expected[index] + (self.expected[next] - self.expected[index]) * (days - index as f64).min(1.0)
    }

    /// Orders to be expected on each day, by customers' own days.
    pub fn expected_by_day(&self) -> impl Iterator<Item = f64> {
        self.expected.windows(2).map(|days| days[1] - days[0])
    }

    /// The share of a local day's orders in each hour, on working days and at weekends.
    pub fn hour_shares(&self) -> [[f64; 24]; 2] {
        self.calendar.hour_shares()
    }

    /// The instant at which the shop opens, in seconds.
    pub fn opening(&self) -> i64 {
        i64::from(self.options.start) * DAY_SECONDS
    }

    /// How many customers may have ordered before an instant. A local day ends up to half a day after that of UTC.
    pub fn customers_before(&self, at: i64) -> u32 {
        let index = (at - self.opening()).div_euclid(DAY_SECONDS) + 2;
        self.intake.before(usize::try_from(index).unwrap_or(0))
    }
}

fn expected(options: &Options, calendar: &Calendar, intake: &Intake) -> Vec<f64> {
    let expectation = Expectation::new(options.buying, calendar.clock_end());
    let mut sum = 0.0;
    let mut expected = vec![0.0];
    for orders in orders_by_day(calendar, &expectation, &intake.joining()) {
        sum += orders;
        expected.push(sum);
    }
    expected
}

fn first_of_next_month(day: Day) -> Day {
    let mut next = day + 1;
    while retail::day::month_of(next) != next {
        next += 1;
    }
    next
}
