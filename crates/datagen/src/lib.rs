//! Simulates a shop whose truth is known: transactions, events and customers for tests and benchmarks.
//!
//! Customers buy at their own rate and leave at their own pace (BG/NBD), their visits rise with their
//! interest and dry up when they leave, people sign up and may never buy, the lost sometimes return.
//! [`model`] states every formula and constant. What is hidden in a real shop (rates, who has left and
//! why, the probability of the next order) is written beside the data, under `truth/`, so that a
//! prediction can be held against the probability itself and not only against one outcome of it.
//!
//! The simulation runs day by day and customer by customer in order of their numbers. All chance of
//! one customer comes from one ChaCha8 stream, sought to the day, so that
//! - the same options give the same bytes (as far as the machine's `exp` and `ln` round alike);
//! - a larger shop contains a smaller one: customer *n* of a kind behaves alike at any size;
//! - memory grows with the customers, by about 300 bytes each, and not with the days.

mod basket;
mod calendar;
mod catalogue;
mod day_of;
mod dirt;
mod dynamics;
mod encoder;
mod error;
mod files;
mod journal;
pub mod model;
mod options;
mod people;
mod profile;
mod random;
mod rows;
mod scale;
mod shop;
mod text;
mod truth;

pub use dirt::Dirt;
pub use error::{Error, Result};
pub use options::{Compression, Options};
pub use rows::{Summary, Table};

use journal::Journal;
use shop::{Cast, Shop};
use truth::Oracle;

/// Simulates the shop that `options` describe and writes it below their output folder.
///
/// Writes `transactions/`, `events/`, `customers/customers.csv`, `truth/customers.csv`, one
/// `truth/at=DATE.csv` for each date asked for and, when rows are made bad, `truth/dirt.csv`.
///
/// # Errors
/// [`Error::Options`] when options contradict each other or are out of range, [`Error::NotEmpty`] when
/// the output folder holds something and `force` is not set, [`Error::Io`] when writing fails.
pub fn generate(options: &Options) -> Result<Summary> {
    options.check()?;
    let scale = scale::settle(options)?;
    files::prepare(&options.out, options.force)?;
    let shop = Shop::open(options, scale.activity)?;
    let mut cast = Cast::assemble(&shop, scale.customers, scale.prospects);
    let mut journal = Journal::create(options, &shop)?;
    let oracle = Oracle::new(options, &shop);
    cast.run(&shop, &mut journal, |day, cast| oracle.write_at(&shop, cast, day))?;
    oracle.write_customers(&shop, &cast)?;
    journal.finish(scale.customers, scale.prospects)
}
