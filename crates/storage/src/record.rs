//! Records beside the tables: what made an object, and whether it is still that.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::layout;
use crate::warehouse::Warehouse;

/// What made an object and what it was when it was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Digest of all that decides the object's content.
    pub key: String,
    /// Rows in it.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

impl Warehouse {
    /// The record of an object, if the object is there and as long as when it was published.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn record(&self, relative: &str) -> Result<Option<Record>> {
        let Some(record) = self.read_json::<Record>(&layout::record(relative)).await? else {
            return Ok(None);
        };
        let intact = self.size(relative).await? == Some(record.bytes);
        Ok(intact.then_some(record))
    }

    /// Says whether an object is there and was made from `key`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn is_current(&self, relative: &str, key: &str) -> Result<bool> {
        Ok(self.record(relative).await?.is_some_and(|record| record.key == key))
    }

    pub(crate) async fn write_record(&self, relative: &str, record: &Record) -> Result<()> {
        self.write_json(&layout::record(relative), record).await
    }

    /// Reads a JSON object below `_meta/`; `None` where there is none or it is not what we wrote.
    ///
    /// A damaged one counts as none: it is made again.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn read_json<T: for<'de> Deserialize<'de>>(&self, relative: &str) -> Result<Option<T>> {
        Ok(self.read(relative).await?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Writes a JSON object below `_meta/`, in one step.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn write_json<T: Serialize + Sync>(&self, relative: &str, value: &T) -> Result<()> {
        let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| Error::io("write", relative, e))?;
        bytes.push(b'\n');
        self.write(relative, bytes).await
    }
}
