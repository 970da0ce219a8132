//! Thresholds changed and questions added as docs/customers.md shows, and what is wrong with a bad one.

use arrow::array::{Array, AsArray};

use crate::support::{Project, root};

use super::shop::{DATE, Shop};
use super::{cells, customers};

/// The SQL block of the worked example.
fn example() -> String {
    let text = std::fs::read_to_string(root().join("docs/customers.md")).unwrap();
    let block = text.split("```sql\n").nth(1).unwrap();
    block.split("```").next().unwrap().to_owned()
}

#[test]
fn the_worked_example_of_a_threshold_and_of_a_question() {
    let mut shop = Shop::new();
    for who in ["one", "two"] {
        [200, 160, 95].iter().for_each(|day| shop.buys(who, *day, "10.00"));
    }
    let usual = shop.run(&[]);
    assert_eq!(cells(&customers(&usual, DATE), &["lifecycle"])["one"], "regular");
    let sooner = shop.run(&["segments.lifecycle.lapsing=45d", "segments.lifecycle.lost=90d"]);
    assert_eq!(cells(&customers(&sooner, DATE), &["lifecycle"])["one"], "lost");

    let project = Project::new();
    for file in ["rows.csv", "few.yaml"] {
        std::fs::copy(usual.path(file), project.path(file)).unwrap();
    }
    project.write("sql/custom/at_risk.sql", example());
    project.foretell(&["run", "few.yaml", "--date", DATE, "--set", "segments.sql=[sql/custom/*.sql]"]);
    let rows = customers(&project, DATE);
    assert!(rows[0].column_by_name("is_at_risk").is_some_and(|column| column.null_count() == 0));
    let catalogue = project.table("w/tables", "customer_catalogue/part-0.parquet");
    let columns = catalogue[0]["column"].as_string::<i32>();
    let row = (0..columns.len()).find(|row| columns.value(*row) == "is_at_risk").unwrap();
    let text = |name: &str| catalogue[0][name].as_string::<i32>().value(row).to_owned();
    assert_eq!(text("description"), "Named as leaving, with a complaint that is still open");
    assert_eq!(text("question"), "at_risk");
}

#[test]
fn a_question_may_read_the_lake_beside_its_customers_and_ask_a_shared_table() {
    let mut shop = Shop::new();
    for (who, days) in [("one", &[50, 20, 10][..]), ("two", &[70, 30]), ("three", &[40])] {
        days.iter().for_each(|day| shop.buys(who, *day, "10.00"));
    }
    let category = "sources.transactions.columns.category={from: paid, type: string}";
    let project = shop.run(&[category]);
    let sql = "-- grain:   one row a customer\n-- meaning: what stands beside the customer\n\
               SELECT\n    customer.customer_id,\n    count(*) AS lines_beside,\n    \
               max(category_steps(customer.next_category, purchases.category)) AS share_beside\n\
               FROM customer\nINNER JOIN purchases ON purchases.customer_id = customer.customer_id\n\
               GROUP BY customer.customer_id\n";
    project.write("own.sql", sql);
    let set = ["--set", category, "--set", "segments.sql=[own.sql]"];
    project.foretell(&[&["run", "few.yaml", "--date", DATE], &set[..]].concat());
    let found = cells(&customers(&project, DATE), &["lines_beside", "share_beside"]);
    let lines = ["one", "two", "three"].map(|who| found[who].as_str());
    assert_eq!(lines, ["3 1.0", "2 1.0", "1 1.0"]);
}

#[test]
fn facts_say_the_same_fused_or_not() {
    let mut shop = Shop::new();
    for who in 0..60_i64 {
        for nth in 0..1 + who % 7 {
            let paid = format!("{}.00", 1 + (who * 5 + nth * nth) % 6);
            shop.buys(&format!("c{who:02}"), 5 + 9 * nth + who % 4, &paid);
        }
    }
    let category = "sources.transactions.columns.category={from: paid, type: string}";
    let said = |set: &[&str]| {
        cells(
            &customers(&shop.run(set), DATE),
            &["next_category", "lifecycle", "orders", "days_in_lifecycle"],
        )
    };
    let fused = said(&[category]);
    assert_eq!(fused, said(&[category, "features.fuse=false"]));
    let next: std::collections::BTreeSet<&str> = fused.values().filter_map(|v| v.split(' ').next()).collect();
    assert!(next.len() > 2, "{next:?}");
}

#[test]
fn a_bad_question_says_what_is_wrong_and_where() {
    let mut shop = Shop::new();
    [50, 20].iter().for_each(|day| shop.buys("one", *day, "10.00"));
    let project = shop.run(&[]);
    let faults = [
        ("unknown_column", "SELECT\n    customer_id,\n    dormansy = 'awake' AS is_awake\nFROM customer\n"),
        ("several_rows", "SELECT\n    customer_id,\n    days_ago AS day\nFROM purchases\n"),
        (
            "whole_shop",
            "SELECT\n    customer_id,\n    rank() OVER (ORDER BY revenue) AS place\nFROM customer\n",
        ),
        ("there_already", "SELECT\n    customer_id,\n    'mine' AS lifecycle\nFROM customer\n"),
    ];
    for (name, sql) in faults {
        let header = "-- grain:   one row a customer\n-- meaning: a question that is wrong\n";
        project.write("own.sql", format!("{header}{sql}"));
        let run = project.foretell(&["run", "few.yaml", "--date", DATE, "--set", "segments.sql=[own.sql]"]);
        assert_eq!(run.code, 78, "{name}: {}", run.stderr);
        insta::assert_snapshot!(name, run.stderr);
    }
}
