//! `show … influence` for people: what the champion's statements rest on.

use std::fmt::Write;

use arrow::array::{Array, RecordBatch};
use comfy_table::{CellAlignment, Table, presets};
use foretell_engine::{Error, Result, SqlFault, Tables, float_column, int_column, text_column};

use crate::args::Show;
use crate::session::Session;

/// Families and sources shown, at most: beyond these shares are small.
const MOST: usize = 12;

/// Length of the longest bar.
const BAR: f64 = 24.0;

/// One line of a list.
#[derive(Clone)]
struct Line {
    name: String,
    features: i64,
    share: f64,
    low: f64,
    high: f64,
    direction: String,
    description: String,
}

/// Draws the influence of each target's champion; `None` where no table of groups was made yet.
///
/// # Errors
/// There is no such target or cutoff, or a table cannot be read.
pub(super) async fn drawn(session: &Session, arguments: &Show) -> Result<Option<String>> {
    let entries = session.warehouse.list("tables/influence_groups").await?;
    let targets: Vec<(String, String)> = entries
        .iter()
        .filter_map(|entry| {
            let target = entry.path.split('/').find_map(|part| part.strip_prefix("target="))?;
            entry.path.ends_with(".parquet").then(|| (target.to_owned(), entry.path.clone()))
        })
        .collect();
    if targets.is_empty() {
        return Ok(None);
    }
    let wanted = |target: &str| arguments.target.as_deref().is_none_or(|wanted| wanted == target);
    let mut text = String::new();
    for (target, path) in targets.iter().filter(|(target, _)| wanted(target)) {
        let tables = session.engine.tables(&session.warehouse)?;
        tables.add("shared", path).await?;
        tables.add("catalogue", "tables/feature_catalogue/part-0.parquet").await?;
        one(&mut text, target, &tables, arguments).await?;
    }
    if text.is_empty() {
        let known: Vec<&str> = targets.iter().map(|(target, _)| target.as_str()).collect();
        return Err(Error::missing("table `influence` has no such partition").hint(format!(
            "leave out --target or --cutoff to see what there is; targets: {}",
            known.join(", ")
        )));
    }
    Ok(Some(text))
}

async fn one(text: &mut String, target: &str, tables: &Tables, arguments: &Show) -> Result<()> {
    let newest = match arguments.cutoff {
        Some(cutoff) => format!("DATE '{cutoff}'"),
        None => "(SELECT max(cutoff) FROM shared)".to_owned(),
    };
    // The champion's rows stand first.
    let first = format!("SELECT CAST(cutoff AS VARCHAR), model FROM shared WHERE cutoff = {newest} LIMIT 1");
    let batches = tables.collect(&first).await.map_err(fault)?;
    let Some(batch) = batches.first().filter(|batch| batch.num_rows() > 0) else { return Ok(()) };
    let (cutoff, model) = (text_column(batch, 0)?, text_column(batch, 1)?);
    let (cutoff, model) = (cutoff.value(0), model.value(0));
    let list = |kind: &str, most: usize| {
        format!(
            "SELECT name, features, share, share_low, share_high, direction, coalesce(description, '') \
             FROM shared LEFT JOIN catalogue ON name = feature AND kind = 'group' \
             WHERE cutoff = DATE '{cutoff}' AND model = '{model}' AND kind = '{kind}' AND share > 0 \
             ORDER BY rank LIMIT {most}"
        )
    };
    let lines = |batches: Vec<RecordBatch>| batches.iter().map(lines).collect::<Result<Vec<_>>>();
    let families = lines(tables.collect(&list("family", MOST)).await.map_err(fault)?)?.concat();
    let sources = lines(tables.collect(&list("source", MOST)).await.map_err(fault)?)?.concat();
    let features = lines(tables.collect(&list("group", arguments.rows)).await.map_err(fault)?)?.concat();
    // Writing to a String cannot fail.
    let _ = draw(text, (target, cutoff, model), [&families, &sources], &features);
    Ok(())
}

fn fault(fault: SqlFault) -> Error {
    Error::internal(format!("influence: {}", fault.message))
}

fn lines(batch: &RecordBatch) -> Result<Vec<Line>> {
    let (name, direction, description) =
        (text_column(batch, 0)?, text_column(batch, 5)?, text_column(batch, 6)?);
    let features = int_column(batch, 1)?;
    let (share, low, high) = (float_column(batch, 2)?, float_column(batch, 3)?, float_column(batch, 4)?);
    let line = |row| Line {
        name: name.value(row).to_owned(),
        features: features.value(row),
        share: share.value(row),
        low: low.value(row),
        high: high.value(row),
        direction: direction.value(row).to_owned(),
        description: description.value(row).to_owned(),
    };
    Ok((0..name.len()).map(line).collect())
}

fn draw(
    text: &mut String,
    (target, cutoff, model): (&str, &str, &str),
    [families, sources]: [&Vec<Line>; 2],
    features: &[Line],
) -> std::fmt::Result {
    if !text.is_empty() {
        writeln!(text)?;
    }
    writeln!(text, "{target}: what {model} says of {cutoff} rests on")?;
    let longest = families.first().map_or(1.0, |family| family.share);
    for (title, lines) in [("family", families), ("source", sources)] {
        let mut table = plain(["", title, "share", "95 %", ""]);
        for line in lines {
            table.add_row([
                String::new(),
                line.name.clone(),
                percent(line.share),
                interval(line),
                bar(line.share / longest),
            ]);
        }
        right(&mut table, 2);
        writeln!(text, "\n{}", trimmed(&table))?;
    }
    let mut table = plain(["", "feature, near copies as one", "share", "95 %", "more of it", "says"]);
    for line in features {
        let more = if line.features > 1 { format!(" (+{})", line.features - 1) } else { String::new() };
        table.add_row([
            String::new(),
            format!("{}{more}", line.name),
            percent(line.share),
            interval(line),
            line.direction.clone(),
            line.description.clone(),
        ]);
    }
    right(&mut table, 2);
    writeln!(text, "\n{}", trimmed(&table))
}

fn plain<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(header);
    table
}

fn right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// The table without blanks at the ends of its lines.
fn trimmed(table: &Table) -> String {
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn interval(line: &Line) -> String {
    format!("{:.1} to {:.1}", 100.0 * line.low, 100.0 * line.high)
}

/// A bar to an eighth of a character.
fn bar(part: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (part * BAR * 8.0).round().max(0.0) as usize;
    let rest = PARTS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{rest}", "█".repeat(eighths / 8))
}
