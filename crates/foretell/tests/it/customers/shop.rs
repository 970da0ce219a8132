//! A shop of a few buyers whose every purchase is written here.

use chrono::{NaiveDate, TimeDelta};

use crate::support::Project;

/// The cutoff that days are counted back from.
pub const DATE: &str = "2025-01-01";

const SPEC: &str = r#"version: 1
pipeline: few
warehouse: w
sources:
  transactions:
    files: rows.csv
    columns:
      customer_id: {from: who, type: string}
      order_id:    {from: on, type: string}
      occurred_at: {from: on, type: timestamp, format: "%Y-%m-%d %H:%M:%S"}
      amount:      {from: paid, type: decimal, scale: 2}
    derive: {quantity: "1"}
cutoffs: {every: month, count: 3}
features: {windows: [30d, 90d], families: [recency, frequency]}
targets:
  churn:
    eligible: orders_90d > 0
    outcome: {from: transactions, having: count(*) = 0}
    horizon: 30d
score: {models: [recency_rule]}
"#;

/// Purchases of a shop.
pub struct Shop {
    rows: String,
}

impl Shop {
    pub fn new() -> Self {
        Self { rows: "who,on,paid\n".to_owned() }
    }

    /// Lets somebody buy at noon so many days before the cutoff, or after it where they are below zero.
    pub fn buys(&mut self, who: &str, days_ago: i64, paid: &str) {
        let cutoff: NaiveDate = DATE.parse().unwrap();
        let day = cutoff - TimeDelta::days(days_ago);
        self.rows.push_str(&format!("{who},{day} 12:00:00,{paid}\n"));
    }

    /// Runs everything; what `set` says of the spec besides is taken over.
    ///
    /// A few buyers may be too few to learn a target from, which is no matter here.
    pub fn run(&self, set: &[&str]) -> Project {
        let project = Project::new();
        project.write("rows.csv", &self.rows);
        project.write("few.yaml", SPEC);
        let mut arguments = vec!["run", "few.yaml", "--date", DATE];
        set.iter().for_each(|value| arguments.extend(["--set", value]));
        let run = project.foretell(&arguments);
        assert!([0, 65].contains(&run.code), "{}\n{}", run.code, run.stderr);
        project
    }

    /// What a run over tables that are there says.
    pub fn said(&self, project: &Project) -> String {
        let run = project.foretell(&["run", "few.yaml", "--date", DATE]);
        run.stdout + &run.stderr
    }
}
