//! Whether the customers that are scored are still like those that the model learned from.

use foretell_engine::{Engine, Error, Result, float_column, text_column};
use foretell_learn::{Matrix, Model, Reference, Stability};
use foretell_spec::Drift;
use foretell_storage::{Warehouse, layout};
use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, learn_error};
use crate::report::{DriftReport, Drifted};

/// Features named in a report.
const NAMED: usize = 3;

/// How a model's features and scores were spread when it learned: kept with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Its features on the training rows, in the order of its columns.
    features: Vec<Reference>,
    /// Its log-odds on validation rows, which it did not learn from; calibration moves no row past another.
    score: Reference,
}

/// A row of the table `drift`.
pub(crate) struct Moved {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) family: Option<String>,
    pub(crate) stability: Stability,
}

/// How every feature of `x` is spread, with its name.
pub(crate) fn spread(x: &Matrix) -> Vec<(String, Reference)> {
    let columns = x.columns().iter().enumerate();
    columns.map(|(index, name)| (name.clone(), Reference::of(x.column(index)))).collect()
}

impl Profile {
    /// What a model saw: `spread` are the training rows, `validation` the rows that its scores are taken from.
    pub(crate) fn of(model: &dyn Model, spread: &[(String, Reference)], validation: &Matrix) -> Result<Self> {
        let features = model
            .columns()
            .iter()
            .filter_map(|name| spread.iter().find(|(other, _)| other == name))
            .map(|(_, reference)| reference.clone())
            .collect();
        let x = validation.take_columns(model.columns()).map_err(learn_error)?;
        Ok(Self { features, score: Reference::of(&model.log_odds(&x).map_err(learn_error)?) })
    }

    /// Holds the customers of a cutoff against it: the score first, then each feature of the model.
    pub(crate) fn hold(
        &self,
        columns: &[String],
        rows: &Dataset,
        log_odds: &[f64],
        family: impl Fn(&str) -> String,
    ) -> Result<Vec<Moved>> {
        let x = rows.x.take_columns(columns).map_err(learn_error)?;
        let stability = self.score.hold(log_odds);
        let mut moved =
            vec![Moved { kind: "score", name: "probability".to_owned(), family: None, stability }];
        moved.extend(self.features.iter().zip(x.columns()).enumerate().map(|(index, (reference, name))| {
            let stability = reference.hold(x.column(index));
            Moved { kind: "feature", name: name.clone(), family: Some(family(name)), stability }
        }));
        Ok(moved)
    }
}

/// What the table says of a cutoff; `None` where there is no partition of it.
pub(crate) async fn report(
    engine: &Engine,
    warehouse: &Warehouse,
    target: &str,
    day: &str,
    limit: &Drift,
) -> Result<Option<DriftReport>> {
    let path = layout::partition("drift", &[("target", target), ("cutoff", day)]);
    if warehouse.record(&path).await?.is_none() {
        return Ok(None);
    }
    let tables = engine.tables(warehouse)?;
    tables.add("drift", &path).await?;
    let batches = tables
        .collect("SELECT kind, name, psi, coalesce(psi_by_chance, 0) AS psi_by_chance FROM drift WHERE psi IS NOT NULL")
        .await
        .map_err(|fault| Error::internal(format!("{path}: {}", fault.message)))?;
    let mut report = DriftReport { max_psi: limit.max_psi, ..DriftReport::default() };
    for batch in &batches {
        let (kinds, names) = (text_column(batch, 0)?, text_column(batch, 1)?);
        let (psi, by_chance) = (float_column(batch, 2)?, float_column(batch, 3)?);
        for row in 0..batch.num_rows() {
            let psi = psi.value(row);
            let drifted = psi > limit.max_psi && psi > by_chance.value(row);
            if kinds.value(row) == "score" {
                (report.score_psi, report.score_drifted) = (Some(psi), drifted);
                continue;
            }
            report.features += 1;
            if drifted {
                report.features_drifted += 1;
                report.most.push(Drifted { feature: names.value(row).to_owned(), psi });
            }
        }
    }
    report.most.sort_by(|a, b| b.psi.total_cmp(&a.psi));
    report.most.truncate(NAMED);
    Ok(Some(report))
}
