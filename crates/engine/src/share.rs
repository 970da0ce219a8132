//! Small tables that speak of the whole shop, for files about one customer to join.

use std::sync::Arc;

use datafusion::datasource::MemTable;
use datafusion::prelude::DataFrame;

use crate::error::{Error, Result};
use crate::fault::SqlFault;
use crate::period::View;
use crate::sqlfile::SqlFile;
use crate::template::Context;

impl View {
    /// Runs a file over all customers and shows what it yields as a table of the file's name.
    ///
    /// The rows are kept in memory, where their number is known before a plan is made: so a join puts
    /// them beside each bucket instead of shuffling customers.
    ///
    /// # Errors
    /// A fault of the file, with its place.
    pub async fn share(&self, file: &SqlFile, template: &Context) -> Result<()> {
        let rendered = file.rendered(template)?;
        let made = async {
            let plan = self.logical(&rendered.sql).await?;
            let frame = DataFrame::new(self.context.state(), plan);
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let rows = frame.collect().await.map_err(|e| SqlFault::read(&e, &rendered.sql))?;
            MemTable::try_new(schema, vec![rows]).map_err(|e| SqlFault::read(&e, &rendered.sql))
        };
        let table = made.await.map_err(|fault| file.fault(&fault, &rendered))?;
        self.context
            .register_table(file.stem(), Arc::new(table))
            .map_err(|e| Error::internal(format!("{}: cannot show the table", file.path)).because(e))?;
        Ok(())
    }
}
