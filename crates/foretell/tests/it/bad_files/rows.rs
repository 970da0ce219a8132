//! Single rows that are not what the spec expects, few and many.

use super::{
    BROKEN, HEADER, all_rows, counts, good_rows, june, june_and, quarantine, set_aside, set_aside_in, shop,
    stops,
};

#[test]
fn ragged() {
    let rows = "hush,o1\nhush,o2,2024-06-01 10:00:00,p1,1,2.00,north,more\nhush,o3,,,,\n";
    set_aside("ragged", rows, &[("ragged", 3)]);
}

#[test]
fn quote_left_open() {
    // Only the line of the quote is lost, not all that follows.
    let shop =
        shop().file(BROKEN, format!("{HEADER}\"hush,o1,2024-06-01 10:00:00,p1,1,2.00,north\n{}", june()));
    set_aside_in("quote_left_open", &shop, &[("quote", 1)]);
}

#[test]
fn date_in_another_format() {
    let rows = "hush,o1,01.06.2024 10:00,p1,1,2.00,north\nhush,o2,2024-06-01T10:00:00Z,p1,1,2.00,north\n\
                hush,o3,06/01/2024,p1,1,2.00,north\nhush,o4,2024-02-30 10:00:00,p1,1,2.00,north\n\
                hush,o5,0204-06-01 10:00:00,p1,1,2.00,north\nhush,o6,45444.4,p1,1,2.00,north\n";
    set_aside("date_in_another_format", rows, &[("cast", 6)]);
}

#[test]
fn hour_that_summer_time_leaves_out() {
    let rows = "hush,o1,2024-03-31 02:30:00,p1,1,2.00,north\n";
    set_aside("hour_that_summer_time_leaves_out", rows, &[("cast", 1)]);
}

#[test]
fn decimal_comma() {
    let rows = "hush,o1,2024-06-01 10:00:00,p1,1,\"2,00\",north\nhush,o2,2024-06-01 10:00:00,p1,1,\"1.002,00\",north\n";
    set_aside("decimal_comma", rows, &[("cast", 2)]);
}

#[test]
fn decimal_comma_that_is_declared() {
    let euro = |line: &str| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        cells[5] = cells[5].replace('.', ",");
        cells.join(";") + "\n"
    };
    let text: String = format!("{HEADER}{}", all_rows()).lines().map(euro).collect();
    let shop = shop()
        .spec("data/*.csv", "euro.csv")
        .spec("type: decimal, scale: 2", "type: decimal, scale: 2, decimal_mark: \",\"")
        .format("{csv: {delimiter: \";\"}}")
        .file("euro.csv", text);
    counts(&shop, good_rows(), &[], &[]);
}

#[test]
fn numbers_that_are_none() {
    let rows = "hush,o1,2024-06-01 10:00:00,p1,NaN,2.00,north\nhush,o2,2024-06-01 10:00:00,p1,1,NaN,north\n\
                hush,o3,2024-06-01 10:00:00,p1,1,-inf,north\nhush,o4,2024-06-01 10:00:00,p1,one,2.00,north\n\
                hush,o5,2024-06-01 10:00:00,p1,1.5,2.00,north\nhush,o6,2024-06-01 10:00:00,p1,1,£2.00,north\n";
    set_aside("numbers_that_are_none", rows, &[("cast", 6)]);
}

#[test]
fn huge_numbers() {
    let rows = "hush,o1,2024-06-01 10:00:00,p1,99999999999999999999,2.00,north\n\
                hush,o2,2024-06-01 10:00:00,p1,1,12345678901234567890.00,north\n\
                hush,o3,2024-06-01 10:00:00,p1,1,1e400,north\nhush,o4,2024-06-01 10:00:00,p1,1,2.005,north\n";
    set_aside("huge_numbers", rows, &[("cast", 4)]);
}

#[test]
fn product_too_large_for_its_column() {
    // The cell is fine, its square is not.
    let shop = shop()
        .spec("is_return: quantity < 0", "is_return: quantity < 0\n      square: quantity * quantity")
        .file(BROKEN, june_and("hush,o1,2024-06-01 10:00:00,p1,9000000000000000000,2.00,north\n"));
    set_aside_in("product_too_large_for_its_column", &shop, &[("derive", 1)]);
}

#[test]
fn division_by_zero() {
    let shop = shop()
        .spec("is_return: quantity < 0", "is_return: quantity < 0\n      odd: 1000 % (quantity - 777)")
        .file(BROKEN, june_and("hush,o1,2024-06-01 10:00:00,p1,777,2.00,north\n"));
    set_aside_in("division_by_zero", &shop, &[("derive", 1)]);
}

#[test]
fn bytes_that_are_no_text() {
    let mut text = june_and("").into_bytes();
    text.extend(
        b"hush,o1,2024-06-01 10:00:00,p1,1,2.00,n\xffrth\nhush,o2,2024-06-01 10:00:00,p1,1,2.00,n\0rth\n",
    );
    set_aside_in("bytes_that_are_no_text", &shop().file(BROKEN, text), &[("encoding", 1), ("nul", 1)]);
}

#[test]
fn rules_and_empty_cells() {
    let rows = ",o1,2024-06-01 10:00:00,p1,1,2.00,north\n\" \",o2,2024-06-01 10:00:00,p1,1,2.00,north\n\
                hush,o3,2024-06-01 10:00:00,p1,1,0.00,north\nhush,o4,2024-06-01 10:00:00,p1,1,,north\n\
                hush,o5,,p1,1,2.00,north\n";
    let rules = [("has_customer", 2), ("occurred_at_missing", 1), ("positive_price", 2)];
    set_aside("rules_and_empty_cells", rows, &rules);
}

#[test]
fn raw_row_is_kept_in_quarantine_only() {
    let shop = shop().file(BROKEN, june_and("hush,o1\n"));
    set_aside_in("raw_row_is_kept_in_quarantine_only", &shop, &[("ragged", 1)]);
    let path = shop.project.bytes("warehouse/quarantine").into_keys().next().unwrap();
    let batches = shop.project.table("warehouse/quarantine", &path);
    let raw = arrow::array::AsArray::as_string::<i32>(batches[0].column_by_name("raw").unwrap());
    assert_eq!(raw.value(0), "hush,o1");
}

#[test]
fn exact_duplicates_are_dropped() {
    let june = june();
    let again: String = june.lines().take(5).map(|line| format!("{line}\n")).collect();
    let shop = shop().file(BROKEN, june_and(&again));
    counts(&shop, good_rows() + 5, &[], &[("exact_duplicates", 5)]);
    assert_eq!(quarantine(&shop), "");
}

#[test]
fn exact_duplicates_are_kept_where_the_spec_says_so() {
    let again: String = june().lines().take(5).map(|line| format!("{line}\n")).collect();
    let shop =
        shop().spec("    rules:", "    exact_duplicates: keep\n    rules:").file(BROKEN, june_and(&again));
    counts(&shop, good_rows() + 5, &[], &[]);
}

#[test]
fn rows_of_one_key_are_dropped() {
    // Of two lines of one instant it is not the order of reading that says which one stays.
    let again: String = june().lines().take(4).map(|line| format!("{line}er\n")).collect();
    let shop = shop()
        .spec("    rules:", "    unique_key: [order_id, product_id]\n    rules:")
        .file(BROKEN, june_and(&again));
    counts(&shop, good_rows() + 4, &[], &[("unique_key", 4)]);
}

#[test]
fn rule_that_drops() {
    let shop = shop()
        .spec("where: customer_id is not null", "where: customer_id is not null, on_fail: drop")
        .file(BROKEN, june_and(",o1,2024-06-01 10:00:00,p1,1,2.00,north\n"));
    counts(&shop, good_rows() + 1, &[], &[("has_customer", 1)]);
}

#[test]
fn rule_that_stops_the_run() {
    let shop = shop()
        .spec("on_fail: quarantine", "on_fail: fail")
        .file(BROKEN, june_and("hush,o1,2024-06-01 10:00:00,p1,1,0.00,north\n"));
    stops("rule_that_stops_the_run", 65, &shop);
}

#[test]
fn too_many_bad_rows() {
    let bad = "hush,o1\n".repeat(15) + &"hush,o1,yesterday,p1,1,2.00,north\n".repeat(15);
    stops("too_many_bad_rows", 65, &shop().file(BROKEN, june_and(&bad)));
}

#[test]
fn as_many_bad_rows_as_allowed() {
    // 1 % of all rows, the bad ones included.
    let bad = good_rows() / 99;
    let shop = shop().file(BROKEN, june_and(&"hush,o1\n".repeat(bad as usize)));
    counts(&shop, good_rows() + bad, &[("ragged", bad)], &[]);
    let shop = shop.file(BROKEN, june_and(&"hush,o1\n".repeat(bad as usize + 1)));
    stops("one_bad_row_more_than_allowed", 65, &shop);
}

#[test]
fn no_customers() {
    let nobody: String = all_rows().lines().map(|line| format!("{}\n", &line[3..])).collect();
    let shop = shop().spec("data/*.csv", "nobody.csv").file("nobody.csv", format!("{HEADER}{nobody}"));
    stops("no_customers", 65, &shop);
    let shop = shop.spec("max_share: 1%", "max_share: 100%");
    stops("no_customers_though_all_may_be_bad", 65, &shop);
}
