//! What people ask of a shop, as SQL over the published tables. The command line, the API and the pages ask the same, so
//! their numbers are the same.

mod absent;
mod filter;
mod question;

pub mod customers;
pub mod data;
pub mod hours;
pub mod orders;
pub mod overview;
pub mod products;
pub mod sales;
pub mod stats;
pub mod why;

pub use absent::{explained, not_made};
pub use filter::Filter;
pub use question::{Conditions, Literal};
