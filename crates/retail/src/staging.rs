//! The four staging tables: what every preset's SQL must give, and what every model may rely on.
//!
//! The output of staging SQL is taken by column name and cast to these types, so `null as email` and `0 as tax` will do.
//! Money is DECIMAL(18, 4); instants are UTC; `day` is the shop's local day.

use crate::source::ColumnType::{self, Boolean, Date, Decimal, Integer, Text, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StagingTable {
    pub name: &'static str,
    pub description: &'static str,
    /// One row for each value of these.
    pub key: &'static [&'static str],
    pub columns: &'static [StagingColumn],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StagingColumn {
    pub name: &'static str,
    pub kind: ColumnType,
    pub nullable: bool,
    /// The value is personal: masked for viewers.
    pub pii: bool,
    /// Filled by wharf, and there only where the project converts currencies.
    pub of_conversion: bool,
    pub description: &'static str,
}

/// Tables that wharf writes of itself: no model and no landed table may go by these names, its rows would take their place.
pub const OWN: [&str; 6] = ["rejects", "loads", "fates", "runs", "steps", "checks"];

pub const TABLES: &[StagingTable] = &[CUSTOMERS, PRODUCTS, ORDERS, ORDER_LINES];

pub fn table(name: &str) -> Option<&'static StagingTable> {
    TABLES.iter().find(|table| table.name == name)
}

impl StagingTable {
    /// As docs/presets.md shows it.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("### {}\n\n{} Key: {}.\n\n", self.name, self.description, self.key.join(", "));
        text.push_str("| column | type | null | what it is |\n|---|---|---|---|\n");
        for StagingColumn { name, kind, nullable, description, .. } in self.columns {
            let null = if *nullable { "may be" } else { "never" };
            text.push_str(&format!("| {name} | {} | {null} | {description} |\n", kind.sql()));
        }
        text
    }

    /// The columns of a project; `converts`: it has exchange rates.
    pub fn columns_where(&self, converts: bool) -> impl Iterator<Item = &'static StagingColumn> {
        self.columns.iter().filter(move |column| converts || !column.of_conversion)
    }

    pub fn column(&self, name: &str) -> Option<&'static StagingColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

pub const CUSTOMERS: StagingTable = StagingTable {
    name: "customers",
    description: "Persons who are known to the shop.",
    key: &["customer_id"],
    columns: &[
        needed("customer_id", Text, "The person, not the purchase.").personal(),
        given("name", Text, "The customer's name.").personal(),
        given("email", Text, "The customer's e-mail address.").personal(),
        given("city", Text, "Town of the customer's address.").personal(),
        given("region", Text, "State, county or province."),
        given("country", Text, "Country, as the shop writes it."),
        given("accepts_marketing", Boolean, "The customer agreed to be written to."),
        given("created_at", Timestamp, "Since when the shop knows the customer."),
        LOAD,
        ROW,
    ],
};

pub const PRODUCTS: StagingTable = StagingTable {
    name: "products",
    description: "What the shop sells, and what else its lines name.",
    key: &["product_id"],
    columns: &[
        needed("product_id", Text, "The product as order lines name it."),
        given("sku", Text, "Stock-keeping unit."),
        given("name", Text, "The product's name."),
        given("category", Text, "The shop's category."),
        needed("is_merchandise", Boolean, "Goods; false for postage, fees and gift cards."),
        given("list_price", Decimal, "Price of one piece in the catalogue."),
        given("unit_cost", Decimal, "What one piece costs the shop."),
        LOAD,
        ROW,
    ],
};

pub const ORDERS: StagingTable = StagingTable {
    name: "orders",
    description: "Orders, and returns that have a document of their own.",
    key: &["order_id"],
    columns: &[
        needed("order_id", Text, "The order."),
        given("customer_id", Text, "Who ordered; null for a guest.").personal(),
        needed("ordered_at", Timestamp, "When it was ordered."),
        needed("day", Date, "shop_day(ordered_at)."),
        given("status", Text, "The status in the shop's words."),
        needed("is_cancelled", Boolean, "The order leaves every metric."),
        given("cancelled_at", Timestamp, "When it was cancelled."),
        needed("is_test", Boolean, "The order leaves every metric."),
        given("channel", Text, "Where the order came from."),
        given("country", Text, "Country that the order is counted under."),
        needed("currency", Text, "ISO 4217 code of every amount in the row."),
        needed("shipping", Decimal, "Shipping charged, after discount."),
        needed("tax", Decimal, "Tax charged with the order; tax given back is on the lines of kind return."),
        needed("total", Decimal, "What the shop says the order comes to."),
        given("first_sale_line", Integer, "Smallest line_no of its lines of kind sale; null where it has none."),
        given("original_currency", Text, "With [rates] alone: the currency before conversion.").converted(),
        given("original_total", Decimal, "With [rates] alone: total before conversion.").converted(),
        LOAD,
        ROW,
    ],
};

pub const ORDER_LINES: StagingTable = StagingTable {
    name: "order_lines",
    description: "Lines of orders; a return is a line of its own.",
    key: &["order_id", "line_no"],
    columns: &[
        needed("order_id", Text, "The order that the line belongs to."),
        needed("line_no", Integer, "The line's number in its order."),
        needed("occurred_at", Timestamp, "When it was sold or came back."),
        needed("day", Date, "shop_day(occurred_at): a return counts when it came back."),
        given("customer_id", Text, "The order's customer; null for a guest.").personal(),
        needed("product_id", Text, "The product."),
        given("name", Text, "The line's own title at the time of sale."),
        needed("kind", Text, "sale or return."),
        needed("quantity", Integer, "Pieces; negative on a return."),
        needed("unit_price", Decimal, "Price of one piece before discount."),
        needed("discount", Decimal, "The line's discount and its share of the order's; negative on a return."),
        needed("tax", Decimal, "The line's tax; negative on a return."),
        needed("amount", Decimal, "quantity times unit_price; negative on a return."),
        needed("currency", Text, "ISO 4217 code of every amount in the row."),
        given("original_currency", Text, "With [rates] alone: the currency before conversion.").converted(),
        given("original_amount", Decimal, "With [rates] alone: amount before conversion.").converted(),
        LOAD,
        ROW,
    ],
};

/// Where a staging row came from: for an order, the first row of the order.
const LOAD: StagingColumn = needed("_load", Integer, "Number of the load that brought the row.");
const ROW: StagingColumn = needed("_row", Integer, "Number of the row in its load.");

const fn needed(name: &'static str, kind: ColumnType, description: &'static str) -> StagingColumn {
    StagingColumn { name, kind, nullable: false, pii: false, of_conversion: false, description }
}

/// A column that is null where the shop does not give it.
const fn given(name: &'static str, kind: ColumnType, description: &'static str) -> StagingColumn {
    StagingColumn { nullable: true, ..needed(name, kind, description) }
}

impl ColumnType {
    /// What the type is called in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Text => "TEXT",
            Integer => "BIGINT",
            Decimal => "DECIMAL(18, 4)",
            Boolean => "BOOLEAN",
            Date => "DATE",
            Timestamp => "TIMESTAMP",
        }
    }
}

impl StagingColumn {
    const fn converted(self) -> StagingColumn {
        StagingColumn { of_conversion: true, ..self }
    }

    const fn personal(self) -> StagingColumn {
        StagingColumn { pii: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_columns_and_never_null() {
        for table in TABLES {
            for key in table.key {
                assert!(table.column(key).is_some_and(|column| !column.nullable), "{}.{key}", table.name);
            }
        }
    }

    #[test]
    fn every_table_says_where_its_rows_came_from() {
        for table in TABLES {
            assert!(table.column("_load").is_some() && table.column("_row").is_some(), "{}", table.name);
        }
    }
    #[test]
    fn the_documentation_shows_these_tables() {
        let page = include_str!("../../../docs/presets.md").replace("\r\n", "\n");
        for table in TABLES {
            let shown = table.to_markdown();
            assert!(page.contains(&shown), "put into docs/presets.md:\n\n{shown}");
        }
    }
}
