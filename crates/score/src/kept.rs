//! Models as they are kept below `models/`, so that later nights can be scored without training.

use chrono::NaiveDate;
use foretell_engine::{Error, Ready, Result};
use foretell_learn::{Outlook, Promise, from_json};
use foretell_spec::{Days, ModelKind, Target};
use foretell_storage::{Warehouse, layout};
use serde::{Deserialize, Serialize};

use crate::dataset::learn_error;
use crate::drift::Profile;
use crate::fit::Fitted;
use crate::say::Voice;

/// What a model needs to speak of customers that it never saw.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) target: String,
    /// Digest of the target as the spec had it: what the model was asked.
    pub(crate) definition: String,
    pub(crate) model_id: String,
    /// The day as of which it learned; no day later had a say. Days are ISO 8601.
    pub(crate) as_of: String,
    pub(crate) trained_on: Vec<String>,
    pub(crate) validated_on: String,
    pub(crate) model: ModelKind,
    /// The features it looks at, in order.
    pub(crate) columns: Vec<String>,
    /// For each of them, the one whose group of near copies it is in.
    pub(crate) groups: Vec<usize>,
    /// What it promised of the customers of the day it is of, with its calibration and threshold of then.
    pub(crate) promise: Promise,
    /// What its past lets expect: calibration, threshold and promise of any other day follow from it.
    pub(crate) outlook: Outlook,
    /// Log loss on the validation cutoffs, by which it was chosen.
    pub(crate) log_loss: f64,
    /// How scores and features were spread; only of models that are to be scored with again.
    pub(crate) profile: Option<Profile>,
    pub(crate) learned: serde_json::Value,
}

/// Which model the run for a logical date made: the last one, where there were several.
#[derive(Serialize, Deserialize)]
struct OfDay {
    model_id: String,
}

impl Kept {
    fn path(target: &str, model_id: &str) -> String {
        layout::model(target, model_id, "model.json")
    }

    /// Keeps it.
    pub(crate) async fn write(&self, warehouse: &Warehouse) -> Result<()> {
        Ok(warehouse.write_json(&Self::path(&self.target, &self.model_id), self).await?)
    }

    /// Makes it the model of its day, for runs with `--model latest` to find.
    ///
    /// Days are found by their names, never by the age of a file, and a day has one model: so the newest one
    /// is the same wherever the folder was copied to and whatever ran in between.
    pub(crate) async fn point(&self, warehouse: &Warehouse) -> Result<()> {
        let path = layout::model_of_day(&self.target, &self.as_of);
        Ok(warehouse.write_json(&path, &OfDay { model_id: self.model_id.clone() }).await?)
    }

    /// The newest model that was made as of `date` or before.
    ///
    /// # Errors
    /// There is none (66).
    pub(crate) async fn newest(warehouse: &Warehouse, target: &str, date: NaiveDate) -> Result<Self> {
        let days = warehouse.list(&layout::model_days(target)).await?;
        let newest = days
            .iter()
            .filter_map(|entry| {
                let name = entry.path.rsplit('/').next()?;
                name.strip_suffix(".json")?.parse::<NaiveDate>().ok()
            })
            .filter(|day| *day <= date)
            .max();
        let Some(day) = newest else {
            return Err(Error::missing(format!("target {target}: no model was kept as of {date} or before"))
                .hint("run without `--model latest`, which trains one"));
        };
        let path = layout::model_of_day(target, &day.to_string());
        let found = warehouse.read_json::<OfDay>(&path).await?;
        let kept = match &found {
            Some(of_day) => warehouse.read_json::<Self>(&Self::path(target, &of_day.model_id)).await?,
            None => None,
        };
        kept.ok_or_else(|| {
            let id = found.map(|of_day| format!(" {}", of_day.model_id)).unwrap_or_default();
            Error::missing(format!(
                "target {target}: the model{id} of {day} is gone, damaged or of another version"
            ))
            .hint("run without `--model latest`, which trains one")
        })
    }

    /// Fails where the model may not be scored with as of `date`.
    ///
    /// # Errors
    /// It was made for another target or sees features that are not made (78), or it is too old (65).
    pub(crate) fn fits(
        &self,
        target: &Target,
        features: &[(String, String)],
        date: NaiveDate,
        most: Days,
    ) -> Result<()> {
        let Self { target: name, as_of, .. } = self;
        let train = "run without `--model latest`, which trains a model for what the spec says now";
        if self.definition != Ready::of_target(target) {
            let message = format!("target {name}: the model of {as_of} was made for another target");
            return Err(Error::bad_spec(message).hint(train));
        }
        let made = |column: &&String| !features.iter().any(|(feature, _)| feature == *column);
        let gone: Vec<&String> = self.columns.iter().filter(made).collect();
        if let [first, others @ ..] = gone.as_slice() {
            let others =
                if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
            let message = format!(
                "target {name}: the model of {as_of} sees features that are not made: {first}{others}"
            );
            return Err(Error::bad_spec(message).hint(train));
        }
        let age = self.age(date)?;
        if age > i64::from(most.0) {
            let message = format!(
                "target {name}: the model of {as_of} is {age} days old, and `score.max_model_age` \
                 is {most}"
            );
            return Err(Error::contract(message).hint("run without `--model latest`, which trains a new one"));
        }
        Ok(())
    }

    /// Days from the day as of which it learned to `date`.
    fn age(&self, date: NaiveDate) -> Result<i64> {
        let day = self.as_of.parse::<NaiveDate>();
        let day = day.map_err(|e| Error::contract(format!("{} is no day", self.as_of)).because(e))?;
        Ok((date - day).num_days())
    }

    /// The model in use, by its name here.
    pub(crate) fn voice<'a>(&'a self, fitted: &'a Fitted) -> Voice<'a> {
        Voice { fitted, model_id: &self.model_id, groups: &self.groups }
    }

    /// The model as it was when it was learned.
    ///
    /// # Errors
    /// It is damaged (65).
    pub(crate) fn fitted(&self) -> Result<Fitted> {
        Ok(Fitted {
            kind: self.model,
            model: from_json(&self.learned.to_string()).map_err(learn_error)?,
            outlook: self.outlook.clone(),
            log_loss: self.log_loss,
        })
    }
}
