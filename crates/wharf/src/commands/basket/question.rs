//! Which of the shop's lines are looked at, and what a basket and an item are.

use std::ffi::OsStr;

use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::{Arg, Command, ValueEnum};
use flow::analysis::baskets::{Filled, Lines, Sizes};
use futures::TryStreamExt;
use port::{Error, Kind};
use retail::day::{Day, date_of};

use super::arguments::Sort;
use crate::arguments::day;
use crate::failure::{Failure, Result};
use crate::shop::Shop;
use flow::ask::{Conditions, Literal};

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "A shop's baskets")]
pub struct Question {
    /// Guests' orders too, or known customers' alone [default: all]
    #[arg(long, value_enum)]
    customers: Option<Customers>,
    /// What a basket is: an order, all that a customer ever bought, or bought on a day [default: order]
    #[arg(long, value_parser = Baskets)]
    by: Option<By>,
    /// What an item is [default: product]
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// Lines from this day on
    #[arg(long, value_name = "DAY", value_parser = day)]
    since: Option<Day>,
    /// Orders of this country
    #[arg(long, value_name = "COUNTRY")]
    country: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Customers {
    Known,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Order,
    Customer,
    CustomerDay,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Level {
    Product,
    Category,
}

/// What a basket is; who names a metric instead is told the flag for it.
#[derive(Debug, Clone)]
struct Baskets;

impl TypedValueParser for Baskets {
    type Value = By;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> std::result::Result<By, clap::Error> {
        EnumValueParser::new().parse_ref(command, arg, value).map_err(|error| {
            match value.to_str().filter(|text| Sort::from_str(text, false).is_ok()) {
                Some(metric) => {
                    let message = format!("--by says what a basket is; what comes first says --sort {metric}\n");
                    clap::Error::raw(clap::error::ErrorKind::ValueValidation, message).with_cmd(command)
                }
                None => error,
            }
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(By::value_variants().iter().filter_map(ValueEnum::to_possible_value)))
    }
}

impl Question {
    /// A file has none of what these flags ask for.
    pub fn refuse_with_file(&self) -> Result<()> {
        let set = [
            (self.customers.is_some(), "--customers"),
            (self.by.is_some(), "--by"),
            (self.level.is_some(), "--level"),
            (self.since.is_some(), "--since"),
            (self.country.is_some(), "--country"),
        ];
        match set.iter().find(|(set, _)| *set) {
            Some((_, flag)) => Err(Failure::usage(
                format!("{flag} is for a shop's baskets, --file for those of a file"),
                "leave one of them away",
            )),
            None => Ok(()),
        }
    }

    /// The baskets asked for.
    pub fn ask(&self, shop: &Shop, sizes: Sizes, revenue: bool) -> Result<Filled> {
        let by = self.by.unwrap_or(By::Order);
        if by != By::Order && self.customers == Some(Customers::All) {
            return Err(Failure::usage(
                "guests cannot be told apart, so there are no baskets of theirs by customer",
                "leave away --customers all, or take --by order",
            ));
        }
        let answer = shop.ask(&self.sql(by, revenue))?;
        let lines = shop.block_on(answer.rows.try_fold(Lines::default(), |mut lines, batch| async move {
            lines.take(&batch)?;
            Ok(lines)
        }))?;
        let filled = lines.fill(sizes);
        if filled.is_empty() {
            return Err(self.nothing(shop, &filled, sizes)?);
        }
        Ok(filled)
    }

    fn sql(&self, by: By, revenue: bool) -> String {
        let basket = match by {
            By::Order => "order_id",
            By::Customer => "customer_id",
            By::CustomerDay => "customer_id || ' ' || cast(day as varchar)",
        };
        let item = match self.level() {
            Level::Product => "product_id as item, product_name as name",
            Level::Category => "category as item",
        };
        let weight = if revenue { ", amount as weight" } else { "" };
        let conditions = Conditions::default().and("day", ">=", self.since.map(Literal::Day)).and(
            "country",
            "=",
            self.country.clone().map(Literal::Text),
        );
        let more = if conditions.is_empty() { "where".to_owned() } else { format!("{conditions} and") };
        let known = by != By::Order || self.customers == Some(Customers::Known);
        let known = if known { " and customer_id is not null" } else { "" };
        format!(
            "select {basket} as basket, {item}{weight} from order_lines_wide {more} is_sale_line and is_merchandise{known}"
        )
    }

    fn level(&self) -> Level {
        self.level.unwrap_or(Level::Product)
    }

    /// Why there is no basket, as far as it can be told.
    fn nothing(&self, shop: &Shop, filled: &Filled, sizes: Sizes) -> Result<Failure> {
        let told = |message: String, advice: String| Error::new(Kind::NotFound, message).advise(advice).into();
        if self.level() == Level::Category && filled.left_out.incomplete > 0 && filled.left_out.smaller == 0 {
            let advice = "take --level product, or fill products.category in the preset's staging SQL";
            return Ok(told("the products have no categories".to_owned(), advice.to_owned()));
        }
        if let Some(country) = &self.country {
            let countries = countries(shop)?;
            if !countries.iter().any(|known| known == country) {
                let advice = match models::nearest(country, countries.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`wharf sales --by country` lists the countries".to_owned(),
                };
                return Ok(told(format!("no order is from `{country}`"), advice));
            }
        }
        let since = self.since.map(|day| format!(" since {}", date_of(day))).unwrap_or_default();
        if filled.left_out.smaller + filled.left_out.larger > 0 {
            let message = format!(
                "no basket{since} has {} to {} different items; {} have fewer, {} more",
                sizes.least, sizes.most, filled.left_out.smaller, filled.left_out.larger
            );
            return Ok(told(message, "lower --min-items, or take --by customer: more is bought over time".to_owned()));
        }
        Ok(told(
            format!("there are no sale lines of merchandise{since}"),
            "`wharf tables` shows what there is".to_owned(),
        ))
    }
}

fn countries(shop: &Shop) -> Result<Vec<String>> {
    let mut countries = Vec::new();
    for batch in shop.rows("select distinct country from daily_sales order by country")? {
        let text = |row| arrow::util::display::array_value_to_string(batch.column(0), row).unwrap_or_default();
        countries.extend((0..batch.num_rows()).map(text));
    }
    Ok(countries)
}
