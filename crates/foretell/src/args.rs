//! Arguments of all commands.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Says which customers will leave and which will buy, and how often those statements are wrong.
#[derive(Debug, Parser)]
#[command(name = "foretell", version, subcommand_required = true, arg_required_else_help = true)]
pub struct Foretell {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Ingest, features and score for one logical date
    Run(Scoring),
    /// One run every `cutoffs.every`, counted back from `--to` and none before `--from`
    Backfill(Backfill),
    /// Check the spec and all SQL against the sources' real headers; writes nothing
    Check(Common),
    /// Show what would run
    Plan(Plan),
    /// Show a table on the terminal
    Show(Show),
    /// Search for the families, windows and slices that earn their place
    Tune(Tune),
    /// Print the JSON Schema of a spec, for editors
    Schema,
}

/// Arguments of a run or of one of its stages.
#[derive(Debug, Args)]
pub struct Stage {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Logical date: the cutoff up to which things are known [default: the day after the newest row]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<NaiveDate>,
    /// Make everything again, also what is there and unchanged
    #[arg(long)]
    pub(crate) force: bool,
    /// Exit code of a run that had nothing to do, such as Airflow's 99
    #[arg(long, value_name = "CODE", default_value_t = 0)]
    pub(crate) skip_code: u8,
}

/// Arguments of `backfill`.
#[derive(Debug, Args)]
pub struct Backfill {
    #[command(flatten)]
    pub(crate) stage: BackfillRange,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Make everything again, also what is there and unchanged
    #[arg(long)]
    pub(crate) force: bool,
    /// Exit code where no date had anything to do, such as Airflow's 99
    #[arg(long, value_name = "CODE", default_value_t = 0)]
    pub(crate) skip_code: u8,
}

/// Arguments of what scores.
#[derive(Debug, Args)]
pub struct Scoring {
    #[command(flatten)]
    pub(crate) stage: Stage,
    /// Score with the newest model that was kept, without training; it must not be older than `score.max_model_age`
    #[arg(long, value_enum, value_name = "latest")]
    pub(crate) model: Option<Kept>,
}

/// Which model is scored with, of those that were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kept {
    /// The newest one as of the logical date
    Latest,
}

/// The dates of a backfill.
#[derive(Debug, Args)]
pub struct BackfillRange {
    /// First logical date
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: NaiveDate,
    /// Last logical date; the steps between are the spec's `cutoffs.every`, counted back from here
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: NaiveDate,
}

/// Arguments of `tune`.
#[derive(Debug, Args)]
pub struct Tune {
    #[command(flatten)]
    pub(crate) stage: Stage,
    /// Only this target
    #[arg(long)]
    pub(crate) target: Option<String>,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Logical date [default: the day after the newest row]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<NaiveDate>,
    /// Print the rendered SQL too
    #[arg(long)]
    pub(crate) sql: bool,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The table
    #[arg(value_name = "TABLE", default_value = "quality")]
    pub(crate) table: String,
    /// Only this target
    #[arg(long)]
    pub(crate) target: Option<String>,
    /// Only this cutoff [default: all; the newest for tables of one row a customer]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) cutoff: Option<NaiveDate>,
    /// Rows at most
    #[arg(long, default_value_t = 20)]
    pub(crate) rows: usize,
}

/// Arguments of every command that reads a spec.
#[derive(Debug, Args)]
pub struct Common {
    /// The spec, such as pipelines/quickstart.yaml
    #[arg(value_name = "SPEC")]
    pub(crate) spec: PathBuf,
    /// Override one value of the spec
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub(crate) overrides: Vec<String>,
    /// Threads [default: as many as there are processors]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Memory to keep within, such as 2GiB: fewer buckets and cutoffs at once, and spilling [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(crate) memory_limit: Option<usize>,
    /// How logs on stderr are written
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(crate) log: Form,
    /// How the result on stdout is written
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(crate) output: Form,
}

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Reads a size such as `2GiB`, `500MB` or a number of bytes.
fn bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor: f64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        unit => return Err(format!("unknown unit `{unit}`: write KiB, MiB, GiB, KB, MB or GB")),
    };
    match digits.trim().parse::<f64>() {
        Ok(number) if number > 0.0 => Ok((number * factor) as usize),
        _ => Err("write a size such as 2GiB".to_owned()),
    }
}
