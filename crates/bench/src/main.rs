//! The command `bench`: foretell side by side with DuckDB, Polars and featuretools.
//!
//! It links no engine. Every engine runs as a process of its own, whose CPU time and peak memory the
//! operating system tells; every result is held against foretell's, and one that differs fails the run.

mod args;
mod cases;
mod child;
mod error;
mod figures;
mod machine;
mod sheet;
mod shop;
mod table;
mod tools;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use serde::Serialize;

use crate::args::{Args, Case};
use crate::error::{Result, io_error};
use crate::machine::Machine;
use crate::sheet::Sheet;
use crate::shop::Shop;
use crate::tools::Tools;

/// Results of some engine differ from foretell's.
const DIFFERS: u8 = 1;

/// The benchmark could not be run.
const BROKEN: u8 = 70;

/// All that was measured, for programs.
#[derive(Serialize)]
struct Report<'a> {
    machine: &'a Machine,
    threads: usize,
    repeat: u32,
    sizes: &'a [Sheet],
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(DIFFERS),
        Err(error) => {
            // Nobody is left to tell when stderr is closed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(BROKEN)
        }
    }
}

/// Runs everything; says whether all results agree.
fn run(args: &Args) -> Result<bool> {
    let tools = Tools::make(args)?;
    let versions = tools.run(&mut tools.peer("versions.py", &tools.work), "versions")?.answer;
    let machine = Machine::here(&tools.root, versions);
    let mut sheets = Vec::new();
    for size in args.sizes() {
        sheets.push(measure(args, &tools, size)?);
        // Written after each size: a long run that is stopped has not run for nothing.
        publish(args, &tools, &machine, &sheets)?;
    }
    let text = table::report(&machine, args.threads, args.repeat, &sheets);
    let out = Path::new("standard output");
    io::stdout().write_all(text.as_bytes()).map_err(io_error("write", out))?;
    Ok(sheets.iter().all(|sheet| sheet.faults().is_empty()))
}

/// All cases of one size.
fn measure(args: &Args, tools: &Tools, size: u64) -> Result<Sheet> {
    let mut sheet = Sheet { size, measurements: Vec::new() };
    let shop = Shop::open(tools, size)?;
    if args.wants(Case::Ingest) {
        cases::ingest::run(&shop, &mut sheet)?;
    }
    if args.wants(Case::Increment) {
        cases::increment::run(&shop, &mut sheet)?;
    }
    shop.prepare()?;
    if args.wants(Case::Features) {
        cases::features::run(&shop, &mut sheet)?;
    }
    if args.wants(Case::Start) {
        cases::start::run(&shop, &mut sheet)?;
    }
    if args.wants(Case::Featuretools) && size <= cases::featuretools::MOST {
        cases::featuretools::run(&shop, &mut sheet)?;
    }
    if args.wants(Case::Fixed) {
        cases::fixed::run(&shop, &mut sheet)?;
    }
    if args.wants(Case::Cutoffs) || args.wants(Case::CutoffsPeers) {
        cases::cutoffs::run(&shop, &mut sheet, args.wants(Case::CutoffsPeers))?;
    }
    shop.close()?;
    Ok(sheet)
}

/// Writes `bench.md` and `bench.json`.
fn publish(args: &Args, tools: &Tools, machine: &Machine, sheets: &[Sheet]) -> Result<()> {
    let report = Report { machine, threads: args.threads, repeat: args.repeat, sizes: sheets };
    let json = serde_json::to_string_pretty(&report).map_err(io::Error::from);
    let path = tools.work.join("bench.json");
    json.and_then(|json| fs::write(&path, json)).map_err(io_error("write", &path))?;
    let path = tools.work.join("bench.md");
    let text = table::report(machine, args.threads, args.repeat, sheets);
    fs::write(&path, text).map_err(io_error("write", &path))
}
