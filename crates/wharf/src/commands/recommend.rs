//! `wharf recommend`: what goes with a product, a basket or all that a customer bought.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use flow::{Recommendation, Recommendations, With};
use port::{Error, Kind};

use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, Sheet};
use crate::shop::Shop;
use flow::ask::Literal;

/// What goes with a product, a basket or a customer, the best first
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf recommend 22699                              what goes with a product
  wharf recommend \"PINK REGENCY TEACUP AND SAUCER\"   by its name
  wharf recommend 22697 22698                        with a basket of several
  wharf recommend --order 573585                     with what is in an order
  wharf recommend --customer 12748                   with all that a customer bought, and has not yet

From the table basket_rules, as of the last run.")]
pub struct Recommend {
    /// Products by id or name; or one order, or one customer
    #[arg(value_name = "PRODUCT|ORDER|CUSTOMER", required_unless_present_any = ["order", "customer"])]
    basket: Vec<String>,
    /// The products of this order
    #[arg(long, value_name = "ID", conflicts_with_all = ["basket", "customer"])]
    order: Option<String>,
    /// The products that this customer bought
    #[arg(long, value_name = "ID", conflicts_with = "basket")]
    customer: Option<String>,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    #[command(flatten)]
    output: OutputArgs,
}

impl Recommend {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open_for(global, &self.output)?;
        let start = Instant::now();
        let Recommendations { found, known, .. } = self.recommend(&shop)?;
        tracing::debug!(micros = start.elapsed().as_micros() as u64, "recommended");
        if found.is_empty() {
            match known.is_empty() {
                true => {
                    eprintln!("no product is bought with it often enough: there is no rule from it in basket_rules")
                }
                false => eprintln!("all that goes with it is in it"),
            }
        }
        shop.write(&self.output, sheet(&found)?)?;
        Ok(Outcome::Done)
    }

    fn recommend(&self, shop: &Shop) -> Result<Recommendations> {
        if let Some(order) = &self.order {
            return self.with_one(shop, &[With::Order(order)], "order", order);
        }
        if let Some(customer) = &self.customer {
            return self.with_one(shop, &[With::Customer(customer)], "customer", customer);
        }
        let found = self.with(shop, With::Products(&self.basket))?;
        if found.unknown.is_empty() {
            return Ok(found);
        }
        let mut products = Vec::new();
        for text in &self.basket {
            // An id comes before a name.
            let named = if found.unknown.contains(text) { named(shop, text)? } else { vec![text.clone()] };
            match self.basket.as_slice() {
                [_] if named.is_empty() => {
                    let with = [With::Order(text), With::Customer(text)];
                    return self.with_one(shop, &with, "product, order or customer", text);
                }
                _ if named.is_empty() => return Err(unknown(shop, text, "product")?),
                _ => products.extend(named),
            }
        }
        self.with(shop, With::Products(&products))
    }

    /// With the first of these that the shop has.
    fn with_one(&self, shop: &Shop, with: &[With<'_>], what: &str, id: &str) -> Result<Recommendations> {
        for with in with {
            let found = self.with(shop, *with)?;
            if found.unknown.is_empty() {
                return Ok(found);
            }
        }
        Err(unknown(shop, id, what)?)
    }

    fn with(&self, shop: &Shop, with: With<'_>) -> Result<Recommendations> {
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        shop.block_on(flow::recommend(shop.warehouse(), with, most)).map_err(|error| {
            let has_table =
                || shop.tables().is_ok_and(|tables| tables.iter().any(|table| table.name == "basket_rules"));
            match error.kind {
                Kind::Config if !has_table() => Error::new(Kind::NotFound, "there is no table basket_rules yet")
                    .advise("`wharf run` makes it")
                    .into(),
                _ => error.into(),
            }
        })
    }
}

/// All products of that name.
fn named(shop: &Shop, text: &str) -> Result<Vec<String>> {
    let literal = Literal::Text(text.to_owned());
    texts(shop, &format!("select product_id from products where lower(name) = lower({literal}) order by product_id"))
}

fn unknown(shop: &Shop, text: &str, what: &str) -> Result<crate::failure::Failure> {
    let error = Error::new(Kind::NotFound, format!("there is no {what} `{text}`"));
    let names = texts(shop, "select product_id from products union select name from products where name is not null")?;
    let near = models::nearest(text, names.iter().map(String::as_str)).filter(|_| what.starts_with("product"));
    Ok(match near {
        Some(near) => error.advise(format!("did you mean `{near}`?")).into(),
        None if what == "order" || what == "customer" => {
            error.advise(format!("`wharf query \"select {what}_id from {what}s\"` lists the {what}s")).into()
        }
        None => error.advise("`wharf query \"select product_id, name from products\"` lists the products").into(),
    })
}

fn texts(shop: &Shop, sql: &str) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for batch in shop.rows(sql)? {
        let text = |row| arrow::util::display::array_value_to_string(batch.column(0), row).unwrap_or_default();
        texts.extend((0..batch.num_rows()).map(text));
    }
    Ok(texts)
}

fn sheet(found: &[Recommendation]) -> Result<Sheet> {
    let text = |of: fn(&Recommendation) -> Option<&str>| -> ArrayRef {
        Arc::new(found.iter().map(of).collect::<StringArray>())
    };
    let number = |of: fn(&Recommendation) -> f64| -> ArrayRef {
        Arc::new(found.iter().map(|one| (of(one) * 1e6).round() / 1e6).collect::<Float64Array>())
    };
    let ranks: Int64Array = (1..).take(found.len()).collect();
    let both: Int64Array = found.iter().map(|one| one.both_baskets).collect();
    Sheet::of_columns(vec![
        ("rank", Arc::new(ranks)),
        ("product_id", text(|one| Some(&one.product))),
        ("name", text(|one| one.name.as_deref())),
        ("because", text(|one| Some(&one.because))),
        ("because_name", text(|one| one.because_name.as_deref())),
        ("certainty", number(|one| one.certainty)),
        ("confidence", number(|one| one.confidence)),
        ("lift", number(|one| one.lift)),
        ("both_baskets", Arc::new(both)),
    ])
}
