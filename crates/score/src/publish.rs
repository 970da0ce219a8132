//! Puts tables in place; tables that hold several cutoffs keep those of earlier runs.

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use foretell_engine::{Engine, Error, Result};
use foretell_storage::{Record, Warehouse};

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
        self.write(path, std::slice::from_ref(batch)).await
    }

    /// Publishes a partition in which this run replaces the rows of its own cutoff only.
    pub(crate) async fn cutoff(&mut self, path: &str, cutoff: NaiveDate, batch: RecordBatch) -> Result<()> {
        let mut parts = self.others(path, &format!("cutoff < DATE '{cutoff}'"), &batch).await?;
        let later = self.others(path, &format!("cutoff > DATE '{cutoff}'"), &batch).await?;
        parts.push(batch);
        parts.extend(later);
        self.write(path, &parts).await
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

    async fn write(&mut self, path: &str, batches: &[RecordBatch]) -> Result<()> {
        let Some(first) = batches.first() else { return Ok(()) };
        let mut staging = self.warehouse.stage(first.schema())?;
        for batch in batches {
            staging.write(batch)?;
        }
        let record = self.warehouse.publish(staging.finish()?, path, self.key).await?;
        self.outputs.push((path.to_owned(), record));
        Ok(())
    }
}
