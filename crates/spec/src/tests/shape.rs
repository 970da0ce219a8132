//! Keys and values that do not fit the shape of a spec.

use super::{GOOD, changed, messages, read, said};

#[test]
fn keys() {
    messages(&[
        ("unknown_key_misspelt", &[("  windows: [7d", "  windws: [7d")]),
        ("unknown_key_unlike_any", &[("  seed: 42", "  seed: 42\n  parallelism: 4")]),
        ("unknown_key_in_braces", &[("{every: month, count: 9}", "{every: month, cuont: 9}")]),
        ("unknown_key_in_variant", &[("delimiter: \",\"", "delimeter: \",\"")]),
        ("unknown_key_at_top", &[("segments: {", "segment: {")]),
        ("unknown_key_of_elsewhere", &[("    horizon: 90d", "    horizon: 90d\n    seed: 7")]),
        ("missing_key", &[("    horizon: 90d\n", "")]),
        ("missing_key_in_braces", &[("having: count(*) = 0}", "}")]),
        ("missing_section", &[("cutoffs: {every: month, count: 9}\n", "")]),
        ("duplicate_key", &[("  seed: 42", "  seed: 42\n  seed: 43")]),
        ("duplicate_key_in_map", &[("  conversion:\n", "  churn:\n")]),
        ("duplicate_key_in_braces", &[("{every: month, count: 9}", "{every: month, count: 9, count: 10}")]),
        (
            "misspelt_and_missing",
            &[(
                "    outcome: {from: transactions, where: not is_return, having: count(*) = 0}",
                "    outcom: {from: transactions, havin: 3}",
            )],
        ),
    ]);
}

#[test]
fn types() {
    messages(&[
        ("text_for_number", &[("count: 9", "count: nine")]),
        ("quoted_number", &[("count: 9", "count: \"9\"")]),
        ("negative_number", &[("count: 9", "count: -9")]),
        ("fraction_for_whole", &[("count: 9", "count: 9.5")]),
        (
            "too_large_number",
            &[("{from: UnitPrice, type: decimal}", "{from: UnitPrice, type: decimal, scale: 300}")],
        ),
        ("leading_zero", &[("count: 9", "count: 09")]),
        (
            "text_for_map",
            &[("segments: {dormancy: {drowsy: 60d, half_asleep: 120d, deep_sleep: 240d}}", "segments: none")],
        ),
        ("map_for_text", &[("eligible: orders_90d > 0", "eligible: {orders_90d: 1}")]),
        ("list_for_text", &[("timezone: Europe/London", "timezone: [Europe/London]")]),
        ("text_for_list", &[("[sql/features/custom/*.sql]", "sql/features/custom/*.sql")]),
        (
            "null_for_text",
            &[("{from: CustomerID, type: string}", "{from: CustomerID, type: string, nulls: [NULL]}")],
        ),
        ("nothing_for_map", &[("  slices: {region: 5, category: 10}", "  slices:")]),
        ("nothing_for_text", &[("timezone: Europe/London", "timezone:")]),
        ("nothing_for_list", &[("[recency_rule, logistic, boosted]", "")]),
        ("map_for_slice", &[("region: 5", "region: {top: 5}")]),
        ("text_for_slice", &[("region: 5", "region: five")]),
        ("days_without_unit", &[("horizon: 90d", "horizon: 90")]),
        ("days_in_weeks", &[("horizon: 90d", "horizon: 2 weeks")]),
        ("days_negative", &[("horizon: 90d", "horizon: -90d")]),
        ("window_unreadable", &[("60d, 90d", "60d, 3m, 90d")]),
        ("share_without_percent", &[("max_share: 30%", "max_share: 30")]),
        ("share_above_one", &[("max_share: 30%", "max_share: 130%")]),
        ("step_unknown", &[("every: month", "every: quarter")]),
        ("word_misspelt", &[("logistic, boosted", "logistic, bosted")]),
        ("word_of_another_kind", &[("  seed: 42", "  screen: {on_suspect: ignore}\n  seed: 42")]),
        ("word_unknown", &[("type: decimal", "type: money")]),
        ("word_in_wrong_case", &[("minimise: error_rate", "minimise: Error_Rate")]),
        ("long_character", &[("type: decimal}", "type: decimal, decimal_mark: comma}")]),
        ("format_as_word", &[("format: {csv: {delimiter: \",\", encoding: utf-8}}", "format: parquet")]),
        ("format_unknown", &[("{csv: {delimiter: \",\", encoding: utf-8}}", "{excel: {}}")]),
        ("format_twice", &[("encoding: utf-8}}", "encoding: utf-8}, parquet: {}}")]),
        ("format_empty", &[("{csv: {delimiter: \",\", encoding: utf-8}}", "{}")]),
    ]);
}

#[test]
fn all_faults_at_once() {
    let text = changed(&[
        ("version: 1", "version: 2"),
        ("timezone: Europe/London", "timezone: Europe/Lodnon"),
        ("{from: Quantity, type: int}", "{from: Quantity, typ: integer}"),
        ("quarantine: {max_share: 30%}", "quarantine: {max_share: 30}"),
        ("  windows: [7d", "  windws: [7, 7d, 7d"),
        ("slices: {region: 5", "slices: {regoin: 5"),
        (
            "outcome: {from: transactions, where: not is_return, having: count(*) = 0}",
            "outcome: {from: event, having: count(*) = 0}",
        ),
        ("    horizon: 30d\n", ""),
        ("  seed: 42", "  seed: 42\n  seed: x"),
    ]);
    insta::assert_snapshot!("all_at_once", said(&text));
}

#[test]
fn mended_keys_raise_no_second_fault() {
    // A misspelt section is read as what was meant: what is right in it is not called missing.
    let text = changed(&[("    columns:  ", "    colums:  "), ("    derive:  ", "    derived:  ")]);
    let faults = read(&text, &[]).unwrap_err();
    assert_eq!(faults.faults().len(), 2, "{faults}");
}

#[test]
fn placeholders_are_not_judged() {
    // `1d` stands for what cannot be read; the `1d` of the spec is not a repetition of it.
    for (from, to) in [
        ("windows: [7d,", "windows: [x, y, 1d,"),
        ("models: [recency_rule,", "models: [recency, recency_rule,"),
        ("horizon: 90d", "horizon: x"),
        ("drowsy: 60d", "drowsy: x"),
    ] {
        let faults = read(&changed(&[(from, to)]), &[]).unwrap_err();
        assert!(faults.faults().iter().all(|fault| fault.message().contains("found `") || fault.message().contains("unknown value")), "{faults}");
    }
}

#[test]
fn long_and_hostile_lines_are_cut_and_cleaned() {
    let comment = "x".repeat(300);
    let text = changed(&[("  seed: 42", &format!("  sead: 42 # {comment}"))]);
    insta::assert_snapshot!("long_line", said(&text));
    let long = format!("{{ {} sead: 42 }}", "models: [boosted], ".repeat(12));
    let text = changed(&[
        ("  models: [recency_rule, logistic, boosted]\n", ""),
        ("  decide: {max_miss_rate: 0.30, minimise: error_rate}\n", ""),
        ("score:\n  seed: 42\n", &format!("score: {long}\n")),
    ]);
    let last = said(&text);
    insta::assert_snapshot!("far_in_a_long_line", last.split("\n\n").last().unwrap());
    let text = changed(&[("  seed: 42", "  \"se\\eed\\e[31m\u{202e}\": 42")]);
    insta::assert_snapshot!("hostile_text", said(&text).escape_debug().to_string().replace("\\n", "\n"));
}

#[test]
fn the_good_spec_is_good() {
    let loaded = super::good(GOOD);
    assert_eq!(loaded.spec.sources.transactions.files, "testdata/retail/transactions/*.csv");
    let columns: Vec<_> = loaded.spec.sources.transactions.columns.keys().collect();
    assert_eq!(columns[..3], ["customer_id", "order_id", "occurred_at"], "columns keep their order");
    assert_eq!(loaded.spec.lake.buckets, 16);
    assert_eq!(format!("{loaded:?}"), "Loaded { path: \"pipelines/x.yaml\", .. }");
}
