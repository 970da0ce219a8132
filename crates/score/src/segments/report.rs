//! What was found about the customers, for summaries and programs.

use arrow::array::{Array, RecordBatch};
use foretell_engine::{Error, Result, Tables, float_column, int_column, text_column};
use serde::{Deserialize, Serialize};

/// Who is who as of a logical date.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CustomersReport {
    /// Customers known before the cutoff.
    pub customers: u64,
    /// Those of them who ever bought.
    pub buyers: u64,
    /// Buyers by stage of life, the most first.
    pub lifecycle: Vec<Share>,
    /// Customers by action, the most first.
    pub actions: Vec<Share>,
    /// Buyers in the core.
    pub core: u64,
    /// Share of the revenue that the core brings.
    pub core_share: Option<f64>,
    /// Share of the revenue that the greatest fifth of the buyers brings.
    pub top_fifth_share: Option<f64>,
    /// Money to expect of all buyers within the horizon.
    pub expected_value: Option<f64>,
    /// The part of it that is to be expected of buyers who are drowsy or worse asleep.
    pub expected_value_asleep: Option<f64>,
    /// Customers whose stage of life is another than at the cutoff before; `None` without one.
    pub moved: Option<u64>,
    /// What people should know: which columns are NULL, and why.
    pub notes: Vec<String>,
}

/// A part of the customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The value they share.
    pub value: String,
    /// How many they are.
    pub customers: u64,
    /// What the actions upon them are expected to bring.
    pub action_value: Option<f64>,
}

const SEGMENTS: &str = "SELECT dimension, value, customers, buyers, revenue_share, expected_value, action_value \
                        FROM segments ORDER BY customers DESC, value";

impl CustomersReport {
    /// Reads the report off the tables `segments`, `concentration` and, where it is there, `moves`.
    pub(crate) async fn read(tables: &Tables, moved: bool) -> Result<Self> {
        let mut report = Self::default();
        for batch in collect(tables, SEGMENTS).await? {
            report.segments(&batch)?;
        }
        let top = "SELECT max(revenue_share) AS share FROM concentration WHERE percent <= 20";
        for batch in collect(tables, top).await? {
            let share = float_column(&batch, 0)?;
            report.top_fifth_share = (!share.is_null(0)).then(|| share.value(0));
        }
        if moved {
            let sql = "SELECT coalesce(sum(customers), 0) AS customers FROM moves \
                       WHERE dimension = 'lifecycle' AND from_value <> to_value";
            for batch in collect(tables, sql).await? {
                report.moved = Some(int_column(&batch, 0)?.value(0).unsigned_abs());
            }
        }
        Ok(report)
    }

    fn segments(&mut self, batch: &RecordBatch) -> Result<()> {
        let (dimensions, values) = (text_column(batch, 0)?, text_column(batch, 1)?);
        let (customers, buyers) = (int_column(batch, 2)?, int_column(batch, 3)?);
        let [share, expected, action] = [4, 5, 6].map(|column| float_column(batch, column));
        let (share, expected, action) = (share?, expected?, action?);
        for row in 0..batch.num_rows() {
            let number =
                |column: &arrow::array::Float64Array| (!column.is_null(row)).then(|| column.value(row));
            let value = if values.is_null(row) { "" } else { values.value(row) };
            let part = Share {
                value: value.to_owned(),
                customers: customers.value(row).unsigned_abs(),
                action_value: number(&action),
            };
            match dimensions.value(row) {
                "lifecycle" => {
                    self.customers += part.customers;
                    self.buyers += buyers.value(row).unsigned_abs();
                    self.lifecycle.push(part);
                }
                "action" => self.actions.push(part),
                "is_core" if value == "true" => {
                    self.core = part.customers;
                    self.core_share = number(&share);
                }
                "dormancy" if !value.is_empty() => {
                    let add = |sum: &mut Option<f64>| {
                        *sum = number(&expected).map(|more| sum.unwrap_or(0.0) + more).or(*sum);
                    };
                    add(&mut self.expected_value);
                    if value != "awake" {
                        add(&mut self.expected_value_asleep);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

async fn collect(tables: &Tables, sql: &str) -> Result<Vec<RecordBatch>> {
    tables.collect(sql).await.map_err(|fault| Error::internal(format!("customers: {}", fault.message)))
}
