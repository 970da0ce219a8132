//! Raw files to canonical rows in the lake, and bad rows to quarantine.
//!
//! The lake is hashed by customer into buckets and sorted by customer and time; every row read is
//! kept, quarantined or dropped, and counted.

mod block;
mod bucket;
mod clock;
mod hints;
mod judge;
mod order;
mod prepare;
mod quarantine;
pub mod read;
mod spool;
mod stage;

pub use judge::lake_columns;
pub use stage::{Report, SourceReport, check_header, run};
