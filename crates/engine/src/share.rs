//! Small tables that speak of the whole shop, for files about one customer to join or to look things up in.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::DataFrame;

use crate::error::{Error, Result};
use crate::fault::SqlFault;
use crate::lake::Lake;
use crate::lookup::Lookup;
use crate::period::{Period, View};
use crate::session::Engine;
use crate::sqlfile::SqlFile;
use crate::template::Context;

/// A small table as of a cutoff, whose rows are kept in memory.
#[derive(Debug, Clone)]
pub struct Shared {
    name: String,
    schema: SchemaRef,
    rows: Vec<RecordBatch>,
    /// The function of the table's name, where its rows can be told by texts.
    function: Option<Arc<ScalarUDF>>,
}

impl Engine {
    /// Runs files over all customers as they stood in `period`; each may read the tables of those before it.
    ///
    /// # Errors
    /// A fault of a file, with its place.
    pub async fn shared(
        &self,
        lake: &Lake,
        period: Period,
        template: &Context,
        staging: &[SqlFile],
        files: &[SqlFile],
    ) -> Result<Vec<Shared>> {
        let mut shared = Vec::with_capacity(files.len());
        if files.is_empty() {
            return Ok(shared);
        }
        let view = self.view(lake, period, template, staging).await?;
        for file in files {
            let table = view.run_shared(file, template).await?;
            view.share(&table)?;
            shared.push(table);
        }
        Ok(shared)
    }
}

impl Shared {
    /// The table's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl View {
    /// Shows a table, and the function of its name: the last column, of the row whose other columns are the arguments.
    ///
    /// The number of rows is known before a plan is made: so a join puts them beside each bucket instead of
    /// shuffling customers.
    ///
    /// # Errors
    /// There is such a table already.
    pub fn share(&self, table: &Shared) -> Result<()> {
        let wrong = |e| Error::internal(format!("cannot show the table `{}`", table.name)).because(e);
        let rows = MemTable::try_new(Arc::clone(&table.schema), vec![table.rows.clone()]).map_err(wrong)?;
        self.context.register_table(&table.name, Arc::new(rows)).map_err(wrong)?;
        if let Some(function) = &table.function {
            self.context.register_udf(function.as_ref().clone());
        }
        Ok(())
    }

    async fn run_shared(&self, file: &SqlFile, template: &Context) -> Result<Shared> {
        let rendered = file.rendered(template)?;
        let made = async {
            let plan = self.logical(&rendered.sql).await?;
            let frame = DataFrame::new(self.context.state(), plan);
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let rows = frame.collect().await.map_err(|e| SqlFault::read(&e, &rendered.sql))?;
            Ok::<_, SqlFault>((schema, rows))
        };
        let (schema, rows) = made.await.map_err(|fault| file.fault(&fault, &rendered))?;
        let together = concat_batches(&schema, &rows)
            .map_err(|e| Error::internal(format!("{}: cannot keep the table", file.path)).because(e))?;
        let function = Lookup::new(file.stem(), &together).map(|lookup| Arc::new(ScalarUDF::from(lookup)));
        Ok(Shared { name: file.stem().to_owned(), schema, rows, function })
    }
}
