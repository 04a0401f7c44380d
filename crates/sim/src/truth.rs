//! The truth that a shop's rows were drawn from, as tables of their own.

use std::path::Path;

use port::{Error, Result};
use rayon::prelude::*;
use retail::day::{Day, date_of};

use crate::appeal::Appeal;
use crate::bulk::on_threads;
use crate::calendar::DAY_SECONDS;
use crate::catalogue::CATEGORIES;
use crate::country::COUNTRIES;
use crate::customer::Profile;
use crate::export::cells::Cells;
use crate::export::sheet::{Encoder, Fill, Format, Part, Sheet};
use crate::export::table::{Kind, Table};
use crate::folder::{TRUTH, whole, whole_by};
use crate::shop::Shop;

use Kind::{Flag, Int, Real, Text, Time};

/// Rows hit by faults, and what becomes of them; a file of it beside each file of orders that has such rows.
pub static FAULTS: Table = Table {
    name: "faults",
    columns: &[
        ("fault", Text),
        ("file", Text),
        ("row", Int),
        ("order_id", Text),
        ("line_no", Int),
        ("column", Text),
        ("fate", Text),
        ("rule", Text),
    ],
};

static CUSTOMERS: Table = Table {
    name: "customers",
    columns: &[
        ("customer_id", Text),
        ("is_guest", Flag),
        ("country", Text),
        ("first_order_at", Time),
        ("last_order_at", Time),
        ("orders", Int),
        ("rate_per_day", Real),
        ("drop_probability", Real),
        ("has_left", Flag),
        ("left_on", Text),
        ("spend_factor", Real),
        ("value_per_order", Real),
    ],
};

static PRODUCTS: Table = Table {
    name: "products",
    columns: &[("product_id", Text), ("rank", Real), ("weight", Real), ("season", Text), ("affinity_group", Int)],
};

static GROUPS: Table =
    Table { name: "affinity_groups", columns: &[("affinity_group", Int), ("product_id", Text), ("strength", Real)] };

static PROMOTIONS: Table = Table {
    name: "promotions",
    columns: &[
        ("promotion", Text),
        ("first_day", Text),
        ("last_day", Text),
        ("category", Text),
        ("percent_off", Int),
        ("order_lift", Real),
        ("product_lift", Real),
    ],
};

static STOCK_OUTS: Table =
    Table { name: "stock_outs", columns: &[("product_id", Text), ("sold_out_at", Time), ("back_at", Time)] };

static DAYS: Table = Table {
    name: "days",
    columns: &[
        ("day", Text),
        ("weekday", Real),
        ("season", Real),
        ("payday", Real),
        ("holiday", Real),
        ("promotion", Real),
        ("luck", Real),
        ("busy", Real),
        ("expected_orders", Real),
    ],
};

static DEMAND: Table = Table {
    name: "demand",
    columns: &[
        ("day", Text),
        ("product_id", Text),
        ("season", Real),
        ("promotion", Real),
        ("price", Real),
        ("novelty", Real),
        ("available", Real),
        ("share", Real),
        ("expected_lines", Real),
    ],
};

/// Writes all tables of truth but the faults into DIR/truth, as of the end of the day before `until`.
pub fn write(shop: &Shop, until: Day, folder: &Path, threads: usize) -> Result<()> {
    let folder = folder.join(TRUTH);
    std::fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, error))?;
    let truth = Truth { shop, until: until.min(shop.until), value: crate::basket::expected_value(shop) };
    let options = serde_json::to_string_pretty(&shop.options).map_err(|error| Error::internal(error.to_string()))?;
    whole(&folder.join("shop.json"), options.as_bytes())?;
    on_threads(threads, || {
        let days = shop.options.start..truth.until;
        let customers = shop.customers_before(i64::from(truth.until) * DAY_SECONDS);
        truth.table(&folder, &CUSTOMERS, customers as usize, 4096, |truth, at, cells| {
            truth.customer(at as u32, cells)
        })?;
        truth.table(&folder, &PRODUCTS, shop.catalogue.products.len(), 4096, Truth::product)?;
        truth.table(&folder, &GROUPS, shop.catalogue.groups.all.len(), 64, Truth::group)?;
        truth.table(&folder, &PROMOTIONS, shop.promotions.all.len(), 64, Truth::promotion)?;
        truth.table(&folder, &STOCK_OUTS, shop.supply.products.len(), 1024, Truth::stock_outs)?;
        truth.table(&folder, &DAYS, days.len(), 512, Truth::day)?;
        truth.table(&folder, &DEMAND, days.len(), 16, Truth::demand)
    })?
}

struct Truth<'a> {
    shop: &'a Shop,
    until: Day,
    value: (f64, f64),
}

/// The open cells of any format.
struct Rows<'f, F>(&'f F, std::ops::Range<usize>);

impl<F: Fn(usize, &mut dyn Cells)> Fill for Rows<'_, F> {
    fn fill(self, cells: &mut impl Cells) {
        self.1.for_each(|at| (self.0)(at, cells));
    }
}

impl Truth<'_> {
    /// A table of `count` things, each of which gives rows; parts of `size` things are made side by side.
    fn table<F>(&self, folder: &Path, table: &'static Table, count: usize, size: usize, row: F) -> Result<()>
    where
        F: Fn(&Self, usize, &mut dyn Cells) + Sync,
    {
        // Demand has a row a day and product, most of which say the same as the one before: columns shrink that.
        let format = if table.name == DEMAND.name { Format::Parquet } else { Format::Csv };
        let parts: Vec<std::ops::Range<usize>> =
            (0..count).step_by(size).map(|from| from..(from + size).min(count)).collect();
        let write = |file: &mut std::io::BufWriter<std::fs::File>| -> Result<()> {
            let mut sheet = Sheet::new(table, format, file)?;
            for some in parts.chunks(16) {
                let encode = |part: &std::ops::Range<usize>| -> Result<Part> {
                    let mut encoder = Encoder::new(table, format, part.len());
                    encoder.fill(Rows(&|at, cells: &mut dyn Cells| row(self, at, cells), part.clone()));
                    encoder.finish()
                };
                let encoded: Result<Vec<Part>> = some.par_iter().map(encode).collect();
                encoded?.into_iter().try_for_each(|part| sheet.add(part))?;
            }
            sheet.finish().map(|_| ())
        };
        whole_by(&folder.join(format!("{}.{}", table.name, format.name())), write)
    }

    fn customer(&self, customer: u32, cells: &mut dyn Cells) {
        let profile = Profile::new(&self.shop.options, customer);
        let mut story = self.shop.story(customer, profile.country);
        let end = i64::from(self.until) * DAY_SECONDS;
        let (mut first, mut last, mut orders) = (None, 0, 0);
        for purchase in story.by_ref().take_while(|purchase| purchase.at < end) {
            first.get_or_insert(purchase.at);
            (last, orders) = (purchase.at, orders + 1);
        }
        let Some(first) = first else { return };
        let has_left = story.has_left_after(orders);
        cells.code(b'C', u64::from(customer) + 1);
        cells.flag(profile.is_guest);
        cells.text(COUNTRIES[profile.country].name);
        cells.time(first);
        cells.time(last);
        cells.int(i64::from(orders));
        cells.real(story.habit.rate);
        cells.real(story.habit.dropout());
        cells.flag(has_left);
        match has_left {
            true => cells.text(&date_of(last.div_euclid(DAY_SECONDS) as Day).to_string()),
            false => cells.null(),
        }
        cells.real(profile.spend());
        cells.real(self.value.0 + self.value.1 * profile.spend());
        cells.end_row();
    }

    fn product(&self, at: usize, cells: &mut dyn Cells) {
        let product = &self.shop.catalogue.products[at];
        cells.code(b'P', at as u64 + 1);
        cells.real(product.rank);
        cells.real(product.weight);
        cells.text(product.season.name());
        let groups = &self.shop.catalogue.groups;
        match groups.all.iter().position(|group| groups.has(at) && group.members.contains(&(at as u32))) {
            Some(group) => cells.int(group as i64 + 1),
            None => cells.null(),
        }
        cells.end_row();
    }

    fn group(&self, at: usize, cells: &mut dyn Cells) {
        let group = &self.shop.catalogue.groups.all[at];
        for member in &group.members {
            cells.int(at as i64 + 1);
            cells.code(b'P', u64::from(*member) + 1);
            cells.real(group.strength);
            cells.end_row();
        }
    }

    fn promotion(&self, at: usize, cells: &mut dyn Cells) {
        let promotion = &self.shop.promotions.all[at];
        for (_, category) in CATEGORIES.iter().enumerate().filter(|(at, _)| promotion.categories >> at & 1 == 1) {
            cells.text(&promotion.name);
            cells.text(&date_of(promotion.from).to_string());
            cells.text(&date_of(promotion.to - 1).to_string());
            cells.text(category.name);
            cells.int(i64::from(promotion.percent));
            cells.real(promotion.order_lift);
            cells.real(promotion.product_lift);
            cells.end_row();
        }
    }

    fn stock_outs(&self, at: usize, cells: &mut dyn Cells) {
        let end = i64::from(self.until) * DAY_SECONDS;
        for (from, to) in self.shop.supply.products[at].sold_out.iter().filter(|(from, _)| *from < end) {
            cells.code(b'P', at as u64 + 1);
            cells.time(*from);
            cells.time(*to);
            cells.end_row();
        }
    }

    fn day(&self, at: usize, cells: &mut dyn Cells) {
        let factors = self.shop.calendar.days[at];
        let date = date_of(self.shop.options.start + at as Day);
        cells.text(&date.to_string());
        cells.real(factors.weekday);
        cells.real(factors.season);
        cells.real(factors.payday);
        cells.real(factors.holiday);
        cells.real(factors.promotion);
        cells.real(factors.luck);
        cells.real(factors.busy);
        cells.real(self.shop.expected_by_day().nth(at).unwrap_or_default());
        cells.end_row();
    }

    /// All products on a day.
    fn demand(&self, at: usize, cells: &mut dyn Cells) {
        let shop = self.shop;
        let day = shop.options.start + at as Day;
        let date = date_of(day).to_string();
        let of = |(number, product): (usize, &crate::catalogue::Product)| {
            let appeal = Appeal::new(product, day.max(product.launched), &shop.seasons, &shop.promotions);
            let available = if product.is_sold_on(day) { shop.supply.share_of_day(number, day) } else { 0.0 };
            (appeal, available, product.weight * appeal.all() * available)
        };
        let products: Vec<(Appeal, f64, f64)> = shop.catalogue.products.iter().enumerate().map(of).collect();
        let all: f64 = products.iter().map(|(_, _, weight)| weight).sum();
        let share = |number: usize| products[number].2 / all;
        let orders = shop.expected_by_day().nth(at).unwrap_or_default();
        for (number, (appeal, available, _)) in products.iter().enumerate() {
            if !shop.catalogue.products[number].is_sold_on(day) {
                continue;
            }
            let mut lines = share(number);
            if let Some(group) = shop.catalogue.groups.of(number) {
                let others = group.members.iter().filter(|member| **member as usize != number);
                lines += others.map(|member| share(*member as usize)).sum::<f64>() * group.strength * available;
            }
            cells.text(&date);
            cells.code(b'P', number as u64 + 1);
            [appeal.season, appeal.promotion, appeal.price, appeal.novelty, *available, share(number)]
                .iter()
                .for_each(|number| cells.real(*number));
            cells.real(orders * (1.0 + shop.options.basket.mean) * lines);
            cells.end_row();
        }
    }
}
