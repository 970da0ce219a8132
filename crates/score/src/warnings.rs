//! What somebody should look at in the morning: one line each, and none where all is well.

use foretell_spec::{Reaction, Score};

use crate::report::{DriftReport, RealisedReport, TargetReport};

/// A warning, and whether the spec makes it a failure.
pub(crate) struct Warning {
    pub(crate) text: String,
    pub(crate) fails: bool,
}

/// The warnings about a target: the newest promise, if it was broken, and scores that have drifted.
///
/// They follow from what the tables hold and not from what this run did, so that a failed run which is
/// repeated fails again. Single features drift every season: they are named beside, not warned of.
pub(crate) fn warnings(score: &Score, target: &TargetReport) -> Vec<Warning> {
    let broken = target.realised.as_ref().filter(|realised| realised.kept == Some(false)).map(broken);
    let drifted = target.drift.as_ref().filter(|drift| drift.score_drifted).map(drifted);
    let reactions = [(broken, score.promises.on_broken), (drifted, score.drift.on_drift)];
    reactions
        .into_iter()
        .filter_map(|(text, reaction)| {
            let text = format!("{}: {}", target.target, text?);
            Some(Warning { text, fails: reaction == Reaction::Fail })
        })
        .collect()
}

fn broken(realised: &RealisedReport) -> String {
    let rates = [
        ("error rate", realised.error_rate, realised.promised_error_rate),
        ("miss rate", realised.miss_rate, realised.promised_miss_rate),
    ];
    let outside: Vec<String> = rates
        .into_iter()
        .filter_map(|(name, rate, promised)| {
            let (rate, (low, high)) = (rate?, promised?);
            let outside = rate < low || rate > high;
            outside.then(|| format!("{name} {rate:.3}, promised {low:.3} to {high:.3}"))
        })
        .collect();
    format!("the promise of {} was broken: {}", realised.cutoff, outside.join("; "))
}

fn drifted(drift: &DriftReport) -> String {
    let most: Vec<String> = drift.most.iter().map(|one| format!("{} {:.2}", one.feature, one.psi)).collect();
    let most = if most.is_empty() { String::new() } else { format!("; most moved: {}", most.join(", ")) };
    format!(
        "scores have drifted from those the model was validated on: population stability index {:.3}, at most \
         {}{most}",
        drift.score_psi.unwrap_or_default(),
        drift.max_psi
    )
}

#[cfg(test)]
mod tests {
    use foretell_spec::{Drift, Promises};

    use super::*;
    use crate::report::Drifted;

    fn target(kept: Option<bool>, score_drifted: bool) -> TargetReport {
        let mut report = TargetReport::empty("churn");
        report.realised = Some(RealisedReport {
            cutoff: "2024-10-01".into(),
            model: "boosted".into(),
            n: 900,
            positives: 400,
            error_rate: Some(0.5),
            promised_error_rate: Some((0.3, 0.4)),
            miss_rate: Some(0.25),
            promised_miss_rate: Some((0.2, 0.3)),
            kept,
            cutoffs: 3,
            promised: 3,
            promises_kept: 2,
            judged: vec![],
        });
        let most = vec![Drifted { feature: "visits".into(), psi: 1.25 }];
        report.drift = Some(DriftReport {
            score_psi: Some(0.3),
            max_psi: 0.25,
            score_drifted,
            most,
            ..Default::default()
        });
        report
    }

    #[test]
    fn are_a_line_each_and_fail_where_the_spec_says_so() {
        let mut score = Score::default();
        assert!(warnings(&score, &target(Some(true), false)).is_empty());
        assert!(warnings(&score, &target(None, false)).is_empty());
        let both = warnings(&score, &target(Some(false), true));
        let texts: Vec<&str> = both.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "churn: the promise of 2024-10-01 was broken: error rate 0.500, promised 0.300 to 0.400",
                "churn: scores have drifted from those the model was validated on: population stability index \
                 0.300, at most 0.25; most moved: visits 1.25",
            ]
        );
        assert!(both.iter().all(|warning| !warning.fails));
        score.promises = Promises { on_broken: Reaction::Fail };
        let fails = |score: &Score| -> Vec<bool> {
            warnings(score, &target(Some(false), true)).iter().map(|warning| warning.fails).collect()
        };
        assert_eq!(fails(&score), [true, false]);
        score.drift = Drift { on_drift: Reaction::Fail, ..score.drift };
        assert_eq!(fails(&score), [true, true]);
    }
}
