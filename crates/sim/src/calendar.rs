//! When people buy: how busy each day is, each hour of it, and the clock that runs faster when the shop is busy.
//!
//! A customer's orders are a Poisson process on this *busy clock*: a day counts for as much as it is busy, and an hour for
//! its share of the day. Seasons so move orders in time and leave the process what it is (time rescaling, as in Daley and
//! Vere-Jones 2003, 7.4). With seasons and promotions off a busy day is a day.

use chrono::{Datelike, NaiveDate, Weekday};
use retail::day::{Day, date_of};

use crate::draw::{Draw, Of};
use crate::options::{Feature, Options};
use crate::promotion::Promotions;

#[derive(Debug, Clone)]
pub struct Calendar {
    pub start: Day,
    pub days: Vec<Factors>,
    /// The busy clock at the beginning of each day, and at the end of the last.
    clock: Vec<f64>,
    /// A day that has begun when the clock shows the n-th of even steps, and hardly ended: from there it is not far to any time.
    guide: Vec<u32>,
    /// Of these steps, in one unit of the clock.
    steps: f64,
    /// Shares of the day gone by at each quarter of an hour, on working days and at weekends.
    hours: Option<[Hours; 2]>,
}

#[derive(Debug, Clone)]
struct Hours {
    gone: [f64; QUARTERS + 1],
    /// The quarter that each of even shares of the day lies in.
    guide: [u8; GUIDES],
}

/// How busy a day is, and why. `busy` is the product of the others.
#[derive(Debug, Clone, Copy)]
pub struct Factors {
    pub weekday: f64,
    pub season: f64,
    pub payday: f64,
    pub holiday: f64,
    pub promotion: f64,
    pub luck: f64,
    pub busy: f64,
}

const QUARTERS: usize = 96;
const GUIDES: usize = 256;
/// Of the clock's guide, by the day.
const STEPS: usize = 2;
pub const DAY_SECONDS: i64 = 86_400;

impl Calendar {
    pub fn new(options: &Options, promotions: &Promotions, until: Day) -> Calendar {
        let seasons = options.has(Feature::Seasons);
        let mut days = Vec::new();
        let mut clock = vec![0.0];
        for day in options.start..until {
            let date = date_of(day);
            let promotion = promotions.order_lift(day);
            let mut factors =
                Factors { weekday: 1.0, season: 1.0, payday: 1.0, holiday: 1.0, promotion, luck: 1.0, busy: 1.0 };
            if seasons {
                factors.weekday = weekday(date.weekday());
                factors.season = season(date);
                factors.payday = payday(date);
                factors.holiday = holiday(date);
                factors.luck = Draw::new(options.seed, Of::Luck, day as u64).log_normal(0.05);
            }
            let Factors { weekday, season, payday, holiday, promotion, luck, .. } = factors;
            factors.busy = weekday * season * payday * holiday * promotion * luck;
            clock.push(clock[clock.len() - 1] + factors.busy);
            days.push(factors);
        }
        let hours = seasons.then(|| [Hours::new(&WORKING_DAY), Hours::new(&WEEKEND)]);
        let steps = (STEPS * days.len()) as f64 / clock[days.len()];
        // Half a step before each, so that rounding cannot make it too late a day.
        let begun = |step: usize| clock.partition_point(|at| *at <= (step as f64 - 0.5) / steps).saturating_sub(1);
        let guide = (0..STEPS * days.len()).map(|step| begun(step) as u32).collect();
        Calendar { start: options.start, days, clock, guide, steps, hours }
    }

    /// How busy a day of the calendar is.
    pub fn busy(&self, index: usize) -> f64 {
        self.days[index].busy
    }

    /// The busy clock at the beginning of a day.
    pub fn clock_at(&self, index: usize) -> f64 {
        self.clock[index]
    }

    /// The busy clock at the end of the calendar.
    pub fn clock_end(&self) -> f64 {
        self.clock[self.days.len()]
    }

    /// The local time, in seconds since the epoch, at which the busy clock shows `clock`; `None` beyond the calendar.
    pub fn local(&self, clock: f64) -> Option<(usize, i64)> {
        if clock >= self.clock_end() {
            return None;
        }
        let step = (clock * self.steps) as usize;
        let mut index = self.guide[step.min(self.guide.len() - 1)] as usize;
        while self.clock[index + 1] <= clock {
            index += 1;
        }
        let share = (clock - self.clock[index]) / self.days[index].busy;
        Some((index, self.local_at(index, share)))
    }

    /// The local time at which a share of a day's business is done.
    pub fn local_at(&self, index: usize, share: f64) -> i64 {
        let day = self.start + index as Day;
        let seconds = match &self.hours {
            None => share * DAY_SECONDS as f64,
            Some(hours) => {
                let Hours { gone, guide } = &hours[usize::from(is_weekend(day))];
                let mut quarter = usize::from(guide[((share * GUIDES as f64) as usize).min(GUIDES - 1)]);
                while quarter + 1 < QUARTERS && gone[quarter + 1] <= share {
                    quarter += 1;
                }
                let within = (share - gone[quarter]) / (gone[quarter + 1] - gone[quarter]);
                (quarter as f64 + within) * 900.0
            }
        };
        i64::from(day) * DAY_SECONDS + (seconds as i64).clamp(0, DAY_SECONDS - 1)
    }

    /// The share of orders in each hour, on working days and at weekends.
    pub fn hour_shares(&self) -> [[f64; 24]; 2] {
        let Some(hours) = &self.hours else { return [[1.0 / 24.0; 24]; 2] };
        hours.each_ref().map(|Hours { gone, .. }| std::array::from_fn(|hour| gone[4 * hour + 4] - gone[4 * hour]))
    }
}

impl Hours {
    fn new(orders: &[f64; 24]) -> Hours {
        let gone = shares_by(orders);
        let guide = |at: usize| gone[1..QUARTERS].partition_point(|gone| *gone <= at as f64 / GUIDES as f64) as u8;
        Hours { gone, guide: std::array::from_fn(guide) }
    }
}

/// 1970-01-01 was a Thursday.
pub fn is_weekend(day: Day) -> bool {
    matches!((day + 3).rem_euclid(7), 5 | 6)
}

/// The mean of the seven is 1.
fn weekday(day: Weekday) -> f64 {
    [1.07, 1.06, 1.03, 1.01, 0.94, 0.85, 1.04][day.num_days_from_monday() as usize]
}

/// A slow wave over the year, and the weeks before Christmas.
fn season(date: NaiveDate) -> f64 {
    let day = f64::from(date.ordinal0());
    let wave = 1.0 + 0.08 * libm::cos(2.0 * std::f64::consts::PI * (day - 20.0) / 365.25);
    let advent = (day - 336.0) / 14.0;
    wave * (1.0 + 0.55 * libm::exp(-advent * advent / 2.0)) * 0.97
}

/// Wages come at the end of the month and are spent within days.
fn payday(date: NaiveDate) -> f64 {
    match date.day() {
        28.. | 1..=3 => 1.12,
        15 | 16 => 1.04,
        _ => 0.97,
    }
}

fn holiday(date: NaiveDate) -> f64 {
    match (date.month(), date.day()) {
        (12, 24) | (12, 31) => 0.6,
        (12, 25) => 0.35,
        (12, 26) | (1, 1) => 0.6,
        (5, 1) => 0.8,
        _ if date == easter(date.year()) => 0.65,
        _ => 1.0,
    }
}

/// Easter Sunday, by the anonymous Gregorian algorithm.
fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let (month, day) = ((h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1);
    NaiveDate::from_ymd_opt(year, month as u32, day as u32).unwrap_or_default()
}

/// Orders by hour: a lunch break and a long evening, later mornings at weekends.
const WORKING_DAY: [f64; 24] = [
    1.0, 0.5, 0.3, 0.2, 0.2, 0.4, 1.0, 2.2, 3.6, 4.6, 5.2, 5.6, 6.4, 6.0, 5.2, 5.0, 5.2, 5.6, 6.2, 7.2, 8.2, 7.6, 5.0,
    2.6,
];
const WEEKEND: [f64; 24] = [
    1.6, 0.9, 0.5, 0.3, 0.2, 0.3, 0.6, 1.2, 2.6, 4.6, 6.2, 6.6, 6.0, 5.4, 5.2, 5.4, 5.8, 6.0, 6.2, 6.8, 7.4, 6.8, 4.6,
    2.6,
];

/// Running shares by quarters of an hour; between full hours the weights change in a straight line.
fn shares_by(hours: &[f64; 24]) -> [f64; QUARTERS + 1] {
    let mut shares = [0.0; QUARTERS + 1];
    for quarter in 0..QUARTERS {
        let (hour, part) = (quarter / 4, (quarter % 4) as f64 / 4.0);
        let weight = hours[hour] * (1.0 - part) + hours[(hour + 1) % 24] * part;
        shares[quarter + 1] = shares[quarter] + weight;
    }
    let all = shares[QUARTERS];
    shares.map(|share| share / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(off: &[Feature]) -> Calendar {
        let mut options = Options::new(1, 20_089, 20_454, 1000);
        options.off.extend(off);
        Calendar::new(&options, &Promotions::new(&options, 20_454), 20_454)
    }

    #[test]
    fn without_seasons_a_busy_day_is_a_day() {
        let plain = calendar(&[Feature::Seasons, Feature::Promotions]);
        assert_eq!(plain.local(10.5), Some((10, i64::from(plain.start + 10) * DAY_SECONDS + 43_200)));
        assert_eq!(plain.local(365.0), None);
    }

    #[test]
    fn the_clock_runs_on_and_finds_its_day() {
        let calendar = calendar(&[]);
        let mut last = 0;
        for step in 0..10_000 {
            let clock = calendar.clock_end() * f64::from(step) / 10_000.0;
            let (index, at) = calendar.local(clock).unwrap();
            assert!(calendar.clock_at(index) <= clock && clock < calendar.clock_at(index + 1));
            assert_eq!(at.div_euclid(DAY_SECONDS), i64::from(calendar.start) + index as i64);
            assert!(at >= last);
            last = at;
        }
        let mean = calendar.clock_end() / 365.0;
        assert!((0.95..1.15).contains(&mean), "{mean}");
    }

    #[test]
    fn easter_sundays() {
        assert_eq!(easter(2024).to_string(), "2024-03-31");
        assert_eq!(easter(2025).to_string(), "2025-04-20");
    }
}
