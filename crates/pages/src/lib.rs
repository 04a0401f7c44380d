//! Record batches as Parquet files: the pages of the few types that shop tables are made of are encoded here, by whole columns;
//! the library writes those of other types, and all headers and footers.
//!
//! The library's own column writers take each value through a dictionary's hash or a bit writer by itself, which was more than
//! a quarter of a first run's time. Here numbers are packed by 32, a text that is like the one before it is not looked up,
//! and short texts are told apart by their views alone.
//!
//! Encodings: <https://parquet.apache.org/docs/file-format/data-pages/encodings/>.

pub mod bits;

mod chunk;
mod column;
mod words;
mod writer;

#[cfg(test)]
mod tests;

pub use chunk::{Chunk, Pages};
pub use writer::Writer;
