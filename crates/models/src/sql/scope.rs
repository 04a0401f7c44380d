//! Which names in a query are its own common table expressions, at each point of it.
//!
//! As in PostgreSQL: a `with` name hides a table only after it, so `with orders as (select … from orders)` reads the table.

use std::collections::HashMap;

use sqlparser::ast::{ObjectName, Query};

/// Follows a walk over a tree: `enter` and `leave` each query.
#[derive(Default)]
pub(crate) struct Scopes {
    /// The names visible in each open query.
    open: Vec<Vec<String>>,
    /// The names visible inside a `with` query that the walk has not reached, by its address: the tree does not move.
    waiting: HashMap<usize, Vec<String>>,
}

impl Scopes {
    pub fn enter(&mut self, query: &Query) {
        let mut visible = match self.waiting.remove(&address(query)) {
            Some(visible) => visible,
            None => self.open.last().cloned().unwrap_or_default(),
        };
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                let name = ident_name(&cte.alias.name);
                let mut inside = visible.clone();
                if with.recursive {
                    inside.push(name.clone());
                }
                self.waiting.insert(address(&cte.query), inside);
                visible.push(name);
            }
        }
        self.open.push(visible);
    }

    pub fn leave(&mut self) {
        self.open.pop();
    }

    pub fn is_cte(&self, table: &str) -> bool {
        self.open.last().is_some_and(|visible| visible.iter().any(|name| name == table))
    }
}

/// A table's name as engines read it: what is not quoted is in lower case.
pub(crate) fn table_name(name: &ObjectName) -> String {
    let parts = name.0.iter().map(|part| part.as_ident().map_or_else(|| part.to_string(), ident_name));
    parts.collect::<Vec<_>>().join(".")
}

pub(crate) fn ident_name(ident: &sqlparser::ast::Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

fn address(query: &Query) -> usize {
    std::ptr::from_ref(query) as usize
}
