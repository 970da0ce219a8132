//! What customers are said to be worth, held against what is published and against what then happened.

mod actions;
mod after;
mod categories;
mod cdnow;
mod shop;

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use crate::support::Project;

/// A customer's row: numbers by column, and texts.
#[derive(Debug, Default)]
pub struct Row {
    numbers: BTreeMap<String, f64>,
    texts: BTreeMap<String, String>,
}

impl Row {
    /// A number, or none where it is NULL or no column.
    pub fn number(&self, column: &str) -> Option<f64> {
        self.numbers.get(column).copied()
    }

    /// A text, or none where it is NULL or no column.
    pub fn text(&self, column: &str) -> Option<&str> {
        self.texts.get(column).map(String::as_str)
    }
}

/// The rows of a table with one row a customer at a cutoff.
pub fn rows(project: &Project, table: &str, cutoff: &str) -> BTreeMap<String, Row> {
    let mut found: BTreeMap<String, Row> = BTreeMap::new();
    for batch in project.table("w/tables", &format!("{table}/cutoff={cutoff}/part-0.parquet")) {
        let ids = batch["customer_id"].as_string::<i32>().clone();
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            match field.data_type() {
                DataType::Utf8 => {
                    let texts = column.as_string::<i32>();
                    for row in (0..batch.num_rows()).filter(|row| texts.is_valid(*row)) {
                        let texts_of = &mut found.entry(ids.value(row).to_owned()).or_default().texts;
                        texts_of.insert(field.name().clone(), texts.value(row).to_owned());
                    }
                }
                DataType::Date32 => {}
                _ => {
                    let numbers = cast(column, &DataType::Float64).unwrap();
                    let numbers = numbers.as_primitive::<Float64Type>();
                    for row in (0..batch.num_rows()).filter(|row| numbers.is_valid(*row)) {
                        let numbers_of = &mut found.entry(ids.value(row).to_owned()).or_default().numbers;
                        numbers_of.insert(field.name().clone(), numbers.value(row));
                    }
                }
            }
        }
    }
    found
}

/// The tenths of rows by what is said, each as the means of what is said and what is true.
pub fn tenths(mut rows: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = |part: &[(f64, f64)], value: fn(&(f64, f64)) -> f64| {
        part.iter().map(value).sum::<f64>() / part.len() as f64
    };
    rows.chunks(rows.len().div_ceil(10)).map(|part| (mean(part, |r| r.0), mean(part, |r| r.1))).collect()
}

#[test]
fn worth_next_category_and_actions_hold_in_a_shop_whose_truth_is_known() {
    let shop = shop::Shop::run();
    after::alive_and_value_are_foretold(&shop);
    categories::the_next_category_beats_the_most_popular(&shop);
    actions::the_action_list_beats_everyone_nobody_and_the_recency_rule(&shop);
}
