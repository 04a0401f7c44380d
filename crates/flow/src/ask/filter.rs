//! Which part of a shop a question is about.

use retail::day::Day;

use super::question::{Conditions, Literal};

/// All conditions hold; none: the whole shop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// First day.
    pub from: Option<Day>,
    /// Last day.
    pub to: Option<Day>,
    /// A country, a category and a channel as [`super::sales`] names them; `unknown` is where the shop does not say.
    pub country: Option<String>,
    pub category: Option<String>,
    pub channel: Option<String>,
}

/// A line's category, for people.
pub const CATEGORY: &str = "coalesce(category, case when is_merchandise then 'unknown' else 'not merchandise' end)";
pub const COUNTRY: &str = "coalesce(country, 'unknown')";
pub const CHANNEL: &str = "coalesce(channel, 'unknown')";

/// Lines that bought something and were not taken back.
pub const SOLD: &str = "is_sale_line and kind <> 'cancellation'";

impl Filter {
    /// Nothing but days.
    pub fn of_days(from: Option<Day>, to: Option<Day>) -> Filter {
        Filter { from, to, ..Filter::default() }
    }

    /// About all countries, categories and channels.
    pub fn is_of_whole_shop(&self) -> bool {
        self.country.is_none() && self.category.is_none() && self.channel.is_none()
    }

    /// The same part of the shop at all times.
    pub fn ever(&self) -> Filter {
        Filter { from: None, to: None, ..self.clone() }
    }

    pub fn days(&self) -> Conditions {
        Conditions::default().between("day", self.from, self.to)
    }

    /// Over daily_sales, which knows no categories.
    pub fn of_daily_sales(&self) -> Conditions {
        let text = |text: &Option<String>| text.clone().map(Literal::Text);
        self.days().and("country", "=", text(&self.country)).and("channel", "=", text(&self.channel))
    }

    /// Over orders.
    pub fn of_orders(&self) -> Conditions {
        let text = |text: &Option<String>| text.clone().map(Literal::Text);
        let (country, channel) = (named(&self.country, "country", COUNTRY), named(&self.channel, "channel", CHANNEL));
        self.days().and(country, "=", text(&self.country)).and(channel, "=", text(&self.channel))
    }

    /// Over order_lines_wide.
    pub fn of_lines(&self) -> Conditions {
        let category = named(&self.category, "category", CATEGORY);
        self.of_orders().and(category, "=", self.category.clone().map(Literal::Text))
    }

    /// The days just before, as many: what a change is measured against. `None` where the filter has an open end.
    pub fn previous(&self) -> Option<Filter> {
        let (from, to) = (self.from?, self.to?);
        let length = to.checked_sub(from)?.checked_add(1)?;
        Some(Filter { from: from.checked_sub(length), to: from.checked_sub(1), ..self.clone() })
    }
}

/// A name that the shop itself gives is its column's alone. That is asked for where it can be, since warehouses know how many
/// rows a column has of a value, and not how many an expression has: a join that is planned for few rows takes long for many.
fn named(name: &Option<String>, column: &'static str, shown: &'static str) -> &'static str {
    match name.as_deref() {
        Some("unknown" | "not merchandise") => shown,
        _ => column,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_before() {
        let march = Filter { country: Some("France".into()), ..Filter::of_days(Some(59), Some(89)) };
        let before = march.previous().unwrap();
        assert_eq!((before.from, before.to), (Some(28), Some(58)));
        assert_eq!(before.country.as_deref(), Some("France"));
        assert_eq!(Filter::of_days(Some(3), None).previous(), None);
    }

    #[test]
    fn what_is_typed_stays_a_value() {
        let filter = Filter { country: Some("x' or '1'='1".into()), ..Filter::default() };
        assert_eq!(filter.of_lines().to_string(), "where country = 'x'' or ''1''=''1'");
        let unknown = Filter { country: Some("unknown".into()), ..Filter::default() };
        assert_eq!(unknown.of_lines().to_string(), "where coalesce(country, 'unknown') = 'unknown'");
    }
}
