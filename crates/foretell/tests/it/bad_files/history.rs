//! Rows that can all be read and yet do not suffice to learn from.

use super::{HEADER, all_rows, shop};
use crate::bad_specs::shop::{Shop, keep};

/// Runs, expects the run to stop with `code`, and that the statements of the last good run are as they were.
#[track_caller]
fn not_learned(case: &str, code: i32, shop: &Shop, more: &[&str]) {
    let tables =
        ["scores", "promises", "quality", "quality_curve", "calibration", "influence", "feature_screen"];
    let folders = tables.map(|table| format!("warehouse/tables/{table}"));
    let before = folders.each_ref().map(|folder| shop.project.bytes(folder));
    assert!(before.iter().all(|files| !files.is_empty()));
    keep(&format!("bad_history__{case}"), code, &shop.foretell("run", more));
    let after = folders.each_ref().map(|folder| shop.project.bytes(folder));
    for ((folder, before), after) in folders.iter().zip(&before).zip(&after) {
        assert!(before == after, "{folder} is no longer what the last good run left");
    }
}

/// A shop with these rows only; its spec names another file, so what the lake has must be forced out.
fn of(rows: String) -> Shop {
    shop().spec("data/*.csv", "some.csv").file("some.csv", format!("{HEADER}{rows}"))
}

#[test]
fn one_class_only() {
    not_learned("one_class_only", 65, &shop().spec("having: count(*) = 0", "having: count(*) >= 0"), &[]);
}

#[test]
fn history_too_short() {
    not_learned("history_too_short", 65, &shop().spec("horizon: 30d", "horizon: 300d"), &[]);
}

#[test]
fn nobody_eligible() {
    not_learned("nobody_eligible", 65, &shop().spec("orders_90d > 0", "orders_90d > 1000"), &[]);
}

#[test]
fn one_customer() {
    let rows =
        all_rows().lines().filter(|line| line.starts_with("c01,")).map(|line| format!("{line}\n")).collect();
    not_learned("one_customer", 65, &of(rows), &["--force"]);
}

#[test]
fn one_row() {
    let shop = of("c01,o1,2024-06-01 10:00:00,p1,1,2.00,north\n".to_owned());
    not_learned("one_row", 65, &shop, &["--force"]);
}

#[test]
fn date_before_all_rows() {
    not_learned("date_before_all_rows", 65, &shop(), &["--date", "2020-01-01"]);
}

#[test]
fn date_long_after_all_rows() {
    not_learned("date_long_after_all_rows", 65, &shop(), &["--date", "2044-01-01"]);
}

#[test]
fn row_of_the_future() {
    let shop =
        shop().file("data/2024-11.csv", format!("{HEADER}c01,o1,2042-06-01 10:00:00,p1,1,2.00,north\n"));
    not_learned("row_of_the_future", 65, &shop, &[]);
}
