//! Files whose first line is not what the spec expects, or which have none.

use super::{BROKEN, HEADER, HUSH, all_rows, counts, good_rows, june, shop, stops};
use crate::bad_specs::shop::months;

#[test]
fn wrong_header() {
    stops("wrong_header", 65, &shop().file(BROKEN, "date;temperature;wind\n2024-06-01;21;3\n"));
}

#[test]
fn missing_column() {
    let header = HEADER.replace("quantity", "quantities");
    stops("missing_column", 65, &shop().file(BROKEN, format!("{header}{}", june())));
}

#[test]
fn column_twice() {
    let header = HEADER.replace("region", "quantity");
    stops("column_twice", 65, &shop().file(BROKEN, format!("{header}{}", june())));
}

#[test]
fn another_delimiter() {
    let text = format!("{HEADER}{}", june()).replace(',', ";");
    stops("another_delimiter", 65, &shop().file(BROKEN, text));
}

#[test]
fn no_header() {
    let text = format!("{HUSH}@example.org,o1,2024-06-01 10:00:00,p1,1,2.00,north\n{}", june());
    stops("no_header", 65, &shop().file(BROKEN, text));
}

#[test]
fn empty_file() {
    stops("empty_file", 65, &shop().file(BROKEN, ""));
}

#[test]
fn blank_lines_only() {
    stops("blank_lines_only", 65, &shop().file(BROKEN, "\n\n\r\n\n"));
}

#[test]
fn a_day_without_rows_is_no_fault() {
    let rows = good_rows() - june().lines().count() as u64;
    counts(&shop().file(BROKEN, HEADER), rows, &[], &[]);
}

#[test]
fn columns_in_another_order_are_no_fault() {
    let turned = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",") + "\n";
    let text: String = format!("{HEADER}{}", june()).lines().map(turned).collect();
    counts(&shop().file(BROKEN, text), good_rows(), &[], &[]);
}

#[test]
fn no_row_in_any_file() {
    let shop = months().keys().fold(shop(), |shop, month| shop.file(&format!("data/{month}.csv"), HEADER));
    stops("no_row_in_any_file", 65, &shop);
}

#[test]
fn directory_named_like_a_file() {
    let shop = shop();
    std::fs::create_dir(shop.project.path("data/2024-11.csv")).unwrap();
    counts(&shop, good_rows(), &[], &[]);
}

#[test]
fn the_same_rows_in_one_file() {
    let shop = shop().spec("data/*.csv", "all.csv").file("all.csv", format!("{HEADER}{}", all_rows()));
    counts(&shop, good_rows(), &[], &[]);
}
