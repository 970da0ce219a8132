//! A lake that grew night by night, and one that was read at once.

use super::shop::{FIRST, night, send, shop};
use super::{differences, manifest, quarantine, rows};
use crate::bad_specs::shop::{HEADER, Shop};

#[test]
fn a_lake_that_grew_gives_the_tables_of_one_read_at_once() {
    let project = shop();
    let (first, _) = night(&project, "grown");
    assert_eq!(first["sources"][0]["files_taken"], 0);
    for day in FIRST..FIRST + 3 {
        send(&project, day);
        let (ingest, features) = night(&project, "grown");
        let source = &ingest["sources"][0];
        assert_eq!((&source["files_new"], &source["files_taken"]), (&1.into(), &day.into()));
        assert!(source["rows_read"].as_u64().unwrap() < 1000, "{source}");
        assert_eq!(source["lake_runs"], 2, "the night's rows are not beside those of the days before");
        assert_eq!(features["fresh"], true);
    }
    let (ingest, _) = night(&project, "full");
    assert_eq!(manifest(&project, "full")["runs"].as_array().unwrap().len(), 1);

    // Each kind of row that has to find its place among older ones was there.
    let counts = &ingest["sources"][0]["counts"];
    assert_eq!(*counts, manifest(&project, "grown")["counts"]);
    for (what, rule) in
        [("dropped", "exact_duplicates"), ("dropped", "unique_key"), ("quarantined", "positive_price")]
    {
        assert!(counts[what][rule].as_u64().unwrap() > 100, "{what} {rule}: {counts}");
    }
    assert!(rows(&project, "grown") == rows(&project, "full"), "the lakes hold other rows");
    assert_eq!(quarantine(&project, "grown"), quarantine(&project, "full"));
    let tables = project.bytes("grown/tables");
    assert!(tables.keys().any(|name| name.starts_with("labels/")), "{:?}", tables.keys());
    assert_eq!(differences(&tables, &project.bytes("full/tables")), Vec::<String>::new());
}

/// A late row of an earlier instant takes the place of one in a run that is not written anew otherwise.
#[test]
fn only_the_buckets_of_an_old_run_that_lose_rows_are_written_anew() {
    let project = shop();
    night(&project, "w");
    let paths = |run: usize| -> Vec<String> {
        let manifest = manifest(&project, "w");
        let buckets = manifest["runs"][run]["buckets"].as_array().unwrap().clone();
        buckets.iter().map(|bucket| bucket["path"].as_str().unwrap().to_owned()).collect()
    };
    let before = paths(0);
    let header = "customer_id,order_id,line_id,occurred_at,known_at,product_id,quantity,unit_price\n";
    // The customer and the key of line 3 of day 50, an hour before it.
    let customer = (3 * 7 + 50 * 13) % 400;
    let row = format!("c{customer:03},o,l50-3,2024-02-20 09:15:00,2024-04-20 00:00:00,p1,2,1.5\n");
    project.write("data/late.csv", format!("{header}{row}"));
    let (ingest, _) = night(&project, "w");
    let after = paths(0);
    let moved = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert_eq!(moved, 1, "{before:?} {after:?}");
    assert_eq!(ingest["sources"][0]["lake_runs"], 2);
    night(&project, "full");
    assert!(rows(&project, "w") == rows(&project, "full"));
    assert_eq!(manifest(&project, "w")["counts"], manifest(&project, "full")["counts"]);
    assert!(rows(&project, "w").iter().any(|bucket| bucket.contains("2024-02-20T08:15:00Z")));

    // The row that gave way is known when it comes again: it is a duplicate of a row that was read.
    let lines = std::fs::read_to_string(project.path("data/2024-02-20.csv")).unwrap();
    let again = lines.lines().find(|line| line.contains(",l50-3,")).unwrap();
    project.write("data/later.csv", format!("{header}{again}\n"));
    night(&project, "w");
    night(&project, "again");
    assert_eq!(manifest(&project, "w")["counts"], manifest(&project, "again")["counts"]);
    assert!(rows(&project, "w") == rows(&project, "again"));
}

#[test]
fn a_small_lake_stays_one_run_and_only_cutoffs_that_see_new_rows_are_made_again() {
    let shop = Shop::new();
    let run = |warehouse: &str, more: &[&str]| -> serde_json::Value {
        let set = format!("warehouse={warehouse}");
        let arguments = [&["--set", &set, "--date", "2024-11-15", "--output", "json"], more].concat();
        serde_json::from_str(&shop.foretell("run", &arguments).ok().stdout).unwrap()
    };
    run("grown", &[]);
    let made = |cutoff: &str| {
        let path = shop.project.path(&format!("grown/tables/features/cutoff={cutoff}/part-0.parquet"));
        std::fs::metadata(path).unwrap().modified().unwrap()
    };
    let before = made("2024-10-15");
    // A row of 20 October, known to two of the cutoffs: none of October 15 or before, the last of November.
    let more = "c01,o1,2024-10-20 10:15:00,p1,1,2.50,south\n";
    shop.project.write("data/more.csv", format!("{HEADER}{more}"));
    let said = run("grown", &[]);
    let features = &said["stages"]["features"];
    assert_eq!(features["cutoffs"].as_array().unwrap().len(), 6);
    assert_eq!(
        features["unchanged"],
        serde_json::json!(["2024-06-15", "2024-07-15", "2024-08-15", "2024-09-15", "2024-10-15"])
    );
    assert_eq!(made("2024-10-15"), before);
    // The horizon of 15 September ends on 15 October; that of the next holds the row.
    assert_eq!(features["targets"][0]["unchanged"].as_array().unwrap().len(), 4);
    let source = &said["stages"]["ingest"]["sources"][0];
    assert_eq!((&source["files_new"], &source["rows_read"]), (&1.into(), &1.into()));

    run("full", &[]);
    for what in ["lake", "tables"] {
        let [grown, full] =
            ["grown", "full"].map(|warehouse| shop.project.bytes(&format!("{warehouse}/{what}")));
        assert_eq!(differences(&grown, &full), Vec::<String>::new());
    }
}

#[test]
fn a_file_without_rows_is_taken_and_one_that_is_bad_is_refused_by_itself() {
    let shop = Shop::new();
    let ingest = || shop.project.run(env!("CARGO_BIN_EXE_ingest"), &["shop.yaml", "--output", "json"]);
    ingest().ok();
    shop.project.write("data/holiday.csv", HEADER);
    let said: serde_json::Value = serde_json::from_str(&ingest().ok().stdout).unwrap();
    let source = &said["stages"]["ingest"]["sources"][0];
    assert_eq!((&source["files_new"], &source["rows_read"]), (&1.into(), &0.into()));
    assert_eq!(ingest().ok().stdout.matches("nothing_to_do").count(), 1);

    // One of two rows is bad, which is little of all rows and much of the file.
    let rows = "c01,o1,2024-11-02 10:15:00,p1,1,0,south\nc01,o1,2024-11-02 10:15:00,p1,1,1,south\n";
    shop.project.write("data/bad.csv", format!("{HEADER}{rows}"));
    let refused = ingest();
    assert_eq!(refused.code, 65);
    assert!(refused.stderr.contains("1 of 2 rows are bad (50.00%), the limit is 1%"), "{}", refused.stderr);
}
