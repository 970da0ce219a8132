//! `sql/checks/`: each file asks a table for rows that cannot be, and a sound table yields none.

use foretell_engine::Engine;
use foretell_storage::Warehouse;

use crate::support::{Project, root};

/// Runs a check over one partition of the table it is named after; returns what it finds.
fn offenders(project: &Project, warehouse: &str, check: &str, sql: &str, partition: &str) -> usize {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let warehouse = Warehouse::open(project.path(warehouse).to_str().unwrap()).unwrap();
        let tables = Engine::new(1, None).unwrap().tables(&warehouse).unwrap();
        tables.add(check, &format!("tables/{check}{partition}/part-0.parquet")).await.unwrap();
        let found = tables.collect(sql).await.unwrap_or_else(|fault| panic!("{check}: {fault:?}"));
        found.iter().map(|batch| batch.num_rows()).sum()
    })
}

/// Every check, over every partition of its table.
pub fn all_hold(project: &Project, warehouse: &str) {
    let ran = hold(project, warehouse, |_| true);
    assert!(ran > 40, "only {ran} checks ran");
}

/// The checks of some tables; says over how many partitions they ran.
pub fn hold(project: &Project, warehouse: &str, wanted: impl Fn(&str) -> bool) -> usize {
    let mut ran = 0;
    for entry in std::fs::read_dir(root().join("sql/checks")).unwrap() {
        let path = entry.unwrap().path();
        let check = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !wanted(&check) {
            continue;
        }
        let sql = std::fs::read_to_string(&path).unwrap();
        for file in project.bytes(&format!("{warehouse}/tables/{check}")).keys() {
            let partition = file.strip_suffix("part-0.parquet").unwrap().trim_end_matches('/');
            let partition = if partition.is_empty() { String::new() } else { format!("/{partition}") };
            let found = offenders(project, warehouse, &check, &sql, &partition);
            assert_eq!(found, 0, "{check}{partition}");
            ran += 1;
        }
    }
    ran
}

#[test]
fn a_check_finds_what_it_asks_for() {
    use arrow::array::{Int64Array, RecordBatch, StringArray};
    use arrow::datatypes::{DataType, Field, Schema};
    use std::sync::Arc;

    let project = Project::new();
    let schema = Arc::new(Schema::new(vec![
        Field::new("customer_id", DataType::Utf8, false),
        Field::new("label", DataType::Int64, true),
    ]));
    let ids = StringArray::from(vec!["twice", "twice", "two", "null", "good"]);
    let labels = Int64Array::from(vec![Some(0), Some(1), Some(2), None, Some(1)]);
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(ids), Arc::new(labels)]).unwrap();
    let folder = project.path("w/tables/labels");
    std::fs::create_dir_all(&folder).unwrap();
    let file = std::fs::File::create(folder.join("part-0.parquet")).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let sql = std::fs::read_to_string(root().join("sql/checks/labels.sql")).unwrap();
    assert_eq!(offenders(&project, "w", "labels", &sql, ""), 3);
}
