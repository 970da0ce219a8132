//! What the catalogue says of each feature, for tables that people read.

use std::collections::HashMap;

use arrow::array::{Array, StringArray};
use foretell_engine::{Engine, Error, Result, text_column};
use foretell_storage::{Warehouse, layout};

/// Where a feature's file names no source.
const UNNAMED: &str = "unnamed";

/// The words of the catalogue, by feature.
pub(crate) struct About(HashMap<String, Entry>);

struct Entry {
    source: Option<String>,
    is_bool: bool,
    description: Option<String>,
}

impl About {
    /// Reads the published catalogue.
    pub(crate) async fn read(engine: &Engine, warehouse: &Warehouse) -> Result<Self> {
        let tables = engine.tables(warehouse)?;
        let path = layout::partition("feature_catalogue", &[]);
        tables.add("feature_catalogue", &path).await?;
        let batches = tables
            .collect("SELECT feature, type, source, description FROM feature_catalogue")
            .await
            .map_err(|fault| Error::internal(format!("{path}: {}", fault.message)))?;
        let mut entries = HashMap::new();
        for batch in batches {
            let columns: Vec<StringArray> = (0..4).map(|i| text_column(&batch, i)).collect::<Result<_>>()?;
            let cell = |column: usize, row: usize| {
                let column = columns.get(column).filter(|column| !column.is_null(row))?;
                Some(column.value(row).to_owned())
            };
            entries.extend((0..batch.num_rows()).map(|row| {
                let entry = Entry {
                    is_bool: cell(1, row).as_deref() == Some("bool"),
                    source: cell(2, row),
                    description: cell(3, row),
                };
                (cell(0, row).unwrap_or_default(), entry)
            }));
        }
        Ok(Self(entries))
    }

    /// The source a feature's rows come from.
    pub(crate) fn source(&self, feature: &str) -> &str {
        self.0.get(feature).and_then(|entry| entry.source.as_deref()).unwrap_or(UNNAMED)
    }

    /// A sentence with a customer's own value, NaN if missing: `Days since the last order: 87`.
    pub(crate) fn sentence(&self, feature: &str, value: f64) -> String {
        let entry = self.0.get(feature);
        let says = entry.and_then(|entry| entry.description.as_deref()).unwrap_or(feature);
        let is_bool = entry.is_some_and(|entry| entry.is_bool);
        format!("{}: {}", says.trim_end_matches('.'), words(value, is_bool))
    }
}

/// A value as people write it: thousands apart, as many digits as tell something.
fn words(value: f64, is_bool: bool) -> String {
    if value.is_nan() {
        return "none".to_owned();
    }
    if is_bool {
        return if value == 0.0 { "no" } else { "yes" }.to_owned();
    }
    let size = value.abs();
    let decimals = match size {
        _ if value.fract() == 0.0 => 0,
        _ if size >= 1_000.0 => 0,
        _ if size >= 10.0 => 1,
        _ if size >= 0.1 => 2,
        _ if size >= 0.001 => 4,
        // Too small to be told from nothing.
        _ => return if value > 0.0 { "less than 0.001" } else { "nearly 0" }.to_owned(),
    };
    let text = format!("{size:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let fraction = fraction.trim_end_matches('0');
    let sign = if value < 0.0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_people_write_them() {
        let said = |value| words(value, false);
        assert_eq!(said(87.0), "87");
        assert_eq!(said(-1_234_567.0), "-1,234,567");
        assert_eq!(said(1234.56), "1,235");
        assert_eq!(said(12.345), "12.3");
        assert_eq!(said(1.5), "1.5");
        assert_eq!(said(1.0 / 3.0), "0.33");
        assert_eq!(said(0.0125), "0.0125");
        assert_eq!(said(0.0), "0");
        assert_eq!(said(2e-7), "less than 0.001");
        assert_eq!(said(f64::NAN), "none");
        assert_eq!(words(1.0, true), "yes");
        assert_eq!(words(0.0, true), "no");
    }
}
