//! Which models compete, and which of them may speak.

use foretell_spec::ModelKind;

use crate::fit::{Fit, Fitted};

/// The models of a spec, and before them the simpler ones that it leaves out.
///
/// A model is worth its cost only where it beats what is simpler, so these are always there to be beaten.
pub(crate) fn competing(models: &[ModelKind]) -> Vec<ModelKind> {
    let hardest = models.iter().map(|kind| rank(*kind)).max().unwrap_or(0);
    let simpler = [ModelKind::RecencyRule, ModelKind::Logistic];
    let added = simpler.into_iter().filter(|kind| rank(*kind) < hardest && !models.contains(kind));
    added.chain(models.iter().copied()).collect()
}

/// How much a model can bend: of two, the one of a lower rank is the simpler one.
fn rank(kind: ModelKind) -> u8 {
    match kind {
        ModelKind::RecencyRule => 0,
        ModelKind::Logistic => 1,
        ModelKind::Boosted | ModelKind::Lightgbm => 2,
        ModelKind::Blend => 3,
    }
}

/// The model that speaks today, and which could not and why.
///
/// It is the backtest's champion, learned anew; where that one has become worse than the recency rule on
/// today's validation cutoff, today's champion takes its place.
pub(crate) fn chosen<'a>(judged: &Fit, today: &'a Fit) -> (Option<&'a Fitted>, Vec<String>) {
    let mut notes: Vec<String> = worse(today).map(|fitted| unused(fitted, today)).collect();
    let Some(best) = judged.champion() else { return (today.champion(), notes) };
    let again = today.of(best.kind);
    match again.filter(|again| !worse(today).any(|fitted| fitted.kind == again.kind)) {
        Some(again) => (Some(again), notes),
        None => {
            let champion = today.champion();
            let instead = champion.map_or("nothing", |c| c.kind.name());
            notes.push(format!("{instead} is used, not the backtest's champion {}", best.kind.name()));
            (champion, notes)
        }
    }
}

/// The models that are worse than the recency rule on validation.
fn worse(fit: &Fit) -> impl Iterator<Item = &Fitted> {
    let rule = fit.of(ModelKind::RecencyRule).map_or(f64::INFINITY, |rule| rule.log_loss);
    fit.models.iter().filter(move |fitted| fitted.log_loss > rule)
}

fn unused(fitted: &Fitted, fit: &Fit) -> String {
    let rule = fit.of(ModelKind::RecencyRule).map_or(f64::NAN, |rule| rule.log_loss);
    format!(
        "{} is not used: on validation it is worse than the recency rule (log loss {:.4} against {rule:.4})",
        fitted.kind.name(),
        fitted.log_loss
    )
}

#[cfg(test)]
mod tests {
    use foretell_learn::{Matrix, Outlook, TrainInput, Validation, train};

    use super::*;
    use ModelKind::{Boosted, Logistic, RecencyRule};

    #[test]
    fn simpler_models_always_compete() {
        assert_eq!(competing(&[Boosted]), [RecencyRule, Logistic, Boosted]);
        assert_eq!(competing(&[Logistic]), [RecencyRule, Logistic]);
        assert_eq!(competing(&[RecencyRule]), [RecencyRule]);
        assert_eq!(competing(&[Boosted, RecencyRule]), [Logistic, Boosted, RecencyRule]);
        assert_eq!(competing(&[Boosted, Logistic, RecencyRule]), [Boosted, Logistic, RecencyRule]);
    }

    /// Models of these kinds and log losses; what they have learned does not matter here.
    fn fit(models: &[(ModelKind, f64)]) -> Fit {
        let y: Vec<f64> = (0..40).map(|i| f64::from(i % 2)).collect();
        let x = Matrix::new(40, vec!["days".to_owned()], (0..40).map(f64::from).collect()).unwrap();
        let validation = (&x, y.as_slice());
        let input = TrainInput { x: &x, y: &y, recency: &[0], validation, seed: 1, threads: Some(1) };
        let ids: Vec<String> = (0..40).map(|i| i.to_string()).collect();
        let fitted = |(kind, log_loss): &(ModelKind, f64)| {
            let model = train(RecencyRule, &input).unwrap();
            let log_odds = model.log_odds(&x).unwrap();
            let seen = [Validation { day: 0, log_odds: &log_odds, labels: &y, customers: &ids }];
            let outlook = Outlook::learn(30, &seen, &seen).unwrap();
            Fitted { kind: *kind, model, outlook, log_loss: *log_loss }
        };
        Fit { models: models.iter().map(fitted).collect(), failed: Vec::new() }
    }

    #[test]
    fn what_has_become_worse_than_the_recency_rule_is_not_used() {
        let judged = fit(&[(RecencyRule, 0.6), (Logistic, 0.5), (Boosted, 0.4)]);
        let name = |today: &Fit| chosen(&judged, today).0.map(|champion| champion.kind);
        let notes = |today: &Fit| chosen(&judged, today).1;
        // The backtest's champion stays, though another one is ahead today.
        let today = fit(&[(RecencyRule, 0.6), (Logistic, 0.4), (Boosted, 0.5)]);
        assert_eq!((name(&today), notes(&today)), (Some(Boosted), vec![]));
        let today = fit(&[(RecencyRule, 0.6), (Logistic, 0.5), (Boosted, 0.7)]);
        assert_eq!(name(&today), Some(Logistic));
        assert_eq!(
            notes(&today),
            [
                "boosted is not used: on validation it is worse than the recency rule (log loss 0.7000 against \
                 0.6000)",
                "logistic is used, not the backtest's champion boosted",
            ]
        );
        let today = fit(&[(RecencyRule, 0.6), (Logistic, 0.8), (Boosted, 0.7)]);
        assert_eq!((name(&today), notes(&today).len()), (Some(RecencyRule), 3));
        // One that could not be trained today cannot speak, and without a rule nothing is worse than it.
        let today = fit(&[(Logistic, 0.8)]);
        assert_eq!((name(&today), notes(&today).len()), (Some(Logistic), 1));
    }
}
