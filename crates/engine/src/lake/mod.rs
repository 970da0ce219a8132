//! The lake as the engine sees it: each source is a table of buckets, hashed by customer and sorted.

mod days;
mod manifest;
mod merge;
mod runs;
mod table;

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use chrono::NaiveDate;
use foretell_spec::{Loaded, Source, digest_of};
use foretell_storage::Warehouse;

pub use days::Days;
pub use manifest::{LakeInput, LakeManifest, LakeObject, LakeRun, RowCounts};
pub(crate) use table::{BucketTable, store_url};

use crate::error::{Error, Result};
use crate::period::Period;

/// Column that holds a hash of the raw row, by which rows of one instant are sorted.
pub const HASH: &str = "_hash";

/// The canonical rows of all sources.
#[derive(Debug, Clone)]
pub struct Lake {
    /// Number of buckets, the same for each source.
    pub buckets: usize,
    /// The sources that the spec declares.
    pub sources: Vec<LakeSource>,
    /// The store that holds them.
    pub warehouse: Warehouse,
}

/// The canonical rows of one source.
#[derive(Debug, Clone)]
pub struct LakeSource {
    /// `transactions`, `events` or `customers`.
    pub name: String,
    /// Columns, `customer_id` first.
    pub schema: SchemaRef,
    /// Columns as they lie on disk: those of `schema`, then those for the lake itself.
    stored: SchemaRef,
    /// Leading columns by which each bucket is sorted, ascending.
    pub sorted_by: Vec<String>,
    /// The runs, oldest first.
    runs: Vec<Sorted>,
    /// What decides its columns and how they are read.
    definition: String,
    /// What rows there are in all runs.
    days: Days,
}

/// A run of a source: sorted buckets.
#[derive(Debug, Clone)]
struct Sorted {
    /// Path below the warehouse and size in bytes of each bucket, in order.
    buckets: Vec<(String, u64)>,
    days: Days,
}

impl Lake {
    /// The source of that name.
    pub fn source(&self, name: &str) -> Option<&LakeSource> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// Says whether a source is declared and has that column.
    pub fn has_column(&self, source: &str, column: &str) -> bool {
        self.source(source).is_some_and(|s| s.schema.column_with_name(column).is_some())
    }

    /// Digest of what can be seen in `period`, of all sources: it stays when rows outside are added.
    pub fn digest(&self, period: Period) -> String {
        let sources: Vec<_> = self.sources.iter().map(|source| source.digest(period)).collect();
        digest_of(&sources)
    }

    /// How many runs, of all sources, hold no row that can be seen in `period`, so that they are not read for it.
    pub fn runs_skipped(&self, period: Period) -> u64 {
        let runs = self.sources.iter().flat_map(|source| &source.runs);
        runs.filter(|run| !run.days.seen_in(period)).count() as u64
    }
}

impl LakeSource {
    /// Digest of the rows that can be seen in `period`, and of how they were read.
    pub fn digest(&self, period: Period) -> String {
        digest_of(&(&self.name, &self.definition, self.days.digest(period)))
    }

    /// Says that nothing was ever put into it.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The runs that hold rows that can be seen in `period`.
    fn seen_in(&self, period: Period) -> Vec<&Sorted> {
        self.runs.iter().filter(|run| run.days.seen_in(period)).collect()
    }
}

impl Lake {
    /// Opens the canonical rows of each source.
    ///
    /// # Errors
    /// One of them was never ingested, or was read by another spec.
    pub async fn open(warehouse: &Warehouse, loaded: &Loaded) -> Result<(Self, Vec<LakeManifest>)> {
        let declared = loaded.spec.sources.declared();
        let mut manifests = Vec::with_capacity(declared.len());
        for (name, source) in declared {
            let manifest = LakeManifest::read(warehouse, name).await?.ok_or_else(|| {
                Error::missing(format!("{}: nothing was ingested for `{name}`", warehouse.display()))
                    .hint("run `ingest` first, or `foretell run`, which does all stages")
            })?;
            if manifest.definition != definition(loaded, name, source) {
                return Err(Error::missing(format!("the lake of `{name}` was read by another spec"))
                    .hint("run `ingest` first, or `foretell run`, which does all stages"));
            }
            manifests.push(manifest);
        }
        let sources = manifests.iter().map(LakeSource::new).collect::<Result<Vec<_>>>()?;
        let buckets = usize::from(loaded.spec.lake.buckets);
        Ok((Self { buckets, sources, warehouse: warehouse.clone() }, manifests))
    }

    /// A lake of these sources without rows: enough to check SQL against.
    pub fn empty(warehouse: &Warehouse, sources: Vec<(String, SchemaRef)>) -> Self {
        let empty = |(name, schema): (String, SchemaRef)| LakeSource {
            name,
            stored: Arc::clone(&schema),
            schema,
            sorted_by: Vec::new(),
            runs: Vec::new(),
            definition: String::new(),
            days: Days::default(),
        };
        Self { buckets: 1, sources: sources.into_iter().map(empty).collect(), warehouse: warehouse.clone() }
    }
}

impl LakeSource {
    fn new(manifest: &LakeManifest) -> Result<Self> {
        let stored = manifest.schema()?;
        let shown = stored.fields().iter().filter(|field| !field.name().starts_with('_')).cloned();
        let runs = manifest.runs.iter().map(|run| Sorted {
            buckets: run.buckets.iter().map(|b| (b.path.clone(), b.bytes)).collect(),
            days: run.days.clone(),
        });
        Ok(Self {
            name: manifest.source.clone(),
            schema: Arc::new(Schema::new(shown.collect::<Vec<_>>())),
            stored,
            sorted_by: manifest.sorted_by.clone(),
            runs: runs.collect(),
            definition: manifest.definition.clone(),
            days: manifest.days(),
        })
    }
}

/// Digest of the spec's part that says how a source is read; where its files lie is no part of it.
pub fn definition(loaded: &Loaded, name: &str, source: &Source) -> String {
    let described = Source { files: String::new(), ..source.clone() };
    digest_of(&(crate::RECIPE, name, described, &loaded.spec.timezone, &loaded.spec.lake))
}

/// The day after the newest transaction or event: the logical date of a run that names none.
///
/// Customers have no say: when one was first known does not tell up to when the shop was watched.
pub fn day_after_newest(manifests: &[LakeManifest]) -> Option<NaiveDate> {
    let watched = manifests.iter().filter(|m| m.source != "customers");
    watched.filter_map(|m| m.last_day).max().and_then(|day| day.succ_opt())
}
