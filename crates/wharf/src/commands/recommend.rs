//! `wharf recommend`: what goes with a product, a basket or all that a customer bought.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use flow::{Bought, Recommendation, Recommendations};
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
        let Recommendations { mut found, known } = self.recommend(&shop)?;
        found.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
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
            return with_bought(shop, Bought::InOrder, order);
        }
        if let Some(customer) = &self.customer {
            return with_bought(shop, Bought::ByCustomer, customer);
        }
        // Mostly they are ids of products that have rules, and this is all there is to ask.
        let found = rules(shop, &self.basket)?;
        if self.basket.iter().all(|product| found.known.contains(product)) {
            return Ok(found);
        }
        let mut products = Vec::new();
        for text in &self.basket {
            let named = named(shop, text)?;
            match self.basket.as_slice() {
                [_] if named.is_empty() => return with_anything(shop, text),
                _ if named.is_empty() => return Err(unknown(shop, text, "product")?),
                _ => products.extend(named),
            }
        }
        rules(shop, &products)
    }
}

fn rules(shop: &Shop, products: &[String]) -> Result<Recommendations> {
    shop.block_on(flow::recommend(shop.warehouse(), products)).map_err(|error| {
        let has_table = || shop.tables().is_ok_and(|tables| tables.iter().any(|table| table.name == "basket_rules"));
        match error.kind {
            Kind::Config if !has_table() => {
                Error::new(Kind::NotFound, "there is no table basket_rules yet").advise("`wharf run` makes it").into()
            }
            _ => error.into(),
        }
    })
}

/// Of all that was bought.
fn with_bought(shop: &Shop, whose: Bought, id: &str) -> Result<Recommendations> {
    let bought = shop.block_on(flow::bought(shop.warehouse(), whose, id))?;
    if bought.is_empty() {
        return Err(unknown(shop, id, if whose == Bought::InOrder { "order" } else { "customer" })?);
    }
    rules(shop, &bought)
}

/// Of an order or a customer, whichever has the id.
fn with_anything(shop: &Shop, id: &str) -> Result<Recommendations> {
    for whose in [Bought::InOrder, Bought::ByCustomer] {
        let bought = shop.block_on(flow::bought(shop.warehouse(), whose, id))?;
        if !bought.is_empty() {
            return rules(shop, &bought);
        }
    }
    Err(unknown(shop, id, "product, order or customer")?)
}

/// The product of that id; without one, all of that name.
fn named(shop: &Shop, text: &str) -> Result<Vec<String>> {
    let wanted = [text.to_owned()];
    let by_id = shop.warehouse().lookup("products", &["product_id"], "product_id", &wanted);
    if shop.block_on(by_id)?.iter().any(|batch| batch.num_rows() > 0) {
        return Ok(vec![text.to_owned()]);
    }
    let literal = Literal::Text(text.to_owned());
    texts(shop, &format!("select product_id from products where lower(name) = lower({literal}) order by product_id"))
}

fn unknown(shop: &Shop, text: &str, what: &str) -> Result<crate::failure::Failure> {
    let error = Error::new(Kind::NotFound, format!("there is no {what} `{text}`"));
    let names = texts(shop, "select product_id from products union select name from products where name is not null")?;
    let near = models::nearest(text, names.iter().map(String::as_str)).filter(|_| what.starts_with("product"));
    Ok(match near {
        Some(near) => error.advise(format!("did you mean `{near}`?")).into(),
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
