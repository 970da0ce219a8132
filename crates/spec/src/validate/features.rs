//! Cutoffs, windows, slices, families.

use super::Check;
use super::names::{hint, snake_value};
use crate::suggest::listed;
use crate::types::Spec;
use crate::values::{Days, Every, Slice};

/// Longest length of time, a century: what is longer is a slip, and dates would run out.
pub(super) const MAX_DAYS: u32 = 36_525;
/// Most cutoffs of a run: 27 years of days.
const MAX_CUTOFFS: u32 = 10_000;

pub(super) fn check(check: &mut Check<'_>, spec: &Spec) {
    if !(1..=MAX_CUTOFFS).contains(&spec.cutoffs.count) {
        let message = format!("the number of cutoffs is from 1 to {MAX_CUTOFFS}");
        check.value(&["cutoffs", "count"], message, hint("the logical date is the first of them"));
    }
    if let Every::Days(days) = spec.cutoffs.every {
        length(check, &["cutoffs", "every"], "a step", Days(days), 1);
    }
    windows(check, spec);
    slices(check, spec);
    let features = &spec.features;
    let at = ["features", "families"];
    for (index, family) in features.families.iter().enumerate() {
        snake_value(check, &[at[0], at[1], &index.to_string()], family, "family");
    }
    for (step, quoted) in check.repeated(&at, &features.families) {
        check.value(&[at[0], at[1], &step], format!("`{quoted}` is named twice"), None);
    }
    for (index, file) in features.sql.iter().enumerate() {
        check.filled(&["features", "sql", &index.to_string()], file);
    }
    if features.families.is_empty() && features.sql.is_empty() {
        let message = "there are no features: no family and no SQL file";
        check.value(&["features", "families"], message, hint("such as `families: [recency, frequency]`"));
    }
}

fn windows(check: &mut Check<'_>, spec: &Spec) {
    let windows = &spec.features.windows;
    if windows.is_empty() {
        check.value(&["features", "windows"], "there is no window", hint("such as `windows: [30d, 90d]`"));
    }
    for (index, window) in windows.iter().enumerate() {
        length(check, &["features", "windows", &index.to_string()], "a window", *window, 1);
    }
    for (step, quoted) in check.repeated(&["features", "windows"], windows) {
        check.value(&["features", "windows", &step], format!("the window `{quoted}` is given twice"), None);
    }
}

fn slices(check: &mut Check<'_>, spec: &Spec) {
    let sources = spec.sources.declared();
    let names = || {
        let columns =
            sources.iter().flat_map(|(_, source)| source.columns.keys().chain(source.derive.keys()));
        columns.map(String::as_str)
    };
    let known = sources.iter().all(|(name, _)| {
        !check.is_broken(&["sources", name, "columns"]) && !check.is_broken(&["sources", name, "derive"])
    });
    for (column, slice) in &spec.features.slices {
        let path = ["features", "slices", column];
        if known && !names().any(|name| name == column) {
            let near = crate::suggest::did_you_mean(column, names());
            let all = || Some(format!("their columns are {}", listed(names())));
            let message = format!("no source has a column `{}`", crate::excerpt::shown(column));
            check.key(&path, message, near.or_else(all));
        }
        match slice {
            Slice::Top(0) => check.value(&path, "the number of values is at least 1", None),
            Slice::Top(_) => {}
            Slice::Values(values) if values.is_empty() => {
                let message = "there is no value to slice by";
                check.value(&path, message, hint("name values, or say how many of the most frequent"));
            }
            Slice::Values(values) => {
                for (step, quoted) in check.repeated(&path, values) {
                    let path = [path[0], path[1], path[2], &step];
                    check.value(&path, format!("`{quoted}` is named twice"), None);
                }
            }
        }
    }
}

/// Reports a length of time that is too short or too long.
pub(super) fn length(check: &mut Check<'_>, path: &[&str], what: &str, days: Days, least: u32) {
    if days.0 < least {
        check.value(path, format!("{what} is at least `{}`", Days(least)), None);
    } else if days.0 > MAX_DAYS {
        let message = format!("{what} is at most `{}`, a century", Days(MAX_DAYS));
        check.value(path, message, None);
    }
}
