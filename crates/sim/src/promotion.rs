//! Promotions: what the shop takes off, when, from what, and what that does.

use chrono::{Datelike, NaiveDate, Weekday};
use retail::day::{Day, date_of, day_of};

use crate::catalogue::CATEGORIES;
use crate::draw::{Draw, Of};
use crate::options::{Feature, Options};

#[derive(Debug, Clone)]
pub struct Promotion {
    pub name: String,
    /// First day.
    pub from: Day,
    /// The day after the last.
    pub to: Day,
    /// A bit for each category that it holds for.
    pub categories: u32,
    /// What is taken off the price, in percent.
    pub percent: u8,
    /// The shop takes so many times the orders that it would.
    pub order_lift: f64,
    /// A product of these categories is so many times as likely to be drawn.
    pub product_lift: f64,
}

#[derive(Debug, Clone)]
pub struct Promotions {
    pub all: Vec<Promotion>,
    start: Day,
    days: Vec<OfDay>,
}

/// A day's deal for each category.
#[derive(Debug, Clone)]
struct OfDay {
    order_lift: f64,
    percent: [u8; CATEGORIES.len()],
    lift: [f64; CATEGORIES.len()],
}

const ALL_CATEGORIES: u32 = (1 << CATEGORIES.len()) - 1;
const A_MONTH: usize = 3;

impl Promotions {
    /// The promotions that touch days from the opening to `until`.
    pub fn new(options: &Options, until: Day) -> Promotions {
        let mut all = Vec::new();
        if options.has(Feature::Promotions) {
            for year in date_of(options.start).year() - 1..=date_of(until).year() {
                yearly(options.seed, year, &mut all);
                (1..=12).for_each(|month| monthly(options.seed, year, month, &mut all));
            }
        }
        all.retain(|promotion| promotion.to > options.start && promotion.from < until);
        all.sort_by(|a, b| (a.from, &a.name).cmp(&(b.from, &b.name)));
        let days = (options.start..until).map(|day| of_day(&all, day)).collect();
        Promotions { all, start: options.start, days }
    }

    pub fn order_lift(&self, day: Day) -> f64 {
        self.day(day).map_or(1.0, |day| day.order_lift)
    }

    /// Percent off and lift for a category on a day.
    pub fn deal(&self, day: Day, category: usize) -> (u8, f64) {
        self.day(day).map_or((0, 1.0), |day| (day.percent[category], day.lift[category]))
    }

    /// Percent off on a day, by category.
    pub fn percents(&self, day: Day) -> [u8; CATEGORIES.len()] {
        self.day(day).map_or([0; CATEGORIES.len()], |day| day.percent)
    }

    fn day(&self, day: Day) -> Option<&OfDay> {
        self.days.get(usize::try_from(day - self.start).ok()?)
    }
}

/// Of two promotions for a category the better one holds.
fn of_day(all: &[Promotion], day: Day) -> OfDay {
    let mut deal = OfDay { order_lift: 1.0, percent: [0; CATEGORIES.len()], lift: [1.0; CATEGORIES.len()] };
    for promotion in all.iter().filter(|promotion| (promotion.from..promotion.to).contains(&day)) {
        deal.order_lift *= promotion.order_lift;
        for category in (0..CATEGORIES.len()).filter(|category| promotion.categories >> category & 1 == 1) {
            if promotion.percent > deal.percent[category] {
                deal.percent[category] = promotion.percent;
                deal.lift[category] = promotion.product_lift;
            }
        }
    }
    deal
}

/// Those that come every year.
fn yearly(seed: u64, year: i32, all: &mut Vec<Promotion>) {
    let mut draw = Draw::new(seed, Of::Promotion, year as u64);
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).map_or(0, day_of);
    let mut add = |name: &str, from: Day, days: Day, categories, percent, order_lift, product_lift| {
        let name = format!("{name} {year}");
        all.push(Promotion { name, from, to: from + days, categories, percent, order_lift, product_lift });
    };
    add("New Year sale", day(1, 2), 11, some_categories(&mut draw, 5), 20, 1.15, 1.8);
    add("Summer sale", day(6, 27), 17, some_categories(&mut draw, 6), 15, 1.2, 1.6);
    let friday = NaiveDate::from_weekday_of_month_opt(year, 11, Weekday::Fri, 4).map_or(0, day_of);
    add("Black Friday", friday, 4, ALL_CATEGORIES, 20, 1.9, 1.0);
    for turn in ["Spring", "Autumn"] {
        let first = if turn == "Spring" { day(3, 1) } else { day(9, 1) };
        let from = first + draw.below(75) as Day;
        add(&format!("{turn} weekend"), from - (from + 3).rem_euclid(7) + 4, 3, ALL_CATEGORIES, 10, 1.35, 1.0);
    }
}

/// A few categories a month, each for some days.
fn monthly(seed: u64, year: i32, month: u32, all: &mut Vec<Promotion>) {
    let mut draw = Draw::new(seed, Of::Promotion, year as u64 * 100 + u64::from(month));
    let first = NaiveDate::from_ymd_opt(year, month, 1).map_or(0, day_of);
    for _ in 0..A_MONTH {
        let from = first + draw.below(28) as Day;
        let (category, percent) = (draw.below(CATEGORIES.len()), *draw.pick(&[10, 15, 20, 25, 30]));
        all.push(Promotion {
            name: format!("{} {percent}% {year}-{month:02}", CATEGORIES[category].name),
            from,
            to: from + 4 + draw.below(7) as Day,
            categories: 1 << category,
            percent,
            order_lift: 1.0,
            product_lift: 1.0 + f64::from(percent) / 100.0 * draw.between(3.0, 6.0),
        });
    }
}

fn some_categories(draw: &mut Draw, count: usize) -> u32 {
    let mut chosen = 0u32;
    while (chosen.count_ones() as usize) < count {
        chosen |= 1 << draw.below(CATEGORIES.len());
    }
    chosen
}
