//! Local times of a time zone.

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::Reason;
use super::time::DAY;

/// Days whose offset is remembered.
const REMEMBERED: usize = 4096;

/// Stands for the offset of a day near which clocks are changed.
const CHANGES: i32 = i32::MIN;

/// A time zone that remembers the offset of the days it was asked for.
///
/// Looking up an offset costs more than reading the text, and the rows of a file fall on few days.
pub(in super::super) struct Zone {
    tz: Tz,
    /// Day since 1970-01-01 and its offset in seconds, at the day's lowest bits.
    days: Vec<(i32, i32)>,
}

impl Zone {
    /// Makes the zone `tz`.
    pub(in super::super) fn new(tz: Tz) -> Self {
        let days = if tz == Tz::UTC { Vec::new() } else { vec![(i32::MIN, 0); REMEMBERED] };
        Self { tz, days }
    }

    /// Turns local time into UTC, both in microseconds since 1970-01-01.
    ///
    /// A local time that occurs twice means the earlier instant; one that clocks skip is refused.
    pub(in super::super) fn instant(&mut self, local: i64) -> Result<i64, Reason> {
        if self.days.is_empty() {
            return Ok(local);
        }
        match self.offset_of_day(local.div_euclid(DAY) as i32) {
            CHANGES => self.look_up(local),
            offset => Ok(local - i64::from(offset) * 1_000_000),
        }
    }

    /// Turns UTC into the local day, as days since 1970-01-01.
    pub(in super::super) fn local_day(&self, instant: i64) -> i32 {
        let offset = self.offset_at(instant);
        (instant + i64::from(offset) * 1_000_000).div_euclid(DAY) as i32
    }

    fn offset_of_day(&mut self, day: i32) -> i32 {
        let slot = (day as usize) % REMEMBERED;
        if self.days[slot].0 != day {
            self.days[slot] = (day, self.constant_offset(day));
        }
        self.days[slot].1
    }

    /// Finds the offset that holds all day, in UTC a day more on either side, or [`CHANGES`].
    ///
    /// Every three hours are asked for: no zone ever changed its clocks there and back within so short a time.
    fn constant_offset(&self, day: i32) -> i32 {
        let midnight = i64::from(day) * DAY;
        let first = self.offset_at(midnight - DAY);
        let same = (-7..=16).all(|step| self.offset_at(midnight + step * (DAY / 8)) == first);
        if same { first } else { CHANGES }
    }

    /// The offset at an instant, in seconds ahead of UTC.
    fn offset_at(&self, instant: i64) -> i32 {
        self.tz.offset_from_utc_datetime(&naive(instant)).fix().local_minus_utc()
    }

    fn look_up(&self, local: i64) -> Result<i64, Reason> {
        let offset = match self.tz.offset_from_local_datetime(&naive(local)) {
            LocalResult::Single(offset) => offset.fix().local_minus_utc(),
            // The greater the offset, the earlier the instant.
            LocalResult::Ambiguous(one, other) => {
                one.fix().local_minus_utc().max(other.fix().local_minus_utc())
            }
            LocalResult::None => {
                return Err(format!("no such local time in {}: clocks go forward", self.tz.name()).into());
            }
        };
        Ok(local - i64::from(offset) * 1_000_000)
    }
}

/// Microseconds since 1970-01-01 as chrono has them; callers have checked the range.
fn naive(micros: i64) -> NaiveDateTime {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().naive_utc()
}
