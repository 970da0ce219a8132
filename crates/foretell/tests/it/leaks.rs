//! Leaks planted into the quickstart's customers, as shops have them, and what a run does about them.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};

use crate::bad_specs::shop::keep;
use crate::support::{Project, Run};

/// Whoever has bought nothing since has closed their account by the last day of the data.
const CLOSED_BEFORE: &str = "2024-08-01";

/// A feature's finding: kept, reason, evidence.
type Findings = BTreeMap<String, (bool, Option<String>, Option<String>)>;

/// The quickstart with a customers file that was overwritten on the last day, and SQL that reads it.
fn planted() -> Project {
    let project = Project::quickstart();
    let mut orders: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for entry in std::fs::read_dir(project.path("testdata/retail/transactions")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for line in String::from_utf8_lossy(&bytes).lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            if cells.len() == 10 && !cells[5].starts_with('-') {
                let (orders, last) = orders.entry(cells[0].to_owned()).or_default();
                *orders += 1;
                *last = last.clone().max(cells[2].to_owned());
            }
        }
    }
    let path = "testdata/retail/customers/customers.csv";
    let rows = std::fs::read(project.path(path)).unwrap();
    let mut planted = String::new();
    for (row, line) in String::from_utf8_lossy(&rows).lines().enumerate() {
        if row == 0 {
            planted += &format!("{line},loyalty_level,closed,customer_no,lot,lines_ever\n");
            continue;
        }
        let id = line.split(',').next().unwrap_or_default();
        let number: u64 = id.trim_start_matches('C').parse().unwrap_or_default();
        let (level, closed, lines) = match orders.get(id) {
            // A level for everybody who has ever bought, which says no more than that.
            Some((lines, last)) => {
                ((number % 3 + 1).to_string(), if last.as_str() < CLOSED_BEFORE { "1" } else { "" }, *lines)
            }
            None => (String::new(), "", 0),
        };
        let lot = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11;
        planted +=
            &format!("{line},{level},{closed},{number},{},{lines}\n", lot as f64 / (1_u64 << 53) as f64);
    }
    project.write(path, planted);
    let spec = std::fs::read_to_string(project.path("pipelines/quickstart.yaml")).unwrap();
    let columns = "      newsletter:          {from: newsletter, type: bool}\n";
    let more = ["loyalty_level", "closed", "customer_no", "lines_ever"]
        .map(|name| format!("      {name}: {{from: {name}, type: int}}\n"))
        .concat();
    let spec = spec.replace(columns, &format!("{columns}{more}      lot: {{from: lot, type: float}}\n"));
    project.write("pipelines/quickstart.yaml", spec);
    project.write(
        "sql/features/custom/planted.sql",
        "-- family:  planted\n-- grain:   one row a customer of the customers source\n-- source:  customers\n\
         -- meaning: what the shop's system has of a customer today\n\
         SELECT\n    customer_id,\n    --: Level in the loyalty scheme\n    max(loyalty_level) AS loyalty_level,\n    \
         --: The account is closed\n    max(closed) AS account_closed,\n    --: Number of the customer\n    \
         max(customer_no) AS customer_no,\n    --: Lot drawn for the customer\n    max(lot) AS lot,\n    \
         --: Lines the customer has ever bought\n    max(lines_ever) AS lines_ever\nFROM customers\n\
         GROUP BY customer_id\n",
    );
    project.write(
        "sql/features/custom/place.sql",
        "-- family:  planted_place\n-- grain:   one row a customer\n-- source:  customers\n\
         -- meaning: where a customer stands in the list\n\
         SELECT\n    customer_id,\n    --: Place of the customer's row\n    row_number() OVER (ORDER BY customer_id) \
         AS place\nFROM customers\n",
    );
    project
}

fn run(project: &Project, more: &[&str]) -> Run {
    let mut arguments = vec!["run", "pipelines/quickstart.yaml"];
    for value in [
        "features.windows=[30d, 90d]",
        "features.slices={}",
        "features.families=[recency, frequency, events, customers]",
        "features.sql=[sql/features/custom/*.sql]",
        "cutoffs.count=12",
        "score.models=[recency_rule, logistic]",
        "warehouse=w",
    ]
    .iter()
    .chain(more)
    {
        arguments.extend(["--set", value]);
    }
    project.foretell(&arguments)
}

fn findings(project: &Project, target: &str) -> Findings {
    let mut found = BTreeMap::new();
    for batch in project.table("w/tables", &format!("feature_screen/target={target}/part-0.parquet")) {
        let text = |name: &str, row: usize| {
            let column = batch[name].as_string::<i32>();
            (!column.is_null(row)).then(|| column.value(row).to_owned())
        };
        for row in 0..batch.num_rows() {
            let kept = batch["kept"].as_boolean().value(row);
            let finding = (kept, text("reason", row), text("evidence", row));
            found.insert(text("feature", row).unwrap(), finding);
        }
    }
    found
}

fn suspects(found: &Findings) -> Vec<(&str, &str)> {
    let dull = ["all_missing", "constant", "copy", "near_copy"];
    let reasons = found.iter().filter_map(|(name, (_, reason, _))| Some((name.as_str(), reason.as_deref()?)));
    reasons.filter(|(_, reason)| !dull.contains(reason)).collect()
}

#[test]
fn planted_leaks_are_caught_each_where_it_is_one() {
    let project = planted();
    let said = run(&project, &[]).ok().stdout;
    let conversion = findings(&project, "conversion");
    assert_eq!(
        suspects(&conversion),
        [
            ("account_closed", "payers_only"),
            ("customer_no", "identifier"),
            ("lines_ever", "payers_only"),
            ("lot", "identifier"),
            ("loyalty_level", "payers_only"),
            ("place", "row_order"),
        ],
        "{conversion:#?}"
    );
    let evidence = conversion["loyalty_level"].2.as_deref().unwrap();
    assert!(evidence.starts_with("filled for ") && evidence.contains(" and 0 of "), "{evidence}");
    assert!(said.contains("left out, as they may know the outcome: 2 identifier, 3 payers_only"), "{said}");

    // Who has a level says nothing of whether they will buy again: a behaviour like any.
    let churn = findings(&project, "churn");
    let level = &churn["loyalty_level"];
    assert_eq!((level.0, &level.1), (true, &None), "{churn:#?}");
    assert_eq!(churn["account_closed"].1.as_deref(), Some("filled_later"), "{churn:#?}");
    assert!(suspects(&churn).contains(&("customer_no", "identifier")), "{churn:#?}");

    // No promise may rest on a leak: an honest AUC is far from what the planted fields would give.
    for batch in project.table("w/tables", "quality/target=conversion/part-0.parquet") {
        let auc = batch["roc_auc"].as_primitive::<arrow::datatypes::Float64Type>();
        assert!(auc.iter().flatten().all(|auc| auc < 0.85), "{auc:?}");
    }
}

#[test]
fn the_spec_says_what_happens_to_suspects() {
    let project = planted();
    let failed = run(&project, &["score.screen={on_suspect: fail}"]);
    keep("bad_history__suspects_refused", 65, &failed);
    assert!(project.bytes("w/tables/scores").is_empty(), "nothing is said of customers");
    assert!(!findings(&project, "conversion")["loyalty_level"].0, "the table shows why");

    let said = run(&project, &["score.screen={on_suspect: warn}"]).ok().stdout;
    let warned = findings(&project, "conversion");
    assert!(warned["loyalty_level"].0 && warned["loyalty_level"].1.is_some(), "{warned:#?}");
    assert!(said.contains("kept though they may know the outcome"), "{said}");

    run(&project, &["score.screen={keep: [loyalty_level, lines_30d]}"]).ok();
    let kept = findings(&project, "conversion");
    assert!(kept["loyalty_level"].0 && !kept["lot"].0, "{kept:#?}");

    let unknown = run(&project, &["score.screen={keep: [loyalty_levle]}"]);
    keep("bad_spec__keep_of_an_unknown_feature", 78, &unknown);
}
