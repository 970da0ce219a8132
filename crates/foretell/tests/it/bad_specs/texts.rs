//! Faults of the SQL that stands in the spec.

use super::shop::Shop;
use super::{refused, refused_by};

#[test]
fn rule_with_an_unknown_column() {
    refused("rule_with_an_unknown_column", 78, &Shop::new().spec("unit_price > 0", "unit_prise > 0"));
}

#[test]
fn rule_that_breaks_off() {
    refused("rule_that_breaks_off", 78, &Shop::new().spec("unit_price > 0", "unit_price >"));
}

#[test]
fn rule_that_is_no_condition() {
    refused("rule_that_is_no_condition", 78, &Shop::new().spec("unit_price > 0", "unit_price + 1"));
}

#[test]
fn rule_with_an_aggregate() {
    refused("rule_with_an_aggregate", 78, &Shop::new().spec("unit_price > 0", "sum(quantity) > 0"));
}

#[test]
fn rule_that_asks_the_clock() {
    let shop = Shop::new().spec("unit_price > 0", "occurred_at < now()");
    refused("rule_that_asks_the_clock", 78, &shop);
}

#[test]
fn derive_with_an_unknown_column() {
    let shop = Shop::new().spec("amount: quantity * unit_price", "amount: quantity * price");
    refused("derive_with_an_unknown_column", 78, &shop);
}

#[test]
fn derive_with_an_unknown_function() {
    let shop = Shop::new().spec("amount: quantity * unit_price", "amount: rond(quantity * unit_price)");
    refused("derive_with_an_unknown_function", 78, &shop);
}

#[test]
fn derive_over_several_lines() {
    let bad = "amount: |\n        quantity\n          * unit_prise";
    refused("derive_over_several_lines", 78, &Shop::new().spec("amount: quantity * unit_price", bad));
}

#[test]
fn eligible_by_an_unknown_feature() {
    let shop = Shop::new().spec("eligible: orders_90d > 0", "eligible: orders_60d > 0");
    refused("eligible_by_an_unknown_feature", 78, &shop);
}

#[test]
fn eligible_by_an_aggregate() {
    let shop = Shop::new().spec("eligible: orders_90d > 0", "eligible: max(orders_90d) > 0");
    refused("eligible_by_an_aggregate", 78, &shop);
}

#[test]
fn outcome_where_with_an_unknown_column() {
    let shop = Shop::new().spec("where: not is_return", "where: not is_returned");
    refused("outcome_where_with_an_unknown_column", 78, &shop);
}

#[test]
fn having_with_an_unknown_function() {
    let shop = Shop::new().spec("having: count(*) = 0", "having: cuont(*) = 0");
    refused("having_with_an_unknown_function", 78, &shop);
}

#[test]
fn having_with_an_unknown_column() {
    let shop = Shop::new().spec("having: count(*) = 0", "having: sum(amuont) > 100");
    refused("having_with_an_unknown_column", 78, &shop);
}

#[test]
fn having_that_is_no_condition() {
    let shop = Shop::new().spec("having: count(*) = 0", "having: count(*)");
    refused("having_that_is_no_condition", 78, &shop);
}

#[test]
fn having_without_an_aggregate() {
    let shop = Shop::new().spec("having: count(*) = 0", "having: quantity > 0");
    refused("having_without_an_aggregate", 78, &shop);
}

#[test]
fn run_refuses_a_bad_rule_too() {
    let shop = Shop::new().spec("unit_price > 0", "unit_prise > 0");
    refused_by("run_refuses_a_bad_rule_too", 78, &shop, "run", &[]);
}

#[test]
fn run_refuses_a_bad_target_too() {
    let shop = Shop::new().spec("eligible: orders_90d > 0", "eligible: orders_60d > 0");
    refused_by("run_refuses_a_bad_target_too", 78, &shop, "run", &[]);
}
