//! `wharf tables`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use port::TableInfo;

use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, Sheet, bytes_of};
use crate::shop::Shop;

/// List the published tables
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  wharf tables\n  wharf tables --format json")]
pub struct Tables {
    #[command(flatten)]
    output: OutputArgs,
}

impl Tables {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open_for(global, &self.output)?;
        let tables = shop.tables()?;
        let text = |of: fn(&TableInfo) -> &str| -> ArrayRef {
            Arc::new(tables.iter().map(|table| Some(of(table))).collect::<StringArray>())
        };
        let count = |of: fn(&TableInfo) -> u64| -> ArrayRef {
            Arc::new(tables.iter().map(|table| i64::try_from(of(table)).ok()).collect::<Int64Array>())
        };
        let size: ArrayRef = if self.output.is_for_a_person()? {
            Arc::new(tables.iter().map(|table| Some(bytes_of(table.bytes))).collect::<StringArray>())
        } else {
            count(|table| table.bytes)
        };
        let sheet = Sheet::of_columns(vec![
            ("table", text(|table| &table.name)),
            ("layer", text(|table| &table.layer)),
            ("rows", count(|table| table.rows)),
            ("columns", count(|table| table.schema.fields().len() as u64)),
            ("files", count(|table| table.files)),
            ("bytes", size),
        ])?;
        shop.write(&self.output, sheet)?;
        Ok(Outcome::Done)
    }
}

/// The table that a person named, or the nearest name there is.
pub fn find(shop: &Shop, name: &str) -> Result<TableInfo> {
    let tables = shop.tables()?;
    if let Some(table) = tables.iter().find(|table| table.name == name) {
        return Ok(table.clone());
    }
    let advice = match models::nearest(name, tables.iter().map(|table| table.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`wharf tables` lists them".to_owned(),
    };
    Err(port::Error::new(port::Kind::NotFound, format!("there is no table `{name}`")).advise(advice).into())
}
