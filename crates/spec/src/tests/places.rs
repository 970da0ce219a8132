//! Positions, and faults that other crates make at a path of the spec.

use super::{GOOD, changed, good};
use crate::{Loaded, Place};

/// Returns the text from a position to the end of its line.
fn at(text: &str, place: Place) -> &str {
    let line = text.lines().nth(place.line - 1).unwrap();
    let (byte, _) = line.char_indices().nth(place.column - 1).unwrap();
    &line[byte..]
}

#[test]
fn positions_are_those_of_the_text() {
    let loaded = good(GOOD);
    for (path, expected) in [
        (&["version"][..], "1"),
        (&["cutoffs"], "cutoffs: {every"),
        (&["cutoffs", "count"], "9}"),
        (&["sources", "transactions", "rules", "1", "where"], "unit_price > 0, on_fail"),
        (&["sources", "transactions", "derive", "is_return"], "quantity < 0"),
        (&["sources", "transactions", "columns", "occurred_at", "format"], "\"%Y"),
        (&["features", "windows"], "windows: ["),
        (&["features", "windows", "2"], "30d, 60d"),
        (&["targets", "churn", "outcome", "having"], "count(*) = 0"),
    ] {
        let place = loaded.position(path).unwrap();
        assert!(at(GOOD, place).starts_with(expected), "{path:?}: {}", at(GOOD, place));
    }
    assert_eq!(loaded.position(&["lake", "buckets"]), None);
    assert_eq!(loaded.position(&["features", "windows", "9"]), None);
}

fn sql_fault(loaded: &Loaded, path: &[&str], line: usize, column: usize) -> String {
    loaded.fault_inside(path, line, column, "no column `amuont`").hint("did you mean `amount`?").to_string()
}

#[test]
fn faults_inside_sql() {
    let having = ["targets", "churn", "outcome", "having"];
    for (name, sql, line, column) in [
        ("sql_plain", "sum(amuont) = 0", 1, 5),
        ("sql_single_quoted", "'''x'' = amuont'", 1, 7),
        ("sql_double_quoted", "\"\\\"é\\\" = \\u0061muont\"", 1, 7),
        ("sql_behind_variable", "\"${COUNT} < amuont\"", 1, 5),
        ("sql_before_variable", "\"amuont < ${COUNT}\"", 1, 1),
        ("sql_outside", "amuont", 3, 99),
    ] {
        let text = changed(&[("count(*) = 0", sql)]);
        insta::assert_snapshot!(name, sql_fault(&good(&text), &having, line, column));
    }

    let eligible = ["targets", "churn", "eligible"];
    for (name, sql, line, column) in [
        ("sql_block", "|\n      true and\n        é < amuont\n", 2, 7),
        ("sql_block_stripped", "|-\n      amuont\n", 1, 1),
        ("sql_block_late", "|2\n\n\n      true\n\n        and  amuont\n", 5, 8),
        ("sql_folded", ">\n      true and\n      amuont\n", 1, 10),
        ("sql_folded_with_gap", ">-\n      true and\n\n        not\n      amuont\n", 4, 1),
        ("sql_several_lines", "true and\n      amuont\n", 1, 10),
    ] {
        let text = changed(&[("eligible: orders_90d > 0\n", &format!("eligible: {sql}"))]);
        insta::assert_snapshot!(name, sql_fault(&good(&text), &eligible, line, column));
    }
}

#[test]
fn faults_of_what_the_file_does_not_say() {
    let loaded = good(GOOD);
    let fault = loaded.fault(&["targets", "churn", "gap"], "the gap is too short");
    insta::assert_snapshot!("fault_at_default", fault);
    let fault = loaded.fault(&["lake", "buckets"], "too few buckets");
    insta::assert_snapshot!("fault_at_missing_section", fault);
    let set = super::read(GOOD, &["targets.churn.eligible=amuont > 0"]).unwrap();
    insta::assert_snapshot!("fault_in_override", sql_fault(&set, &["targets", "churn", "eligible"], 1, 1));
}

#[test]
fn faults_of_other_files() {
    let sql = "select\n  amuont\nfrom lines\n";
    let fault = crate::Fault::in_text(
        "sql/features/custom/a.sql",
        sql,
        Place { line: 2, column: 3 },
        "no column `amuont`",
    );
    assert_eq!(fault.place(), Some(Place { line: 2, column: 3 }));
    insta::assert_snapshot!("fault_in_sql_file", fault);
    let outside = crate::Fault::in_text("a.sql", sql, Place { line: 9, column: 1 }, "unexpected end");
    assert_eq!(outside.to_string(), "a.sql:9:1: unexpected end");
}
