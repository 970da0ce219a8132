//! Days and instants.

use foretell_engine::Result;

use super::pattern::Pattern;
use super::zone::Zone;
use super::{Reason, iso};

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// 1900-01-01 and 2200-12-31 as days since 1970-01-01: what lies outside is taken for a slip of the pen.
const FIRST_DAY: i32 = -25_567;
const LAST_DAY: i32 = 84_370;

/// What a text says of time: a day, the time of that day, and perhaps how far its clock is ahead of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Days since 1970-01-01.
    pub(super) day: i32,
    /// Microseconds since midnight.
    pub(super) micros: i64,
    /// Seconds ahead of UTC.
    pub(super) offset: Option<i32>,
}

/// The form in which a column writes days or instants.
pub(in super::super) enum TimeText {
    /// ISO 8601, the day alone.
    IsoDay,
    /// ISO 8601, with or without a time of day, with or without an offset.
    Iso,
    /// A `strftime` pattern.
    Pattern(Pattern),
}

impl TimeText {
    /// Takes the pattern, or ISO 8601 where there is none; `place` opens the error.
    ///
    /// # Errors
    /// Bad spec, when no full date can be read by the pattern.
    pub(super) fn new(place: &str, pattern: Option<&str>, day_only: bool) -> Result<Self> {
        Ok(match pattern {
            Some(pattern) => Self::Pattern(Pattern::new(place, pattern)?),
            None if day_only => Self::IsoDay,
            None => Self::Iso,
        })
    }

    /// Reads a day, as days since 1970-01-01.
    pub(super) fn day(&self, cell: &str) -> Result<i32, Reason> {
        Ok(self.moment(cell)?.day)
    }

    /// Reads an instant, as microseconds since 1970-01-01 UTC; `zone` is that of texts without offset.
    pub(super) fn instant(&self, cell: &str, zone: &mut Zone) -> Result<i64, Reason> {
        let moment = self.moment(cell)?;
        let local = i64::from(moment.day) * DAY + moment.micros;
        match moment.offset {
            Some(offset) => Ok(local - i64::from(offset) * 1_000_000),
            None => zone.instant(local),
        }
    }

    fn moment(&self, cell: &str) -> Result<Moment, Reason> {
        let moment = match self {
            Self::IsoDay => iso::day(cell)?,
            Self::Iso => iso::moment(cell)?,
            Self::Pattern(pattern) => pattern.moment(cell)?,
        };
        day_in_range(moment.day).map(|_| moment)
    }
}

/// Passes a day, given as days since 1970-01-01, that lies in 1900 to 2200.
pub(in super::super) fn day_in_range(day: i32) -> Result<i32, Reason> {
    if (FIRST_DAY..=LAST_DAY).contains(&day) { Ok(day) } else { Err("a year outside 1900 to 2200".into()) }
}

/// Passes an instant, given as microseconds since 1970-01-01 UTC, that lies in 1900 to 2200.
pub(in super::super) fn instant_in_range(micros: i64) -> Result<i64, Reason> {
    let day = i32::try_from(micros.div_euclid(DAY)).unwrap_or(i32::MAX);
    day_in_range(day).map(|_| micros)
}

/// Counts the days from 1970-01-01 to a day of the Gregorian calendar; `None` when there is no such day.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
pub(super) fn civil(year: i32, month: u32, day: u32) -> Option<i32> {
    const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = *DAYS.get(month.checked_sub(1)? as usize)? + u32::from(is_leap && month == 2);
    if day == 0 || day > last {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = ((153 * ((month + 9) % 12) + 2) / 5 + day - 1) as i32;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Reads `count` digits at `place`.
pub(super) fn digits(bytes: &[u8], place: usize, count: usize) -> Option<u32> {
    let digits = bytes.get(place..place + count)?;
    digits.iter().try_fold(0, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 { Some(value * 10 + u32::from(digit)) } else { None }
    })
}

/// Sums up a time of day, in microseconds; `None` when a clock does not show it.
pub(super) fn clock(hour: u32, minute: u32, second: u32) -> Option<i64> {
    if hour < 24 && minute < 60 && second < 60 {
        Some(i64::from(hour * 3600 + minute * 60 + second) * 1_000_000)
    } else {
        None
    }
}
