//! Windows and slices, and the names they give to features.

use std::collections::BTreeSet;

use crate::fold::lower_snake;
use crate::types::Features;

/// A feature's look-back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The end of a feature's name: `30d`, or `lifetime`.
    pub name: String,
    /// Whole local days back from the cutoff; nothing for `lifetime`.
    pub days: Option<u32>,
    /// The window in words, for descriptions: `in the last 30 days`, or `ever`.
    pub words: String,
}

/// One value of a column by which features are split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceValue {
    /// The column of `transactions`.
    pub column: String,
    /// The value as it stands in the data.
    pub value: String,
    /// The part of a feature's name after `__`: `region_france`.
    pub name: String,
    /// The slice in words, for descriptions: `region France`.
    pub words: String,
}

/// Returns the windows of a spec, shortest first, `lifetime` last.
pub fn windows(features: &Features) -> Vec<Window> {
    let days: BTreeSet<u32> = features.windows.iter().map(|days| days.0).collect();
    let bounded = days.into_iter().map(|days| Window {
        name: format!("{days}d"),
        days: Some(days),
        words: if days == 1 { "on the last day".to_owned() } else { format!("in the last {days} days") },
    });
    let lifetime = Window { name: "lifetime".to_owned(), days: None, words: "ever".to_owned() };
    bounded.chain([lifetime]).collect()
}

/// Names the values of one column, in their order.
///
/// Names are lower_snake; values whose names would be equal get `_2`, `_3` and so on.
pub fn slice_values(column: &str, values: &[String]) -> Vec<SliceValue> {
    slice_grid([(column, values)])
}

/// Names the values of several columns, in their order; no two get one name.
pub fn slice_grid<'a>(columns: impl IntoIterator<Item = (&'a str, &'a [String])>) -> Vec<SliceValue> {
    let mut taken = BTreeSet::new();
    let mut slices = Vec::new();
    for (column, values) in columns {
        for value in values {
            let stem = match lower_snake(value).as_str() {
                "" => format!("{column}_blank"),
                folded => format!("{column}_{folded}"),
            };
            let name = free(&stem, &taken);
            taken.insert(name.clone());
            let shown = if value.trim().is_empty() { "(blank)" } else { value.trim() };
            slices.push(SliceValue {
                column: column.to_owned(),
                value: value.clone(),
                name,
                words: format!("{} {shown}", column.replace('_', " ")),
            });
        }
    }
    slices
}

/// Finds the first of `stem`, `stem_2`, `stem_3` … that is not taken.
fn free(stem: &str, taken: &BTreeSet<String>) -> String {
    let mut name = stem.to_owned();
    let mut number = 2u64;
    while taken.contains(&name) {
        name = format!("{stem}_{number}");
        number += 1;
    }
    name
}

/// Takes a feature's name apart into stem, window and slice: `amount_sum_90d__region_france` into
/// `amount_sum`, `90d` and `region_france`.
///
/// What is neither a window nor a slice of those given stays in the stem.
pub fn split_name<'a>(
    feature: &'a str,
    windows: &'a [Window],
    slices: &'a [SliceValue],
) -> (&'a str, Option<&'a Window>, Option<&'a SliceValue>) {
    let (rest, slice) = longest(feature, "__", slices, |slice| &slice.name);
    let (stem, window) = longest(rest, "_", windows, |window| &window.name);
    (stem, window, slice)
}

/// Takes off the longest of the endings that the name has after `joint`.
fn longest<'a, T>(
    name: &'a str,
    joint: &str,
    endings: &'a [T],
    ending: impl Fn(&T) -> &String,
) -> (&'a str, Option<&'a T>) {
    endings
        .iter()
        .filter_map(|item| {
            let stem = name.strip_suffix(ending(item).as_str())?.strip_suffix(joint)?;
            (!stem.is_empty()).then_some((stem, Some(item)))
        })
        .min_by_key(|(stem, _)| stem.len())
        .unwrap_or((name, None))
}
