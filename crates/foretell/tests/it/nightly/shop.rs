//! A shop that sends a file a day, large enough that a night's rows stay beside those of the days before.

use std::fmt::Write;

use chrono::{Days, NaiveDate};
use serde_json::Value;

use crate::support::{Project, Run};

const SPEC: &str = r#"version: 1
pipeline: nightly
warehouse: w
timezone: Europe/Berlin

sources:
  transactions:
    files: data/*.csv
    columns:
      customer_id: {from: customer_id, type: string}
      order_id:    {from: order_id, type: string}
      line_id:     {from: line_id, type: string}
      occurred_at: {from: occurred_at, type: timestamp, format: "%Y-%m-%d %H:%M:%S"}
      known_at:    {from: known_at, type: timestamp, format: "%Y-%m-%d %H:%M:%S"}
      product_id:  {from: product_id, type: string}
      quantity:    {from: quantity, type: int}
      unit_price:  {from: unit_price, type: float}
    derive:
      amount: quantity * unit_price
      is_return: quantity < 0
    rules:
      - {name: positive_price, where: unit_price > 0, on_fail: quarantine}
    unique_key: [line_id]
    quarantine: {max_share: 5%}

lake: {buckets: 2}
cutoffs: {every: 14d, count: 4}

features:
  windows: [30d, 90d]
  families: [recency, frequency, monetary]

targets:
  churn:
    eligible: orders_90d > 0
    outcome: {from: transactions, where: not is_return, having: count(*) = 0}
    horizon: 14d

score: {models: [recency_rule]}
"#;

/// Lines of a day's file, without those of other days.
const LINES: u64 = 700;

/// Days of the first run: over 65,536 rows, below which a lake is one run.
pub const FIRST: u64 = 100;

/// The logical date of all runs: after all rows.
pub const DATE: &str = "2024-05-01";

/// The shop's folder, with the files of the first [`FIRST`] days.
pub fn shop() -> Project {
    let project = Project::new();
    project.write("shop.yaml", SPEC);
    for day in 0..FIRST {
        send(&project, day);
    }
    project
}

/// Writes the file of a day.
pub fn send(project: &Project, day: u64) {
    project.write(&format!("data/{}.csv", date(day)), file(day));
}

/// Runs ingest and features; what the first said, for programs.
pub fn night(project: &Project, warehouse: &str) -> (Value, Value) {
    let said = |stage: &str, binary: &str| {
        let run = stage_of(project, binary, warehouse, &["--output", "json"]).ok();
        let said: Value = serde_json::from_str(&run.stdout).unwrap();
        said["stages"][stage].clone()
    };
    (said("ingest", env!("CARGO_BIN_EXE_ingest")), said("features", env!("CARGO_BIN_EXE_features")))
}

pub fn stage_of(project: &Project, binary: &str, warehouse: &str, more: &[&str]) -> Run {
    let set = format!("warehouse={warehouse}");
    let arguments = ["shop.yaml", "--set", &set, "--date", DATE];
    project.run(binary, &[&arguments[..], more].concat())
}

fn date(day: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(day)
}

/// A day's lines; and rows that came late, rows that were sent before, and rows that take another's key.
fn file(day: u64) -> String {
    let mut text =
        "customer_id,order_id,line_id,occurred_at,known_at,product_id,quantity,unit_price\n".to_owned();
    for line in 0..LINES {
        text += &row([day, day, day], line, &format!("l{day}-{line}"));
    }
    for line in (0..LINES).step_by(29) {
        // Late, and at an instant at which the customer has other rows.
        let before = day.saturating_sub(line % 45);
        text += &row([day, before, before], line, &format!("late{day}-{line}"));
    }
    for line in (0..LINES).step_by(41) {
        // The very row of an earlier day again.
        let before = day.saturating_sub(1 + line % 60);
        text += &row([before, before, before], line, &format!("l{before}-{line}"));
    }
    for line in (1..LINES).step_by(53) {
        // The key of an earlier day's row, with an instant that is now earlier, now later.
        let before = day.saturating_sub(2 + line % 30);
        let moved = if line % 2 == 0 { day } else { before.saturating_sub(9) };
        text += &row([day, moved, before], line, &format!("l{before}-{line}"));
    }
    text
}

/// A line that became known on one day and is of another; a third decides who bought and for how much.
fn row([known, on, of]: [u64; 3], line: u64, id: &str) -> String {
    let mut text = String::new();
    let customer = (line * 7 + of * 13) % 400;
    let price = match (line * 31 + of * 17) % 97 {
        0 => 0.0,
        cents => 0.1 + cents as f64 / 7.0,
    };
    let (known, on) = (date(known), date(on));
    writeln!(
        text,
        "c{customer:03},o{on}-{customer},{id},{on} 10:15:00,{known} 23:00:00,p{},{},{price:.4}",
        (line + customer) % 50,
        line as i64 % 9 - 1 + i64::from(line % 9 == 1)
    )
    .unwrap();
    text
}
