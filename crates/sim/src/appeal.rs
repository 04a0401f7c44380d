//! How much a product is asked for on a day: its popularity, moved by season, promotions, price and novelty.

use chrono::Datelike;
use retail::day::{Day, date_of};

use crate::catalogue::{Product, Season};
use crate::promotion::Promotions;

/// Seasons of products, by day of the year; each has a mean of about 1.
#[derive(Debug, Clone)]
pub struct Seasons {
    by_day: Vec<[f64; 366]>,
    start: Day,
    /// Day of the year of each day from the opening.
    ordinal: Vec<u16>,
}

/// What moves a product's demand on a day.
#[derive(Debug, Clone, Copy)]
pub struct Appeal {
    pub season: f64,
    pub promotion: f64,
    pub price: f64,
    pub novelty: f64,
}

/// Days until a new product is known.
const NEW: f64 = 40.0;

impl Seasons {
    pub fn new(start: Day, until: Day) -> Seasons {
        let ordinal = (start..until).map(|day| date_of(day).ordinal0() as u16).collect();
        Seasons { by_day: Season::ALL.iter().map(|season| year(*season)).collect(), start, ordinal }
    }

    pub fn at(&self, season: Season, day: Day) -> f64 {
        let ordinal = self.ordinal[(day - self.start) as usize];
        self.by_day[season as usize][usize::from(ordinal)]
    }
}

impl Appeal {
    pub fn new(product: &Product, day: Day, seasons: &Seasons, promotions: &Promotions) -> Appeal {
        let age = f64::from(day - product.launched);
        let is_new = age < NEW && product.launched > seasons.start;
        Appeal {
            season: seasons.at(product.season, day),
            promotion: promotions.deal(day, product.category).1,
            price: product.price(day).effect,
            novelty: if is_new { 0.3 + 0.7 * age / NEW } else { 1.0 },
        }
    }

    /// It is too new to be known.
    pub fn is_news(self) -> bool {
        self.novelty < 1.0
    }

    pub fn all(self) -> f64 {
        self.season * self.promotion * self.price * self.novelty
    }
}

fn year(season: Season) -> [f64; 366] {
    let (peak, height) = match season {
        Season::Flat => return [1.0; 366],
        Season::Spring => (105.0, 0.9),
        Season::Summer => (190.0, 1.0),
        Season::Autumn => (285.0, 0.8),
        Season::Christmas => (345.0, 1.7),
    };
    let wave = |day: usize| {
        let angle = 2.0 * std::f64::consts::PI * (day as f64 - peak) / 365.25;
        libm::exp(height * libm::cos(angle))
    };
    let mean = (0..366).map(wave).sum::<f64>() / 366.0;
    std::array::from_fn(|day| wave(day) / mean)
}
