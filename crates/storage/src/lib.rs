//! Where things lie and how they are put there: locations, layout, atomic publishing, records of
//! what made each partition, run manifests and the run lock. Knows nothing of specs or queries.

mod encode;
mod error;
mod footer;
mod inputs;
pub mod layout;
mod lock;
mod publish;
mod record;
mod scan;
#[cfg(test)]
mod tests;
mod warehouse;

pub use error::{Error, Kind, Result};
pub use inputs::{InputFile, expand};
pub use lock::RunLock;
pub use publish::{Hints, Staged, Staging};
pub use record::Record;
pub use scan::Object;
pub use warehouse::{Entry, Warehouse};
