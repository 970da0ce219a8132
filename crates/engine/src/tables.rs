//! Published tables, read back by SQL.

use arrow::array::RecordBatch;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use foretell_storage::Warehouse;
use futures::StreamExt;

use crate::error::{Error, Result};
use crate::fault::SqlFault;
use crate::guard;
use crate::session::Engine;

/// A set of published objects, each a table of its own.
pub struct Tables {
    context: SessionContext,
    warehouse: Warehouse,
}

impl Engine {
    /// Opens an empty set of tables of a warehouse. Rows keep the order they have on disk.
    ///
    /// # Errors
    /// The store has no address.
    pub fn tables(&self, warehouse: &Warehouse) -> Result<Tables> {
        let context = self.session(1);
        context.register_object_store(crate::lake::store_url(warehouse)?.as_ref(), warehouse.store());
        Ok(Tables { context, warehouse: warehouse.clone() })
    }
}

impl Tables {
    /// Adds the object at a path below the warehouse as table `name`.
    ///
    /// # Errors
    /// There is no such object, or it is no Parquet.
    pub async fn add(&self, name: &str, path: &str) -> Result<()> {
        let url = format!("{}{}", self.warehouse.store_url(), self.warehouse.full(path));
        self.context
            .register_parquet(name, &url, ParquetReadOptions::default())
            .await
            .map_err(|e| Error::missing(format!("{path}: cannot read the table")).because(e))
    }

    /// Runs a query to its end.
    ///
    /// # Errors
    /// A fault of the query, with its place in it.
    pub async fn collect(&self, sql: &str) -> Result<Vec<RecordBatch>, SqlFault> {
        let mut batches = Vec::new();
        self.stream(sql, |batch| {
            batches.push(batch);
            Ok(())
        })
        .await?;
        Ok(batches)
    }

    /// Runs a query and hands each batch on, in order.
    ///
    /// # Errors
    /// A fault of the query, with its place in it, or what `each` returned.
    pub async fn stream(
        &self,
        sql: &str,
        mut each: impl FnMut(RecordBatch) -> Result<(), SqlFault>,
    ) -> Result<(), SqlFault> {
        guard::parse(sql)?;
        let read = |e| SqlFault::read(&e, sql);
        let plan = self.context.state().create_logical_plan(sql).await.map_err(read)?;
        guard::check(&plan, sql)?;
        let frame = self.context.execute_logical_plan(plan).await.map_err(read)?;
        let mut stream = frame.execute_stream().await.map_err(read)?;
        while let Some(batch) = stream.next().await {
            each(batch.map_err(read)?)?;
        }
        Ok(())
    }
}
