//! What each customer did on a day.

use retail::day::Day;

use super::question::{Conditions, Literal};

pub const COLUMNS: [&str; 12] = [
    "day",
    "customer_id",
    "orders",
    "lines",
    "units",
    "spend",
    "gross_sales",
    "discounts",
    "returns",
    "net_sales",
    "average_order_value",
    "products",
];

pub fn stats(day: Day) -> String {
    let on_the_day = Conditions::default().and("day", "=", Some(Literal::Day(day)));
    format!("select {} from daily_customer_stats {on_the_day} order by spend desc, customer_id", COLUMNS.join(", "))
}
