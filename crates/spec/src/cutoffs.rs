//! The days at which features are computed.

use chrono::{Days, Months, NaiveDate};

use crate::types::Cutoffs;
use crate::values::Every;

/// Returns the cutoffs of a logical date, ascending, the date itself last.
///
/// Month steps keep the date's day of the month and take the month's last day where it has none:
/// before 31 March comes 28 February, and before that 31 January. Days before the calendar's
/// beginning are left out.
pub fn cutoffs(cutoffs: &Cutoffs, date: NaiveDate) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> = (0..cutoffs.count)
        .map_while(|step| match cutoffs.every {
            // Always counted from the date: a step from a clamped day would stay clamped.
            Every::Month => date.checked_sub_months(Months::new(step)),
            Every::Days(days) => date.checked_sub_days(Days::new(u64::from(step) * u64::from(days))),
        })
        .collect();
    days.reverse();
    days
}
