//! Files that changed, were renamed, or are no longer there.

use std::fs;

use serde_json::Value;

use crate::bad_specs::shop::{HEADER, Shop, keep};
use crate::support::Run;

fn ingest(shop: &Shop, more: &[&str]) -> Run {
    shop.project.run(env!("CARGO_BIN_EXE_ingest"), &[&["shop.yaml"], more].concat())
}

fn said(shop: &Shop, more: &[&str]) -> Value {
    let run = ingest(shop, &[&["--output", "json"], more].concat()).ok();
    let said: Value = serde_json::from_str(&run.stdout).unwrap();
    said["stages"]["ingest"]["sources"][0].clone()
}

fn shop() -> Shop {
    let shop = Shop::new();
    ingest(&shop, &[]).ok();
    shop
}

#[test]
fn a_file_that_changed_is_refused_until_forced() {
    let shop = shop();
    let june = shop.project.path("data/2024-06.csv");
    let text = fs::read_to_string(&june).unwrap();
    let before = shop.project.bytes("warehouse");
    // Of the same length, so that only the content tells.
    fs::write(&june, text.replacen("south", "north", 1)).unwrap();
    shop.project.write("data/2024-07.csv", HEADER);
    shop.project.write("data/new.csv", HEADER);
    keep("nightly__file_changed", 65, &ingest(&shop, &[]));
    let mut after = shop.project.bytes("warehouse");
    after.retain(|name, _| name != "_meta/lock");
    assert!(
        before.iter().filter(|(name, _)| *name != "_meta/lock").eq(after.iter()),
        "something was published"
    );

    let forced = said(&shop, &["--force"]);
    assert_eq!((&forced["files_new"], &forced["files_taken"]), (&11.into(), &0.into()));
    fs::write(&june, text).unwrap();
    assert_eq!(ingest(&shop, &[]).code, 65);
}

#[test]
fn a_snapshot_that_is_overwritten_is_read_anew_where_the_spec_says_so() {
    let shop = shop().spec("    rules:", "    on_change: reread\n    rules:");
    let first = said(&shop, &[]);
    let june = shop.project.path("data/2024-06.csv");
    let text = fs::read_to_string(&june).unwrap();
    fs::write(&june, text.replacen("south", "north", 1)).unwrap();
    let second = said(&shop, &[]);
    assert_eq!(second["counts"]["read"], first["counts"]["read"]);
    assert_eq!((&second["files_new"], &second["files_taken"]), (&10.into(), &0.into()));
    let overwritten = shop.project.bytes("warehouse/lake");

    // The same bytes as if the new snapshot had been the first.
    said(&shop, &["--force"]);
    assert_eq!(shop.project.bytes("warehouse/lake"), overwritten);
    assert!(ingest(&shop, &[]).ok().stdout.contains("nothing to do"));

    // A file that is gone would take its rows along.
    fs::remove_file(shop.project.path("data/2024-05.csv")).unwrap();
    fs::write(&june, text).unwrap();
    keep("nightly__file_changed_and_another_gone", 66, &ingest(&shop, &[]));
}

#[test]
fn rows_of_files_that_are_gone_stay_until_all_has_to_be_read_anew() {
    let shop = shop();
    let all = said(&shop, &[])["counts"].clone();
    for month in ["2024-03", "2024-06"] {
        fs::rename(
            shop.project.path(&format!("data/{month}.csv")),
            shop.project.path(&format!("{month}.csv")),
        )
        .unwrap();
    }
    let run = ingest(&shop, &[]).ok();
    assert!(
        run.stderr.contains("2 files are no longer there; their rows stay in the lake"),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains("nothing to do"), "{}", run.stdout);
    let later = said(&shop, &[]);
    assert_eq!((&later["counts"], &later["files_gone"]), (&all, &2.into()));

    let shop = shop.spec("unit_price > 0", "unit_price > 0.01");
    keep("nightly__files_gone", 66, &ingest(&shop, &[]));
    let forced = said(&shop, &["--force"]);
    assert!(forced["counts"]["read"].as_u64() < all["read"].as_u64());
    assert_eq!(forced["counts"]["files"], 8);
}

#[test]
fn other_files_are_not_added_to_those_they_replace() {
    let shop = shop().spec("data/*.csv", "other/*.csv").file("other/2024-11.csv", HEADER);
    let refused = ingest(&shop, &[]);
    assert_eq!(refused.code, 66);
    let why = "`sources.transactions.files` names others than before, but 10 files are gone";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    // The same files in another folder are no other files.
    fs::rename(shop.project.path("data"), shop.project.path("moved")).unwrap();
    let shop = shop.spec("other/*.csv", "moved/*.csv");
    assert_eq!(said(&shop, &[])["files_taken"], 10);
}

#[test]
fn a_file_of_another_name_is_known_by_its_content() {
    let shop = shop();
    let folder = shop.project.path("data");
    fs::rename(folder.join("2024-06.csv"), folder.join("june.csv")).unwrap();
    let source = said(&shop, &[]);
    assert_eq!(
        [&source["files_new"], &source["files_taken"], &source["files_gone"]],
        [&Value::from(0), &10.into(), &0.into()]
    );
}
