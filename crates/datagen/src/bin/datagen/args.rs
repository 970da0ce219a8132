//! The command line of `datagen`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Parser;
use foretell_datagen::{Compression, Options};

/// Simulates a shop whose truth is known: transactions, events, customers, and what is hidden in them.
#[derive(Debug, Parser)]
#[command(name = "datagen", version)]
pub struct Args {
    /// Folder that receives everything; must be empty or missing
    #[arg(long)]
    out: PathBuf,
    /// Seed of all chance
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// People who buy from the day they are known [default: 1500, or as many as --target-lines needs]
    #[arg(long)]
    customers: Option<u32>,
    /// People who sign up first and may never buy [default: 4 for every 5 customers]
    #[arg(long)]
    prospects: Option<u32>,
    /// First day
    #[arg(long, default_value = "2023-01-01")]
    from: NaiveDate,
    /// Day after the last
    #[arg(long, default_value = "2025-01-01")]
    to: NaiveDate,
    /// Transaction lines to aim at: scales the customers or, with --customers, how often each buys
    #[arg(long)]
    target_lines: Option<u64>,
    /// Share of the rows that are made bad; truth/dirt.csv names each of them
    #[arg(long, default_value_t = 0.0)]
    dirt: f64,
    /// One file a day instead of one a month
    #[arg(long)]
    by_day: bool,
    /// Pack data files with gzip
    #[arg(long, conflicts_with = "zstd")]
    gzip: bool,
    /// Pack data files with Zstandard
    #[arg(long)]
    zstd: bool,
    /// Write the true probabilities as of this date to truth/at=DATE.csv; may be given again
    #[arg(long, value_name = "DATE")]
    truth_at: Vec<NaiveDate>,
    /// Replace what an earlier run left in the output folder
    #[arg(long)]
    force: bool,
}

impl From<Args> for Options {
    fn from(args: Args) -> Self {
        Self {
            out: args.out,
            seed: args.seed,
            customers: args.customers,
            prospects: args.prospects,
            from: args.from,
            to: args.to,
            target_lines: args.target_lines,
            dirt: args.dirt,
            by_day: args.by_day,
            compression: match (args.gzip, args.zstd) {
                (true, _) => Compression::Gzip,
                (_, true) => Compression::Zstd,
                _ => Compression::None,
            },
            truth_at: args.truth_at,
            force: args.force,
        }
    }
}
