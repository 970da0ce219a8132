//! What is to be made of each raw column, worked out once a file.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono_tz::Tz;
use foretell_engine::Result;
use foretell_spec::types::{Column, ColumnType, Source};

use super::cast::Rule;

/// Digits of a decimal column.
pub(super) const DECIMAL_DIGITS: u8 = 18;

/// Digits after the point of a decimal column that does not say.
const DECIMAL_SCALE: u8 = 4;

/// The canonical columns of a source: names, raw names and rules, all in the order of the spec.
pub(super) struct Plan {
    pub(super) schema: SchemaRef,
    pub(super) names: Vec<String>,
    pub(super) from: Vec<String>,
    pub(super) rules: Vec<Rule>,
}

impl Plan {
    /// Reads the columns of `source`; `timezone` holds for timestamps whose column names none.
    ///
    /// # Errors
    /// Bad spec, when a format, a time zone, a scale or a decimal mark makes no sense.
    pub(super) fn new(source: &Source, timezone: Tz) -> Result<Self> {
        let rules = source.columns.iter().map(|(name, column)| Rule::new(name, column, timezone));
        Ok(Self {
            schema: Arc::new(schema(source)),
            names: source.columns.keys().cloned().collect(),
            from: source.columns.values().map(|column| column.from.trim().to_owned()).collect(),
            rules: rules.collect::<Result<_>>()?,
        })
    }

    /// Number of canonical columns.
    pub(super) fn width(&self) -> usize {
        self.names.len()
    }

    /// The raw names, in the order of the canonical columns.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &str> {
        self.from.iter().map(String::as_str)
    }
}

/// The Arrow schema of a source's canonical columns, in the order of the spec; every column may hold NULL.
pub fn schema(source: &Source) -> Schema {
    let field = |(name, column): (&String, &Column)| Field::new(name, data_type(column), true);
    Schema::new(source.columns.iter().map(field).collect::<Vec<_>>())
}

/// The Arrow type of a canonical column.
pub(super) fn data_type(column: &Column) -> DataType {
    match column.kind {
        ColumnType::String => DataType::Utf8,
        ColumnType::Int => DataType::Int64,
        ColumnType::Float => DataType::Float64,
        ColumnType::Decimal => DataType::Decimal128(DECIMAL_DIGITS, scale(column) as i8),
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ColumnType::Date => DataType::Date32,
    }
}

/// Digits after the point of a decimal column.
pub(super) fn scale(column: &Column) -> u8 {
    column.scale.unwrap_or(DECIMAL_SCALE)
}
