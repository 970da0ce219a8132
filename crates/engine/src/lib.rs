//! The query engine: the only room that names DataFusion.
//!
//! It renders SQL files, checks that they only read, plans them over the lake so that one
//! customer's rows stream by together, and turns every fault into a file, a line and a column.

mod align;
mod arrays;
mod chunk;
mod coded;
mod day;
mod error;
mod fault;
mod features;
mod forward;
mod fused;
mod guard;
mod lake;
mod lookup;
mod partition;
mod period;
mod produce;
mod progress;
mod published;
mod query;
mod questions;
mod reads;
mod ready;
mod rows;
mod runs;
mod session;
mod share;
mod sqlfile;
mod stage;
mod sweep;
mod tables;
mod template;
mod unmatched;

pub use arrays::{float_column, int_column, text_column};
pub use error::{Error, Kind, Result};
pub use fault::SqlFault;
pub use features::{Features, Wanted};
pub use forward::Forward;
pub use fused::Fusion;
pub use lake::{
    Days, HASH, Lake, LakeInput, LakeManifest, LakeObject, LakeRun, LakeSource, RowCounts, day_after_newest,
    definition,
};
pub use partition::Partitioner;
pub use period::{Period, View};
pub use progress::Watcher;
pub use query::{Compiled, OutputColumn};
pub use questions::{Answer, Figures, Questions};
pub use ready::{Ready, ReadyTarget};
pub use rows::{RowFault, RowProgram, Verdict};
pub use session::Engine;
pub use share::Shared;
pub use sqlfile::{Header, SqlFile, find_sql, sql_root};
pub use stage::Call;
pub use tables::Tables;
pub use template::{Context, SliceCell};

/// What made a table, apart from its inputs: our version, the recipe's number and the engine's version.
///
/// Part of every digest: a mended cast or another hash of customers makes all tables anew. The number
/// is raised when the same inputs give other bytes within one version.
pub const RECIPE: (&str, u32, &str) = (env!("CARGO_PKG_VERSION"), 5, datafusion::DATAFUSION_VERSION);
