//! A simulated shop whose truth is known.
//!
//! From options (seed, opening, size, what to leave out, faults) come the same rows on every machine: customers with habits,
//! a catalogue, orders through their life, promotions, stock that runs out, and beside them the truth that they were drawn
//! from. Every random number belongs to a (seed, purpose, owner), so any stretch of time can be made by itself: nothing is
//! carried from one file to the next, threads cannot change a byte, and a live shop that was cut goes on where it was.
//!
//! From the outside in: [`options::Options`] say what shop it is, [`shop::Shop`] is everything that its rows follow from, an
//! [`export::layout::Layout`] says which files there are, [`bulk`] and [`live`] write them, [`truth`] tells on it.

pub mod options;

pub mod shop;

mod calendar;
mod expectation;
pub mod promotion;

pub mod customer;
mod intake;
mod names;
mod person;

mod appeal;
pub mod catalogue;
pub mod country;
mod demand;
pub mod group;
mod supply;

mod basket;
mod cart;
pub mod life;
pub mod order;

pub mod fault;

pub mod export;

pub mod bulk;
pub mod folder;
pub mod live;
pub mod truth;

mod draw;
