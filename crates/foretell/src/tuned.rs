//! What `tune` found, for people: a fragment of a spec, and in its comments why it is enough.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};
use foretell_score::{TestReport, Tuned, TunedTarget};
use indicatif::HumanCount;

use crate::session::Session;
use crate::summary::{interval, rate};

/// Draws the fragment; all but the YAML is comment, so that the text can be kept as it is.
pub(crate) fn of(session: &Session, tuned: &Tuned) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = draw(&mut text, session, tuned);
    let mut lines: String = text
        .lines()
        .map(|line| if line.is_empty() { "#\n".to_owned() } else { format!("# {line}\n") })
        .collect();
    lines.push_str(&tuned.fragment);
    lines
}

fn draw(text: &mut String, session: &Session, tuned: &Tuned) -> std::fmt::Result {
    let nothing = if tuned.fresh { "" } else { ": nothing to do, this is what was found before" };
    writeln!(text, "{} as of {}{nothing}", session.loaded.spec.pipeline, tuned.date)?;
    for target in &tuned.targets {
        writeln!(text)?;
        of_target(text, target)?;
    }
    for (target, why) in &tuned.not_tuned {
        writeln!(text, "\n{target}: not tuned: {why}")?;
    }
    writeln!(text)?;
    writeln!(text, "ledger: {}/tables/ledger", session.warehouse.display())?;
    match tuned.targets.as_slice() {
        [one] => writeln!(text, "what {} needs:", one.target),
        _ => writeln!(text, "what all of them need together:"),
    }
}

fn of_target(text: &mut String, target: &TunedTarget) -> std::fmt::Result {
    let (few, all) = (count(target.features), count(target.all_features));
    let verdict = match target.all_change {
        _ if target.features == target.all_features => format!("all {all} features are needed"),
        Some((_, _, high)) if high < 0.0 => {
            format!("{few} features are enough to within noise; all {all} do better")
        }
        Some((_, low, _)) if low > 0.0 => format!("{all} features do worse than these {few}"),
        _ => format!("{all} features do no better than these {few}"),
    };
    writeln!(text, "{}: {verdict}", target.target)?;
    let change = |change: Option<(f64, f64, f64)>| {
        change.map_or_else(String::new, |(change, low, high)| {
            format!(" ({change:+.4}, 95 % {low:+.4} to {high:+.4})")
        })
    };
    writeln!(
        text,
        "  validation, {} rows of {}: log loss {:.4}, with all features {:.4}{}",
        count(target.rows),
        target.validation.join(", "),
        target.log_loss,
        target.all_log_loss,
        change(target.all_change)
    )?;
    writeln!(text, "  {} lists of features were tried", count(target.tried))?;
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    writeln!(text, "  families: {}", list(&target.families))?;
    writeln!(text, "  windows: {}; slices: {}", list(&target.windows), list(&target.slices))?;
    if let Some(test) = &target.test {
        of_test(text, test)?;
        let champions = "the smaller list's champion against that of all features on the test";
        writeln!(text, "  log loss of {champions}:{}", change(test.change))?;
    }
    target.notes.iter().try_for_each(|note| writeln!(text, "  {note}"))
}

fn of_test(text: &mut String, test: &TestReport) -> std::fmt::Result {
    writeln!(
        text,
        "  test {}, looked at once ({} customers, {} times it happened):",
        test.cutoff,
        count(test.n),
        count(test.positives)
    )?;
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["", "features", "", "error rate", "95 %", "miss rate", "95 %", "AUC"]);
    for model in &test.models {
        table.add_row([
            if model.chosen { "*".to_owned() } else { String::new() },
            count(model.features),
            model.model.clone(),
            rate(model.error_rate),
            interval(model.error_rate_interval),
            rate(model.miss_rate),
            interval(model.miss_rate_interval),
            rate(model.roc_auc),
        ]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string().lines().try_for_each(|line| writeln!(text, "  {}", line.trim_end()))
}

/// A count with its thousands apart.
fn count(n: usize) -> String {
    HumanCount(n as u64).to_string()
}
