//! A simulated shop, judged at a cutoff after which a year more is known.

use std::collections::BTreeMap;
use std::fs;

use foretell_datagen::{Options, generate};

use super::{Row, rows};
use crate::support::Project;

/// The day as of which customers are judged.
pub const CUTOFF: &str = "2024-07-01";
/// The end of what is known: a year later.
const END: &str = "2025-07-01";

/// What a customer's contacts cost and bring, as the spec says it and the proof reckons.
pub const MARGIN: f64 = 0.4;
pub const SERVICE: f64 = 2.5;
pub const CONTACT: f64 = 1.5;
pub const EFFECT: f64 = 0.1;

/// An order after the cutoff.
#[derive(Debug)]
pub struct Order {
    pub day: chrono::NaiveDate,
    pub value: f64,
    pub categories: Vec<String>,
}

/// The shop: what is said at the cutoff, and what is so.
pub struct Shop {
    pub customers: BTreeMap<String, Row>,
    /// Days since each buyer's last order.
    pub silences: BTreeMap<String, f64>,
    /// Orders from the cutoff on, by customer and in order of time.
    pub later: BTreeMap<String, Vec<Order>>,
    /// Lines before the cutoff, by category.
    pub lines_before: BTreeMap<String, u32>,
    /// Hidden states at the cutoff.
    pub states: BTreeMap<String, String>,
    /// Expected values of one order, as they truly are.
    pub order_values: BTreeMap<String, f64>,
}

impl Shop {
    /// Simulates the shop and runs the pipeline as of the cutoff.
    pub fn run() -> Self {
        let project = Project::quickstart();
        let mut options = Options::new(project.path("shop"));
        options.seed = 7;
        options.customers = Some(2500);
        options.prospects = Some(5000);
        options.from = "2022-07-01".parse().unwrap();
        options.to = END.parse().unwrap();
        options.truth_at = vec![CUTOFF.parse().unwrap()];
        generate(&options).unwrap();
        let set = [
            "sources.transactions.files=shop/transactions/*.csv".to_owned(),
            "sources.events.files=shop/events/*.csv".to_owned(),
            "sources.customers.files=shop/customers/*.csv".to_owned(),
            "warehouse=w".to_owned(),
            "cutoffs.count=10".to_owned(),
            "features.windows=[14d, 30d, 90d]".to_owned(),
            "features.families=[recency, frequency, cadence, events, customers]".to_owned(),
            format!("segments.margin={MARGIN}"),
            format!("segments.costs.contact={CONTACT}"),
            format!("segments.costs.service={SERVICE}"),
            format!("segments.contact_effect={EFFECT}"),
            "segments.worth.discount=0".to_owned(),
        ];
        let mut arguments = vec!["run", "pipelines/quickstart.yaml", "--date", CUTOFF];
        for value in &set {
            arguments.extend(["--set", value]);
        }
        project.foretell(&arguments).ok();
        let mut shop = Self {
            customers: rows(&project, "customers", CUTOFF),
            silences: rows(&project, "features", CUTOFF)
                .into_iter()
                .filter_map(|(id, row)| Some((id, row.number("days_since_last_order")?)))
                .collect(),
            later: BTreeMap::new(),
            lines_before: BTreeMap::new(),
            states: column(&project, &format!("shop/truth/at={CUTOFF}.csv"), "state"),
            order_values: column(&project, "shop/truth/customers.csv", "expected_order_value")
                .into_iter()
                .map(|(id, value)| (id, value.parse().unwrap()))
                .collect(),
        };
        shop.read_lines(&project);
        shop
    }

    fn read_lines(&mut self, project: &Project) {
        let cutoff: chrono::NaiveDate = CUTOFF.parse().unwrap();
        let mut orders: BTreeMap<(String, String), Order> = BTreeMap::new();
        for entry in fs::read_dir(project.path("shop/transactions")).unwrap() {
            let mut reader = csv::Reader::from_path(entry.unwrap().path()).unwrap();
            for record in reader.deserialize::<BTreeMap<String, String>>() {
                let line = record.unwrap();
                let quantity: f64 = line["quantity"].parse().unwrap();
                if quantity < 0.0 {
                    continue;
                }
                let day: chrono::NaiveDate = line["occurred_at"][..10].parse().unwrap();
                if day < cutoff {
                    *self.lines_before.entry(line["category"].clone()).or_default() += 1;
                    continue;
                }
                let key = (line["customer_id"].clone(), line["order_id"].clone());
                let order =
                    orders.entry(key).or_insert_with(|| Order { day, value: 0.0, categories: Vec::new() });
                order.value += quantity * line["unit_price"].parse::<f64>().unwrap();
                order.categories.push(line["category"].clone());
            }
        }
        for ((customer, _), order) in orders {
            self.later.entry(customer).or_default().push(order);
        }
        self.later.values_mut().for_each(|orders| orders.sort_by_key(|order| order.day));
    }

    /// A customer's orders within so many days from the cutoff on.
    pub fn orders(&self, customer: &str, days: u64) -> impl Iterator<Item = &Order> {
        let until = CUTOFF.parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(days);
        self.later.get(customer).into_iter().flatten().filter(move |order| order.day < until)
    }
}

/// A column of a file of the truth, by customer.
fn column(project: &Project, path: &str, name: &str) -> BTreeMap<String, String> {
    let mut reader = csv::Reader::from_path(project.path(path)).unwrap();
    reader
        .deserialize::<BTreeMap<String, String>>()
        .map(|record| record.unwrap())
        .map(|row| (row["customer_id"].clone(), row[name].clone()))
        .collect()
}
