//! Equal options give equal bytes, and a larger shop contains a smaller one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use foretell_datagen::Options;

use crate::shop::{Row, date, files, rows, simulate};

fn small(o: &mut Options) {
    (o.customers, o.prospects, o.dirt) = (Some(120), Some(80), 0.02);
    o.truth_at = vec![date("2024-01-01")];
}

#[test]
fn equal_options_give_equal_bytes_and_other_seeds_other_ones() {
    let (one, first) = simulate("one", small);
    let (two, second) = simulate("two", small);
    let (other, _) = simulate("other", |o| {
        small(o);
        o.seed = 43;
    });
    assert_eq!(first, second);
    assert_eq!(files(&one), files(&two));
    for name in files(&one) {
        let bytes = fs::read(one.join(&name)).unwrap();
        assert_eq!(bytes, fs::read(two.join(&name)).unwrap(), "{name}");
        assert!(name.contains("at=") || bytes != fs::read(other.join(&name)).unwrap(), "{name}");
    }
}

/// Rows by customer; a referral counts as the newcomer's, who may be missing in a smaller shop.
fn by_customer(out: &Path, kind: &str) -> BTreeMap<String, Vec<Row>> {
    let mut found: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows(out, kind) {
        let newcomer = row.get("related_id").filter(|id| !id.is_empty());
        found.entry(newcomer.unwrap_or(&row["customer_id"]).clone()).or_default().push(row);
    }
    found
}

#[test]
fn a_larger_shop_contains_a_smaller_one() {
    let (small, _) = simulate("small", |o| (o.customers, o.prospects) = (Some(150), Some(60)));
    let (large, _) = simulate("large", |o| (o.customers, o.prospects) = (Some(400), Some(500)));
    let mut referrals = 0;
    for kind in ["transactions", "events", "customers", "truth"] {
        let (few, many) = (by_customer(&small, kind), by_customer(&large, kind));
        assert!(few.len() > 100 && many.len() > few.len());
        for (customer, rows) in few {
            assert_eq!(rows, many[&customer], "{kind} of {customer}");
            referrals += rows.iter().filter(|row| row.contains_key("related_id")).count();
        }
    }
    assert!(referrals > 5);
}

#[test]
fn ids_are_unique() {
    let (out, summary) = simulate("ids", |o| (o.customers, o.prospects) = (Some(500), Some(500)));
    let unique = |kind: &str, column: &str| {
        rows(&out, kind).into_iter().map(|row| row[column].clone()).collect::<BTreeSet<_>>().len() as u64
    };
    assert_eq!(unique("customers", "customer_id"), summary.customer_rows.rows);
    assert_eq!(unique("events", "event_id"), summary.events.rows);
    let lines: BTreeSet<Row> = rows(&out, "transactions").into_iter().collect();
    assert_eq!(lines.len() as u64, summary.transactions.rows, "two transaction rows are alike");
}
