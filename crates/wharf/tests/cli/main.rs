//! The binary as a user has it: real data, known answers, mistakes and what is said about them.

mod shop;

mod again;
mod answers;
mod fates;
mod formats;
mod init;
mod mistakes;
