//! The mean of a linear model and of boosted trees.

use foretell_spec::ModelKind;
use serde::{Deserialize, Serialize};

use super::boosted::Boosted;
use super::error::LearnError;
use super::logistic::Logistic;
use super::matrix::Matrix;
use super::model::{Contributions, Model, TrainInput, stored_json};

/// The mean of the log-odds of [`Logistic`] and [`Boosted`].
///
/// The two err in different ways, and of a mean the errors that are not shared count half. The weights
/// are not learned: a validation cutoff has too few customers to tell them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Blend {
    logistic: Logistic,
    boosted: Boosted,
}

impl Blend {
    /// Trains both members, but for those that were trained on `input` already.
    pub(super) fn train(input: &TrainInput<'_>, trained: &[&dyn Model]) -> Result<Self, LearnError> {
        let logistic = match found::<Logistic>(trained) {
            Some(member) => member,
            None => Logistic::train(input)?,
        };
        let boosted = match found::<Boosted>(trained) {
            Some(member) => member,
            None => Boosted::train(input)?,
        };
        Ok(Self { logistic, boosted })
    }

    /// Returns the model if its members are sound and look at the same features.
    pub(super) fn checked(self) -> Result<Self, LearnError> {
        let (logistic, boosted) = (self.logistic.checked()?, self.boosted.checked()?);
        if logistic.columns() == boosted.columns() {
            Ok(Self { logistic, boosted })
        } else {
            Err(LearnError::Damaged { reason: "the members look at different features".to_owned() })
        }
    }
}

/// A copy of the first model of a type.
fn found<T: Model + Clone + 'static>(trained: &[&dyn Model]) -> Option<T> {
    trained.iter().find_map(|model| model.as_any().downcast_ref::<T>()).cloned()
}

fn mean(mut a: Vec<f64>, b: &[f64]) -> Vec<f64> {
    a.iter_mut().zip(b).for_each(|(a, b)| *a = (*a + b) / 2.0);
    a
}

impl Model for Blend {
    fn kind(&self) -> ModelKind {
        ModelKind::Blend
    }

    fn columns(&self) -> &[String] {
        self.logistic.columns()
    }

    fn log_odds(&self, x: &Matrix) -> Result<Vec<f64>, LearnError> {
        Ok(mean(self.logistic.log_odds(x)?, &self.boosted.log_odds(x)?))
    }

    fn contributions(&self, x: &Matrix) -> Result<Contributions, LearnError> {
        let (a, b) = (self.logistic.contributions(x)?, self.boosted.contributions(x)?);
        Ok(Contributions { width: a.width, base: (a.base + b.base) / 2.0, values: mean(a.values, &b.values) })
    }

    fn refit(&self, input: &TrainInput<'_>) -> Result<Box<dyn Model>, LearnError> {
        let members = [self.logistic.refit(input)?, self.boosted.refit(input)?];
        Ok(Box::new(Self::train(input, &members.each_ref().map(AsRef::as_ref))?))
    }

    fn to_json(&self) -> Result<String, LearnError> {
        stored_json("blend", self)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn describe(&self) -> String {
        format!("the mean of two: {}; {}", self.logistic.describe(), self.boosted.describe())
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{from_json, train, train_beside};
    use super::super::simulated::shop;
    use super::*;

    #[test]
    fn is_the_mean_of_its_members_trained_once_or_twice() {
        let s = shop(1_500, 12, 0.3);
        let input = s.input();
        let members = [ModelKind::Logistic, ModelKind::Boosted].map(|kind| train(kind, &input).unwrap());
        let beside: Vec<&dyn Model> = members.iter().map(AsRef::as_ref).collect();
        let m = train_beside(ModelKind::Blend, &input, &beside).unwrap();
        assert_eq!(m.to_json().unwrap(), train(ModelKind::Blend, &input).unwrap().to_json().unwrap());
        let said: Vec<Vec<f64>> = members.iter().map(|m| m.log_odds(&s.test.0).unwrap()).collect();
        let scores = m.log_odds(&s.test.0).unwrap();
        let c = m.contributions(&s.test.0).unwrap();
        for (row, score) in scores.iter().enumerate() {
            assert!((score - (said[0][row] + said[1][row]) / 2.0).abs() < 1e-12);
            assert!((c.base + c.row(row).iter().sum::<f64>() - score).abs() < 1e-9);
        }
        let back = from_json(&m.to_json().unwrap()).unwrap();
        assert_eq!(back.log_odds(&s.test.0).unwrap(), scores);
    }

    #[test]
    fn a_damaged_model_is_refused() {
        let s = shop(600, 5, 0.5);
        let json = train(ModelKind::Blend, &s.input()).unwrap().to_json().unwrap();
        let damaged = json.replacen("\"f0\"", "\"g0\"", 1);
        assert_eq!(
            from_json(&damaged).unwrap_err().to_string(),
            "the stored model is damaged: the members look at different features"
        );
    }
}
