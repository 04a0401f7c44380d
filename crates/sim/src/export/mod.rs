//! The shop's rows as files: which there are, what is in each, and how it is written.

pub mod layout;

pub mod entry;

pub mod collect;
mod sorted;

pub mod rows;
pub mod tamper;

pub mod table;

pub mod cells;
pub mod columns;
pub mod csv;
pub mod jsonl;
pub mod time;

pub mod pages;

pub mod make;
pub mod sheet;
