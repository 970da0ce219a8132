//! What statements rest on, as tables and as people are shown it.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};

use crate::support::Project;

/// For the champion of a target, each name of a kind with its rank and share.
fn shared(project: &Project, tables: &str, target: &str, kind: &str) -> BTreeMap<String, (i64, f64)> {
    let mut found = BTreeMap::new();
    let mut champion = None;
    for batch in project.table(tables, &format!("influence_groups/target={target}/part-0.parquet")) {
        let (models, kinds) = (batch["model"].as_string::<i32>(), batch["kind"].as_string::<i32>());
        let (names, ranks) = (batch["name"].as_string::<i32>(), batch["rank"].as_primitive::<Int64Type>());
        let shares = batch["share"].as_primitive::<Float64Type>();
        for row in 0..batch.num_rows() {
            // The champion's rows stand first.
            let champion = champion.get_or_insert_with(|| models.value(row).to_owned());
            if models.value(row) == champion && kinds.value(row) == kind {
                found.insert(names.value(row).to_owned(), (ranks.value(row), shares.value(row)));
            }
        }
    }
    found
}

/// The simulation lets interest decide, which visits and replies leave behind and days let fade; who never bought
/// is moved by nothing else that can be seen.
pub fn true_drivers_come_first(project: &Project, tables: &str) {
    for (target, least) in [("conversion", 0.75), ("reactivation", 0.5), ("churn", 0.3)] {
        let families = shared(project, tables, target, "family");
        let share = |name: &str| families.get(name).map_or(0.0, |(_, share)| *share);
        assert_eq!(families["events"].0, 1, "{target}: {families:?}");
        let drivers = share("events") + share("recency");
        assert!(drivers > least, "{target}: {families:?}");
        assert!(share("customers") < 0.2, "{target}: {families:?}");
        for kind in ["family", "source", "group"] {
            let sum: f64 = shared(project, tables, target, kind).values().map(|(_, share)| share).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{target}: {kind} sums to {sum}");
        }
    }
}

/// Reasons are sentences, those that raise are there where one raises most, and no group is named twice.
pub fn reasons_are_sentences(project: &Project, tables: &str, target: &str, cutoff: &str) {
    let mut sentences = 0;
    for batch in project.table(tables, &format!("scores/target={target}/cutoff={cutoff}/part-0.parquet")) {
        let strongest = batch["effect_1"].as_primitive::<Float64Type>();
        for row in 0..batch.num_rows() {
            let cell = |name: &str| {
                let column = batch[name].as_string::<i32>();
                (!column.is_null(row)).then(|| column.value(row).to_owned())
            };
            let all = ["raises_1", "raises_2", "raises_3", "lowers_1", "lowers_2", "lowers_3"].map(cell);
            for sentence in all.iter().flatten() {
                let (says, value) = sentence.rsplit_once(": ").unwrap_or_else(|| panic!("{sentence}"));
                assert!(says.len() > 3 && !value.is_empty() && !sentence.contains("NaN"), "{sentence}");
                sentences += 1;
            }
            let side = if strongest.value(row) > 0.0 { &all[0] } else { &all[3] };
            assert!(strongest.is_null(row) || side.is_some());
        }
    }
    assert!(sentences > 1_000, "only {sentences} sentences");
}

/// What people are shown, without the figures, which other tests hold.
pub fn shown(project: &Project, spec: &str) {
    let said = project.foretell(&["show", spec, "influence", "--target", "churn", "--rows", "5"]).ok().stdout;
    assert!(said.starts_with("churn: what "), "{said}");
    for word in ["family", "source", "feature, near copies as one", "more of it", "events", "█", " to ", " %"]
    {
        assert!(said.contains(word), "{word} in\n{said}");
    }
    assert!(!said.contains("conversion"), "{said}");
    let features = said.lines().skip_while(|line| !line.contains("near copies")).skip(1).count();
    assert_eq!(features, 5, "{said}");
    let rows = project.foretell(&["show", spec, "influence", "--output", "json", "--rows", "3"]).ok().stdout;
    for row in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        assert!(row["group"].is_string() && row["share"].is_number(), "{row}");
    }
    let missing = project.foretell(&["show", spec, "influence", "--target", "none"]);
    assert_eq!(missing.code, 66, "{}", missing.stdout);
    assert!(missing.stderr.contains("targets: churn, conversion, reactivation"), "{}", missing.stderr);
}
