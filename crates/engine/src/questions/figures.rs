//! Figures of the whole shop: files that yield one row, whose columns later files name as `$column`.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::ScalarValue;

use crate::error::{Error, Result};
use crate::fault::SqlFault;
use crate::sqlfile::SqlFile;
use crate::tables::Tables;
use crate::template::Context;

/// Named values, bound to the `$names` of a query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures(BTreeMap<String, ScalarValue>);

impl Figures {
    /// Adds a number; NULL where there is none.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<f64>) -> Self {
        self.0.insert(name.to_owned(), ScalarValue::Float64(value));
        self
    }

    /// A figure as a number; `None` where it is NULL, no number or unknown.
    pub fn number(&self, name: &str) -> Option<f64> {
        let array = self.0.get(name)?.to_array().ok()?;
        let array = cast(&array, &DataType::Float64).ok()?;
        let numbers = array.as_primitive::<Float64Type>();
        (!numbers.is_null(0)).then(|| numbers.value(0))
    }

    /// The figures' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = (String, ScalarValue)> + '_ {
        self.0.iter().map(|(name, value)| (name.clone(), value.clone()))
    }
}

impl Tables {
    /// Runs files that yield one row each, in order; a file may name the figures of those before it.
    ///
    /// # Errors
    /// The fault of a file, with its place; a file yields several rows, or a figure that is there already.
    pub async fn figures(
        &self,
        files: &[SqlFile],
        template: &Context,
        mut known: Figures,
    ) -> Result<Figures> {
        for file in files {
            let rendered = file.rendered(template)?;
            let found = self.one_row(&rendered.sql, &known).await;
            let found = found.map_err(|fault| file.fault(&fault, &rendered))?;
            for (name, value) in found {
                if known.0.insert(name.clone(), value).is_some() {
                    return Err(Error::bad_spec(format!("{}: `${name}` is there already", file.path))
                        .hint("another file of the folder makes it: give one of them another name"));
                }
            }
        }
        Ok(known)
    }

    async fn one_row(&self, sql: &str, known: &Figures) -> Result<Vec<(String, ScalarValue)>, SqlFault> {
        let frame = self.frame(sql, known.values()).await?;
        let schema = frame.schema().as_arrow().clone();
        let batches = frame.collect().await.map_err(|e| SqlFault::read(&e, sql))?;
        let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
        if rows > 1 {
            return Err(SqlFault::new(format!("{rows} rows where one is allowed"))
                .hint("a file of figures speaks of the whole shop: aggregate without GROUP BY"));
        }
        let row = batches.iter().find(|batch| batch.num_rows() == 1);
        schema
            .fields()
            .iter()
            .enumerate()
            .map(|(index, field)| {
                let value = match row {
                    Some(row) => ScalarValue::try_from_array(row.column(index), 0),
                    None => ScalarValue::try_new_null(field.data_type()),
                };
                Ok((field.name().clone(), value.map_err(|e| SqlFault::read(&e, sql))?))
            })
            .collect()
    }
}
