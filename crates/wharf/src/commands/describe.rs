//! `wharf describe TABLE`: its columns, their types and what they mean.

use arrow::datatypes::DataType;
use port::TableInfo;

use super::tables;
use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, bytes_of, text_sheet, thousands};
use crate::project;
use crate::shop::Shop;

/// Show a table's columns, their types and what they mean
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  wharf describe daily_customer_stats\n  wharf describe orders --format json")]
pub struct Describe {
    /// The table
    #[arg(value_name = "TABLE")]
    table: String,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is told about a column beside its type.
#[derive(Default)]
struct Told {
    description: String,
    unit: String,
    personal: bool,
}

impl Describe {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open_for(global, &self.output)?;
        let table = tables::find(&shop, &self.table)?;
        let graph = project::load(&shop.config)?.graph;
        let model = graph.model(&table.name);
        let told = |column: &str| -> Told {
            let header = model.and_then(|model| model.header.columns.iter().find(|known| known.name == column));
            let staging = retail::staging::table(&table.name).and_then(|staging| staging.column(column));
            match (header, staging) {
                (Some(known), _) => Told {
                    description: known.description.clone(),
                    unit: known.unit.clone().unwrap_or_default(),
                    personal: known.pii,
                },
                (None, Some(known)) => {
                    Told { description: known.description.to_owned(), personal: known.pii, ..Told::default() }
                }
                (None, None) => Told::default(),
            }
        };
        let rows: Vec<Vec<String>> = table
            .schema
            .fields()
            .iter()
            .map(|field| {
                let Told { description, unit, personal } = told(field.name());
                let personal = if personal { "personal" } else { "" };
                vec![field.name().clone(), type_name(field.data_type()), unit, personal.to_owned(), description]
            })
            .collect();
        let description = model.map(|model| model.header.description.as_str()).unwrap_or_default();
        let sheet = text_sheet(&["column", "type", "unit", "personal", "description"], &rows)?;
        shop.write(&self.output, sheet.remark(summary(&table, description)))?;
        Ok(Outcome::Done)
    }
}

fn summary(table: &TableInfo, description: &str) -> String {
    let size = format!("{} rows in {} files, {}", thousands(table.rows), thousands(table.files), bytes_of(table.bytes));
    format!("{} ({}): {size}. {description}", table.name, table.layer).trim_end().to_owned()
}

/// A type as SQL calls it.
fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "varchar".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(_, _) => "timestamp".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision}, {scale})"),
        other => other.to_string().to_lowercase(),
    }
}
