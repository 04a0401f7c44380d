//! The shop's own words: what a source is, what a day is, what money is. No I/O, no clock, no outside system's name.

pub mod source;
pub mod source_file;
mod source_rules;

pub mod preset;
pub mod staging;

pub mod day;
pub mod exchange;
pub mod mistake;
pub mod rates;
pub mod reject_limit;
