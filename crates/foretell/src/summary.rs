//! The summary at the end of a run, for people.

mod customers;

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};
use foretell_score::{Estimate, ModelReport, TargetReport};
use indicatif::HumanCount;

use crate::after;
use crate::session::Session;
use crate::verbs::Reports;

/// Families named below a target.
const FAMILIES: usize = 4;

/// Draws the summary.
pub(crate) fn of(session: &Session, reports: &Reports) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = draw(&mut text, session, reports);
    text
}

fn draw(text: &mut String, session: &Session, reports: &Reports) -> std::fmt::Result {
    let date = reports.score.as_ref().map(|r| &r.date).or(reports.features.as_ref().map(|r| &r.date));
    let date = date.map(|date| format!(" as of {date}")).unwrap_or_default();
    let nothing = if reports.fresh() { "" } else { ": nothing to do, all is as the last run left it" };
    writeln!(text, "{}{date}{nothing}", session.loaded.spec.pipeline)?;
    if let Some(ingest) = &reports.ingest {
        rows(text, ingest)?;
    }
    if let Some(features) = &reports.features {
        let customers = features.cutoffs.last().map_or(0, |(_, rows)| *rows);
        writeln!(
            text,
            "\n{} customers known, {} features at {}",
            number(customers),
            number(features.features),
            cutoffs(&features.cutoffs),
        )?;
        if reports.fresh() {
            left(text, features)?;
        }
    }
    if let Some(score) = &reports.score {
        for target in &score.targets {
            writeln!(text)?;
            of_target(text, target)?;
        }
        if let Some(found) = &score.customers {
            customers::draw(text, session, found)?;
        }
    }
    writeln!(text, "\ntables: {}/tables", session.warehouse.display())
}

fn cutoffs(cutoffs: &[(String, u64)]) -> String {
    match cutoffs {
        [] => "no cutoff".to_owned(),
        [(only, _)] => format!("the cutoff {only}"),
        [(first, _), .., (last, _)] => format!("{} cutoffs from {first} to {last}", cutoffs.len()),
    }
}

fn rows(text: &mut String, report: &foretell_ingest::Report) -> std::fmt::Result {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["", "files", "rows in", "kept", "quarantined", "dropped", "customers", "days"]);
    for source in &report.sources {
        let counts = &source.counts;
        let days = match (&source.first_day, &source.last_day) {
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => String::new(),
        };
        table.add_row([
            source.source.clone(),
            number(counts.files),
            number(counts.read),
            number(counts.kept),
            number(counts.all_quarantined()),
            number(counts.all_dropped()),
            number(counts.customers),
            days,
        ]);
    }
    for column in 1..7 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    writeln!(text, "\n{}", trimmed(&table))?;
    for source in &report.sources {
        let reasons = |what: &str, counts: &std::collections::BTreeMap<String, u64>| {
            let list: Vec<String> = counts.iter().map(|(rule, n)| format!("{} {rule}", number(*n))).collect();
            (!list.is_empty()).then(|| format!("{what} {}", list.join(", ")))
        };
        let parts =
            [reasons("quarantined", &source.counts.quarantined), reasons("dropped", &source.counts.dropped)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if !parts.is_empty() {
            writeln!(text, "  {}: {}", source.source, parts.join("; "))?;
        }
    }
    if report.fresh {
        report.sources.iter().try_for_each(|source| taken(text, source))?;
    }
    Ok(())
}

/// Which files were read and which were not, where the lake held some of them.
fn taken(text: &mut String, source: &foretell_ingest::SourceReport) -> std::fmt::Result {
    if source.files_gone > 0 {
        writeln!(
            text,
            "  {}: no longer there, though their rows stay: {}",
            source.source,
            files(source.files_gone)
        )?;
    }
    if source.files_taken == 0 {
        return Ok(());
    }
    let taken = files(source.files_taken);
    match source.files_new {
        0 => writeln!(text, "  {}: nothing new; not read, because taken before: {taken}", source.source),
        new => writeln!(
            text,
            "  {}: {} of {} rows read; not read, because taken before: {taken}",
            source.source,
            files(new),
            number(source.rows_read)
        ),
    }
}

fn files(count: u64) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{} files", number(count)) }
}

/// What the features stage did not have to make again.
fn left(text: &mut String, features: &foretell_features::Report) -> std::fmt::Result {
    if !features.unchanged.is_empty() {
        writeln!(
            text,
            "  cutoffs that see what they saw before, whose features were left: {}",
            number(features.unchanged.len() as u64)
        )?;
    }
    for target in features.targets.iter().filter(|target| !target.unchanged.is_empty()) {
        writeln!(
            text,
            "  {}: labels of {} of {} cutoffs were left as they are",
            target.target,
            number(target.unchanged.len() as u64),
            number(target.matured.len() as u64)
        )?;
    }
    Ok(())
}

fn of_target(text: &mut String, target: &TargetReport) -> std::fmt::Result {
    let Some(champion) = &target.champion else {
        writeln!(text, "{}: not foretold", target.target)?;
        return target.notes.iter().try_for_each(|note| writeln!(text, "  {note}"));
    };
    writeln!(
        text,
        "{}: {} of {} customers named by {champion}",
        target.target,
        number(target.named),
        number(target.scored)
    )?;
    if let Some(promise) = &target.promise {
        writeln!(text, "  promised: {}", promised(promise.error_rate, promise.miss_rate))?;
    }
    match target.judged_at.as_deref() {
        Some(at) => judged(text, target, at)?,
        None => after::kept(text, target)?,
    }
    after::of_target(text, target)?;
    target.notes.iter().try_for_each(|note| writeln!(text, "  {note}"))
}

fn judged(text: &mut String, target: &TargetReport, at: &str) -> std::fmt::Result {
    let what = match target.split.as_deref() {
        Some("test") => format!("the same job as of {at}, held against what happened"),
        _ => format!("on the validation cutoff {at}"),
    };
    writeln!(
        text,
        "  {what} ({} customers, {} times it happened):",
        number(target.n),
        number(target.positives)
    )?;
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["", "", "error rate", "95 %", "miss rate", "95 %", "AUC"]);
    for model in &target.models {
        table.add_row(of_model(model));
    }
    for line in trimmed(&table).lines() {
        writeln!(text, "  {line}")?;
    }
    if let Some(rule) = target.models.iter().find(|m| m.model == "recency_rule") {
        writeln!(text, "  the recency rule: {}", rule.rule)?;
    }
    let families: Vec<String> = target
        .families
        .iter()
        .take(FAMILIES)
        .filter(|f| f.share >= 0.005)
        .map(|f| format!("{} {:.0} %", f.family, 100.0 * f.share))
        .collect();
    if !families.is_empty() {
        writeln!(text, "  influence: {}", families.join(", "))?;
    }
    for words in [false, true].into_iter().filter_map(|kept| foretell_score::suspects(&target.suspects, kept))
    {
        writeln!(text, "  {words}")?;
    }
    promises(text, target)
}

/// What was promised for the test, what came of it, and the wish.
fn promises(text: &mut String, target: &TargetReport) -> std::fmt::Result {
    if let Some(champion) = target.models.iter().find(|m| m.chosen) {
        let so = match champion.promise_kept {
            Some(true) => "kept",
            Some(false) => "not kept",
            None => "neither kept nor broken, for a rate is undefined",
        };
        let was = promised(champion.promised_error_rate, champion.promised_miss_rate);
        writeln!(text, "  promised then: {was}: {so}")?;
    }
    let wish = target.wish.as_deref().unwrap_or_default();
    for model in &target.models {
        if !model.wish_met {
            writeln!(text, "  {}: no threshold is expected to meet the wish ({wish})", model.model)?;
        } else if model.chosen && model.wish_kept == Some(false) {
            writeln!(text, "  the wish ({wish}) was met on validation and not on this cutoff")?;
        }
    }
    Ok(())
}

fn promised(error: Option<Estimate>, miss: Option<Estimate>) -> String {
    let rate = |rate: Option<Estimate>| {
        rate.map_or("-".to_owned(), |r| format!("{:.3} ({:.3} to {:.3})", r.value, r.low, r.high))
    };
    format!("error rate {}, miss rate {}", rate(error), rate(miss))
}

/// A rate; a dash where it is undefined.
pub(crate) fn rate(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.3}"))
}

/// The ends of an interval.
pub(crate) fn interval(interval: Option<(f64, f64)>) -> String {
    interval.map(|(low, high)| format!("{low:.3} to {high:.3}")).unwrap_or_default()
}

fn of_model(model: &ModelReport) -> [String; 7] {
    [
        if model.chosen { "*".to_owned() } else { String::new() },
        model.model.clone(),
        rate(model.error_rate),
        interval(model.error_rate_interval),
        rate(model.miss_rate),
        interval(model.miss_rate_interval),
        rate(model.roc_auc),
    ]
}

/// The table without blanks at the ends of its lines.
fn trimmed(table: &Table) -> String {
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// A count with its thousands apart.
pub(crate) fn number(n: u64) -> String {
    HumanCount(n).to_string()
}
