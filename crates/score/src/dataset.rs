//! Rows of `features` in memory, with their labels where time has told them.

use std::collections::HashMap;

use arrow::array::{Array, RecordBatch};
use chrono::NaiveDate;
use foretell_engine::{Engine, Error, Result, SqlFault, float_column, int_column, text_column};
use foretell_storage::{Warehouse, layout};
use sha2::{Digest, Sha256};

use foretell_learn::{LearnError, Matrix};

/// Customers of one or more cutoffs.
#[derive(Debug, Clone)]
pub(crate) struct Dataset {
    pub(crate) customers: Vec<String>,
    pub(crate) x: Matrix,
    /// 0 or 1 a row; empty where labels were not asked for.
    pub(crate) y: Vec<f64>,
    /// The cutoffs in the order of their rows, and how many each has.
    pub(crate) parts: Vec<(NaiveDate, usize)>,
}

/// Which customers are looked at: always the same ones, at every cutoff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Customers {
    All,
    FirstTwoThirds,
    LastThird,
}

/// Rows to learn from at most: more cost memory and time and hardly tell more.
const MOST_ROWS: u64 = 200_000;

/// Rows at most to train a model on that only shows what one would have said earlier.
const MOST_ROWS_EARLIER: u64 = 30_000;

/// Reads feature partitions.
pub(crate) struct Reader<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) warehouse: &'a Warehouse,
    pub(crate) target: &'a str,
    /// Feature columns, in order.
    pub(crate) columns: &'a [String],
}

/// Columns being filled.
struct Filling {
    customers: Vec<String>,
    columns: Vec<Vec<f64>>,
    y: Vec<f64>,
    parts: Vec<(NaiveDate, usize)>,
}

impl Reader<'_> {
    /// The labelled customers of some cutoffs, to learn from: a sample of them where they are very many.
    pub(crate) async fn to_learn_from(&self, cutoffs: &[NaiveDate], customers: Customers) -> Result<Dataset> {
        self.sampled(cutoffs, customers, MOST_ROWS).await
    }

    /// Labelled customers of some cutoffs, to learn from what would have been learned earlier.
    pub(crate) async fn to_look_back_by(&self, cutoffs: &[NaiveDate]) -> Result<Dataset> {
        self.sampled(cutoffs, Customers::All, MOST_ROWS_EARLIER).await
    }

    async fn sampled(&self, cutoffs: &[NaiveDate], customers: Customers, most: u64) -> Result<Dataset> {
        let mut rows = 0;
        for cutoff in cutoffs {
            let record = self.warehouse.record(&self.labels_path(*cutoff)).await?;
            rows += record.map_or(0, |record| record.rows);
        }
        let share = if rows > most { most as f64 / rows as f64 } else { 1.0 };
        self.labelled(cutoffs, customers, share).await
    }

    /// All labelled customers of a cutoff, to judge by.
    pub(crate) async fn to_judge_by(&self, cutoff: NaiveDate) -> Result<Dataset> {
        self.labelled(&[cutoff], Customers::All, 1.0).await
    }

    async fn labelled(&self, cutoffs: &[NaiveDate], customers: Customers, share: f64) -> Result<Dataset> {
        let mut filling = Filling::new(self.columns.len());
        for cutoff in cutoffs {
            let labels = self.labels(*cutoff).await?;
            self.each(*cutoff, "true", |batch| {
                let ids = text_column(&batch, 0)?;
                let wanted: Vec<(usize, f64)> = (0..batch.num_rows())
                    .filter(|row| customers.contain(ids.value(*row), share))
                    .filter_map(|row| Some((row, *labels.get(ids.value(row))?)))
                    .collect();
                filling.push(&batch, &wanted)
            })
            .await?;
            filling.close(*cutoff);
        }
        filling.finish(self.columns)
    }

    /// The eligible customers of a cutoff whose outcome is not known.
    pub(crate) async fn eligible(&self, cutoff: NaiveDate, eligible: &str) -> Result<Dataset> {
        let mut filling = Filling::new(self.columns.len());
        self.each(cutoff, eligible, |batch| {
            let all: Vec<(usize, f64)> = (0..batch.num_rows()).map(|row| (row, f64::NAN)).collect();
            filling.push(&batch, &all)
        })
        .await?;
        filling.y.clear();
        filling.close(cutoff);
        filling.finish(self.columns)
    }

    fn labels_path(&self, cutoff: NaiveDate) -> String {
        layout::partition("labels", &[("target", self.target), ("cutoff", &cutoff.to_string())])
    }

    async fn labels(&self, cutoff: NaiveDate) -> Result<HashMap<String, f64>> {
        let tables = self.engine.tables(self.warehouse)?;
        let path = self.labels_path(cutoff);
        tables.add("labels", &path).await?;
        let batches = tables
            .collect("SELECT customer_id, label FROM labels")
            .await
            .map_err(|fault| Error::internal(format!("{path}: {}", fault.message)))?;
        let mut labels = HashMap::new();
        for batch in batches {
            let ids = text_column(&batch, 0)?;
            let values = int_column(&batch, 1)?;
            labels.extend(
                ids.iter().flatten().map(str::to_owned).zip(values.values().iter().map(|v| *v as f64)),
            );
        }
        Ok(labels)
    }

    pub(crate) async fn each(
        &self,
        cutoff: NaiveDate,
        condition: &str,
        mut each: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let day = cutoff.to_string();
        let path = layout::partition("features", &[("cutoff", &day)]);
        let tables = self.engine.tables(self.warehouse)?;
        tables.add("features", &path).await?;
        let list: Vec<String> = self.columns.iter().map(|c| format!("\"{c}\"")).collect();
        let sql = format!("SELECT customer_id, {} FROM features WHERE (\n{condition}\n)", list.join(", "));
        let mut failed = None;
        let done = tables
            .stream(&sql, |batch| {
                each(batch).map_err(|error| {
                    let message = error.to_string();
                    failed = Some(error);
                    SqlFault { message, place: None, hint: None }
                })
            })
            .await;
        match (done, failed) {
            (Ok(()), _) => Ok(()),
            (Err(_), Some(error)) => Err(error),
            (Err(fault), None) => Err(Error::bad_spec(format!("{path}: {}", fault.message))
                .hint("the table was made by another spec: run `features` first")),
        }
    }
}

impl Customers {
    /// Customers are parted and sampled by a digest of their id, so that a customer is on one side at
    /// every cutoff, whatever the order of rows.
    fn contain(self, id: &str, share: f64) -> bool {
        if self == Self::All && share >= 1.0 {
            return true;
        }
        let digest: [u8; 32] = Sha256::digest(id.as_bytes()).into();
        let [part, low, middle, high, ..] = digest;
        let drawn = f64::from(u32::from_le_bytes([low, middle, high, 0])) / f64::from(1 << 24);
        let last_third = part % 3 == 2;
        drawn < share
            && match self {
                Self::All => true,
                Self::FirstTwoThirds => !last_third,
                Self::LastThird => last_third,
            }
    }
}

impl Filling {
    fn new(width: usize) -> Self {
        Self { customers: Vec::new(), columns: vec![Vec::new(); width], y: Vec::new(), parts: Vec::new() }
    }

    /// Notes that all rows since the last cutoff are of this one.
    fn close(&mut self, cutoff: NaiveDate) {
        let before: usize = self.parts.iter().map(|(_, rows)| rows).sum();
        self.parts.push((cutoff, self.customers.len() - before));
    }

    fn push(&mut self, batch: &RecordBatch, rows: &[(usize, f64)]) -> Result<()> {
        let ids = text_column(batch, 0)?;
        self.customers.extend(rows.iter().map(|(row, _)| ids.value(*row).to_owned()));
        self.y.extend(rows.iter().map(|(_, label)| label));
        for (index, column) in self.columns.iter_mut().enumerate() {
            let values = float_column(batch, index + 1)?;
            column.extend(rows.iter().map(|(row, _)| {
                let value = if values.is_null(*row) { f64::NAN } else { values.value(*row) };
                // A model can do nothing with infinity; like NULL it says that there is no number.
                if value.is_finite() { value } else { f64::NAN }
            }));
        }
        Ok(())
    }

    fn finish(self, names: &[String]) -> Result<Dataset> {
        let rows = self.customers.len();
        // Column after column, so that the parts are given back while the whole grows.
        let mut data = Vec::with_capacity(rows * names.len());
        for column in self.columns {
            data.extend(column);
        }
        let x = Matrix::new(rows, names.to_vec(), data).map_err(learn_error)?;
        Ok(Dataset { customers: self.customers, x, y: self.y, parts: self.parts })
    }
}

/// An error for what cannot be learned: the data does not hold what learning needs.
pub(crate) fn learn_error(error: LearnError) -> Error {
    let hint = error.hint();
    let made = Error::contract(error.to_string());
    hint.into_iter().fold(made, Error::hint)
}
