//! The values by which features are split: learned before the earliest cutoff, then kept.

use chrono::NaiveDate;
use foretell_engine::{Context, Engine, Error, Lake, Period, Result, SliceCell, text_column};
use foretell_spec::{Loaded, Slice, slice_grid, windows};
use foretell_storage::{Warehouse, layout};
use serde::{Deserialize, Serialize};

/// Slices as they were learned, kept so that a table's columns stay the same night after night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// What was asked for.
    wanted: Vec<(String, Slice)>,
    /// Only rows before this day (ISO 8601) had a say.
    learned_before: String,
    /// Column, source and values.
    values: Vec<(String, String, Vec<String>)>,
}

/// The template context of a spec: its windows and its slices, which are kept for later runs if `keep`.
///
/// # Errors
/// A slice names a column that no source has, or the lake cannot be read.
pub(crate) async fn context(
    engine: &Engine,
    warehouse: &Warehouse,
    lake: &Lake,
    loaded: &Loaded,
    earliest: NaiveDate,
    keep: bool,
) -> Result<Context> {
    let wanted: Vec<(String, Slice)> =
        loaded.spec.features.slices.iter().map(|(c, s)| (c.clone(), s.clone())).collect();
    let kept = warehouse.read_json::<Kept>(layout::SLICES).await?;
    let kept = kept.filter(|kept| kept.wanted == wanted);
    let kept = match kept {
        Some(kept) if kept.learned_before <= earliest.to_string() => kept,
        other => {
            let values = learn(engine, lake, loaded, &wanted, earliest).await?;
            let complete = values.iter().all(|(_, _, values)| !values.is_empty());
            let learned = Kept { wanted, learned_before: earliest.to_string(), values };
            if keep && complete {
                // Slices learned for an earlier date are older knowledge, so all later runs can keep them.
                if other.is_some_and(|other| other.values != learned.values) {
                    tracing::warn!(
                        "slices were learned anew from before {earliest}: features of other dates have other \
                         columns until those dates are run again"
                    );
                }
                warehouse.write_json(layout::SLICES, &learned).await?;
            }
            learned
        }
    };
    let names =
        slice_grid(kept.values.iter().map(|(column, _, values)| (column.as_str(), values.as_slice())));
    let cells = names
        .into_iter()
        .filter_map(|slice| {
            let source = kept.values.iter().find(|(column, ..)| *column == slice.column)?.1.clone();
            Some(SliceCell { source, slice })
        })
        .collect();
    Ok(template(loaded, lake, cells))
}

/// The template context of a spec with these slices.
pub(crate) fn template(loaded: &Loaded, lake: &Lake, cells: Vec<SliceCell>) -> Context {
    Context::new(windows(&loaded.spec.features), cells, lake).with("timezone", &loaded.spec.timezone)
}

/// The first source that has a column to slice by.
pub(crate) fn source_of(loaded: &Loaded, lake: &Lake, column: &str) -> Result<String> {
    let found = lake.sources.iter().find(|s| s.schema.column_with_name(column).is_some());
    found.map(|source| source.name.clone()).ok_or_else(|| {
        loaded
            .fault(&["features", "slices", column], format!("no source has a column `{column}`"))
            .hint("map it under `columns` of a source, or derive it")
            .into()
    })
}

async fn learn(
    engine: &Engine,
    lake: &Lake,
    loaded: &Loaded,
    wanted: &[(String, Slice)],
    earliest: NaiveDate,
) -> Result<Vec<(String, String, Vec<String>)>> {
    let view = engine.view(lake, Period::before(earliest), &Context::default(), &[]).await?;
    let mut learned = Vec::new();
    for (column, slice) in wanted {
        let source = source_of(loaded, lake, column)?;
        let values = match slice {
            Slice::Values(values) => values.clone(),
            Slice::Top(count) => {
                let sql = format!(
                    "SELECT CAST({column} AS VARCHAR) AS value FROM {} WHERE {column} IS NOT NULL \
                     GROUP BY 1 ORDER BY count(*) DESC, value LIMIT {count}",
                    source
                );
                let batches = view
                    .collect(&sql)
                    .await
                    .map_err(|fault| Error::internal(format!("slice {column}: {}", fault.message)))?;
                let mut values = Vec::new();
                for batch in &batches {
                    values.extend(text_column(batch, 0)?.iter().flatten().map(str::to_owned));
                }
                values
            }
        };
        if values.is_empty() {
            tracing::warn!("slice {column}: no row before {earliest}, so nothing to slice by");
        }
        learned.push((column.clone(), source, values));
    }
    Ok(learned)
}
