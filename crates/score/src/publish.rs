//! Puts tables in place; tables that hold several cutoffs keep those of earlier runs.

use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::Date32Type;
use chrono::NaiveDate;
use foretell_engine::{Engine, Error, Result};
use foretell_storage::{Record, Warehouse};

/// The split of rows of `quality` that hold published scores against what happened.
pub(crate) const REALISED: &str = "realised";

/// Publishes tables of one run and remembers what was published.
pub(crate) struct Publisher<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) warehouse: &'a Warehouse,
    /// Digest of all that decides the tables.
    pub(crate) key: &'a str,
    pub(crate) outputs: Vec<(String, Record)>,
}

impl Publisher<'_> {
    /// Publishes a partition that belongs to this run alone.
    pub(crate) async fn whole(&mut self, path: &str, batch: &RecordBatch) -> Result<()> {
        let mut staging = self.warehouse.stage(batch.schema())?;
        staging.write(batch)?;
        let record = self.warehouse.publish(staging.finish()?, path, self.key).await?;
        self.outputs.retain(|(other, _)| other != path);
        self.outputs.push((path.to_owned(), record));
        Ok(())
    }

    /// Publishes a partition in which this run replaces the rows of its own cutoff only.
    ///
    /// What was published and then held against what happened is no work of this run: it stays.
    pub(crate) async fn cutoff(&mut self, path: &str, cutoff: NaiveDate, batch: RecordBatch) -> Result<()> {
        let split = batch.schema().column_with_name("split").map(|_| format!(" AND split <> '{REALISED}'"));
        let own = format!("cutoff = DATE '{cutoff}'{}", split.unwrap_or_default());
        self.replace(path, &own, batch).await
    }

    /// Publishes a partition in which the rows that meet `replaced` give way to those of `batch`.
    ///
    /// Rows go by cutoff, realised ones after the others, whichever came first: their order tells nothing of
    /// the runs that wrote them.
    pub(crate) async fn replace(&mut self, path: &str, replaced: &str, batch: RecordBatch) -> Result<()> {
        let mut parts = self.others(path, &format!("NOT ({replaced})"), &batch).await?;
        let schema = batch.schema();
        parts.push(batch);
        let misfit = |e| Error::internal(format!("{path}: rows do not fit together")).because(e);
        let all = concat_batches(&schema, &parts).map_err(misfit)?;
        let sorted = take_record_batch(&all, &order(&all)).map_err(misfit)?;
        self.whole(path, &sorted).await
    }

    /// Rows of the published partition; none where there is none or an older version had other columns.
    async fn others(&self, path: &str, condition: &str, like: &RecordBatch) -> Result<Vec<RecordBatch>> {
        if self.warehouse.size(path).await?.is_none() {
            return Ok(Vec::new());
        }
        let tables = self.engine.tables(self.warehouse)?;
        tables.add("published", path).await?;
        let batches = tables
            .collect(&format!("SELECT * FROM published WHERE {condition}"))
            .await
            .map_err(|fault| Error::internal(format!("{path}: {}", fault.message)))?;
        let names = |batch: &RecordBatch| -> Vec<String> {
            batch.schema().fields().iter().map(|f| f.name().clone()).collect()
        };
        Ok(batches
            .into_iter()
            .filter(|batch| names(batch) == names(like))
            .filter_map(|batch| RecordBatch::try_new(like.schema(), batch.columns().to_vec()).ok())
            .collect())
    }
}

/// Rows by cutoff, realised ones last, otherwise as they stand.
fn order(batch: &RecordBatch) -> UInt32Array {
    let cutoffs = batch.column_by_name("cutoff").and_then(|c| c.as_primitive_opt::<Date32Type>());
    let splits = batch.column_by_name("split").and_then(|c| c.as_string_opt::<i32>());
    let mut rows: Vec<u32> = (0..batch.num_rows() as u32).collect();
    rows.sort_by_key(|row| {
        let row = *row as usize;
        let cutoff = cutoffs.filter(|c| c.is_valid(row)).map(|c| c.value(row));
        (cutoff, splits.is_some_and(|s| s.is_valid(row) && s.value(row) == REALISED))
    });
    rows.into()
}
