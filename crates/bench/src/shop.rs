//! A simulated shop of one size: its raw files, foretell's lake of them, and the peers' tables.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child::Ran;
use crate::error::{Result, io_error};
use crate::tools::{Tools, clear};

/// Lines a customer, over two years.
const LINES_A_CUSTOMER: u64 = 40;

/// Share of the rows that are made bad.
const DIRT: &str = "0.002";

/// A shop on disk.
pub struct Shop<'a> {
    /// The programs.
    pub tools: &'a Tools,
    /// Folder of everything below.
    pub folder: PathBuf,
    /// Raw transaction lines, bad ones included.
    pub read: u64,
    /// Those that are in the lake.
    pub kept: u64,
}

impl<'a> Shop<'a> {
    /// Simulates a shop of about so many transaction lines and ingests it; data that is there stays.
    ///
    /// # Errors
    /// A program fails, or a file cannot be written.
    pub fn open(tools: &'a Tools, rows: u64) -> Result<Self> {
        let folder = tools.work.join(format!("{rows}-lines"));
        fs::create_dir_all(&folder).map_err(io_error("make", &folder))?;
        let mut shop = Self { tools, folder, read: 0, kept: 0 };
        let done = shop.data().join("done");
        if !done.exists() {
            shop.simulate(rows)?;
            fs::write(&done, "").map_err(io_error("write", &done))?;
        }
        let mut ingest = shop.stage("ingest", "full.yaml", &shop.warehouse());
        let ran = tools.run(&mut ingest, "ingest for all cases")?;
        (shop.read, shop.kept) = counts(&ran)?;
        Ok(shop)
    }

    fn simulate(&self, rows: u64) -> Result<()> {
        let mut datagen = self.tools.binary("datagen");
        datagen.arg("--out").arg(self.data()).args(["--force", "--by-day", "--prospects", "0"]);
        datagen.args(["--target-lines", &rows.to_string(), "--dirt", DIRT]);
        datagen.args(["--customers", &(rows / LINES_A_CUSTOMER).to_string()]);
        self.tools.run(&mut datagen, "datagen")?;
        // Only transactions are read.
        clear(&self.data().join("events"))?;
        clear(&self.data().join("customers"))
    }

    /// Raw files, a day each, in `transactions/`.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The warehouse whose lake the features of all cases are made of.
    pub fn warehouse(&self) -> PathBuf {
        self.folder.join("warehouse")
    }

    /// What the peers read: `lines.parquet` and `lines.duckdb`.
    pub fn lines(&self, file: &str) -> PathBuf {
        self.folder.join("peers").join(file)
    }

    /// Makes what the peers read.
    ///
    /// # Errors
    /// A program fails, or a folder cannot be made.
    pub fn prepare(&self) -> Result<()> {
        let folder = self.folder.join("peers");
        fs::create_dir_all(&folder).map_err(io_error("make", &folder))?;
        let mut prepare = self.tools.peer("prepare.py", &self.folder);
        prepare.arg(self.warehouse().join("lake/transactions")).arg(&folder);
        self.tools.run(&mut prepare, "prepare").map(|_| ())
    }

    /// A stage of foretell over this shop's raw files.
    pub fn stage(&self, stage: &str, spec: &str, warehouse: &Path) -> Command {
        self.stage_of(stage, spec, warehouse, &self.data())
    }

    /// A stage of foretell over other raw files.
    pub fn stage_of(&self, stage: &str, spec: &str, warehouse: &Path, data: &Path) -> Command {
        let mut command = self.tools.binary(stage);
        command.arg(self.tools.spec(spec)).args(["--output", "json", "--threads"]);
        command.arg(self.tools.threads.to_string()).env("DATA", data).env("WAREHOUSE", warehouse);
        command
    }

    /// Deletes everything, unless all is kept.
    ///
    /// # Errors
    /// Something cannot be deleted.
    pub fn close(self) -> Result<()> {
        self.tools.discard(&self.folder)
    }
}

/// Rows read and kept, as `ingest` says.
///
/// # Errors
/// It did not say.
pub fn counts(ran: &Ran) -> Result<(u64, u64)> {
    Ok((
        ran.number("/stages/ingest/sources/0/counts/read")?,
        ran.number("/stages/ingest/sources/0/counts/kept")?,
    ))
}
