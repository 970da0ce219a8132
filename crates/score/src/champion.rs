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
}
