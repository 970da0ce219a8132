//! What is compared, a file a case.

pub mod cutoffs;
pub mod features;
pub mod featuretools;
pub mod fixed;
pub mod increment;
pub mod ingest;
pub mod start;
mod trial;
