//! Baskets through the door: small ones by hand and by brute force, public data sets by stored answers.

mod answers;
mod brute;
mod small;
mod top;

mod chance;
