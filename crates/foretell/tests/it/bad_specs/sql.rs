//! Faults of feature files.

use super::shop::Shop;
use super::{refused, refused_by};

const FROM: &str = "FROM purchases\n";

#[test]
fn unknown_column() {
    refused("sql_unknown_column", 78, &Shop::new().sql("CAST(unit_price", "CAST(unit_prize"));
}

#[test]
fn unknown_function() {
    refused("sql_unknown_function", 78, &Shop::new().sql("max(CAST", "maxx(CAST"));
}

#[test]
fn unknown_table() {
    refused("sql_unknown_table", 78, &Shop::new().sql(FROM, "FROM purchase\n"));
}

#[test]
fn source_that_is_not_declared() {
    refused("sql_source_that_is_not_declared", 78, &Shop::new().sql(FROM, "FROM events\n"));
}

#[test]
fn syntax() {
    refused("sql_syntax", 78, &Shop::new().sql("GROUP BY", "GRUOP BY"));
}

#[test]
fn parenthesis_left_open() {
    refused("sql_parenthesis_left_open", 78, &Shop::new().sql("AS DOUBLE))", "AS DOUBLE)"));
}

#[test]
fn drop_table() {
    refused(
        "sql_drop_table",
        78,
        &Shop::new().file("shop/more.sql", "-- grain: none\nDROP TABLE purchases\n"),
    );
}

#[test]
fn insert() {
    let sql = "-- grain: none\nINSERT INTO purchases SELECT * FROM returns\n";
    refused("sql_insert", 78, &Shop::new().file("shop/more.sql", sql));
}

#[test]
fn copy() {
    let sql = "-- grain: none\nCOPY (SELECT * FROM purchases)\nTO 'stolen.csv' STORED AS CSV\n";
    let shop = Shop::new().file("shop/more.sql", sql);
    refused("sql_copy", 78, &shop);
    assert!(!shop.project.path("stolen.csv").exists());
}

#[test]
fn create_external_table() {
    let sql = "-- grain: none\nCREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'data/2024-01.csv'\n";
    refused("sql_create_external_table", 78, &Shop::new().file("shop/more.sql", sql));
}

#[test]
fn two_statements() {
    let shop = Shop::new().sql("GROUP BY customer_id\n", "GROUP BY customer_id;\nSELECT 1\n");
    refused("sql_two_statements", 78, &shop);
}

#[test]
fn now() {
    let good = "max(CAST(unit_price AS DOUBLE))";
    let shop = Shop::new().sql(good, "max(date_part('epoch', now() - occurred_at))");
    refused("sql_now", 78, &shop);
}

#[test]
fn random() {
    refused("sql_random", 78, &Shop::new().sql("max(CAST(unit_price AS DOUBLE))", "max(random())"));
}

#[test]
fn customer_not_first() {
    let shop = Shop::new().sql("    customer_id,\n    {%", "    count(*) AS n,\n    customer_id,\n    {%");
    refused("sql_customer_not_first", 78, &shop);
}

#[test]
fn feature_that_is_text() {
    let shop = Shop::new().sql("max(CAST(unit_price AS DOUBLE))", "max(region)");
    refused("sql_feature_that_is_text", 78, &shop);
}

#[test]
fn feature_without_a_name() {
    let sql =
        "-- grain: one row a customer\nSELECT customer_id, count(*)\nFROM purchases\nGROUP BY customer_id\n";
    refused("sql_feature_without_a_name", 78, &Shop::new().file("shop/more.sql", sql));
}

#[test]
fn feature_made_twice() {
    let sql = "-- grain: one row a customer\nSELECT customer_id, count(*) AS orders_30d\nFROM purchases\nGROUP BY customer_id\n";
    refused("sql_feature_made_twice", 78, &Shop::new().file("shop/more.sql", sql));
}

#[test]
fn two_rows_a_customer() {
    let sql = "-- grain: one row a purchase line, which is wrong\nSELECT customer_id, quantity AS pieces\nFROM purchases\n";
    let shop = Shop::new().file("shop/more.sql", sql);
    refused_by("sql_two_rows_a_customer", 78, &shop, "run", &[]);
}

#[test]
fn no_grain() {
    refused("sql_no_grain", 78, &Shop::new().sql("-- grain: ", "-- grane: "));
}

#[test]
fn empty_file() {
    refused("sql_empty_file", 78, &Shop::new().file("shop/more.sql", "-- grain: one row a customer\n"));
}

#[test]
fn template_unknown_name() {
    refused("template_unknown_name", 78, &Shop::new().sql("for w in windows", "for w in window"));
}

#[test]
fn template_unknown_attribute() {
    refused("template_unknown_attribute", 78, &Shop::new().sql("{{ w.filter }}", "{{ w.filtre }}"));
}

#[test]
fn template_block_left_open() {
    refused("template_block_left_open", 78, &Shop::new().sql("    {% endfor %}\n", ""));
}

#[test]
fn template_unknown_function() {
    let shop = Shop::new().sql("for w in windows", "for w in cell('transactions')");
    refused("template_unknown_function", 78, &shop);
}

#[test]
fn file_that_is_not_there() {
    let shop = Shop::new().spec("[shop/*.sql]", "[shop/dearst.sql]");
    refused("sql_file_that_is_not_there", 66, &shop);
}
