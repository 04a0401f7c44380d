//! The page and the API over a shop's published tables.
//!
//! A request passes [`guard`] (who asks, from where, how often), then [`api`] asks the warehouse through [`ask`] and answers;
//! [`page`] is the dashboard, whose files are in the binary. [`keep`] runs the shop again as files arrive and tells
//! [`events`], which tells the pages. [`ops`] is for those who watch the server.
//!
//! Queries and runs compute on threads of their own, so that requests are answered while they do, and what people write in SQL
//! in a process of its own ([`apart`]). Nothing here names a query engine: the warehouse is seen through `port` alone.

mod server;
mod shop;

mod api;
mod page;

mod apart;
mod ask;
mod cached;
mod download;
mod rows;
mod spool;
mod tags;

mod events;
mod keep;

mod guard;
mod ops;

pub use apart::{Apart, Told};
pub use download::{Format, SheetWriter, Sheets};
pub use guard::{Credentials, Wrong, hash_password};
pub use keep::Keeper;
pub use server::{Listening, Server, Settings};
pub use shop::{Models, Project, Shop};
