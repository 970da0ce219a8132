//! Raw files to canonical rows in the lake, and bad rows to quarantine.
//!
//! The lake is hashed by customer into buckets and sorted by customer and time; every row read is
//! kept, quarantined or dropped, and counted. New files become a run beside those of the lake, and what they
//! hold is what a read of all files would have given.

mod block;
mod bucket;
mod clock;
mod duplicates;
mod files;
mod hints;
mod judge;
mod numbers;
mod older;
mod order;
mod parallel;
mod prepare;
mod publish;
mod quarantine;
pub mod read;
mod shape;
mod spool;
mod stage;
mod sums;
mod tiers;

pub use judge::lake_columns;
pub use stage::{Report, SourceReport, check_header, run};
