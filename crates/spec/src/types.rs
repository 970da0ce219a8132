//! The typed form of a spec, as a person writes it in YAML.
//!
//! Containers are strict (`deny_unknown_fields`), enums are externally tagged and nothing is
//! flattened: those are the shapes for which the reader can name the line of a fault.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::models::ModelKind;
use crate::reaction::{Drift, Promises};
use crate::screen::Screen;
use crate::segments::Segments;
use crate::values::{Days, Every, Share, Slice};

/// One pipeline: where its rows come from, what is computed of them and what is foretold.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Version of the spec language; `1`.
    pub version: u32,
    /// Name of the pipeline, as it stands in manifests and logs.
    pub pipeline: String,
    /// Directory or object-store prefix that holds lake, tables, models and manifests.
    pub warehouse: String,
    /// IANA time zone in which days begin and cutoffs fall, such as `Europe/London`.
    #[serde(default = "crate::defaults::utc")]
    pub timezone: String,
    /// The raw data.
    pub sources: Sources,
    /// How the lake is laid out.
    #[serde(default)]
    pub lake: Lake,
    /// The days at which features are computed, counted back from the logical date.
    pub cutoffs: Cutoffs,
    /// Which behaviours are computed.
    pub features: Features,
    /// What is foretold, by name.
    #[schemars(with = "BTreeMap<String, Target>")]
    pub targets: IndexMap<String, Target>,
    /// How it is foretold.
    #[serde(default)]
    pub score: Score,
    /// Who is who: thresholds, costs and further questions about customers.
    #[serde(default)]
    pub segments: Segments,
}

/// The three kinds of raw data.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// One row an order line: needs `customer_id` and `occurred_at`.
    pub transactions: Source,
    /// Visits, sign-ups, replies, complaints, referrals, of buyers and of people who never bought:
    /// needs `customer_id`, `occurred_at` and `event_type`.
    pub events: Option<Source>,
    /// Attributes and the instant each customer was first known: needs `customer_id` and `known_at`.
    pub customers: Option<Source>,
}

impl Sources {
    /// The declared sources with their names, in fixed order.
    pub fn declared(&self) -> Vec<(&'static str, &Source)> {
        let optional = [("events", &self.events), ("customers", &self.customers)];
        let optional = optional.into_iter().filter_map(|(name, source)| Some((name, source.as_ref()?)));
        [("transactions", &self.transactions)].into_iter().chain(optional).collect()
    }
}

/// Files of one kind and how a raw row becomes a canonical one.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A path or glob; `.gz` and `.zst` are unpacked.
    pub files: String,
    /// How the files are written; CSV with a header if left out.
    #[serde(default)]
    pub format: Format,
    /// Canonical column name to raw column and type.
    #[schemars(with = "BTreeMap<String, Column>")]
    pub columns: IndexMap<String, Column>,
    /// Further columns as SQL over the columns above.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub derive: IndexMap<String, String>,
    /// Conditions that a row must meet, tried in order; the first one not met decides.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// What to do with a row that equals an earlier one in every raw field, mapped or not.
    #[serde(default)]
    pub exact_duplicates: Duplicates,
    /// Columns that no two rows of one customer may share; of several the earliest stays, because a later
    /// one must not undo what was known before.
    #[serde(default)]
    pub unique_key: Vec<String>,
    /// What to do about a file that is not what it was when its rows were taken.
    #[serde(default)]
    pub on_change: OnChange,
    /// How many bad rows are too many.
    #[serde(default)]
    pub quarantine: Quarantine,
}

/// Treatment of a file that changed after its rows were taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnChange {
    /// The run stops with exit code 65: corrections come in new files.
    #[default]
    Fail,
    /// All files of the source are read anew, as of a snapshot that each night overwrites.
    Reread,
}

/// File format.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Format {
    /// Delimited text.
    Csv(Csv),
    /// One JSON object a line.
    Ndjson(Ndjson),
    /// Apache Parquet.
    Parquet(Parquet),
}

/// Options of delimited text.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Csv {
    /// One character, `tab` or `whitespace` (any run of blanks).
    pub delimiter: String,
    /// An encoding by its WHATWG label: `utf-8`, `latin1`, `gb18030`, `utf-16le` …
    pub encoding: String,
    /// The quote character; empty for none.
    pub quote: String,
    /// Column names, for files whose first line is already data; read from the first line if left out.
    pub header: Option<Vec<String>>,
}

/// Options of NDJSON.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ndjson {}

/// Options of Parquet.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Parquet {}

/// Where a canonical column comes from and how it is read.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The raw column's name.
    pub from: String,
    /// The type it is read as.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// `strftime` pattern of a timestamp or date; ISO 8601 if left out.
    pub format: Option<String>,
    /// Digits after the point of a `decimal`; 4 if left out. A value with more goes to quarantine.
    pub scale: Option<u8>,
    /// The character before the fraction; `.` if left out.
    pub decimal_mark: Option<char>,
    /// Time zone of a timestamp without offset; the pipeline's if left out.
    pub timezone: Option<String>,
    /// Texts that mean NULL beside the empty cell.
    #[serde(default)]
    pub nulls: Vec<String>,
}

/// Types a raw column can be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Text, kept as it stands without outer blanks.
    String,
    /// 64-bit whole number.
    Int,
    /// 64-bit floating point; NaN and infinity are refused.
    Float,
    /// Decimal of 18 digits, `scale` of them after the point.
    Decimal,
    /// `true` or `false`, `1` or `0`, `yes` or `no`, `t` or `f`, `y` or `n`.
    Bool,
    /// Instant, kept in UTC to the microsecond.
    Timestamp,
    /// Calendar day.
    Date,
}

impl ColumnType {
    /// Returns the type's name as a spec writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Decimal => "decimal",
            Self::Bool => "bool",
            Self::Timestamp => "timestamp",
            Self::Date => "date",
        }
    }
}

/// A condition that good rows meet.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name, as it stands in quarantine and in the counts.
    pub name: String,
    /// SQL condition over the columns, derived ones included; NULL counts as not met.
    #[serde(rename = "where")]
    pub condition: String,
    /// What happens to a row that does not meet it.
    #[serde(default)]
    pub on_fail: OnFail,
}

/// What happens to a row that breaks a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFail {
    /// Kept in `quarantine/` with its reason.
    #[default]
    Quarantine,
    /// Left out and counted.
    Drop,
    /// The run stops with exit code 65.
    Fail,
}

/// Treatment of exact duplicates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// The first stays, the others are left out and counted.
    #[default]
    Drop,
    /// All stay.
    Keep,
}

/// How many bad rows are too many.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Quarantine {
    /// Share of the rows read that may be quarantined before the run stops with exit code 65.
    pub max_share: Share,
}

/// Layout of the lake.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lake {
    /// Number of files over which customers are hashed; memory at ingest is that of the largest.
    pub buckets: u16,
}

/// The cutoffs of a run: the logical date and `count - 1` earlier ones.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cutoffs {
    /// Distance between two cutoffs: `month`, `week`, `day` or days such as `14d`.
    pub every: Every,
    /// How many, the logical date included.
    pub count: u32,
}

/// Which behaviours are computed.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// Look-backs in whole local days; `lifetime` is always there too.
    pub windows: Vec<Days>,
    /// Columns of `transactions` by whose values some features are split.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Slice>")]
    pub slices: IndexMap<String, Slice>,
    /// Folders under `sql/features/`.
    pub families: Vec<String>,
    /// Further SQL files, as paths or globs.
    #[serde(default)]
    pub sql: Vec<String>,
    /// Fuses all files into one pass over the lake; `false` runs each as the query engine plans it.
    #[serde(default = "yes")]
    pub fuse: bool,
}

fn yes() -> bool {
    true
}

/// A statement about each eligible customer that time proves true or false.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// SQL condition over the features: whom the target speaks of; everybody if left out.
    pub eligible: Option<String>,
    /// What is looked for in the horizon.
    pub outcome: Outcome,
    /// Time between the cutoff and the horizon's start.
    #[serde(default)]
    pub gap: Days,
    /// Length of the horizon.
    pub horizon: Days,
    /// A wish of this target's own, in place of that under `score`.
    pub decide: Option<Decide>,
}

/// A condition on the rows that a customer has in the horizon.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// `transactions` or `events`.
    pub from: String,
    /// SQL condition that a row must meet to count; all rows if left out.
    #[serde(rename = "where")]
    pub condition: Option<String>,
    /// SQL condition over aggregates of the counting rows; NULL counts as false.
    pub having: String,
}

/// How targets are foretold.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Score {
    /// Models that compete, and with them all simpler ones; the champion has the lowest log loss on validation.
    pub models: Vec<ModelKind>,
    /// What the threshold must keep and what it makes small.
    pub decide: Decide,
    /// What happens to features that may know the outcome.
    pub screen: Screen,
    /// Seed of everything random.
    pub seed: u64,
    /// How old a kept model may be, from the day as of which it was trained, and still be scored with.
    pub max_model_age: Days,
    /// How far scores may move away from those of validation.
    pub drift: Drift,
    /// What becomes of a promise that was not kept.
    pub promises: Promises,
}

/// The wish that sets the threshold; it is met on validation and reported on test.
///
/// One of `{max_miss_rate: 0.30, minimise: error_rate}`, `{max_error_rate: 0.20, minimise: miss_rate}`,
/// `{contact: 5000}` and `{cost: {contact: 1.2, lost: 40}, minimise: cost}`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// Largest share of those it happens to that may go unnamed.
    pub max_miss_rate: Option<f64>,
    /// Largest share of those named that may be wrong.
    pub max_error_rate: Option<f64>,
    /// How many customers to name: the likeliest.
    pub contact: Option<u64>,
    /// What being right and wrong costs.
    pub cost: Option<Cost>,
    /// What to make small; a `contact` of so many leaves nothing to choose.
    pub minimise: Option<Minimise>,
}

/// Prices in the currency of the data.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Price of naming a customer, whatever then happens.
    pub contact: f64,
    /// What is lost with a customer to whom it happens unnamed.
    pub lost: f64,
}

/// What a wish makes small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Minimise {
    /// FP / (TP + FP).
    ErrorRate,
    /// FN / (TP + FN).
    MissRate,
    /// Contact times the named plus lost times the missed.
    Cost,
}
