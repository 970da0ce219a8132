//! The last day's file added to a lake that has all others, against all files from the beginning.

use std::fs;
use std::path::{Path, PathBuf};

use super::trial::held;
use crate::error::{Error, Result, io_error};
use crate::sheet::{Does, Measurement, Sheet};
use crate::shop::{Shop, counts};
use crate::tools::clear;

/// Runs the case.
///
/// # Errors
/// A program fails.
pub fn run(shop: &Shop<'_>, sheet: &mut Sheet) -> Result<()> {
    let data = shop.folder.join("nightly-data");
    let warehouse = shop.folder.join("nightly");
    let ingest = || shop.stage_of("ingest", "full.yaml", &warehouse, &data);
    let files = files(&shop.data().join("transactions"))?;
    let (last, before) = files.split_last().ok_or_else(|| Error::Io {
        action: "find a file in",
        path: shop.data(),
        source: std::io::ErrorKind::NotFound.into(),
    })?;
    let begin = || {
        clear(&data)?;
        clear(&warehouse)?;
        before.iter().try_for_each(|file| link(file, &data))
    };
    let full = shop.tools.measure("increment all but a day", begin, ingest)?;
    let add = || {
        begin()?;
        shop.tools.run(&mut ingest(), "increment all but a day")?;
        link(last, &data)
    };
    let day = shop.tools.measure("increment a day", add, ingest)?;
    // A lake that grew by a day holds the rows of one that was made at once.
    let mut compare = shop.tools.peer("compare_rows.py", &shop.folder);
    for lake in [&shop.warehouse(), &warehouse] {
        compare.arg(lake.join("lake/transactions/*/*.parquet"));
    }
    let same = held(shop, &mut compare)?;
    for (form, ran, agreement) in [("all but a day", full, None), ("a day more", day, Some(same))] {
        let (rows, _) = counts(&ran)?;
        sheet.add(Measurement {
            case: "increment",
            engine: "foretell",
            form: form.to_owned(),
            does: Does::Write,
            rows,
            customers: 0,
            features: 0,
            cutoffs: 0,
            cost: ran.cost,
            agreement,
        });
    }
    clear(&data)?;
    shop.tools.discard(&warehouse)
}

/// The files of a folder, by name: oldest first.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(io_error("read", folder))?;
    let paths = entries.map(|entry| entry.map(|e| e.path()));
    let mut paths = paths.collect::<std::io::Result<Vec<_>>>().map_err(io_error("read", folder))?;
    paths.sort();
    Ok(paths)
}

fn link(file: &Path, data: &Path) -> Result<()> {
    let folder = data.join("transactions");
    fs::create_dir_all(&folder).map_err(io_error("make", &folder))?;
    let name = file.file_name().unwrap_or_default();
    fs::hard_link(file, folder.join(name)).map_err(io_error("link", file))
}
