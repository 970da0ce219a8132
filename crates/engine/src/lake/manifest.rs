//! What `_meta/lake/<source>.json` says of a source's canonical rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use chrono::NaiveDate;
use foretell_storage::{Warehouse, layout};
use serde::{Deserialize, Serialize};

use super::days::Days;
use crate::error::{Error, Result};

/// The canonical rows of one source: runs, which together hold every row once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeManifest {
    /// `transactions`, `events` or `customers`.
    pub source: String,
    /// Digest of all that decides which rows these are: the spec's part below, and the files.
    pub key: String,
    /// Digest of the spec's part that says how the source is read.
    pub definition: String,
    /// Digest of the path or glob that named the raw files.
    pub files: String,
    /// Columns in order: name, Arrow type, whether NULL occurs. Those with a leading `_` are for the lake itself.
    pub columns: Vec<(String, String, bool)>,
    /// Leading columns by which each bucket is sorted, ascending; then by `_hash`.
    pub sorted_by: Vec<String>,
    /// The runs, oldest first.
    pub runs: Vec<LakeRun>,
    /// First day of a row, in the pipeline's time zone.
    #[serde(with = "crate::day")]
    pub first_day: Option<NaiveDate>,
    /// Last day of a row.
    #[serde(with = "crate::day")]
    pub last_day: Option<NaiveDate>,
    /// Where the rows of all files went.
    pub counts: RowCounts,
    /// Objects that hold the refused rows of all files.
    pub quarantine: Vec<LakeObject>,
}

/// Rows that were put into the lake together: each bucket is sorted, the buckets of other runs lie beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeRun {
    /// The raw files whose rows these are, by name.
    pub inputs: Vec<LakeInput>,
    /// Rows in it.
    pub rows: u64,
    /// First day of a row.
    #[serde(with = "crate::day")]
    pub first_day: Option<NaiveDate>,
    /// Last day of a row.
    #[serde(with = "crate::day")]
    pub last_day: Option<NaiveDate>,
    /// The buckets, in order.
    pub buckets: Vec<LakeObject>,
    /// By bucket, the rows that gave way to an earlier one of the same key, where there are any.
    pub displaced: Vec<Option<LakeObject>>,
    /// What rows there are, by day.
    pub days: Days,
}

/// A raw file that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LakeInput {
    /// Path below the fixed part of the spec's glob.
    pub file: String,
    /// Size in bytes.
    pub bytes: u64,
    /// XXH3-128 of its bytes, in hex.
    pub xxh3: String,
}

/// One Parquet object of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeObject {
    /// Path below the warehouse.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// Where the rows of a source went: `read` = `kept` + all quarantined + all dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Files read.
    pub files: u64,
    /// Rows in them.
    pub read: u64,
    /// Rows in the lake.
    pub kept: u64,
    /// Rows in quarantine, by rule.
    pub quarantined: BTreeMap<String, u64>,
    /// Rows left out, by rule or as `exact_duplicates` or `unique_key`.
    pub dropped: BTreeMap<String, u64>,
    /// Customers among the rows kept.
    pub customers: u64,
}

impl RowCounts {
    /// All rows in quarantine.
    pub fn all_quarantined(&self) -> u64 {
        self.quarantined.values().sum()
    }

    /// All rows left out.
    pub fn all_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }
}

impl LakeRun {
    /// Takes rows, first and last day from the buckets and their days.
    #[must_use]
    pub fn summed(mut self) -> Self {
        self.rows = self.buckets.iter().map(|bucket| bucket.rows).sum();
        (self.first_day, self.last_day) = self.days.span().unzip();
        self
    }
}

impl LakeManifest {
    /// Spells out a schema for [`LakeManifest::columns`].
    pub fn spell(schema: &Schema) -> Vec<(String, String, bool)> {
        let spelled = |f: &Arc<Field>| (f.name().clone(), f.data_type().to_string(), f.is_nullable());
        schema.fields().iter().map(spelled).collect()
    }

    /// Reads the manifest of a source; `None` where nothing was ingested.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn read(warehouse: &Warehouse, source: &str) -> Result<Option<Self>> {
        Ok(warehouse.read_json(&layout::lake_manifest(source)).await?)
    }

    /// The raw files whose rows the lake holds, by name.
    pub fn inputs(&self) -> BTreeMap<&str, &LakeInput> {
        self.runs.iter().flat_map(|run| &run.inputs).map(|input| (input.file.as_str(), input)).collect()
    }

    /// Paths of all objects that belong to the source.
    pub fn paths(&self) -> BTreeSet<&str> {
        self.objects().map(|object| object.path.as_str()).collect()
    }

    /// Says whether all objects are there and as long as they were written.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn intact(&self, warehouse: &Warehouse) -> Result<bool> {
        for object in self.objects() {
            if warehouse.size(&object.path).await? != Some(object.bytes) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What rows there are, by day, in whatever runs they lie.
    pub fn days(&self) -> Days {
        let mut days = Days::default();
        for run in &self.runs {
            days.add(&run.days);
        }
        days
    }

    fn objects(&self) -> impl Iterator<Item = &LakeObject> {
        let buckets = self.runs.iter().flat_map(|run| &run.buckets);
        let displaced = self.runs.iter().flat_map(|run| run.displaced.iter().flatten());
        buckets.chain(displaced).chain(&self.quarantine)
    }

    /// The columns, those for the lake itself included.
    pub(crate) fn schema(&self) -> Result<SchemaRef> {
        let fields = self.columns.iter().map(|(name, data_type, nullable)| {
            let data_type: DataType = data_type.parse().map_err(|e: ArrowError| {
                Error::internal(format!("lake column {name}: unknown type {data_type}")).because(e)
            })?;
            Ok(Field::new(name, data_type, *nullable))
        });
        Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?)))
    }
}
