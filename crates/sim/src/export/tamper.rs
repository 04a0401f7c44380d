//! Faults put into rows, and what is to become of each row that they hit.

use super::cells::{Cell, Kept};
use super::entry::{Entry, Version};
use super::table::ORDERS;
use crate::draw::Draw;
use crate::fault::{Fate, Fault};
use crate::order::{Order, code};
use crate::shop::Shop;

/// An order's fault at work on one of its exports.
pub struct Tamper {
    pub fault: Fault,
    draw: Draw,
    /// The line that it hits; faults of the whole order hit all.
    line: usize,
    /// What becomes of rows that stand until a later version comes.
    standing: Fate,
}

/// What a hit row's record says; a row beside it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    pub fate: Fate,
    pub column: &'static str,
    pub rule: &'static str,
}

impl Tamper {
    /// `None`: this export of the order is as it should be.
    pub fn new(shop: &Shop, entry: &Entry, order: &Order) -> Option<Tamper> {
        let (fault, mut draw) = shop.options.faults.of(shop.options.seed, code(entry.whose, entry.number))?;
        let hits = match fault {
            Fault::Overlap => entry.version == Version::Again,
            // Also the last version that is right: the stale one supersedes it.
            Fault::OutOfOrder => matches!(entry.version, Version::Stale | Version::Last),
            Fault::Correction => entry.version == Version::Mistaken,
            _ => entry.is_first,
        };
        let standing = if entry.is_superseded { Fate::Superseded } else { Fate::Used };
        let line = draw.below(order.lines.len().max(1));
        hits.then_some(Tamper { fault, draw, line, standing })
    }

    /// Changes a row, and says how often to write it and what each copy's record says.
    pub fn row(&mut self, at: usize, row: &mut Kept, is_text: bool) -> Vec<Option<Told>> {
        let told = |fate, column, rule| Some(Told { fate, column, rule });
        let rejected = |column, rule| vec![told(Fate::Rejected, column, rule)];
        match self.fault {
            Fault::Late | Fault::OutOfOrder => return vec![told(self.standing, "", "")],
            Fault::Overlap => return vec![told(Fate::Merged, "", "")],
            _ if at != self.line => return vec![None],
            _ => {}
        }
        match self.fault {
            Fault::Duplicate => vec![None, told(Fate::Merged, "", "")],
            Fault::Correction => {
                let quantity = self.cell(row, "quantity");
                if let Cell::Int(pieces) = quantity {
                    *pieces += 1 + self.draw.below(5) as i64;
                }
                vec![told(self.standing, "quantity", "")]
            }
            Fault::Null => {
                let needed = ["product_id", "quantity", "unit_price", "ordered_at", "currency"];
                let column = needed[self.draw.below(needed.len())];
                *self.cell(row, column) = Cell::Null;
                rejected(column, "missing")
            }
            Fault::BadDate => {
                let far = Cell::Time(3_383_424_000 + self.draw.below(20_000_000) as i64);
                let nowhere = self.draw.chance(0.5) && is_text;
                let rule = if nowhere { "bad_timestamp" } else { "out_of_range" };
                *self.cell(row, "ordered_at") =
                    if nowhere { Cell::Text("0000-00-00T00:00:00Z".to_owned()) } else { far };
                rejected("ordered_at", rule)
            }
            Fault::Shifted => {
                let at = ORDERS.position("status");
                row.0.remove(at);
                row.0.push(Cell::Null);
                rejected("status", "not_accepted")
            }
            Fault::Encoding => {
                let cell = self.cell(row, "product_name");
                let Cell::Text(name) = cell else { return vec![None] };
                // In windows-1252 an é is this byte, which begins a sequence of three in UTF-8.
                let mut bytes = name.as_bytes().to_vec();
                bytes.insert(bytes.len() / 2, 0xE9);
                *cell = Cell::Bytes(bytes);
                rejected("product_name", "bad_encoding")
            }
            Fault::Orphan => {
                let stranger = format!("000000-{:08}", self.draw.below(100_000_000));
                *self.cell(row, "order_id") = Cell::Text(stranger);
                let of_the_order = ORDERS.position("kind")..ORDERS.position("product_id");
                row.0[of_the_order].iter_mut().for_each(|cell| *cell = Cell::Null);
                rejected("order_id", "missing")
            }
            Fault::NegativePrice => {
                if let Cell::Money(cents) = self.cell(row, "unit_price") {
                    *cents = -*cents;
                }
                rejected("unit_price", "unit_price_negative")
            }
            Fault::Currency => {
                *self.cell(row, "currency") = Cell::Text(["USD", "GBP", "CHF"][self.draw.below(3)].to_owned());
                rejected("currency", "currency_other")
            }
            Fault::Late | Fault::Overlap | Fault::OutOfOrder => vec![None],
        }
    }

    fn cell<'r>(&self, row: &'r mut Kept, column: &str) -> &'r mut Cell {
        &mut row.0[ORDERS.position(column)]
    }
}
