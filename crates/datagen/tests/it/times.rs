//! Times: real ones, in order, within the period, and none before the customer is known.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Europe::Berlin;

use crate::shop::{date, rows, simulate};

#[test]
fn times_exist_and_stand_in_order() {
    // Many customers, so that the hour that summer time skips would be hit.
    let (out, _) = simulate("times", |o| {
        (o.customers, o.prospects) = (Some(6_000), Some(3_000));
        (o.from, o.to) = (date("2024-03-01"), date("2024-05-01"));
    });
    let known: BTreeMap<String, String> = rows(&out, "customers")
        .into_iter()
        .map(|row| (row["customer_id"].clone(), row["known_at"].clone()))
        .collect();
    let mut rows_after_the_gap = 0;
    for kind in ["transactions", "events"] {
        let mut last = String::from("2024-03-01 00:00:00");
        for row in rows(&out, kind) {
            let text = &row["occurred_at"];
            let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap();
            assert!(Berlin.from_local_datetime(&time).earliest().is_some(), "{text} does not exist");
            assert!(*text >= last, "{text} after {last}");
            assert!(text.as_str() < "2024-05-01");
            assert!(known[&row["customer_id"]] <= *text);
            rows_after_the_gap += usize::from(text.starts_with("2024-03-31 03"));
            last.clone_from(text);
        }
    }
    assert!(rows_after_the_gap > 0);
}

#[test]
fn known_times_stand_in_order_and_exist() {
    let (out, _) = simulate("known", |o| (o.customers, o.prospects) = (Some(2_000), Some(1_000)));
    let mut last = String::new();
    for row in rows(&out, "customers") {
        let text = row["known_at"].clone();
        let time = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").unwrap();
        assert!(Berlin.from_local_datetime(&time).earliest().is_some(), "{text} does not exist");
        assert!(text >= last && text.as_str() < "2025-01-01", "{text}");
        last = text;
    }
}
