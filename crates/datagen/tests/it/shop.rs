//! Simulates shops for the tests and reads them back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use foretell_datagen::{Options, Summary, generate};

/// One row, by column name.
pub type Row = BTreeMap<String, String>;

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Simulates a shop into a fresh folder of this name.
pub fn simulate(name: &str, change: impl FnOnce(&mut Options)) -> (PathBuf, Summary) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("datagen").join(name);
    if out.exists() {
        fs::remove_dir_all(&out).unwrap();
    }
    let mut options = Options::new(&out);
    change(&mut options);
    let summary = generate(&options).unwrap();
    (out, summary)
}

/// Paths of all files below a folder, relative to it and in order.
pub fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for kind in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(&kind).unwrap().map(|entry| entry.unwrap().path()) {
            found.push(file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
        }
    }
    found.sort();
    found
}

/// Rows of all clean files of one kind, in order.
pub fn rows(out: &Path, kind: &str) -> Vec<Row> {
    let names = files(out).into_iter().filter(|name| name.starts_with(&format!("{kind}/")));
    names.flat_map(|name| read(&out.join(name))).collect()
}

/// Rows of one clean file.
pub fn read(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}
