//! What was measured.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::child::Cost;

/// Whether an engine writes its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Computes and writes zstd Parquet.
    Write,
    /// Computes and lets go.
    Compute,
}

/// One engine's run of one case.
#[derive(Debug, Clone, Serialize)]
pub struct Measurement {
    /// The case.
    pub case: &'static str,
    /// Who.
    pub engine: &'static str,
    /// In which form, where there are several.
    pub form: String,
    /// Whether the result is written.
    pub does: Does,
    /// Rows read.
    pub rows: u64,
    /// Rows of the result; 0 where the case has none.
    pub customers: u64,
    /// Columns of the result; 0 where the case has none.
    pub features: u64,
    /// Cutoffs computed.
    pub cutoffs: u64,
    /// What it cost.
    #[serde(flatten)]
    pub cost: Cost,
    /// How it compares with foretell's result; nothing where it is foretell's, or is not kept.
    pub agreement: Option<Agreement>,
}

/// Two results held against each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Columns held against each other.
    pub columns: u64,
    /// Values held against each other.
    pub values: u64,
    /// What differs.
    pub faults: Vec<String>,
}

impl Agreement {
    /// Takes in the comparison of a further cutoff.
    pub fn and(mut self, other: Self) -> Self {
        self.columns = self.columns.max(other.columns);
        self.values += other.values;
        self.faults.extend(other.faults);
        self
    }
}

/// All measurements of one size.
#[derive(Debug, Serialize)]
pub struct Sheet {
    /// Transaction lines asked for.
    pub size: u64,
    /// In the order they were made.
    pub measurements: Vec<Measurement>,
}

impl Sheet {
    /// Adds a measurement, and says so on stderr.
    pub fn add(&mut self, m: Measurement) {
        let does = if m.does == Does::Write { "" } else { ", only computed" };
        let form = if m.form.is_empty() { String::new() } else { format!(" ({})", m.form) };
        // Nobody is left to tell when stderr is closed.
        let _ = writeln!(
            io::stderr(),
            "{} of {} lines: {}{form}{does}, {} cutoffs: {:.1} CPU s",
            m.case,
            self.size,
            m.engine,
            m.cutoffs,
            m.cost.cpu_s(),
        );
        self.measurements.push(m);
    }

    /// The first measurement of a case by an engine.
    pub fn find(&self, case: &str, engine: &str, does: Does) -> Option<&Measurement> {
        self.all(case, engine, does).next()
    }

    /// The measurement with the fewest CPU seconds.
    pub fn best(&self, case: &str, engine: &str, does: Does) -> Option<&Measurement> {
        self.all(case, engine, does).min_by(|a, b| a.cost.cpu_s().total_cmp(&b.cost.cpu_s()))
    }

    /// Everything that differs, with its place.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for m in &self.measurements {
            for fault in m.agreement.iter().flat_map(|a| &a.faults) {
                faults.push(format!("{} {} {}: {fault}", m.case, m.engine, m.form));
            }
        }
        faults
    }

    fn all<'a>(&'a self, case: &str, engine: &str, does: Does) -> impl Iterator<Item = &'a Measurement> {
        let (case, engine) = (case.to_owned(), engine.to_owned());
        self.measurements.iter().filter(move |m| m.case == case && m.engine == engine && m.does == does)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A measurement of case `features`: half its CPU seconds on the wall, 51.2 MiB each.
    pub(crate) fn measured(engine: &'static str, form: &str, does: Does, cpu_s: f64) -> Measurement {
        Measurement {
            case: "features",
            engine,
            form: form.to_owned(),
            does,
            rows: 1000,
            customers: 25,
            features: 60,
            cutoffs: 1,
            cost: Cost {
                user_s: cpu_s - 1.0,
                system_s: 1.0,
                wall_s: cpu_s / 2.0,
                peak_bytes: (cpu_s * 51.2 * 1024.0 * 1024.0) as u64,
            },
            agreement: None,
        }
    }

    /// foretell, a peer that agrees, the same without writing, and a peer that does not agree.
    pub(crate) fn sheet() -> Sheet {
        let agrees = Agreement { columns: 60, values: 1500, faults: Vec::new() };
        let differs = Agreement { faults: vec!["lines_7d: 1 customer differs".to_owned()], ..agrees.clone() };
        let duckdb = measured("DuckDB", "steps", Does::Write, 40.0);
        let polars = measured("Polars", "steps", Does::Write, 25.0);
        Sheet {
            size: 1000,
            measurements: vec![
                measured("foretell", "", Does::Write, 10.0),
                Measurement { agreement: Some(agrees), ..duckdb },
                measured("DuckDB", "steps", Does::Compute, 30.0),
                Measurement { agreement: Some(differs), ..polars },
            ],
        }
    }

    #[test]
    fn the_best_run_is_the_one_with_the_fewest_cpu_seconds() {
        let mut sheet = sheet();
        sheet.measurements.push(measured("DuckDB", "case", Does::Write, 39.0));
        let best = sheet.best("features", "DuckDB", Does::Write).unwrap();
        assert_eq!(best.form, "case");
        assert!(sheet.best("features", "pandas", Does::Write).is_none());
    }

    #[test]
    fn comparisons_of_several_cutoffs_add_up() {
        let one = Agreement { columns: 3, values: 30, faults: vec!["a".to_owned()] };
        let both = one.clone().and(Agreement { columns: 3, values: 12, faults: vec!["b".to_owned()] });
        assert_eq!(both, Agreement { columns: 3, values: 42, faults: vec!["a".to_owned(), "b".to_owned()] });
    }
}
