//! The tables that a shop exports, and those that tell the truth about it.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Int,
    /// Cents, written with two decimals.
    Money,
    /// Seconds since the epoch.
    Time,
    Flag,
    /// A ratio; in tables of truth alone.
    Real,
}

#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [(&'static str, Kind)],
}

use Kind::{Flag, Int, Money, Text, Time};

/// Orders, returns and refunds, a row a line; what is of the order stands on each of its lines.
pub static ORDERS: Table = Table {
    name: "orders",
    columns: &[
        ("order_id", Text),
        ("line_no", Int),
        ("kind", Text),
        ("status", Text),
        ("ordered_at", Time),
        ("paid_at", Time),
        ("shipped_at", Time),
        ("delivered_at", Time),
        ("cancelled_at", Time),
        ("updated_at", Time),
        ("belongs_to", Text),
        ("customer_id", Text),
        ("channel", Text),
        ("country", Text),
        ("currency", Text),
        ("payment_method", Text),
        ("coupon", Text),
        ("product_id", Text),
        ("product_name", Text),
        ("quantity", Int),
        ("unit_price", Money),
        ("discount", Money),
        ("tax", Money),
        ("shipping", Money),
        ("shipping_tax", Money),
        ("order_total", Money),
    ],
};

pub static CUSTOMERS: Table = Table {
    name: "customers",
    columns: &[
        ("customer_id", Text),
        ("signed_up_at", Time),
        ("updated_at", Time),
        ("name", Text),
        ("email", Text),
        ("street", Text),
        ("postcode", Text),
        ("city", Text),
        ("region", Text),
        ("country", Text),
        ("accepts_marketing", Flag),
    ],
};

pub static PRODUCTS: Table = Table {
    name: "products",
    columns: &[
        ("product_id", Text),
        ("sku", Text),
        ("name", Text),
        ("category", Text),
        ("is_merchandise", Flag),
        ("list_price", Money),
        ("unit_cost", Money),
        ("launched_at", Time),
        ("retired_at", Time),
        ("updated_at", Time),
    ],
};

pub static CARTS: Table = Table {
    name: "carts",
    columns: &[
        ("cart_id", Text),
        ("line_no", Int),
        ("started_at", Time),
        ("customer_id", Text),
        ("country", Text),
        ("product_id", Text),
        ("product_name", Text),
        ("quantity", Int),
        ("unit_price", Money),
    ],
};

pub static STOCK: Table =
    Table { name: "stock", columns: &[("product_id", Text), ("at", Time), ("event", Text), ("pieces", Int)] };

impl Table {
    pub fn schema(&self) -> SchemaRef {
        let field = |(name, kind): &(&str, Kind)| Field::new(*name, kind.arrow(), true);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }

    pub fn position(&self, name: &str) -> usize {
        self.columns.iter().position(|(column, _)| *column == name).unwrap_or_default()
    }
}

impl Kind {
    /// Digits in all, and those after the point.
    pub const MONEY: (u8, i8) = (18, 2);

    pub fn arrow(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Int => DataType::Int64,
            Kind::Money => DataType::Decimal64(Kind::MONEY.0, Kind::MONEY.1),
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Flag => DataType::Boolean,
            Kind::Real => DataType::Float64,
        }
    }
}
