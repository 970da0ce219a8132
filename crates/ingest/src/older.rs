//! What the lake holds already of a bucket: the rows that new ones must be held against.

use std::collections::HashSet;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::SchemaRef;
use foretell_engine::{Days, Error, HASH, Result};
use foretell_storage::Object;

use crate::numbers::Hashes;
use crate::shape::{KEY, Shape, hashes};

/// A bucket of a run that is in the lake.
pub(crate) struct Older {
    /// Its rows.
    pub(crate) rows: Object,
    /// Its rows that gave way to an earlier one of the same key, where there are any.
    pub(crate) displaced: Option<Object>,
    /// The days of the run's rows, in all buckets.
    pub(crate) days: Days,
    /// Says that its rows are written anew, together with the new ones.
    pub(crate) merged: bool,
}

/// What new rows ask of an older bucket.
pub(crate) struct Question<'a> {
    /// Customers to look for.
    pub(crate) customers: &'a HashSet<&'a str>,
    /// Hashes of new rows; `None` where the older bucket can hold none of them.
    pub(crate) hashes: Option<&'a Hashes>,
    /// Hashes of keys of new rows; `None` where rows may share keys.
    pub(crate) keys: Option<&'a Hashes>,
}

/// What an older bucket answers.
pub(crate) struct Answer {
    /// Customers of the question that have rows in it.
    pub(crate) customers: HashSet<String>,
    /// Numbers of the rows whose hash or key was asked for, ascending.
    pub(crate) numbers: Vec<usize>,
    /// These rows: the columns by which rows are sorted, and those of the key.
    pub(crate) rows: RecordBatch,
}

impl Answer {
    /// That of a bucket that was not asked.
    pub(crate) fn empty(shape: &Shape) -> Self {
        let rows = RecordBatch::new_empty(shape.compared.clone());
        Self { customers: HashSet::new(), numbers: Vec::new(), rows }
    }
}

impl Older {
    /// All rows.
    pub(crate) fn all(&self, shape: &Shape) -> Result<RecordBatch> {
        read(&self.rows, &shape.rows, None)
    }

    /// The rows that gave way to others, with the columns by which rows are sorted.
    pub(crate) fn displaced(&self, shape: &Shape) -> Result<Option<RecordBatch>> {
        let Some(object) = &self.displaced else { return Ok(None) };
        read(object, &shape.displaced, None).map(Some)
    }

    /// Looks for customers and rows.
    ///
    /// Only columns of hashes are read for all rows; what they name is then read itself, so that two values that
    /// share a hash are not taken for one.
    pub(crate) fn answer(&self, shape: &Shape, question: &Question<'_>) -> Result<Answer> {
        let mut columns = vec!["customer_id"];
        columns.extend(question.hashes.map(|_| HASH));
        columns.extend(question.keys.map(|_| KEY));
        let mut customers = HashSet::new();
        let mut numbers = Vec::new();
        let mut last = String::new();
        let mut start = 0;
        for batch in self.rows.scan(&columns, None)? {
            let batch = batch?;
            for customer in batch.column(0).as_string::<i32>().iter().flatten() {
                if customer != last {
                    customer.clone_into(&mut last);
                    if question.customers.contains(customer) {
                        customers.insert(customer.to_owned());
                    }
                }
            }
            let asked = |name: &str, wanted: Option<&Hashes>| -> Result<Vec<bool>> {
                let Some(wanted) = wanted else { return Ok(Vec::new()) };
                Ok(hashes(&batch, name)?.values().iter().map(|hash| wanted.contains(hash)).collect())
            };
            let (by_hash, by_key) = (asked(HASH, question.hashes)?, asked(KEY, question.keys)?);
            let found = (0..batch.num_rows()).filter(|row| {
                by_hash.get(*row).is_some_and(|found| *found) || by_key.get(*row).is_some_and(|found| *found)
            });
            numbers.extend(found.map(|row| start + row));
            start += batch.num_rows();
        }
        if numbers.is_empty() {
            return Ok(Answer { customers, ..Answer::empty(shape) });
        }
        let rows = read(&self.rows, &shape.compared, Some(&numbers))?;
        Ok(Answer { customers, numbers, rows })
    }
}

/// Reads the columns of a schema into one batch.
fn read(object: &Object, schema: &SchemaRef, rows: Option<&[usize]>) -> Result<RecordBatch> {
    let wrong = |e| Error::internal("the lake has other columns than its manifest says").because(e);
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let mut batches = Vec::new();
    for batch in object.scan(&names, rows)? {
        let batch = batch?;
        let columns = schema.fields().iter().map(|field| {
            let column = batch.column_by_name(field.name()).ok_or_else(|| missing(field.name()))?;
            cast(column, field.data_type()).map_err(wrong)
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        batches.push(RecordBatch::try_new(schema.clone(), columns).map_err(wrong)?);
    }
    concat_batches(schema, &batches).map_err(wrong)
}

fn missing(name: &str) -> Error {
    Error::internal(format!("the lake has no column {name}"))
}
