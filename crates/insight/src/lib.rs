//! What a shop's numbers say: algorithms that take slices and give plain structs. No files, no network, no clock, no
//! Arrow and no SQL, so that another program can use them alone.

pub mod basket;
