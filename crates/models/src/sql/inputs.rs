//! The tables a query reads.

use std::ops::ControlFlow;

use sqlparser::ast::{Query, Spanned, TableFactor, Visit, Visitor};

use super::scope::{Scopes, table_name};
use super::start;

/// A table that is read, and where it is first named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub name: String,
    pub line: usize,
    pub column: usize,
}

/// Every table once, in the order of the text; names of common table expressions are none.
pub(crate) fn inputs(tree: &impl Visit) -> Vec<Input> {
    let mut finder = Finder::default();
    let _ = tree.visit(&mut finder);
    finder.found.sort_by_key(|input| (input.line, input.column));
    let mut inputs: Vec<Input> = Vec::new();
    for input in finder.found {
        if !inputs.iter().any(|known| known.name == input.name) {
            inputs.push(input);
        }
    }
    inputs
}

#[derive(Default)]
struct Finder {
    scopes: Scopes,
    found: Vec<Input>,
}

impl Visitor for Finder {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.scopes.enter(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.scopes.leave();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args: None, .. } = factor {
            let table = table_name(name);
            if !self.scopes.is_cte(&table) {
                let at = start(name.span());
                self.found.push(Input { name: table, line: at.line, column: at.column });
            }
        }
        ControlFlow::Continue(())
    }
}
