//! What storage promises, on a real folder.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use tempfile::TempDir;

use crate::{Kind, Staged, Warehouse, expand};

fn open(folder: &TempDir) -> Warehouse {
    Warehouse::create(folder.path().to_str().unwrap()).unwrap()
}

fn staged(warehouse: &Warehouse, values: &[i64]) -> Staged {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
    let mut staging = warehouse.stage(Arc::clone(&schema)).unwrap();
    let batch = RecordBatch::try_new(schema, vec![Arc::new(Int64Array::from(values.to_vec()))]).unwrap();
    staging.write(&batch).unwrap();
    staging.finish().unwrap()
}

const PATH: &str = "tables/t/key=1/part-0.parquet";

#[tokio::test]
async fn a_partition_is_invisible_until_it_is_published_and_then_whole() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(&folder);
    let staged = staged(&warehouse, &[1, 2, 3]);
    assert!(!folder.path().join("tables").exists());
    let record = warehouse.publish(staged, PATH, "made-of-this").await.unwrap();
    assert_eq!(record.rows, 3);
    let bytes = fs::read(folder.path().join(PATH)).unwrap();
    assert_eq!(record.bytes, bytes.len() as u64);
    assert_eq!(&bytes[..4], b"PAR1");
    assert!(warehouse.is_current(PATH, "made-of-this").await.unwrap());
    assert!(!warehouse.is_current(PATH, "made-of-that").await.unwrap());
    // Nothing but the data file lies below tables/.
    let below: Vec<_> = warehouse.list("tables").await.unwrap().into_iter().map(|e| e.path).collect();
    assert_eq!(below, [PATH]);
}

#[tokio::test]
async fn the_same_rows_are_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(&folder);
    assert_eq!(staged(&warehouse, &[1, 2]).sha256, staged(&warehouse, &[1, 2]).sha256);
    assert_ne!(staged(&warehouse, &[1, 2]).sha256, staged(&warehouse, &[2, 1]).sha256);
}

#[tokio::test]
async fn an_object_that_changed_or_lost_its_record_is_not_current() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(&folder);
    warehouse.publish(staged(&warehouse, &[1]), PATH, "k").await.unwrap();
    fs::write(folder.path().join(PATH), b"cut").unwrap();
    assert!(!warehouse.is_current(PATH, "k").await.unwrap());
    warehouse.publish(staged(&warehouse, &[1]), PATH, "k").await.unwrap();
    fs::remove_dir_all(folder.path().join("_meta/records")).unwrap();
    assert!(!warehouse.is_current(PATH, "k").await.unwrap());
}

#[tokio::test]
async fn a_damaged_record_counts_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(&folder);
    warehouse.publish(staged(&warehouse, &[1]), PATH, "k").await.unwrap();
    fs::write(folder.path().join(format!("_meta/records/{PATH}.json")), b"{").unwrap();
    assert_eq!(warehouse.record(PATH).await.unwrap(), None);
}

#[tokio::test]
async fn clearing_spares_what_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(&folder);
    for path in
        ["lake/s/old/part-00000.parquet", "lake/s/new/part-00000.parquet", "lake/s2/old/part-00000.parquet"]
    {
        warehouse.publish(staged(&warehouse, &[1]), path, "k").await.unwrap();
    }
    let kept = BTreeSet::from(["lake/s/new/part-00000.parquet"]);
    warehouse.clear_except("lake/s", &kept).await.unwrap();
    let left: Vec<_> = warehouse.list("lake").await.unwrap().into_iter().map(|e| e.path).collect();
    assert_eq!(left, ["lake/s/new/part-00000.parquet", "lake/s2/old/part-00000.parquet"]);
}

#[tokio::test]
async fn a_folder_of_any_name_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("Kundenübersicht [1] 20%");
    let warehouse = Warehouse::create(odd.to_str().unwrap()).unwrap();
    warehouse.publish(staged(&warehouse, &[1]), PATH, "k").await.unwrap();
    assert!(odd.join(PATH).exists());
}

#[test]
fn only_one_run_holds_a_warehouse_and_it_clears_what_a_dead_one_left() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(&folder);
    staged(&warehouse, &[1]);
    let lock = warehouse.lock().unwrap();
    assert!(!folder.path().join("_meta/staging").exists());
    assert_eq!(open(&folder).lock().unwrap_err().kind(), Kind::Locked);
    drop(lock);
    open(&folder).lock().unwrap();
}

#[test]
fn a_warehouse_that_is_not_there_reads_as_an_empty_one_and_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("later");
    Warehouse::open(missing.to_str().unwrap()).unwrap();
    assert!(!missing.exists());
}

#[test]
fn other_stores_are_refused_without_their_secrets() {
    let error = Warehouse::create("s3://key:hush@bucket/prefix").unwrap_err();
    assert_eq!(error.kind(), Kind::BadLocation);
    assert!(!error.to_string().contains("hush"), "{error}");
}

fn names(pattern: &str) -> Vec<String> {
    expand(pattern).unwrap().into_iter().map(|file| file.name).collect()
}

#[test]
fn globs_name_files_in_order_and_stay_within_their_depth() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().display().to_string();
    for name in ["b.csv", "a.csv", "c.txt", "sub/d.csv", "sub/deep/e.csv"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    assert_eq!(names(&format!("{root}/*.csv")), ["a.csv", "b.csv"]);
    assert_eq!(names(&format!("{root}/*/*.csv")), ["sub/d.csv"]);
    assert_eq!(names(&format!("{root}/**/*.csv")), ["a.csv", "b.csv", "sub/d.csv", "sub/deep/e.csv"]);
    assert_eq!(names(&format!("{root}/{{a,c}}.*")), ["a.csv", "c.txt"]);
    assert_eq!(names(&format!("{root}/sub/d.csv")), ["d.csv"]);
    for missing in ["*.json", "none/*.csv", "none.csv", "sub"] {
        let error = expand(&format!("{root}/{missing}")).unwrap_err();
        assert_eq!(error.kind(), Kind::Missing, "{error}");
        assert!(error.advice().is_some(), "{error}");
    }
}

#[test]
fn a_file_is_known_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), b"abc").unwrap();
    let file = &expand(folder.path().join("a").to_str().unwrap()).unwrap()[0];
    // `printf abc | xxhsum -H2`
    let expected = "06b05ab6733a618578af5f94892f3950";
    assert_eq!(file.fingerprint().unwrap(), expected);
}
