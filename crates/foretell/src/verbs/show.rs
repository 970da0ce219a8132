//! `show`: a table on the terminal.

use std::process::ExitCode;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use comfy_table::{CellAlignment, Table, presets};
use foretell_engine::{Error, Result};

use crate::args::{Form, Show};
use crate::say::say;
use crate::session::{self, Access, Session};
use crate::verbs::influence;

pub(crate) fn show(arguments: &Show) -> ExitCode {
    session::with(&arguments.common, Access::Read, |session| async move {
        if arguments.table == "influence"
            && arguments.common.output == Form::Text
            && let Some(text) = influence::drawn(&session, arguments).await?
        {
            say!("{}", text.trim_end());
            return Ok(ExitCode::SUCCESS);
        }
        let partitions = partitions(&session, arguments).await?;
        let mut left = arguments.rows;
        for (path, keys) in partitions {
            let tables = session.engine.tables(&session.warehouse)?;
            tables.add("shown", &path).await?;
            let read =
                |fault: foretell_engine::SqlFault| Error::internal(format!("{path}: {}", fault.message));
            let all = tables.collect("SELECT count(*) FROM shown").await.map_err(read)?;
            let rows = tables.collect(&format!("SELECT * FROM shown LIMIT {left}")).await.map_err(read)?;
            let shown: usize = rows.iter().map(RecordBatch::num_rows).sum();
            left -= shown;
            match arguments.common.output {
                Form::Text => {
                    let total = all.first().map(|b| cell(b, 0, 0)).transpose()?.unwrap_or_default();
                    say!("{} {keys}({shown} of {total} rows)", arguments.table);
                    say!("{}", drawn(&rows)?);
                    let more = rows.first().map_or(0, |batch| batch.num_columns().saturating_sub(COLUMNS));
                    if more > 0 {
                        say!("columns left out: {more}; `--output json` shows all");
                    }
                }
                Form::Json => {
                    for batch in &rows {
                        for row in 0..batch.num_rows() {
                            say!("{}", object(batch, row)?);
                        }
                    }
                }
            }
            if left == 0 {
                break;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The table's partitions that were asked for: path, and its keys to print.
async fn partitions(session: &Session, arguments: &Show) -> Result<Vec<(String, String)>> {
    let entries = session.warehouse.list(&format!("tables/{}", arguments.table)).await?;
    let mut found: Vec<(String, String)> = entries
        .into_iter()
        .filter(|entry| entry.path.ends_with(".parquet"))
        .map(|entry| {
            let keys: Vec<&str> = entry.path.split('/').filter(|part| part.contains('=')).collect();
            let keys = keys.iter().map(|key| format!("{key} ")).collect();
            (entry.path, keys)
        })
        .collect();
    if found.is_empty() {
        let all = session.warehouse.list("tables").await?;
        let mut names: Vec<&str> = all.iter().filter_map(|e| e.path.split('/').nth(1)).collect();
        names.dedup();
        let hint = match names.is_empty() {
            true => "there are no tables yet: `foretell run` makes them".to_owned(),
            false => format!("there are: {}", names.join(", ")),
        };
        return Err(Error::missing(format!("no table `{}`", arguments.table)).hint(hint));
    }
    if let Some(target) = &arguments.target {
        found.retain(|(path, _)| path.contains(&format!("/target={target}/")));
    }
    match arguments.cutoff {
        Some(cutoff) => found.retain(|(path, _)| path.contains(&format!("/cutoff={cutoff}/"))),
        // One row a customer: the newest cutoff of each target is what people mean.
        None => {
            let stem = |path: &str| path.split("/cutoff=").next().unwrap_or_default().to_owned();
            let newest: Vec<bool> = found
                .iter()
                .enumerate()
                .map(|(i, (path, _))| {
                    !path.contains("/cutoff=")
                        || found.get(i + 1).is_none_or(|(next, _)| stem(next) != stem(path))
                })
                .collect();
            let mut keep = newest.into_iter();
            found.retain(|_| keep.next().unwrap_or(true));
        }
    }
    if found.is_empty() {
        return Err(Error::missing(format!("table `{}` has no such partition", arguments.table))
            .hint("leave out --target or --cutoff to see what there is"));
    }
    Ok(found)
}

/// Columns that fit a terminal.
const COLUMNS: usize = 14;

fn drawn(rows: &[RecordBatch]) -> Result<Table> {
    let rows: Vec<RecordBatch> = rows
        .iter()
        .map(|batch| batch.project(&(0..batch.num_columns().min(COLUMNS)).collect::<Vec<_>>()))
        .collect::<Result<_, _>>()
        .map_err(|e| Error::internal("cannot print a table").because(e))?;
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    let Some(first) = rows.first() else { return Ok(table) };
    table.set_header(first.schema().fields().iter().map(|f| f.name().clone()));
    for batch in &rows {
        for row in 0..batch.num_rows() {
            table.add_row((0..batch.num_columns()).map(|c| cell(batch, c, row)).collect::<Result<Vec<_>>>()?);
        }
    }
    for (index, field) in first.schema().fields().iter().enumerate() {
        if field.data_type().is_numeric()
            && let Some(column) = table.column_mut(index)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    Ok(table)
}

fn cell(batch: &RecordBatch, column: usize, row: usize) -> Result<String> {
    let values = batch.column(column);
    let formatter = ArrayFormatter::try_new(values, &FormatOptions::default())
        .map_err(|e| Error::internal("cannot print a column").because(e))?;
    let text = formatter.value(row).to_string();
    // Four digits tell people enough; programs ask for JSON.
    Ok(match text.parse::<f64>() {
        Ok(number) if values.data_type().is_floating() => format!("{number:.4}"),
        _ => text,
    })
}

fn object(batch: &RecordBatch, row: usize) -> Result<serde_json::Value> {
    let mut fields = serde_json::Map::new();
    for (index, field) in batch.schema().fields().iter().enumerate() {
        let values = batch.column(index);
        let value = if values.is_null(row) {
            serde_json::Value::Null
        } else {
            let formatter = ArrayFormatter::try_new(values, &FormatOptions::default())
                .map_err(|e| Error::internal("cannot print a column").because(e))?;
            let text = formatter.value(row).to_string();
            let number_or_bool =
                field.data_type().is_numeric() || field.data_type() == &arrow::datatypes::DataType::Boolean;
            match serde_json::from_str(&text) {
                Ok(value) if number_or_bool => value,
                _ => serde_json::Value::String(text),
            }
        };
        fields.insert(field.name().clone(), value);
    }
    Ok(serde_json::Value::Object(fields))
}
