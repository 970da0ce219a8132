//! ISO 8601 in its extended form.

use super::Reason;
use super::time::{Moment, civil, clock, digits};

const NO_DAY: &str = "no date in the form YYYY-MM-DD";
const NO_INSTANT: &str = "no date and time in the form YYYY-MM-DD HH:MM:SS (ISO 8601)";
const IMPOSSIBLE: &str = "no such day in the calendar, or no such time on the clock";

/// Reads `YYYY-MM-DD`.
pub(super) fn day(cell: &str) -> Result<Moment, Reason> {
    match date(cell.as_bytes()) {
        Some((day, 10)) if cell.len() == 10 => moment_of(day, Some(0), None),
        _ => Err(NO_DAY.into()),
    }
}

/// Reads `YYYY-MM-DD`, then optionally `T` or a blank and `HH:MM`, `:SS`, a fraction, and `Z` or `±HH:MM`.
///
/// Digits beyond the microsecond are cut off; at most nine are accepted.
pub(super) fn moment(cell: &str) -> Result<Moment, Reason> {
    read(cell.as_bytes()).unwrap_or_else(|| Err(NO_INSTANT.into()))
}

/// `None` says that the form is wrong, an error that the form is right and the content impossible.
fn read(text: &[u8]) -> Option<Result<Moment, Reason>> {
    let (day, mut place) = date(text)?;
    if place == text.len() {
        return Some(moment_of(day, Some(0), None));
    }
    if !matches!(text[place], b'T' | b't' | b' ') || text.get(place + 3) != Some(&b':') {
        return None;
    }
    let (hour, minute) = (digits(text, place + 1, 2)?, digits(text, place + 4, 2)?);
    place += 6;
    let mut second = 0;
    let mut micros = 0;
    if text.get(place) == Some(&b':') {
        second = digits(text, place + 1, 2)?;
        place += 3;
        if matches!(text.get(place), Some(b'.' | b',')) {
            let count = text[place + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&count) {
                return None;
            }
            let fraction = digits(text, place + 1, count.min(6))?;
            micros = i64::from(fraction) * 10_i64.pow(6 - count.min(6) as u32);
            place += 1 + count;
        }
    }
    let offset = match text.get(place..)? {
        [] => None,
        rest => Some(zone(rest)?),
    };
    Some(moment_of(day, clock(hour, minute, second).map(|time| time + micros), offset))
}

/// Reads `YYYY-MM-DD`; returns the day, if the calendar has it, and the place behind it.
fn date(text: &[u8]) -> Option<(Option<i32>, usize)> {
    if text.get(4) != Some(&b'-') || text.get(7) != Some(&b'-') {
        return None;
    }
    let (year, month, day) = (digits(text, 0, 4)?, digits(text, 5, 2)?, digits(text, 8, 2)?);
    Some((civil(year as i32, month, day), 10))
}

/// Reads `Z`, `±HH`, `±HHMM` or `±HH:MM`, in seconds ahead of UTC.
fn zone(text: &[u8]) -> Option<i32> {
    let ahead = match text {
        [b'Z' | b'z'] => return Some(0),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        // A blank may stand before the offset, as PostgreSQL and Python write it.
        [b' ', rest @ ..] if !matches!(rest, [b' ', ..]) => return zone(rest),
        _ => return None,
    };
    let hour = digits(text, 1, 2)?;
    let minute = match text.len() {
        3 => 0,
        5 => digits(text, 3, 2)?,
        6 if text[3] == b':' => digits(text, 4, 2)?,
        _ => return None,
    };
    if hour > 23 || minute > 59 { None } else { Some(ahead * (hour * 3600 + minute * 60) as i32) }
}

fn moment_of(day: Option<i32>, micros: Option<i64>, offset: Option<i32>) -> Result<Moment, Reason> {
    match (day, micros) {
        (Some(day), Some(micros)) => Ok(Moment { day, micros, offset }),
        _ => Err(IMPOSSIBLE.into()),
    }
}
