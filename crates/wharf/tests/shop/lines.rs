//! Invoice lines of the online-retail preset, made and read back: what exports of a shop hold.

use std::collections::{BTreeMap, BTreeSet};

use super::Random;

pub const HEADER: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

/// One invoice line, prices in pence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub invoice: String,
    pub stock: String,
    pub name: String,
    pub quantity: i64,
    /// As in the file.
    pub at: String,
    pub pence: i64,
    pub customer: String,
    pub country: String,
}

impl Line {
    pub fn usable(&self) -> bool {
        self.pence > 0 && self.quantity != 0
    }

    pub fn day(&self) -> &str {
        &self.at[..10]
    }

    fn row(&self) -> String {
        let Line { invoice, stock, name, quantity, at, pence, customer, country } = self;
        format!("{invoice},{stock},{name},{quantity},{at},{}.{:02},{customer},{country}", pence / 100, pence % 100)
    }
}

pub fn csv(lines: &[Line]) -> String {
    let mut text = format!("{HEADER}\n");
    lines.iter().for_each(|line| text += &format!("{}\n", line.row()));
    text
}

/// Days from 2011-01-03 on, a few a month, so that few rows fill several months.
pub fn day(index: usize) -> String {
    format!("2011-{:02}-{:02}", index / 4 % 6 + 1, [3, 9, 17, 26][index % 4])
}

/// An order of a few lines. Some have no customer or country, some cannot be used, some come back.
pub fn order(random: &mut Random, number: usize, day: &str) -> Vec<Line> {
    let back = random.one_in(8);
    let customer = if random.one_in(6) { String::new() } else { (12_000 + random.below(25)).to_string() };
    let country = random.pick(&["United Kingdom", "France", "Germany", ""]).to_string();
    let at = format!("{day} {:02}:{:02}:00", 8 + random.below(10), random.below(60));
    let line = |random: &mut Random| {
        let item = random.below(15);
        let name =
            if random.one_in(6) { String::new() } else { format!("THING {item} {}", random.pick(&["", "", "RED"])) };
        let quantity = 1 + random.below(9) as i64;
        Line {
            invoice: format!("{}{}", if back { "C" } else { "" }, 500_000 + number),
            stock: if random.one_in(20) { "POST".to_owned() } else { (20_000 + item).to_string() },
            name: name.trim().to_owned(),
            quantity: if back { -quantity } else { quantity },
            at: at.clone(),
            pence: if random.one_in(15) { 0 } else { 50 + random.below(900) as i64 },
            customer: customer.clone(),
            country: country.clone(),
        }
    };
    (0..1 + random.below(4)).map(|_| line(random)).collect()
}

/// The order as it reads after someone mended it in the shop.
pub fn corrected(random: &mut Random, order: &[Line]) -> Vec<Line> {
    let mut lines = order.to_vec();
    match random.below(8) {
        0 => lines[0].quantity += 1 + i64::from(lines[0].quantity == -1),
        1 if lines.len() > 1 => drop(lines.remove(0)),
        2 => lines.push(Line { stock: "20014".to_owned(), ..lines[0].clone() }),
        3 => {
            let to = format!("{} 12:00:00", day(random.below(24)));
            lines.iter_mut().for_each(|line| line.at.clone_from(&to));
        }
        4 => lines.iter_mut().for_each(|line| line.customer = String::new()),
        // A value that had slipped into the column beside.
        5 => lines.iter_mut().for_each(|line| std::mem::swap(&mut line.customer, &mut line.country)),
        6 => lines.iter_mut().for_each(|line| line.name = format!("{} NEW", line.name)),
        _ => lines[0].pence += 100,
    }
    lines
}

/// Orders by number as the newest of these exports tells them: a unit with no usable line tells nothing.
pub fn truth(exports: &[Vec<Line>]) -> BTreeMap<String, Vec<Line>> {
    let mut orders: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for export in exports {
        let mut units: BTreeMap<String, Vec<Line>> = BTreeMap::new();
        for line in export.iter().filter(|line| line.usable()) {
            units.entry(line.invoice.clone()).or_default().push(line.clone());
        }
        orders.extend(units);
    }
    orders
}

/// `order_lines` as it must be: order, line, day, customer, product, quantity, amount in pence.
pub fn expected_lines(orders: &BTreeMap<String, Vec<Line>>) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for (invoice, lines) in orders {
        for (at, line) in lines.iter().enumerate() {
            rows.insert(format!(
                "{invoice},{},{},{},{},{},{}",
                at + 1,
                line.day(),
                line.customer,
                line.stock,
                line.quantity,
                line.quantity * line.pence
            ));
        }
    }
    rows
}

pub const LINES_SQL: &str = "select order_id, line_no, day, customer_id, product_id, quantity, \
                             cast(amount * 100 as bigint) as pence from order_lines";

/// `daily_customer_stats` as it must be: day, customer, orders, lines, units, spend in pence, products.
pub fn expected_stats(orders: &BTreeMap<String, Vec<Line>>) -> BTreeSet<String> {
    #[derive(Default)]
    struct Stats {
        orders: BTreeSet<String>,
        products: BTreeSet<String>,
        sums: [i64; 3],
    }
    let mut all: BTreeMap<(String, String), Stats> = BTreeMap::new();
    for (invoice, lines) in orders {
        // An order has one customer: the least that a line names.
        let Some(customer) = lines.iter().map(|line| &line.customer).filter(|name| !name.is_empty()).min() else {
            continue;
        };
        for line in lines.iter().filter(|line| line.quantity > 0 && !invoice.starts_with('C')) {
            let stats = all.entry((line.day().to_owned(), customer.clone())).or_default();
            stats.orders.insert(invoice.clone());
            stats.products.insert(line.stock.clone());
            stats.sums[0] += 1;
            stats.sums[1] += line.quantity;
            stats.sums[2] += line.quantity * line.pence;
        }
    }
    let row = |((day, customer), stats): ((String, String), Stats)| {
        let [lines, units, spend] = stats.sums;
        format!("{day},{customer},{},{lines},{units},{spend},{}", stats.orders.len(), stats.products.len())
    };
    all.into_iter().map(row).collect()
}

pub const STATS_SQL: &str = "select day, customer_id, orders, lines, units, cast(spend * 100 as bigint) as pence, products \
                             from daily_customer_stats";
