//! Which SQL files make `customers`, and what their templates can ask for.

use std::path::{Path, PathBuf};

use foretell_engine::{Context, Lake, Result, SqlFile, find_sql, sql_root};
use foretell_spec::{Loaded, Segments, digest_of, windows};
use serde::Serialize;
use serde_json::{Value, json};

/// Dimensions that are followed from one cutoff to the next.
pub(crate) const MOVING: [&str; 6] = ["lifecycle", "dormancy", "abc", "relationship", "segment", "action"];

/// Dimensions of market segments beside those of `segments.by`.
const BEHAVIOUR: [&str; 9] = [
    "lifecycle",
    "prospect_kind",
    "relationship",
    "relationship_kind",
    "abc",
    "dormancy",
    "is_core",
    "segment",
    "action",
];

/// The files of `sql/segments/`, and those the spec adds.
pub(crate) struct Sql {
    root: PathBuf,
    pub(crate) staging: Vec<SqlFile>,
    /// What is counted over the lake, a row a customer.
    pub(crate) facts: Vec<SqlFile>,
    /// What the whole shop decides, one row each.
    pub(crate) figures: Vec<SqlFile>,
    /// Small tables over the lake that questions read, such as what is bought after what.
    pub(crate) shared: Vec<SqlFile>,
    /// A question about each customer a file.
    pub(crate) questions: Vec<SqlFile>,
    /// Tables over `customers`.
    pub(crate) tables: Vec<SqlFile>,
}

impl Sql {
    /// Finds the files; one whose source is not declared is left out.
    ///
    /// # Errors
    /// A folder or a file of `segments.sql` is missing.
    pub(crate) fn find(loaded: &Loaded, lake: &Lake) -> Result<Self> {
        let root = sql_root(loaded.path())?;
        let all = |below: &str| -> Result<Vec<SqlFile>> {
            let files = find_sql(&format!("{}/{below}", root.display()))?;
            let fed = |file: &SqlFile| {
                file.header.source.as_ref().is_none_or(|source| lake.source(source).is_some())
            };
            Ok(files.into_iter().filter(fed).collect())
        };
        let mut questions = all("segments/*.sql")?;
        for pattern in &loaded.spec.segments.sql {
            questions.extend(find_sql(pattern)?);
        }
        Ok(Self {
            staging: all("staging/*.sql")?,
            facts: all("segments/facts/*.sql")?,
            figures: all("segments/figures/*.sql")?,
            shared: match root.join("segments/shared").is_dir() {
                true => all("segments/shared/*.sql")?,
                false => Vec::new(),
            },
            questions,
            tables: all("segments/tables/*.sql")?,
            root,
        })
    }

    /// A file's path as tables name it: the same from wherever the command was started.
    pub(crate) fn below_root(&self, file: &SqlFile) -> String {
        match Path::new(&file.path).strip_prefix(&self.root) {
            Ok(below) => format!("sql/{}", below.display()),
            Err(_) => file.path.clone(),
        }
    }

    /// Digest of all files' texts.
    pub(crate) fn digest(&self) -> String {
        let groups = [&self.staging, &self.facts, &self.figures, &self.shared, &self.questions, &self.tables];
        let texts: Vec<_> = groups
            .iter()
            .map(|group| group.iter().map(|f| (f.stem(), &f.text)).collect::<Vec<_>>())
            .collect();
        digest_of(&texts)
    }
}

/// The columns of `segments.by`, by the source that has them.
#[derive(Debug, Default, Serialize)]
struct By {
    customers: Vec<String>,
    transactions: Vec<String>,
}

/// What all templates can ask for; `has` knows the sources only.
pub(crate) fn template(loaded: &Loaded, lake: &Lake) -> Context {
    let spec = &loaded.spec;
    let mut by = By::default();
    for column in &spec.segments.by {
        let home =
            if lake.has_column("customers", column) { &mut by.customers } else { &mut by.transactions };
        home.push(column.clone());
    }
    let dimensions: Vec<&str> = spec.segments.by.iter().map(String::as_str).chain(BEHAVIOUR).collect();
    Context::new(windows(&spec.features), Vec::new(), lake)
        .with("timezone", &spec.timezone)
        .with_values("segments", &thresholds(&spec.segments))
        .with_values("targets", &spec.targets.keys().collect::<Vec<_>>())
        .with_values("roles", &roles(loaded))
        .with_values("by", &by)
        .with_values("moving", &MOVING)
        .with_values("dimensions", &dimensions)
}

/// The target that plays each role; a target of the role's own name where the spec names none.
fn roles(loaded: &Loaded) -> Value {
    let spec = &loaded.spec;
    spec.segments
        .targets
        .named()
        .into_iter()
        .map(|(role, named)| {
            let target = named.or_else(|| spec.targets.contains_key(role).then_some(role));
            (role.to_owned(), json!(target))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The thresholds as templates see them: days and shares as plain numbers.
fn thresholds(segments: &Segments) -> Value {
    let Segments { dormancy, lifecycle, grades, relationship, worth, margin, costs, key_accounts, .. } =
        segments;
    json!({
        "dormancy": {
            "by": dormancy.by,
            "drowsy": dormancy.drowsy.0,
            "half_asleep": dormancy.half_asleep.0,
            "deep_sleep": dormancy.deep_sleep.0,
            "rhythm": dormancy.rhythm,
        },
        "lifecycle": {
            "new": lifecycle.new.0,
            "old": lifecycle.old.0,
            "loyal": lifecycle.loyal.0,
            "loyal_days": lifecycle.loyal_days,
            "lapsing": lifecycle.lapsing.0,
            "lost": lifecycle.lost.0,
        },
        "grades": {"a": grades.a.0, "b": grades.b.0, "core": grades.core.0},
        "relationship": {
            "discounted": relationship.discounted.0,
            "signs": relationship.signs,
            "losing": relationship.losing.0,
        },
        "worth": {"horizon": worth.horizon.0, "discount": worth.discount.0},
        "margin": margin.map(|share| share.0),
        "costs": costs,
        "contact_effect": segments.contact_effect.map(|share| share.0),
        "key_accounts": key_accounts,
    })
}
