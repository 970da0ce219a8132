//! Who is who, in a few lines.

use std::fmt::Write;

use foretell_score::{CustomersReport, Share};

use super::number;
use crate::session::Session;

/// Draws what was found about the customers.
pub(super) fn draw(text: &mut String, session: &Session, found: &CustomersReport) -> std::fmt::Result {
    let prospects = found.customers - found.buyers;
    writeln!(text, "\ncustomers: {} buyers, {} prospects", number(found.buyers), number(prospects))?;
    let stages: Vec<String> = found
        .lifecycle
        .iter()
        .filter(|stage| stage.value != "prospect")
        .map(|stage| format!("{} {}", number(stage.customers), stage.value))
        .collect();
    if !stages.is_empty() {
        let moved = found.moved.map(|moved| format!("; {} moved since the cutoff before", number(moved)));
        writeln!(text, "  buyers by stage: {}{}", stages.join(", "), moved.unwrap_or_default())?;
    }
    if let (Some(core), Some(top)) = (found.core_share, found.top_fifth_share) {
        writeln!(
            text,
            "  the core: {} buyers bring {:.0} % of the revenue; the greatest fifth of all buyers bring {:.0} %",
            number(found.core),
            100.0 * core,
            100.0 * top
        )?;
    }
    if let Some(expected) = found.expected_value {
        writeln!(
            text,
            "  expected within {}: {}, of which {} of buyers who are falling asleep",
            session.loaded.spec.segments.worth.horizon,
            money(expected),
            money(found.expected_value_asleep.unwrap_or(0.0))
        )?;
    }
    if !found.actions.is_empty() {
        let actions: Vec<String> = found.actions.iter().map(action).collect();
        writeln!(text, "  actions: {}", actions.join(", "))?;
    }
    found.notes.iter().try_for_each(|note| writeln!(text, "  {note}"))
}

fn action(share: &Share) -> String {
    let value = share.action_value.map(|value| format!(" (worth {})", money(value)));
    format!("{} {}{}", number(share.customers), share.value, value.unwrap_or_default())
}

/// Money without its cents.
fn money(value: f64) -> String {
    let whole = number(value.abs().round() as u64);
    if value <= -0.5 { format!("-{whole}") } else { whole }
}
