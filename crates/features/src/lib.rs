//! From the lake to the tables `features`, `feature_catalogue` and `labels`.
//!
//! Behaviours live in `sql/features/`; this room only decides which files run at which cutoff,
//! what of it is already there, and what the catalogue says. It names no feature.

mod catalogue;
mod cutoff;
mod earlier;
mod family;
mod labels;
mod memory;
mod plan;
mod slices;
mod stage;

pub use catalogue::CatalogueEntry;
pub use family::Sql;
pub use plan::{Plan, PlannedQuery, check, plan};
pub use stage::{Computed, Report, TargetLabels, compute, run};
