//! Tests of the whole crate, through its public door.

mod alike;
mod environment;
mod fuzz;
mod grid;
mod meaning;
mod overrides;
mod places;
mod schema;
mod segments;
mod shape;
mod syntax;
mod values;

use std::path::Path;

use crate::{Faults, Loaded, parse};

/// The spec of DESIGN section 4, with the column `category` that its slices name.
pub(crate) const GOOD: &str = r#"version: 1
pipeline: online-retail
warehouse: ${WAREHOUSE:-warehouse/online-retail}
timezone: Europe/London
sources:
  transactions:
    files: ${DATA:-testdata/retail}/transactions/*.csv
    format: {csv: {delimiter: ",", encoding: utf-8}}
    columns:                                   # canonical name: raw column and type
      customer_id: {from: CustomerID, type: string}
      order_id:    {from: InvoiceNo, type: string}
      occurred_at: {from: InvoiceDate, type: timestamp, format: "%Y-%m-%d %H:%M:%S"}
      product_id:  {from: StockCode, type: string}
      quantity:    {from: Quantity, type: int}
      unit_price:  {from: UnitPrice, type: decimal}
      region:      {from: Country, type: string}
      category:    {from: Category, type: string}
    derive:                                    # SQL over the columns above
      amount: quantity * unit_price
      is_return: quantity < 0
    rules:
      - {name: has_customer, where: customer_id is not null, on_fail: quarantine}
      - {name: positive_price, where: unit_price > 0, on_fail: quarantine}
    quarantine: {max_share: 30%}
cutoffs: {every: month, count: 9}
features:
  windows: [7d, 14d, 30d, 60d, 90d, 180d, 365d]
  slices: {region: 5, category: 10}
  families: [recency, frequency, monetary, basket, cadence, trend, variety, returns, calendar]
  sql: [sql/features/custom/*.sql]
targets:
  churn:
    eligible: orders_90d > 0
    outcome: {from: transactions, where: not is_return, having: count(*) = 0}
    horizon: 90d
  conversion:
    eligible: orders_lifetime = 0
    outcome: {from: transactions, where: not is_return, having: count(*) > 0}
    horizon: 30d
score:
  models: [recency_rule, logistic, boosted]
  decide: {max_miss_rate: 0.30, minimise: error_rate}
  seed: 42
segments: {dormancy: {drowsy: 60d, half_asleep: 120d, deep_sleep: 240d}}
"#;

/// The environment of all tests: a secret, something empty, and nothing else.
pub(crate) fn environment(name: &str) -> Option<String> {
    match name {
        "SECRET" => Some("hunter2".to_owned()),
        "COUNT" => Some("7".to_owned()),
        "STRUCTURE" => Some("a: {b: [c]}\nseed: 1 # d".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

pub(crate) fn read(text: &str, overrides: &[&str]) -> Result<Loaded, Faults> {
    let overrides: Vec<String> = overrides.iter().map(|one| (*one).to_owned()).collect();
    parse(Path::new("pipelines/x.yaml"), text, &overrides, &environment)
}

/// Reads a spec that must be good.
pub(crate) fn good(text: &str) -> Loaded {
    match read(text, &[]) {
        Ok(loaded) => loaded,
        Err(faults) => panic!("{faults}"),
    }
}

/// Returns what is said of a spec that must be wrong.
pub(crate) fn said(text: &str) -> String {
    match read(text, &[]) {
        Ok(_) => panic!("nothing is wrong with this spec:\n{text}"),
        Err(faults) => faults.to_string(),
    }
}

/// Changes the good spec; each text to change occurs in it exactly once.
pub(crate) fn changed(changes: &[(&str, &str)]) -> String {
    let mut text = GOOD.to_owned();
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "`{from}` must occur once");
        text = text.replace(from, to);
    }
    text
}

/// Snapshots what is said of each changed spec, under the case's name.
pub(crate) fn messages(cases: &[(&str, &[(&str, &str)])]) {
    for (name, changes) in cases {
        insta::assert_snapshot!(*name, said(&changed(changes)));
    }
}
