//! Specs of the right shape that do not hold together.

use super::{changed, good, messages};

const WISH: &str = "{max_miss_rate: 0.30, minimise: error_rate}";
const EVENTS: &str = "cutoffs: {every: month, count: 9}";

#[test]
fn names() {
    messages(&[
        ("version_unknown", &[("version: 1", "version: 3")]),
        ("pipeline_name", &[("pipeline: online-retail", "pipeline: Online Retail")]),
        ("timezone_misspelt", &[("Europe/London", "Europe/Lodnon")]),
        ("timezone_abbreviated", &[("Europe/London", "CEST+2")]),
        ("target_name", &[("  churn:", "  Churn rate:")]),
        ("column_name", &[("      product_id:", "      productID:")]),
        ("column_name_with_slice_joint", &[("      product_id:", "      product__id:")]),
        ("derived_name", &[("      amount: q", "      2amount: q")]),
        ("rule_name", &[("name: has_customer", "name: has customer")]),
        ("rule_named_twice", &[("name: has_customer", "name: positive_price")]),
        ("reserved_column", &[("      product_id:", "      days_ago:")]),
        ("reserved_derived", &[("      amount: q", "      cutoff: q")]),
        ("derived_is_column", &[("      amount: q", "      quantity: q")]),
        ("no_targets", &[("targets:\n", "targets: {}\nx:\n")]),
        ("warehouse_empty", &[("${WAREHOUSE:-warehouse/online-retail}", "\"\"")]),
        ("sql_empty", &[("where: unit_price > 0", "where: \" \"")]),
    ]);
}

#[test]
fn sources() {
    messages(&[
        (
            "needed_column_missing",
            &[(
                "      occurred_at: {from: InvoiceDate, type: timestamp, format: \"%Y-%m-%d %H:%M:%S\"}\n",
                "",
            )],
        ),
        ("needed_column_misnamed", &[("      customer_id: {", "      customer: {")]),
        (
            "needed_column_wrong_type",
            &[("{from: CustomerID, type: string}", "{from: CustomerID, type: int}")],
        ),
        (
            "events_need_type",
            &[(
                EVENTS,
                "  events:\n    files: e.csv\n    columns:\n      customer_id: {from: c, type: string}\n      occurred_at: {from: t, type: string}\ncutoffs: {every: month, count: 9}",
            )],
        ),
        (
            "customers_need_known_at",
            &[(
                EVENTS,
                "  customers:\n    files: c.csv\n    columns:\n      customer_id: {from: c, type: string}\ncutoffs: {every: month, count: 9}",
            )],
        ),
        (
            "format_of_number",
            &[("{from: Quantity, type: int}", "{from: Quantity, type: int, format: \"%d\"}")],
        ),
        ("scale_of_text", &[("{from: Country, type: string}", "{from: Country, type: string, scale: 2}")]),
        ("scale_too_large", &[("type: decimal}", "type: decimal, scale: 19}")]),
        (
            "decimal_mark_of_int",
            &[("{from: Quantity, type: int}", "{from: Quantity, type: int, decimal_mark: \",\"}")],
        ),
        ("decimal_mark_digit", &[("type: decimal}", "type: decimal, decimal_mark: 5}")]),
        (
            "timezone_of_text",
            &[("{from: Country, type: string}", "{from: Country, type: string, timezone: UTC}")],
        ),
        ("timezone_of_column", &[("type: timestamp, format", "type: timestamp, timezone: UCT2, format")]),
        ("pattern_unreadable", &[("\"%Y-%m-%d %H:%M:%S\"", "\"%Y-%Q\"")]),
        ("unique_key_unknown", &[("    rules:", "    unique_key: [order_id, produkt_id]\n    rules:")]),
        ("unique_key_twice", &[("    rules:", "    unique_key: [order_id, order_id]\n    rules:")]),
        ("delimiter_long", &[("delimiter: \",\"", "delimiter: \"||\"")]),
        ("delimiter_backslash_t", &[("delimiter: \",\"", "delimiter: '\\t'")]),
        ("delimiter_is_quote", &[("delimiter: \",\"", "delimiter: \";\", quote: \";\"")]),
        (
            "header_lacks_column",
            &[(
                "encoding: utf-8}",
                "encoding: utf-8, header: [CustomerID, InvoiceNo, InvoiceDate, StockCod, Quantity, UnitPrice, Country, Category]}",
            )],
        ),
        (
            "header_twice",
            &[(
                "encoding: utf-8}",
                "encoding: utf-8, header: [CustomerID, InvoiceNo, InvoiceDate, StockCode, Quantity, UnitPrice, Country, Category, Country]}",
            )],
        ),
        ("no_buckets", &[(EVENTS, "lake: {buckets: 0}\ncutoffs: {every: month, count: 9}")]),
        ("too_many_buckets", &[(EVENTS, "lake: {buckets: 1025}\ncutoffs: {every: month, count: 9}")]),
    ]);
}

#[test]
fn features() {
    messages(&[
        ("no_cutoffs", &[("count: 9", "count: 0")]),
        ("no_windows", &[("[7d, 14d, 30d, 60d, 90d, 180d, 365d]", "[]")]),
        ("window_twice", &[("7d, 14d", "7d, 14d, 7d")]),
        ("window_of_nothing", &[("7d, 14d", "0d, 14d")]),
        ("window_of_centuries", &[("180d, 365d]", "180d, 99999d]")]),
        ("slice_of_unknown", &[("category: 10}", "categry: 10}")]),
        ("slice_of_none", &[("category: 10}", "category: []}")]),
        ("slice_top_zero", &[("category: 10}", "category: 0}")]),
        ("slice_twice", &[("category: 10}", "category: [a, b, a]}")]),
        ("family_name", &[("families: [recency,", "families: [Recency Days,")]),
        ("family_twice", &[("families: [recency,", "families: [recency, recency,")]),
    ]);
}

#[test]
fn targets_and_score() {
    messages(&[
        (
            "outcome_from_customers",
            &[(
                "{from: transactions, where: not is_return, having: count(*) = 0}",
                "{from: customers, having: count(*) = 0}",
            )],
        ),
        (
            "outcome_from_undeclared",
            &[(
                "{from: transactions, where: not is_return, having: count(*) = 0}",
                "{from: events, having: count(*) = 0}",
            )],
        ),
        (
            "outcome_from_unknown",
            &[(
                "{from: transactions, where: not is_return, having: count(*) = 0}",
                "{from: transaction, having: count(*) = 0}",
            )],
        ),
        ("horizon_of_nothing", &[("horizon: 90d", "horizon: 0d")]),
        (
            "decide_both",
            &[(
                "{max_miss_rate: 0.30, minimise: error_rate}",
                "{max_miss_rate: 0.30, max_error_rate: 0.2, minimise: error_rate}",
            )],
        ),
        ("decide_none", &[(WISH, "{minimise: error_rate}")]),
        ("decide_no_minimise", &[(WISH, "{max_miss_rate: 0.30}")]),
        ("decide_nobody", &[(WISH, "{contact: 0}")]),
        ("decide_contact_and_minimise", &[(WISH, "{contact: 500, minimise: error_rate}")]),
        ("decide_part_of_a_customer", &[(WISH, "{contact: 2.5}")]),
        ("decide_cost_without_lost", &[(WISH, "{cost: {contact: 1.2}, minimise: cost}")]),
        ("decide_price_below_0", &[(WISH, "{cost: {contact: -1.2, lost: 40}, minimise: cost}")]),
        ("decide_contact_dearer", &[(WISH, "{cost: {contact: 50, lost: 40}, minimise: cost}")]),
        ("decide_cost_minimises_misses", &[(WISH, "{cost: {contact: 1, lost: 40}, minimise: miss_rate}")]),
        ("decide_misspelt", &[(WISH, "{contakt: 500}")]),
        ("decide_of_a_target", &[("    horizon: 30d\n", "    horizon: 30d\n    decide: {contact: 0}\n")]),
        ("decide_the_same", &[("minimise: error_rate", "minimise: miss_rate")]),
        ("decide_out_of_range", &[("max_miss_rate: 0.30", "max_miss_rate: 30")]),
        ("no_models", &[("[recency_rule, logistic, boosted]", "[]")]),
        (
            "keep_twice",
            &[("  seed: 42", "  screen: {keep: [orders_30d, lines_30d, orders_30d]}\n  seed: 42")],
        ),
        ("model_twice", &[("[recency_rule, logistic, boosted]", "[logistic, boosted, logistic]")]),
        ("dormancy_falling", &[("half_asleep: 120d", "half_asleep: 40d")]),
        (
            "dormancy_against_default",
            &[("{drowsy: 60d, half_asleep: 120d, deep_sleep: 240d}", "{drowsy: 150d}")],
        ),
    ]);
}

#[test]
fn what_is_warned_of() {
    let seed = "  seed: 42";
    messages(&[
        ("drift_without_room", &[(seed, "  seed: 42\n  drift: {max_psi: 0}")]),
        ("drift_misspelt", &[(seed, "  seed: 42\n  drift: {max_spi: 0.1}")]),
        ("reaction_unknown", &[(seed, "  seed: 42\n  promises: {on_broken: stop}")]),
        ("model_age_of_nothing", &[(seed, "  seed: 42\n  max_model_age: 0d")]),
        ("model_age_without_unit", &[(seed, "  seed: 42\n  max_model_age: 35")]),
    ]);
}

#[test]
fn what_looks_odd_but_is_right() {
    for changes in [
        // A second target may look at the same rows; SQL may be a plain word or a number.
        &[("eligible: orders_90d > 0", "eligible: true")][..],
        &[("where: unit_price > 0", "where: 1")],
        &[("delimiter: \",\"", "delimiter: tab")],
        &[("delimiter: \",\"", "delimiter: whitespace, quote: \"\"")],
        &[("delimiter: \",\"", "delimiter: \"\\t\"")],
        &[("{from: CustomerID, type: string}", "{from: 1, type: string, nulls: [\"NULL\", n/a, nil]}")],
        &[("slices: {region: 5, category: 10}", "slices: {region: [NO, SE, 1e3]}")],
        &[("max_miss_rate: 0.30, minimise: error_rate", "max_error_rate: 2e-1, minimise: miss_rate")],
        &[("  sql: [sql/features/custom/*.sql]\n", "")],
        &[("quarantine: {max_share: 30%}", "quarantine: {max_share: 0}")],
        &[("seed: 42", "seed: 0xff")],
        &[("timezone: Europe/London\n", "")],
    ] {
        good(&changed(changes));
    }
    let loaded = good(&changed(&[("slices: {region: 5, category: 10}", "slices: {region: [NO, SE, 1e3]}")]));
    let slice = &loaded.spec.features.slices["region"];
    assert_eq!(*slice, crate::Slice::Values(vec!["NO".to_owned(), "SE".to_owned(), "1e3".to_owned()]));
}
