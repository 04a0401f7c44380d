//! A customer's story: when they come, what they are like, each order's time, and when they leave. Made anew from (seed,
//! number) wherever it is needed.

use crate::calendar::{Calendar, DAY_SECONDS};
use crate::country::{Offsets, UPTO};
use crate::draw::{Draw, Of};
use crate::intake::Intake;
use crate::options::{Buying, Feature, Options, PURCHASE_BITS};

/// What a customer's orders look at.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Index in [`crate::country::COUNTRIES`].
    pub country: usize,
    /// Orders without leaving a name.
    pub is_guest: bool,
    rest: Draw,
}

impl Profile {
    pub fn new(options: &Options, customer: u32) -> Profile {
        let mut draw = Draw::new(options.seed, Of::Profile, u64::from(customer));
        let country = draw.shared(&UPTO);
        let is_guest = draw.chance(0.12) && options.has(Feature::Guests);
        Profile { country, is_guest, rest: draw }
    }

    /// How much more than others they take of a product; heavy-tailed, with a mean of about 1.
    pub fn spend(&self) -> f64 {
        let mut draw = self.rest.clone();
        // One in seventy buys for a café or a shop: Pareto with exponent 1.6.
        let trade = if draw.chance(1.0 / 70.0) { 4.0 * libm::pow(1.0 - draw.unit(), -1.0 / 1.6) } else { 1.0 };
        (draw.log_normal(0.7) * trade).min(400.0)
    }
}

/// The BG/NBD parameters drawn for a customer.
#[derive(Debug, Clone)]
pub struct Habit {
    /// Orders a day of the busy clock, while they stay.
    pub rate: f64,
    buying: Buying,
    rest: Draw,
}

impl Habit {
    pub fn new(options: &Options, customer: u32) -> Habit {
        let mut draw = Draw::new(options.seed, Of::Rate, u64::from(customer));
        let buying = options.buying;
        Habit { rate: draw.gamma(buying.r) / buying.alpha, buying, rest: draw }
    }

    /// The probability of leaving after an order that is not the first. Many stories end before it is asked for.
    pub fn dropout(&self) -> f64 {
        self.rest.clone().beta(self.buying.a, self.buying.b)
    }
}

/// An order of a customer: its place in their story from 0, and its instant in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase {
    pub number: u16,
    pub at: i64,
}

/// When a customer's first order comes.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// Index of the local day, and how much of its business is done by then.
    pub day: usize,
    pub share: f64,
    /// In seconds since the epoch.
    pub at: i64,
}

impl Arrival {
    pub fn new(
        options: &Options,
        calendar: &Calendar,
        offsets: &Offsets,
        intake: &Intake,
        customer: u32,
        country: usize,
    ) -> Arrival {
        let day = intake.day_of(customer);
        let share = Draw::new(options.seed, Of::Arrival, u64::from(customer)).unit();
        let at = offsets.instant(country, calendar.local_at(day, share));
        // The opening day begins everywhere at midnight UTC: what would come before it comes half a day later.
        let opening = i64::from(calendar.start) * DAY_SECONDS;
        let at = if at < opening { at + DAY_SECONDS / 2 } else { at };
        Arrival { day, share, at }
    }
}

/// A customer's orders one after the other, as far as the calendar goes.
pub struct Story<'a> {
    calendar: &'a Calendar,
    offsets: &'a Offsets,
    pub habit: Habit,
    dropout: Option<f64>,
    country: usize,
    draw: Draw,
    clock: f64,
    next: Option<Purchase>,
    /// They left after so many orders.
    left_after: Option<u32>,
}

impl<'a> Story<'a> {
    pub fn new(
        options: &Options,
        calendar: &'a Calendar,
        offsets: &'a Offsets,
        intake: &Intake,
        customer: u32,
        country: usize,
    ) -> Story<'a> {
        let Arrival { day, share, at } = Arrival::new(options, calendar, offsets, intake, customer, country);
        Story {
            calendar,
            offsets,
            habit: Habit::new(options, customer),
            dropout: None,
            country,
            draw: Draw::new(options.seed, Of::Purchase, u64::from(customer)),
            clock: calendar.clock_at(day) + share * calendar.busy(day),
            next: Some(Purchase { number: 0, at }),
            left_after: None,
        }
    }

    /// Whether they left for good with their n-th order; known once that was given.
    pub fn has_left_after(&self, orders: u32) -> bool {
        self.left_after == Some(orders)
    }

    fn following(&mut self, last: Purchase) -> Option<Purchase> {
        let chance = self.draw.unit();
        // The first order is where the story begins: nobody leaves after it.
        if last.number > 0 && chance < *self.dropout.get_or_insert_with(|| self.habit.dropout()) {
            self.left_after = Some(u32::from(last.number) + 1);
            return None;
        }
        if u32::from(last.number) + 1 >= 1 << PURCHASE_BITS {
            return None;
        }
        self.clock += self.draw.exponential() / self.habit.rate;
        let (_, local) = self.calendar.local(self.clock)?;
        let at = self.offsets.instant(self.country, local);
        Some(Purchase { number: last.number + 1, at: at.max(last.at + 1) })
    }
}

impl Iterator for Story<'_> {
    type Item = Purchase;

    fn next(&mut self) -> Option<Purchase> {
        let given = self.next?;
        self.next = self.following(given);
        Some(given)
    }
}
