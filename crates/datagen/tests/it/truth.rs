//! True probabilities: what they say comes true as often as they say.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use crate::shop::{date, read, rows, simulate};

#[test]
fn true_probabilities_are_calibrated() {
    let cutoff = date("2023-10-01");
    let (out, _) = simulate("truth", |o| {
        (o.customers, o.prospects, o.to) = (Some(3_000), Some(3_000), date("2024-01-01"));
        o.truth_at = vec![cutoff];
    });
    let mut orders: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    for row in rows(&out, "transactions").iter().filter(|row| !row["quantity"].starts_with('-')) {
        orders.entry(row["customer_id"].clone()).or_default().insert(date(&row["occurred_at"][..10]));
    }
    let truth = read(&out.join("truth/at=2023-10-01.csv"));
    for (column, length, counts) in
        [("order_30d", 30, true), ("order_60d", 60, true), ("no_order_90d", 90, false)]
    {
        // By fifths of the probability: what was foretold, its variance, what happened.
        let mut bins = [(0.0, 0.0, 0.0); 5];
        for row in &truth {
            let p: f64 = row[column].parse().unwrap();
            let ordered = orders
                .get(&row["customer_id"])
                .is_some_and(|days| days.range(cutoff..cutoff + Days::new(length)).next().is_some());
            let bin = &mut bins[((p * 5.0) as usize).min(4)];
            bin.0 += p;
            // The outcome's variance and, of order 1 / 400, the simulated probability's own.
            bin.1 += p * (1.0 - p) * (1.0 + 1.0 / 400.0) + 0.0025;
            bin.2 += f64::from(u8::from(ordered == counts));
        }
        for (foretold, variance, happened) in bins {
            let error = (happened - foretold) / f64::sqrt(variance + 1.0);
            assert!(error.abs() < 4.0, "{column}: {happened} happened, {foretold:.0} foretold");
        }
    }
}

#[test]
fn true_probabilities_fit_the_state() {
    let (out, _) = simulate("states", |o| {
        (o.customers, o.prospects) = (Some(500), Some(500));
        o.truth_at = ["2023-01-01", "2024-01-01", "2025-01-01"].map(date).to_vec();
    });
    let known: BTreeMap<String, String> = rows(&out, "customers")
        .into_iter()
        .map(|row| (row["customer_id"].clone(), row["known_at"].clone()))
        .collect();
    for at in ["2023-01-01", "2024-01-01", "2025-01-01"] {
        let truth = read(&out.join(format!("truth/at={at}.csv")));
        assert_eq!(truth.len(), known.values().filter(|time| time.as_str() < at).count());
        let mut states = BTreeSet::new();
        for row in &truth {
            let [in_30, in_60, none_in_90] =
                ["order_30d", "order_60d", "no_order_90d"].map(|column| row[column].parse::<f64>().unwrap());
            assert!(in_30 <= in_60 && in_60 <= 1.0 - none_in_90 + 1e-9);
            assert_eq!(row["alive"] == "true", row["state"] == "active");
            assert!(row["state"] != "gone" || none_in_90 == 1.0);
            states.insert(row["state"].clone());
        }
        assert_eq!(states.len(), if at == "2023-01-01" { 2 } else { 4 }, "{states:?}");
    }
}
