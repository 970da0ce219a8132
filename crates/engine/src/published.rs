//! Published objects as tables of a session.

use arrow::datatypes::Schema;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use foretell_storage::Warehouse;
use parquet::arrow::parquet_to_arrow_schema;

use crate::error::{Error, Result};

/// Shows the object at a path below the warehouse as table `name`.
///
/// Only its columns are read, and what is said of each page of it not until a query reads the table: of hundreds of
/// columns that is tens of MiB, which a session would keep.
///
/// # Errors
/// There is no such object, or it is no Parquet.
pub(crate) async fn show(
    context: &SessionContext,
    name: &str,
    warehouse: &Warehouse,
    path: &str,
) -> Result<()> {
    let unreadable = || Error::missing(format!("{path}: cannot read the table"));
    let footer = warehouse.footer(path).await.map_err(|e| unreadable().because(e))?;
    let file = footer.file_metadata();
    let columns = parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata());
    let columns = Schema::new(columns.map_err(|e| unreadable().because(e))?.fields);
    let url = format!("{}{}", warehouse.store_url(), warehouse.full(path));
    let shown = context.register_parquet(name, &url, ParquetReadOptions::default().schema(&columns)).await;
    shown.map_err(|e| unreadable().because(e))
}
