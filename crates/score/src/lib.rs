//! Features to tables: learns which customers will leave or buy, and how often it is wrong.
//!
//! [`run`] does for each target what it would have done on an earlier day (the backtest), holds that
//! against what happened, and then does the same again for the logical date.

mod built;
mod dataset;
mod fit;

mod publish;
mod report;
mod screen;
mod split;
mod stage;
mod tables;
mod target;
mod tune;

pub use built::all_built;
pub use report::{FamilyShare, ModelReport, Report, TargetReport};
pub use stage::run;
pub use tune::{TestReport, TestedModel, Tuned, TunedTarget, tune};
