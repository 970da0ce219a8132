//! The columns of a source as the lake stores them, and what compares its rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::row::{RowConverter, Rows, SortField};
use foretell_engine::{Error, HASH, Result};
use foretell_spec::{Duplicates, Source};
use xxhash_rust::xxh3::xxh3_64;

/// Column that holds a hash of a row's customer and unique key, where the source has one.
///
/// It is short, because it only says which rows are worth a look.
pub(crate) const KEY: &str = "_key";

/// How the rows of a source are stored and compared.
///
/// In memory texts are views, which can be put into another order without a look at their bytes.
pub(crate) struct Shape {
    /// The columns on disk: those of the lake, and behind them those for the lake itself.
    pub(crate) stored: SchemaRef,
    /// The columns of rows in memory, [`KEY`] aside.
    pub(crate) rows: SchemaRef,
    /// The columns by which rows are sorted: all that is remembered of a row that gave way to another.
    pub(crate) displaced: SchemaRef,
    /// These, and the columns of the key.
    pub(crate) compared: SchemaRef,
    /// The customer and the columns of which no two of its rows share all values; empty if rows may.
    key: Vec<String>,
    /// Says that rows equal in every raw field are left out but for one.
    pub(crate) drop_exact: bool,
}

impl Shape {
    /// `lake` are the columns that SQL sees: customer, day and instant, then all others.
    pub(crate) fn new(source: &Source, lake: &SchemaRef) -> Result<Self> {
        let wrong = |e| Error::internal("the unique key is not in the lake").because(e);
        let hash = Arc::new(Field::new(HASH, DataType::Int64, false));
        let fields: Vec<Arc<Field>> = lake.fields().iter().chain([&hash]).cloned().collect();
        let displaced: Vec<Arc<Field>> = lake.fields().iter().take(3).chain([&hash]).cloned().collect();
        let mut stored = fields.clone();
        let mut compared = displaced.clone();
        let mut key: Vec<String> = Vec::new();
        if !source.unique_key.is_empty() {
            stored.push(Arc::new(Field::new(KEY, DataType::Int32, false)));
            key.push("customer_id".to_owned());
            for name in source.unique_key.iter().filter(|name| *name != "customer_id") {
                key.push(name.clone());
                if !compared.iter().any(|field| field.name() == name) {
                    compared.push(Arc::new(lake.field_with_name(name).map_err(wrong)?.clone()));
                }
            }
        }
        Ok(Self {
            stored: Arc::new(Schema::new(stored)),
            rows: viewed(fields),
            displaced: viewed(displaced),
            compared: viewed(compared),
            key,
            drop_exact: source.exact_duplicates == Duplicates::Drop,
        })
    }

    /// The columns by which rows are sorted: customer, day, instant, and the raw row's hash, so that rows of one
    /// instant stand in an order that depends on nothing but themselves.
    pub(crate) fn sorted_by(&self) -> Vec<&str> {
        self.displaced.fields().iter().map(|field| field.name().as_str()).collect()
    }

    /// The keys of rows as bytes, where the source has a unique key.
    pub(crate) fn keys(&self, rows: &RecordBatch) -> Result<Option<Rows>> {
        if self.key.is_empty() {
            return Ok(None);
        }
        let columns = self.key.iter().map(|name| Ok(Arc::clone(column(rows, name)?)));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let fields = columns.iter().map(|c| SortField::new(c.data_type().clone())).collect();
        let converter = RowConverter::new(fields).map_err(wrong)?;
        converter.convert_columns(&columns).map(Some).map_err(wrong)
    }

    /// Rows with all columns that the lake stores; `keys` are theirs.
    pub(crate) fn store(&self, rows: RecordBatch, keys: Option<&Rows>) -> Result<RecordBatch> {
        let Some(keys) = keys else { return Ok(rows) };
        let hashes: Int32Array = keys.iter().map(|key| xxh3_64(key.data()) as i32).collect();
        let fields = rows.schema_ref().fields().iter().cloned();
        let field = Arc::new(Field::new(KEY, DataType::Int32, false));
        let schema = Schema::new(fields.chain([field]).collect::<Vec<_>>());
        let mut columns = rows.columns().to_vec();
        columns.push(Arc::new(hashes));
        RecordBatch::try_new(Arc::new(schema), columns).map_err(wrong)
    }
}

/// The schema of these columns in memory.
fn viewed(fields: Vec<Arc<Field>>) -> SchemaRef {
    let fields = fields.into_iter().map(|field| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => field,
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The values of a column of hashes, of whatever width.
pub(crate) fn hashes(rows: &RecordBatch, name: &str) -> Result<Int64Array> {
    let wide = cast(column(rows, name)?, &DataType::Int64).map_err(wrong)?;
    Ok(wide.as_primitive::<Int64Type>().clone())
}

/// The column of that name.
pub(crate) fn column<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    rows.column_by_name(name).ok_or_else(|| Error::internal(format!("no column {name} in a bucket")))
}

pub(crate) fn wrong(error: arrow::error::ArrowError) -> Error {
    Error::internal("cannot sort a bucket").because(error)
}
