//! The columns of a source as the lake stores them, and what compares its rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, UInt64Type};
use arrow::row::{RowConverter, Rows, SortField};
use foretell_engine::{Error, HASH, Result};
use foretell_spec::{Duplicates, Source};
use xxhash_rust::xxh3::xxh3_64;

use crate::judge::HELPERS;

/// Column that holds a hash of a row's customer and unique key, where the source has one.
///
/// It is short, because it only says which rows are worth a look.
pub(crate) const KEY: &str = "_key";

/// How the rows of a source are stored and compared.
pub(crate) struct Shape {
    /// The columns of the lake, and behind them those for the lake itself.
    pub(crate) stored: SchemaRef,
    /// The columns by which rows are sorted: all that is remembered of a row that gave way to another.
    pub(crate) displaced: SchemaRef,
    /// These, and the columns of the key.
    pub(crate) compared: SchemaRef,
    /// The customer and the columns of which no two of its rows share all values; empty if rows may.
    pub(crate) key: Vec<String>,
    /// Says that rows equal in every raw field are left out but for one.
    pub(crate) drop_exact: bool,
}

impl Shape {
    /// `lake` are the columns that SQL sees: customer, day and instant, then all others.
    pub(crate) fn new(source: &Source, lake: &SchemaRef) -> Result<Self> {
        let wrong = |e| Error::internal("the unique key is not in the lake").because(e);
        let mut fields: Vec<Arc<Field>> = lake.fields().iter().cloned().collect();
        let hash = |name: &str, bits: DataType| Arc::new(Field::new(name, bits, false));
        let mut displaced: Vec<Arc<Field>> = fields.iter().take(3).cloned().collect();
        displaced.push(hash(HASH, DataType::Int64));
        fields.push(hash(HASH, DataType::Int64));
        let mut key: Vec<String> = Vec::new();
        let mut compared = displaced.clone();
        if !source.unique_key.is_empty() {
            fields.push(hash(KEY, DataType::Int32));
            key.push("customer_id".to_owned());
            for name in source.unique_key.iter().filter(|name| *name != "customer_id") {
                key.push(name.clone());
                if !compared.iter().any(|field| field.name() == name) {
                    compared.push(Arc::new(lake.field_with_name(name).map_err(wrong)?.clone()));
                }
            }
        }
        let schema = |fields: Vec<Arc<Field>>| Arc::new(Schema::new(fields));
        Ok(Self {
            stored: schema(fields),
            displaced: schema(displaced),
            compared: schema(compared),
            key,
            drop_exact: source.exact_duplicates == Duplicates::Drop,
        })
    }

    /// The columns by which rows are sorted: customer, day, instant, and the raw row's hash, so that rows of one
    /// instant stand in an order that depends on nothing but themselves.
    pub(crate) fn sorted_by(&self) -> Vec<&str> {
        self.displaced.fields().iter().map(|field| field.name().as_str()).collect()
    }

    /// The columns of the key.
    pub(crate) fn key(&self) -> Vec<&str> {
        self.key.iter().map(String::as_str).collect()
    }

    /// Rows as they were judged, with the columns that the lake stores.
    pub(crate) fn store(&self, judged: &RecordBatch) -> Result<RecordBatch> {
        let raw = column(judged, HELPERS[2])?.as_primitive::<UInt64Type>();
        let hashes: Int64Array = raw.values().iter().map(|hash| hash.cast_signed()).collect();
        let mut keys = self.hashes_of_keys(judged)?;
        let columns = self.stored.fields().iter().map(|field| match field.name().as_str() {
            HASH => Ok(Arc::new(hashes.clone()) as ArrayRef),
            KEY => keys.take().ok_or_else(|| Error::internal("no unique key to hash")),
            name => Ok(Arc::clone(column(judged, name)?)),
        });
        RecordBatch::try_new(Arc::clone(&self.stored), columns.collect::<Result<_>>()?).map_err(wrong)
    }

    fn hashes_of_keys(&self, rows: &RecordBatch) -> Result<Option<ArrayRef>> {
        if self.key.is_empty() {
            return Ok(None);
        }
        let keys = keys(rows, &self.key())?;
        let hashes: Int32Array = keys.iter().map(|key| xxh3_64(key.data()) as i32).collect();
        Ok(Some(Arc::new(hashes)))
    }
}

/// The values of some columns as bytes that compare as the values do.
pub(crate) fn keys(rows: &RecordBatch, names: &[&str]) -> Result<Rows> {
    let columns = names.iter().map(|name| Ok(Arc::clone(column(rows, name)?))).collect::<Result<Vec<_>>>()?;
    let fields = columns.iter().map(|c| SortField::new(c.data_type().clone())).collect();
    let converter = RowConverter::new(fields).map_err(wrong)?;
    converter.convert_columns(&columns).map_err(wrong)
}

/// The values of a column of hashes, of whatever width.
pub(crate) fn hashes(rows: &RecordBatch, name: &str) -> Result<Int64Array> {
    let wide = cast(column(rows, name)?, &DataType::Int64).map_err(wrong)?;
    Ok(wide.as_primitive::<Int64Type>().clone())
}

pub(crate) fn column<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    rows.column_by_name(name).ok_or_else(|| Error::internal(format!("no column {name} in a bucket")))
}

pub(crate) fn wrong(error: arrow::error::ArrowError) -> Error {
    Error::internal("cannot sort a bucket").because(error)
}
