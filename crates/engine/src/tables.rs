//! Published tables, read back by SQL.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::datasource::empty::EmptyTable;
use datafusion::prelude::{DataFrame, SessionContext};
use foretell_storage::Warehouse;
use futures::StreamExt;

use crate::error::{Error, Result};
use crate::fault::SqlFault;
use crate::forward::Forward;
use crate::session::Engine;
use crate::sqlfile::SqlFile;
use crate::template::Context;
use crate::{guard, published};

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
        published::show(&self.context, name, &self.warehouse, path).await
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
        let read = |e| SqlFault::read(&e, sql);
        let frame = self.frame(sql, std::iter::empty()).await?;
        let mut stream = frame.execute_stream().await.map_err(read)?;
        while let Some(batch) = stream.next().await {
            each(batch.map_err(read)?)?;
        }
        Ok(())
    }

    /// Plans a query with these values bound to its `$names`.
    pub(crate) async fn frame(
        &self,
        sql: &str,
        values: impl Iterator<Item = (String, ScalarValue)>,
    ) -> Result<DataFrame, SqlFault> {
        guard::parse(sql)?;
        let read = |e| SqlFault::read(&e, sql);
        let plan = self.context.state().create_logical_plan(sql).await.map_err(read)?;
        guard::check(&plan, sql)?;
        let values = values.map(|(name, value)| (name, ScalarAndMetadata::from(value))).collect();
        let plan = plan.with_param_values(ParamValues::Map(values)).map_err(read)?;
        self.context.execute_logical_plan(plan).await.map_err(read)
    }

    /// Opens a query to be read row by row, from its first customer on.
    ///
    /// # Errors
    /// A fault of the query.
    pub async fn open(&self, sql: &str) -> Result<Forward, SqlFault> {
        let frame = self.frame(sql, std::iter::empty()).await?;
        let stream = frame.execute_stream().await.map_err(|e| SqlFault::read(&e, sql))?;
        Ok(Forward::new(stream))
    }

    /// The columns of a table.
    ///
    /// # Errors
    /// There is no such table.
    pub async fn schema(&self, name: &str) -> Result<SchemaRef> {
        let provider = self.context.table_provider(name).await;
        Ok(provider.map_err(|e| Error::internal(format!("no table `{name}`")).because(e))?.schema())
    }

    /// Adds a table without rows: enough to check SQL against.
    ///
    /// # Errors
    /// There is such a table already.
    pub fn add_empty(&self, name: &str, schema: SchemaRef) -> Result<()> {
        let table = Arc::new(EmptyTable::new(schema));
        let added = self.context.register_table(name, table);
        added.map(|_| ()).map_err(|e| Error::internal(format!("cannot add table `{name}`")).because(e))
    }

    /// Runs a file's query to its end.
    ///
    /// # Errors
    /// A fault of the file, with its place.
    pub async fn collect_file(&self, file: &SqlFile, template: &Context) -> Result<Vec<RecordBatch>> {
        let rendered = file.rendered(template)?;
        let found = async {
            let frame = self.frame(&rendered.sql, std::iter::empty()).await?;
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let mut batches = frame.collect().await.map_err(|e| SqlFault::read(&e, &rendered.sql))?;
            if batches.is_empty() {
                batches.push(RecordBatch::new_empty(schema));
            }
            Ok(batches)
        };
        found.await.map_err(|fault| file.fault(&fault, &rendered))
    }
}
