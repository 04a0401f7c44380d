//! The binary as a user has it: real data, known answers, mistakes and what is said about them.

#[path = "../shop/elsewhere.rs"]
mod elsewhere;
#[path = "../shop/in_time.rs"]
mod in_time;
mod shop;

mod again;
mod answers;
mod basket;
mod basket_file;
mod fates;
mod formats;
mod init;
mod mistakes;
mod simulated;
mod told;
