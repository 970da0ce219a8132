//! What a published Parquet object says of itself, without its rows.

use object_store::ObjectStoreExt;
use parquet::DecodeResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataPushDecoder};

use crate::error::{Error, Result};
use crate::warehouse::Warehouse;

impl Warehouse {
    /// Reads an object's footer: its columns and row groups, and not what is said of each page.
    ///
    /// # Errors
    /// There is no such object, or it is no Parquet.
    pub async fn footer(&self, relative: &str) -> Result<ParquetMetaData> {
        let (store, at) = (self.store(), self.full(relative));
        let length = store.head(&at).await.map_err(|e| Error::io("open", relative, e))?.size;
        let damaged = |e: ParquetError| Error::io("read", relative, e);
        let decoder = ParquetMetaDataPushDecoder::try_new(length).map_err(damaged)?;
        let mut decoder = decoder.with_page_index_policy(PageIndexPolicy::Skip);
        loop {
            match decoder.try_decode().map_err(damaged)? {
                DecodeResult::Data(footer) => return Ok(footer),
                DecodeResult::NeedsData(ranges) => {
                    let bytes = store.get_ranges(&at, &ranges).await;
                    let bytes = bytes.map_err(|e| Error::io("read", relative, e))?;
                    decoder.push_ranges(ranges, bytes).map_err(damaged)?;
                }
                DecodeResult::Finished => return Err(damaged(ParquetError::EOF("no footer".to_owned()))),
            }
        }
    }
}
