//! Rates: what the model promises is what the rows show.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{Days, NaiveDate};

use crate::shop::{Row, date, rows, simulate};

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap()
}

fn day(row: &Row, column: &str) -> NaiveDate {
    date(&row[column][..10])
}

/// Days on which each customer ordered.
fn order_days(out: &Path) -> BTreeMap<String, BTreeSet<NaiveDate>> {
    let mut found: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    for row in rows(out, "transactions").into_iter().filter(|row| number(row, "quantity") > 0.0) {
        found.entry(row["customer_id"].clone()).or_default().insert(day(&row, "occurred_at"));
    }
    found
}

#[test]
fn active_customers_order_at_their_own_rate() {
    let (out, _) = simulate("lambda", |o| (o.customers, o.prospects) = (Some(4_000), Some(2_000)));
    let truth = rows(&out, "truth");
    // A little below 1: whom interest makes order often is lost sooner, so that interest counts less.
    let mut groups = [(0.0, 0.0); 3];
    for row in &truth {
        let lambda = number(row, "lambda");
        let group = &mut groups[usize::from(lambda > 0.02) + usize::from(lambda > 0.05)];
        group.0 += number(row, "repeat_orders");
        group.1 += lambda * number(row, "active_days");
    }
    for (orders, expected) in groups {
        assert!((0.92..1.05).contains(&(orders / expected)), "{orders} orders, {expected:.0} expected");
    }
    let lost = |cause: &str| truth.iter().filter(|row| row["lost_by"] == cause).count();
    assert!(lost("natural") > lost("complaint") && lost("complaint") > 100 && lost("dissatisfied") > 100);
}

#[test]
fn orders_in_truth_are_those_of_the_rows() {
    let (out, _) = simulate("orders", |o| (o.customers, o.prospects) = (Some(300), Some(300)));
    let days = order_days(&out);
    for row in rows(&out, "truth") {
        let orders = days.get(&row["customer_id"]).map_or(0, BTreeSet::len);
        assert_eq!(row["orders"], orders.to_string(), "{}", row["customer_id"]);
    }
}

#[test]
fn every_target_has_positives_and_negatives_in_plausible_shares() {
    let (out, _) = simulate("base-rates", |o| (o.customers, o.prospects) = (Some(1_500), Some(3_000)));
    let orders = order_days(&out);
    let known: Vec<(String, NaiveDate)> = rows(&out, "customers")
        .iter()
        .map(|row| (row["customer_id"].clone(), day(row, "known_at")))
        .collect();
    let none = BTreeSet::new();
    for cutoff in ["2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01"].map(date) {
        let (mut churn, mut conversion, mut reactivation) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        for (customer, _) in known.iter().filter(|(_, known)| *known < cutoff) {
            let days = orders.get(customer).unwrap_or(&none);
            let within = |length| days.range(cutoff..cutoff + Days::new(length)).next().is_some();
            match days.range(..cutoff).next_back() {
                None => conversion[usize::from(within(30))] += 1.0,
                Some(last) if *last >= cutoff - Days::new(90) => churn[usize::from(!within(90))] += 1.0,
                Some(last) if *last < cutoff - Days::new(120) => reactivation[usize::from(within(60))] += 1.0,
                Some(_) => {}
            }
        }
        let rate = |counts: [f64; 2]| counts[1] / (counts[0] + counts[1]);
        assert!((0.3..0.6).contains(&rate(churn)), "churn at {cutoff}: {churn:?}");
        assert!((0.03..0.1).contains(&rate(conversion)), "conversion at {cutoff}: {conversion:?}");
        assert!((0.05..0.15).contains(&rate(reactivation)), "reactivation at {cutoff}: {reactivation:?}");
    }
}

#[test]
fn visits_rise_before_orders_and_dry_up_after_the_loss() {
    let (out, _) = simulate("visits", |o| (o.customers, o.prospects) = (Some(3_000), Some(0)));
    let mut visits: BTreeMap<String, Vec<NaiveDate>> = BTreeMap::new();
    for row in rows(&out, "events").iter().filter(|row| row["event_type"] == "visit") {
        visits.entry(row["customer_id"].clone()).or_default().push(day(row, "occurred_at"));
    }
    let nothing = Vec::new();
    let count = |customer: &str, from: NaiveDate, to: NaiveDate| {
        visits.get(customer).unwrap_or(&nothing).iter().filter(|day| (from..to).contains(*day)).count() as f64
    };
    let (mut before, mut after) = (0.0, 0.0);
    for (customer, days) in order_days(&out) {
        for day in days.iter().skip(1) {
            before += count(&customer, *day - Days::new(14), *day);
            after += count(&customer, *day + Days::new(1), *day + Days::new(15));
        }
    }
    assert!(before > 1.2 * after, "{before} visits before orders, {after} after them");

    let (mut lost_days, mut lost_visits, mut rates) = (0.0, 0.0, 0.0);
    for row in rows(&out, "truth").iter().filter(|row| !row["lost_on"].is_empty()) {
        let (lost, end) = (date(&row["lost_on"]), date("2025-01-01"));
        let length = (end - lost).num_days() as f64 - 1.0;
        lost_days += length;
        lost_visits += count(&row["customer_id"], lost + Days::new(1), end);
        rates += number(row, "visit_rate") * length;
    }
    assert!(lost_days > 10_000.0);
    assert!(lost_visits < 0.3 * rates, "{lost_visits} visits of the lost, {rates:.0} had they stayed");
}

#[test]
fn all_events_happen_and_referrals_bring_customers() {
    let (out, _) = simulate("events", |o| (o.customers, o.prospects) = (Some(600), Some(600)));
    let customers: BTreeMap<String, Row> =
        rows(&out, "customers").into_iter().map(|row| (row["customer_id"].clone(), row)).collect();
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    let mut brought = BTreeSet::new();
    for row in rows(&out, "events") {
        *kinds.entry(row["event_type"].clone()).or_default() += 1;
        match row["event_type"].as_str() {
            "referral" => {
                let newcomer = &customers[&row["related_id"]];
                assert_eq!(newcomer["acquisition_channel"], "referral");
                assert_eq!(newcomer["known_at"], row["occurred_at"]);
                assert!(customers[&row["customer_id"]]["known_at"] < row["occurred_at"]);
                assert!(brought.insert(row["related_id"].clone()));
            }
            "satisfaction" => assert!((1.0..=5.0).contains(&number(&row, "value"))),
            "visit" => assert!(number(&row, "value") >= 1.0),
            _ => assert_eq!(row["value"], ""),
        }
    }
    let all = [
        "complaint",
        "complaint_closed",
        "newsletter",
        "referral",
        "reply",
        "satisfaction",
        "sign_up",
        "visit",
    ];
    assert_eq!(kinds.keys().map(String::as_str).collect::<Vec<_>>(), all);
    assert!(kinds["complaint_closed"] < kinds["complaint"] && kinds["reply"] * 3 < kinds["newsletter"]);
    let referred = customers.values().filter(|row| row["acquisition_channel"] == "referral").count();
    assert_eq!(referred, brought.len());
    assert!(referred > 20);
}

#[test]
fn order_values_are_those_expected() {
    let (out, _) = simulate("values", |o| (o.customers, o.prospects) = (Some(3_000), Some(0)));
    let truth: BTreeMap<String, Row> =
        rows(&out, "truth").into_iter().map(|row| (row["customer_id"].clone(), row)).collect();
    let mut spent: BTreeMap<String, f64> = BTreeMap::new();
    let (mut cut, mut lines) = ([0.0; 2], [0.0; 2]);
    for row in rows(&out, "transactions").iter().filter(|row| number(row, "quantity") > 0.0) {
        *spent.entry(row["customer_id"].clone()).or_default() +=
            number(row, "quantity") * number(row, "unit_price");
        let bargain = usize::from(truth[&row["customer_id"]]["bargain"] == "true");
        lines[bargain] += 1.0;
        cut[bargain] += f64::from(u8::from(number(row, "unit_price") < number(row, "list_price")));
    }
    let (mut real, mut expected) = (0.0, 0.0);
    for (customer, spent) in &spent {
        real += spent;
        expected += number(&truth[customer], "expected_order_value") * number(&truth[customer], "orders");
    }
    assert!((real / expected - 1.0).abs() < 0.03, "{real:.0} spent, {expected:.0} expected");
    assert!(cut[0] / lines[0] < 0.2 && cut[1] / lines[1] > 0.7, "{cut:?} of {lines:?} at a discount");
}
