//! A shop of 60 customers over ten months, small enough that a run takes a moment, and its spec.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{Days, NaiveDate};

use crate::support::{Project, Run};

/// The first line of each of its files.
pub const HEADER: &str = "customer_id,order_id,occurred_at,product_id,quantity,unit_price,region\n";

/// The spec in which every fault is planted.
const SPEC: &str = r#"version: 1
pipeline: small-shop
warehouse: warehouse
timezone: Europe/Berlin

sources:
  transactions:
    files: data/*.csv
    columns:
      customer_id: {from: customer_id, type: string}
      order_id:    {from: order_id, type: string}
      occurred_at: {from: occurred_at, type: timestamp, format: "%Y-%m-%d %H:%M:%S"}
      product_id:  {from: product_id, type: string}
      quantity:    {from: quantity, type: int}
      unit_price:  {from: unit_price, type: decimal, scale: 2}
      region:      {from: region, type: string}
    derive:
      amount: quantity * unit_price
      is_return: quantity < 0
    rules:
      - {name: has_customer, where: customer_id is not null}
      - {name: positive_price, where: unit_price > 0, on_fail: quarantine}
    quarantine: {max_share: 1%}

lake: {buckets: 2}

cutoffs: {every: month, count: 6}

features:
  windows: [30d, 90d]
  slices: {region: [north, south]}
  families: [recency, frequency]
  sql: [shop/*.sql]

targets:
  churn:
    eligible: orders_90d > 0
    outcome: {from: transactions, where: not is_return, having: count(*) = 0}
    horizon: 30d

score:
  models: [recency_rule, logistic]
  seed: 42
"#;

/// A feature file of the shop's own.
const SQL: &str = "-- family: custom
-- grain:  one row a customer with a purchase line
-- source: transactions
SELECT
    customer_id,
    {% for w in windows %}
    --: Dearest piece {{ w.words }}
    max(CAST(unit_price AS DOUBLE)) {{ w.filter }} AS dearest_{{ w }},
    {% endfor %}
FROM purchases
GROUP BY customer_id
";

/// The shop in a folder of its own.
pub struct Shop {
    pub project: Project,
    spec: String,
    sql: String,
}

impl Shop {
    pub fn new() -> Self {
        let project = Project::new();
        for (month, lines) in months() {
            project.write(&format!("data/{month}.csv"), format!("{HEADER}{lines}"));
        }
        let shop = Self { project, spec: SPEC.to_owned(), sql: SQL.to_owned() };
        shop.write();
        shop
    }

    /// Replaces what stands once in the spec.
    #[track_caller]
    pub fn spec(mut self, good: &str, bad: &str) -> Self {
        self.spec = replaced(&self.spec, good, bad);
        self.write();
        self
    }

    /// Replaces what stands once in the feature file.
    #[track_caller]
    pub fn sql(mut self, good: &str, bad: &str) -> Self {
        self.sql = replaced(&self.sql, good, bad);
        self.write();
        self
    }

    /// Writes another file of the shop.
    pub fn file(self, below: &str, content: impl AsRef<[u8]>) -> Self {
        self.project.write(below, content);
        self
    }

    /// Reads its files in a format other than CSV with commas in UTF-8.
    #[track_caller]
    pub fn format(self, format: &str) -> Self {
        self.spec("    columns:\n", &format!("    format: {format}\n    columns:\n"))
    }

    pub fn foretell(&self, verb: &str, more: &[&str]) -> Run {
        self.project.foretell(&[&[verb, "shop.yaml"], more].concat())
    }

    fn write(&self) {
        self.project.write("shop.yaml", &self.spec);
        self.project.write("shop/dearest.sql", &self.sql);
    }
}

/// Keeps the exit code and what stands on stderr.
#[track_caller]
pub fn keep(case: &str, code: i32, run: &Run) {
    assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
    assert_eq!(run.stdout, "");
    assert!(!run.stderr.contains('\u{1b}'), "colours where no terminal is");
    keep_text(case, &format!("exit code {}\n{}", run.code, run.stderr));
}

#[track_caller]
pub fn keep_text(case: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(case, text);
    });
}

#[track_caller]
fn replaced(text: &str, good: &str, bad: &str) -> String {
    assert_eq!(text.matches(good).count(), 1, "`{good}` must stand once in\n{text}");
    text.replace(good, bad)
}

/// The shop's rows by month. A third of the customers stops buying at some time.
pub fn months() -> BTreeMap<String, String> {
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    let mut months: BTreeMap<String, String> = BTreeMap::new();
    for customer in 1..=60_u64 {
        let last = if customer % 3 == 0 { 70 + customer * 13 % 200 } else { 304 };
        let region = if customer % 2 == 0 { "north" } else { "south" };
        let (mut day, mut order) = (customer % 20, 1);
        while day <= last {
            let date = first + Days::new(day);
            let rows = months.entry(date.format("%Y-%m").to_string()).or_default();
            for line in 0..=(customer + order) % 2 {
                let product = (customer * 7 + order * 3 + line) % 9;
                let cents = 100 + (customer * 37 + order * 11) % 900;
                writeln!(
                    rows,
                    "c{customer:02},o{customer}-{order},{date} 10:15:00,p{product},{},{}.{:02},{region}",
                    1 + (customer + order) % 4,
                    cents / 100,
                    cents % 100
                )
                .unwrap();
            }
            day += 6 + customer % 11 + customer * order % 5;
            order += 1;
        }
    }
    months
}
