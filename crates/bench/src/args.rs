//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Compares foretell with DuckDB, Polars and featuretools: the same data, the same features, results held
/// against each other. Prints a Markdown table; `bench.md` and `bench.json` in the work folder are the same.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
pub struct Args {
    /// Transaction lines: 1m, 5m, 20m, any number such as 20k, several with commas, or `all` of the three
    #[arg(long, default_value = "1m", value_delimiter = ',', value_parser = rows)]
    pub size: Vec<Rows>,
    /// Only these cases [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Case>,
    /// Keep data and intermediate files, and use them again next time
    #[arg(long)]
    pub keep: bool,
    /// Threads of every engine
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Times that everything is measured; the run with the fewest CPU seconds counts
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,
    /// Folder for data, logs and results [default: `bench` below the target folder]
    #[arg(long)]
    pub work: Option<PathBuf>,
    /// A Python that has the peers [default: a virtual environment made with pip]
    #[arg(long)]
    pub python: Option<PathBuf>,
    /// Take the binaries as they are
    #[arg(long)]
    pub no_build: bool,
}

impl Args {
    /// Says whether a case was asked for.
    pub fn wants(&self, case: Case) -> bool {
        self.only.is_empty() || self.only.contains(&case)
    }

    /// Lines of each size asked for, in order.
    pub fn sizes(&self) -> Vec<u64> {
        let mut sizes = Vec::new();
        for size in &self.size {
            match size {
                Rows::All => sizes.extend([1_000_000, 5_000_000, 20_000_000]),
                Rows::These(rows) => sizes.push(*rows),
            }
        }
        sizes.dedup();
        sizes
    }
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Case {
    /// Raw CSV to sorted Parquet, with checks and quarantine
    Ingest,
    /// A day of files added, against everything from the beginning
    Increment,
    /// All features at one cutoff, written and only computed
    Features,
    /// About 100 features, from the start of a process, its loading included
    Start,
    /// 24 monthly cutoffs against one
    Cutoffs,
    /// The same by the peers
    CutoffsPeers,
    /// All rows against a tenth of them: what does not grow with the rows
    Fixed,
    /// pandas with featuretools; at a million rows or fewer
    Featuretools,
}

/// A number of transaction lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// 1m, 5m and 20m.
    All,
    /// This many.
    These(u64),
}

fn rows(text: &str) -> Result<Rows, String> {
    if text == "all" {
        return Ok(Rows::All);
    }
    let (digits, factor) = match text.to_ascii_lowercase() {
        t if t.ends_with('m') => (t[..t.len() - 1].to_owned(), 1_000_000),
        t if t.ends_with('k') => (t[..t.len() - 1].to_owned(), 1_000),
        t => (t, 1),
    };
    match digits.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)) {
        Some(rows) if rows >= 10_000 => Ok(Rows::These(rows)),
        _ => Err("write a number of lines from 10k on, such as 20k or 1m".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(line.split(' '))
    }

    #[test]
    fn sizes_are_read() {
        assert_eq!(args("bench").unwrap().sizes(), [1_000_000]);
        assert_eq!(args("bench --size 20k,5M").unwrap().sizes(), [20_000, 5_000_000]);
        assert_eq!(args("bench --size all").unwrap().sizes(), [1_000_000, 5_000_000, 20_000_000]);
        for wrong in ["5x", "-1m", "0", "9999", "99999999999999m"] {
            assert!(args(&format!("bench --size={wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn cases_are_all_or_those_named() {
        assert!(args("bench").unwrap().wants(Case::Fixed));
        let two = args("bench --only ingest,cutoffs-peers").unwrap();
        assert!(two.wants(Case::CutoffsPeers) && !two.wants(Case::Features));
    }
}
