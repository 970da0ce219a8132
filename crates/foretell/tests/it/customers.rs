//! Who is who: the tables `customers`, `moves`, `segments`, over simulated shops of a few rows.

mod own;
mod shop;

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};

use crate::checks;
use crate::support::Project;
use shop::Shop;

/// A table's rows as text, by customer: a cell is empty where it is NULL.
fn cells(batches: &[RecordBatch], columns: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for batch in batches {
        let ids = batch["customer_id"].as_string::<i32>();
        for row in 0..batch.num_rows() {
            let values: Vec<String> = columns
                .iter()
                .map(|column| arrow::util::display::array_value_to_string(&batch[*column], row).unwrap())
                .collect();
            found.insert(ids.value(row).to_owned(), values.join(" "));
        }
    }
    found
}

fn customers(project: &Project, cutoff: &str) -> Vec<RecordBatch> {
    project.table("w/tables", &format!("customers/cutoff={cutoff}/part-0.parquet"))
}

#[test]
fn every_stage_begins_on_its_day() {
    // One buyer for each side of each threshold; days are counted back from the cutoff.
    let mut shop = Shop::new();
    let people: [(&str, &[i64]); 13] = [
        ("new", &[90]),
        ("regular", &[91]),
        ("regular_silent_119", &[300, 119]),
        ("lapsing", &[300, 120]),
        ("lapsing_239", &[300, 239]),
        ("lost", &[300, 240]),
        ("returned", &[500, 90]),
        ("returned_no_more", &[500, 91, 80]),
        ("short_silence", &[300, 61, 60]),
        ("old", &[365, 250, 140, 30]),
        ("not_yet_old", &[364, 250, 140, 30]),
        ("loyal", &[180, 150, 120, 90, 60, 30]),
        ("five_days_only", &[180, 150, 120, 90, 60]),
    ];
    for (who, days) in people {
        for day in days {
            shop.buys(who, *day, "10.00");
        }
    }
    let project = shop.run(&[]);
    let found = cells(&customers(&project, shop::DATE), &["lifecycle", "days_in_lifecycle", "dormancy"]);
    let expected = [
        ("five_days_only", "regular 90 drowsy"),
        ("lapsing", "lapsing 0 half_asleep"),
        ("lapsing_239", "lapsing 119 half_asleep"),
        ("loyal", "loyal 0 awake"),
        ("lost", "lost 0 deep_sleep"),
        ("new", "new 90 drowsy"),
        ("not_yet_old", "regular 274 awake"),
        ("old", "old 0 awake"),
        ("regular", "regular 1 drowsy"),
        ("regular_silent_119", "regular 119 drowsy"),
        ("returned", "returned 90 drowsy"),
        ("returned_no_more", "old 1 drowsy"),
        ("short_silence", "regular 61 drowsy"),
    ];
    let expected = expected.map(|(who, what)| (who.to_owned(), what.to_owned()));
    assert_eq!(found, BTreeMap::from(expected));
    let said = shop.said(&project);
    assert!(said.contains("not known: ") && said.contains("satisfaction"), "{said}");
}

#[test]
fn fifths_and_classes_keep_equals_together() {
    let mut shop = Shop::new();
    // Ten buyers; four of them equal in money. Sums: 500 + 200 + 100 + 4 x 40 + 20 + 15 + 5 = 1,000.
    let spent = ["500.00", "200.00", "100.00", "40.00", "40.00", "40.00", "40.00", "20.00", "15.00", "5.00"];
    for (place, amount) in spent.iter().enumerate() {
        shop.buys(&format!("c{place}"), 10 + place as i64, amount);
    }
    let project = shop.run(&[]);
    let columns = ["recency_score", "frequency_score", "monetary_score", "abc", "is_core", "revenue_share"];
    let found = cells(&customers(&project, shop::DATE), &columns);
    // Before c2 there are 70 % of the money, before the equal four 80 %: the core ends with c2, class b with them.
    let expected = [
        "5 1 5 a true 0.5",
        "5 1 5 a true 0.2",
        "4 1 4 a true 0.1",
        "4 1 2 b false 0.04",
        "3 1 2 b false 0.04",
        "3 1 2 b false 0.04",
        "2 1 2 b false 0.04",
        "2 1 2 c false 0.02",
        "1 1 1 c false 0.015",
        "1 1 1 c false 0.005",
    ];
    let expected = expected.iter().enumerate().map(|(place, what)| (format!("c{place}"), (*what).to_owned()));
    assert_eq!(found, expected.collect());

    let curve = project.table("w/tables", &format!("concentration/cutoff={}/part-0.parquet", shop::DATE));
    let percents = curve[0]["percent"].as_primitive::<Int64Type>();
    let shares = curve[0]["revenue_share"].as_primitive::<Float64Type>();
    let points: Vec<(i64, f64)> =
        (0..curve[0].num_rows()).map(|row| (percents.value(row), shares.value(row))).collect();
    assert_eq!(points[..3], [(10, 0.5), (20, 0.7), (30, 0.8)]);
    assert_eq!(points.last(), Some(&(100, 1.0)));
}

#[test]
fn nothing_at_or_after_the_cutoff_is_seen() {
    let people = [("one", [200, 90]), ("two", [100, 20]), ("three", [40, 3]), ("four", [300, 10])];
    let mut shop = Shop::new();
    for (who, days) in people {
        days.iter().for_each(|day| shop.buys(who, *day, "10.00"));
    }
    let before = shop.run(&[]);
    for (who, day) in [("one", 0), ("two", -1), ("three", -40), ("newcomer", 0), ("newcomer", -3)] {
        shop.buys(who, day, "999.00");
    }
    let after = shop.run(&[]);
    for table in ["customers", "moves", "segments", "concentration"] {
        let below = format!("w/tables/{table}");
        assert!(!before.bytes(&below).is_empty(), "{table}");
        assert_eq!(before.bytes(&below), after.bytes(&below), "{table}");
    }
}

#[test]
fn moves_add_up_and_what_is_not_known_is_null() {
    let mut shop = Shop::new();
    for (who, days) in [("stays", vec![200, 100, 20]), ("lapses", vec![300, 121]), ("comes", vec![10, 5])] {
        days.iter().for_each(|day| shop.buys(who, *day, "10.00"));
    }
    let project = shop.run(&[]);
    let moves = project.table("w/tables", &format!("moves/cutoff={}/part-0.parquet", shop::DATE));
    let batch = &moves[0];
    let text = |column: &str, row: usize| {
        let values = batch[column].as_string::<i32>();
        if values.is_null(row) { "-".to_owned() } else { values.value(row).to_owned() }
    };
    let counts = batch["customers"].as_primitive::<Int64Type>();
    let mut ways = BTreeMap::new();
    for row in (0..batch.num_rows()).filter(|row| text("dimension", *row) == "lifecycle") {
        ways.insert(format!("{} to {}", text("from_value", row), text("to_value", row)), counts.value(row));
    }
    let expected = [("- to new", 1), ("regular to lapsing", 1), ("regular to regular", 1)];
    assert_eq!(ways, expected.map(|(way, n)| (way.to_owned(), n)).into());

    // Nothing of events, costs or attributes was given: those columns are NULL.
    let rows = customers(&project, shop::DATE);
    for column in
        ["prospect_kind", "satisfaction", "open_complaints", "referral_value", "profit", "action_value"]
    {
        assert_eq!(rows[0][column].null_count(), rows[0].num_rows(), "{column}");
    }
    let actions = cells(&rows, &["action"]);
    assert_eq!(actions["lapses"], "wake");
    for (table, columns) in [
        ("customers", ["lifecycle", "expected_value", "stays"]),
        ("segments", ["dimension", "revenue_growth", "half_asleep"]),
        ("actions", ["action_value", "next_category", "wake"]),
    ] {
        let shown = project.foretell(&["show", "few.yaml", table]).ok().stdout;
        columns.iter().for_each(|word| assert!(shown.contains(word), "{table}: {shown}"));
    }
    checks::hold(&project, "w", &["customers", "moves", "segments", "concentration"]);
}
