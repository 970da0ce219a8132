//! The part of the summary that comes after the fact: kept models, promises, drift, warnings.

use std::fmt::{Result, Write};

use foretell_score::{DriftReport, RealisedReport, TargetReport};

use crate::summary::number;

/// Which kept model spoke, where nothing was trained.
pub(crate) fn kept(text: &mut String, target: &TargetReport) -> Result {
    let (Some(id), Some(day)) = (&target.model_id, &target.model_as_of) else { return Ok(()) };
    writeln!(text, "  by the model {id}, kept since {day}: nothing was trained or judged")
}

/// What became of earlier promises, how far customers have moved, and what somebody should look at.
pub(crate) fn of_target(text: &mut String, target: &TargetReport) -> Result {
    if let Some(realised) = &target.realised {
        writeln!(text, "  {}", came_true(realised))?;
    }
    if let Some(drift) = &target.drift {
        writeln!(text, "  {}", moved(drift))?;
    }
    target.warnings.iter().try_for_each(|warning| writeln!(text, "  warning: {warning}"))
}

fn came_true(realised: &RealisedReport) -> String {
    let rate = |name: &str, rate: Option<f64>, promised: Option<(f64, f64)>| {
        let rate = rate.map_or_else(|| "undefined".to_owned(), |rate| format!("{rate:.3}"));
        let promised = promised.map(|(low, high)| format!(" (promised {low:.3} to {high:.3})"));
        format!("{name} {rate}{}", promised.unwrap_or_default())
    };
    let kept = match realised.promised {
        0 => String::new(),
        all => format!("; promises kept: {} of {}", number(realised.promises_kept), number(all)),
    };
    format!(
        "what was said as of {} came true so: {}, {} ({} customers, {} times it happened){kept}",
        realised.cutoff,
        rate("error rate", realised.error_rate, realised.promised_error_rate),
        rate("miss rate", realised.miss_rate, realised.promised_miss_rate),
        number(realised.n),
        number(realised.positives),
    )
}

fn moved(drift: &DriftReport) -> String {
    let score = drift.score_psi.map_or_else(|| "undefined".to_owned(), |psi| format!("{psi:.3}"));
    let most: Vec<String> = drift.most.iter().map(|one| format!("{} {:.2}", one.feature, one.psi)).collect();
    let most = if most.is_empty() { String::new() } else { format!(": {}", most.join(", ")) };
    format!(
        "drift: scores {score} (at most {}), {} of {} features above it{most}",
        drift.max_psi,
        number(drift.features_drifted),
        number(drift.features),
    )
}
