//! Faults of the document and of its keys and values.

use std::process::Command;

use super::shop::Shop;
use super::{kept, refused};

#[test]
fn unknown_key() {
    refused("unknown_key", 78, &Shop::new().spec("timezone:", "timezoen:"));
}

#[test]
fn unknown_key_inside() {
    refused("unknown_key_inside", 78, &Shop::new().spec("{max_share: 1%}", "{max_shar: 1%}"));
}

#[test]
fn wrong_type() {
    refused("wrong_type", 78, &Shop::new().spec("count: 6", "count: six"));
}

#[test]
fn wrong_share() {
    refused("wrong_share", 78, &Shop::new().spec("max_share: 1%", "max_share: 130%"));
}

#[test]
fn wrong_window() {
    refused("wrong_window", 78, &Shop::new().spec("[30d, 90d]", "[30d, 3 months]"));
}

#[test]
fn duplicate_key() {
    refused("duplicate_key", 78, &Shop::new().spec("\nlake:", "    files: data/2024-01.csv\n\nlake:"));
}

#[test]
fn tab() {
    refused("tab", 78, &Shop::new().spec("    horizon:", "\thorizon:"));
}

#[test]
fn bracket_left_open() {
    refused("bracket_left_open", 78, &Shop::new().spec("[30d, 90d]", "[30d, 90d"));
}

#[test]
fn empty_spec() {
    refused("empty_spec", 78, &Shop::new().file("shop.yaml", ""));
}

#[test]
fn spec_that_is_no_text() {
    refused("spec_that_is_no_text", 78, &Shop::new().file("shop.yaml", b"version: 1\npipeline: caf\xe9\n"));
}

#[test]
fn several_faults_at_once() {
    let shop = Shop::new()
        .spec("version: 1", "version: 2")
        .spec("Europe/Berlin", "Europe/Berln")
        .spec("type: int", "type: integer")
        .spec("horizon: 30d", "horizon: 0d")
        .spec("seed: 42", "sead: 42");
    refused("several_faults_at_once", 78, &shop);
}

#[test]
fn unknown_time_zone() {
    refused("unknown_time_zone", 78, &Shop::new().spec("Europe/Berlin", "Germany/Berlin"));
}

#[test]
fn unknown_family() {
    refused("unknown_family", 78, &Shop::new().spec("[recency, frequency]", "[recency, frequenzy]"));
}

#[test]
fn unknown_model() {
    refused("unknown_model", 78, &Shop::new().spec("logistic]", "logistics]"));
}

#[test]
fn unknown_source_of_an_outcome() {
    let shop = Shop::new().spec("from: transactions,", "from: transaction,");
    refused("unknown_source_of_an_outcome", 78, &shop);
}

#[test]
fn outcome_from_a_source_not_declared() {
    let shop = Shop::new().spec("from: transactions,", "from: events,");
    refused("outcome_from_a_source_not_declared", 78, &shop);
}

#[test]
fn slice_of_an_unknown_column() {
    let shop = Shop::new().spec("slices: {region:", "slices: {regoin:");
    refused("slice_of_an_unknown_column", 78, &shop);
}

#[test]
fn no_customer_column() {
    let shop = Shop::new().spec("      customer_id: {from", "      client: {from");
    refused("no_customer_column", 78, &shop);
}

#[test]
fn variable_that_is_not_set() {
    let shop = Shop::new().spec("files: data/*.csv", "files: ${SHOP_DATA_FOLDER}/*.csv");
    refused("variable_that_is_not_set", 78, &shop);
}

#[test]
fn warehouse_in_a_store_of_another_build() {
    let shop = Shop::new().spec("warehouse: warehouse", "warehouse: s3://shop/warehouse");
    refused("warehouse_in_a_store_of_another_build", 78, &shop);
}

#[test]
fn spec_that_is_not_there() {
    kept("spec_that_is_not_there", 66, &Shop::new().project.foretell(&["check", "shap.yaml"]));
}

#[test]
fn directory_as_spec() {
    kept("directory_as_spec", 66, &Shop::new().project.foretell(&["check", "data"]));
}

#[test]
fn glob_without_a_match() {
    refused("glob_without_a_match", 66, &Shop::new().spec("data/*.csv", "data/*.tsv"));
}

#[test]
fn folder_that_is_not_there() {
    refused("folder_that_is_not_there", 66, &Shop::new().spec("data/*.csv", "dota/*.csv"));
}

#[test]
fn directory_as_files() {
    refused("directory_as_files", 66, &Shop::new().spec("data/*.csv", "data"));
}

#[test]
fn secret_of_a_variable_stays_secret() {
    for (good, bad) in [
        ("warehouse: warehouse", "warehouse: ${SHOP_SECRET}"),
        ("files: data/*.csv", "files: ${SHOP_SECRET}"),
        ("pipeline: small-shop", "pipeline: ${SHOP_SECRET}"),
        ("timezone: Europe/Berlin", "timezone: ${SHOP_SECRET}"),
        ("every: month", "every: ${SHOP_SECRET}"),
    ] {
        let shop = Shop::new().spec(good, bad);
        let output = Command::new(env!("CARGO_BIN_EXE_foretell"))
            .args(["check", "shop.yaml"])
            .current_dir(shop.project.path(""))
            .env("SHOP_SECRET", "s3://key:hush@shop/data")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(78), "{bad}");
        let said = [output.stdout, output.stderr].concat();
        assert!(
            !String::from_utf8_lossy(&said).contains("hush"),
            "{bad}: {}",
            String::from_utf8_lossy(&said)
        );
    }
}
