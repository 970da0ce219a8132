//! The table `feature_catalogue`: what each feature is, for people and for the models.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use foretell_engine::{Compiled, Context, Error, Result};
use foretell_spec::{SliceValue, split_name};
use serde::Serialize;

use crate::family::Sql;

/// One feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogueEntry {
    /// Column of `features`.
    pub feature: String,
    /// Behaviour it is about.
    pub family: String,
    /// `int64`, `float64` or `bool`.
    pub data_type: String,
    /// Source its rows come from.
    pub source: Option<String>,
    /// Outermost function that makes it.
    pub operation: String,
    /// Look-back, if its name ends with one.
    pub window: Option<String>,
    /// Slice, if it has one.
    pub slice: Option<String>,
    /// What it says, in a sentence.
    pub description: Option<String>,
    /// File that makes it.
    pub sql_file: String,
}

/// The entries of all features, in the order of the columns.
pub(crate) fn entries(sql: &Sql, queries: &[Compiled], template: &Context) -> Vec<CatalogueEntry> {
    let slices: Vec<SliceValue> = template.slices().iter().map(|cell| cell.slice.clone()).collect();
    let mut entries = Vec::new();
    for ((family, file), query) in sql.features.iter().zip(queries) {
        for column in &query.columns {
            let (_, window, slice) = split_name(&column.name, template.windows(), &slices);
            entries.push(CatalogueEntry {
                feature: column.name.clone(),
                family: family.clone(),
                data_type: column.data_type.to_string().to_lowercase().replace("boolean", "bool"),
                source: file.header.source.clone(),
                operation: column.operation.clone(),
                window: window.map(|w| w.name.clone()),
                slice: slice.map(|s| s.name.clone()),
                description: column.description.clone(),
                sql_file: sql.below_root(file),
            });
        }
    }
    entries
}

/// The entries as rows of the table.
pub(crate) fn batch(entries: &[CatalogueEntry]) -> Result<RecordBatch> {
    let fields =
        ["feature", "family", "type", "source", "operation", "window", "slice", "description", "sql_file"];
    let schema =
        Schema::new(fields.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>());
    let column = |value: fn(&CatalogueEntry) -> Option<&str>| -> Arc<StringArray> {
        Arc::new(entries.iter().map(value).collect())
    };
    RecordBatch::try_new(
        Arc::new(schema),
        vec![
            column(|e| Some(&e.feature)),
            column(|e| Some(&e.family)),
            column(|e| Some(&e.data_type)),
            column(|e| e.source.as_deref()),
            column(|e| Some(&e.operation)),
            column(|e| e.window.as_deref()),
            column(|e| e.slice.as_deref()),
            column(|e| e.description.as_deref()),
            column(|e| Some(&e.sql_file)),
        ],
    )
    .map_err(|e| Error::internal("the catalogue does not fit its schema").because(e))
}
