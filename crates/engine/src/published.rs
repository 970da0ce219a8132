//! Published objects as tables of a session.

use arrow::datatypes::Schema;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use foretell_storage::Warehouse;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use parquet::DecodeResult;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataPushDecoder};

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
    let at = warehouse.full(path);
    let unreadable = || Error::missing(format!("{path}: cannot read the table"));
    let columns = columns(warehouse, &at).await.map_err(|e| unreadable().because(e))?;
    let url = format!("{}{at}", warehouse.store_url());
    let shown = context.register_parquet(name, &url, ParquetReadOptions::default().schema(&columns)).await;
    shown.map_err(|e| unreadable().because(e))
}

/// The columns that an object's footer names.
async fn columns(warehouse: &Warehouse, at: &Path) -> ParquetResult<Schema> {
    let store = warehouse.store();
    let length = store.head(at).await?.size;
    let decoder = ParquetMetaDataPushDecoder::try_new(length)?;
    let mut decoder = decoder.with_page_index_policy(PageIndexPolicy::Skip);
    loop {
        match decoder.try_decode()? {
            DecodeResult::Data(read) => {
                let file = read.file_metadata();
                let columns = parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata())?;
                return Ok(Schema::new(columns.fields));
            }
            DecodeResult::NeedsData(ranges) => {
                let bytes = store.get_ranges(at, &ranges).await?;
                decoder.push_ranges(ranges, bytes)?;
            }
            DecodeResult::Finished => return Err(ParquetError::EOF("a footer without columns".to_owned())),
        }
    }
}
