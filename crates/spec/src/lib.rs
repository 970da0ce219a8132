//! The YAML spec of a pipeline: read, checked and taken apart.
//!
//! [`load`] reads a file into a [`Loaded`] spec or says all that is wrong with it, each [`Fault`]
//! with file, line and column. [`windows`], [`slice_values`] and [`cutoffs`] spell out what a spec
//! says in short. Nothing here touches the terminal or the environment: whoever calls hands the
//! environment in as a function.

mod cutoffs;
mod defaults;
mod digest;
mod environment;
mod excerpt;
mod fault;
mod fold;
mod grid;
mod load;
mod models;
mod node;
mod overrides;
mod reaction;
mod read;
mod schema;
mod screen;
pub mod segments;
mod shape;
mod suggest;
mod syntax;
mod texts;
pub mod types;
mod validate;
pub mod values;
mod wish;
mod within;
mod yaml;

#[cfg(test)]
mod tests;

pub use cutoffs::cutoffs;
pub use digest::digest_of;
pub use environment::Environment;
pub use fault::{Fault, FaultKind, Faults, Place};
pub use fold::lower_snake;
pub use grid::{SliceValue, Window, slice_grid, slice_values, split_name, windows};
pub use load::{Loaded, load, parse};
pub use models::ModelKind;
pub use reaction::{Drift, Promises, Reaction};
pub use schema::schema;
pub use screen::{OnSuspect, Screen};
pub use segments::*;
pub use types::*;
pub use values::*;
pub use wish::Wish;
