//! Features to tables: learns which customers will leave or buy, and how often it is wrong.
//!
//! [`run`] does for each target what it would have done on an earlier day (the backtest), holds that
//! against what happened, and then does the same again for the logical date.

mod about;
mod champion;
mod dataset;
mod drift;
mod enough;
mod explain;
mod fit;
mod kept;
mod latest;
mod publish;
mod realised;
mod report;
mod say;
mod screen;
mod split;
mod stage;
mod statement;
mod tables;
mod target;
mod warnings;

pub use foretell_learn::Estimate;
pub use report::{DriftReport, Drifted, FamilyShare, ModelReport, RealisedReport, Report, TargetReport};
pub use screen::{Suspect, words as suspects};
pub use stage::run;
