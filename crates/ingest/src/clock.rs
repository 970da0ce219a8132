//! Instants to local days, in the pipeline's time zone.

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use foretell_engine::{Error, Result};

/// Days that are remembered.
const REMEMBERED: usize = 4096;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Converts between instants and local days; remembers the days it was asked for, since rows fall on few.
pub(crate) struct Clock {
    zone: Tz,
    /// Days of UTC, each at its lowest bits.
    known: Vec<Option<Known>>,
}

/// What local days there are within a day of UTC.
#[derive(Clone, Copy)]
struct Known {
    /// The day of UTC, since 1970-01-01.
    day: i32,
    /// The local day at its beginning.
    first: i32,
    /// The instants within it at which the next local days begin; a day that lost an hour makes it two.
    next: [i64; 2],
}

impl Clock {
    pub(crate) fn new(zone: Tz) -> Self {
        Self { zone, known: vec![None; REMEMBERED] }
    }

    /// Splits a column of instants or days into instants (UTC, microseconds) and local days.
    ///
    /// A day's instant is its local beginning, and its last instant the one before the next day begins: days rise
    /// with the instants, even where a clock that is set back shows the end of a day twice.
    pub(crate) fn split(&mut self, column: &ArrayRef) -> Result<(TimestampMicrosecondArray, Date32Array)> {
        match column.data_type() {
            DataType::Timestamp(..) => {
                let instants = column.as_primitive::<TimestampMicrosecondType>();
                let days = instants.iter().map(|us| us.and_then(|us| self.day(us))).collect();
                Ok((instants.clone().with_timezone("UTC"), days))
            }
            DataType::Date32 => {
                let days = column.as_primitive::<Date32Type>().clone();
                let instants: TimestampMicrosecondArray = days.unary_opt(|day| self.beginning(day));
                Ok((instants.with_timezone("UTC"), days))
            }
            other => Err(Error::internal(format!("a time column of type {other}"))),
        }
    }

    /// The local day of an instant, in days since 1970-01-01.
    fn day(&mut self, us: i64) -> Option<i32> {
        let day = i32::try_from(us.div_euclid(DAY)).ok()?;
        let slot = day.rem_euclid(REMEMBERED as i32) as usize;
        let known = match self.known[slot] {
            Some(known) if known.day == day => known,
            _ => {
                let found = self.look_up(day)?;
                self.known[slot] = Some(found);
                found
            }
        };
        Some(known.first + i32::from(us >= known.next[0]) + i32::from(us >= known.next[1]))
    }

    fn look_up(&self, day: i32) -> Option<Known> {
        let start = i64::from(day) * DAY;
        let local = DateTime::from_timestamp_micros(start)?.with_timezone(&self.zone).date_naive();
        let mut first = i32::try_from((local - NaiveDate::default()).num_days()).ok()?;
        while self.beginning(first + 1)? <= start {
            first += 1;
        }
        Some(Known { day, first, next: [self.beginning(first + 1)?, self.beginning(first + 2)?] })
    }

    /// The instant at which a local day begins; where midnight is skipped, the first that exists.
    fn beginning(&self, day: i32) -> Option<i64> {
        let midnight = date(day)?.and_time(NaiveTime::MIN);
        // Islands that crossed the date line skipped a whole day.
        (0..=2 * 24 * 4)
            .find_map(|quarter| {
                let local = midnight + chrono::TimeDelta::minutes(15 * quarter);
                self.zone.from_local_datetime(&local).earliest()
            })
            .map(|instant| instant.timestamp_micros())
    }
}

/// The day of that number since 1970-01-01.
pub(crate) fn date(day: i32) -> Option<NaiveDate> {
    let epoch = NaiveDate::default();
    if day >= 0 {
        epoch.checked_add_days(Days::new(day.unsigned_abs().into()))
    } else {
        epoch.checked_sub_days(Days::new(day.unsigned_abs().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn days(zone: Tz, instants: &[&str]) -> Vec<String> {
        let us: Vec<i64> =
            instants.iter().map(|t| DateTime::parse_from_rfc3339(t).unwrap().timestamp_micros()).collect();
        let column: ArrayRef = Arc::new(TimestampMicrosecondArray::from(us).with_timezone("UTC"));
        let (_, days) = Clock::new(zone).split(&column).unwrap();
        days.iter().map(|d| date(d.unwrap()).unwrap().to_string()).collect()
    }

    #[test]
    fn days_begin_at_local_midnight_on_both_sides_of_a_clock_change() {
        let found = days(
            chrono_tz::Europe::London,
            &[
                "2011-03-26T23:59:59Z",
                "2011-03-27T00:00:00Z",
                "2011-03-27T22:59:59Z",
                "2011-03-27T23:00:00Z",
                "2011-10-29T22:59:59Z",
                "2011-10-29T23:00:00Z",
                "2011-10-30T23:59:59Z",
                "2011-10-31T00:00:00Z",
            ],
        );
        let expected = [
            "2011-03-26",
            "2011-03-27",
            "2011-03-27",
            "2011-03-28",
            "2011-10-29",
            "2011-10-30",
            "2011-10-30",
            "2011-10-31",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_day_without_midnight_begins_when_its_first_hour_does() {
        // In Beirut the clocks went from 00:00 to 01:00 on 27 March 2022.
        let mut clock = Clock::new(chrono_tz::Asia::Beirut);
        let day =
            i32::try_from((NaiveDate::from_ymd_opt(2022, 3, 27).unwrap() - NaiveDate::default()).num_days());
        let column: ArrayRef = Arc::new(Date32Array::from(vec![day.unwrap()]));
        let (instants, _) = clock.split(&column).unwrap();
        let begins = DateTime::from_timestamp_micros(instants.value(0)).unwrap();
        assert_eq!(begins.to_rfc3339(), "2022-03-26T22:00:00+00:00");
    }

    #[test]
    fn days_rise_with_the_instants_whatever_was_asked_before() {
        // St. John's set its clocks back at one minute past midnight: the last hour of a day came twice. Apia went
        // without 30 December 2011; Sao Paulo without midnights; Lord Howe changes by half an hour.
        let zones = [
            chrono_tz::America::St_Johns,
            chrono_tz::Pacific::Apia,
            chrono_tz::America::Sao_Paulo,
            chrono_tz::Australia::Lord_Howe,
            chrono_tz::Europe::London,
        ];
        for zone in zones {
            let start = DateTime::parse_from_rfc3339("2005-01-01T00:00:00Z").unwrap().timestamp_micros();
            let instants: Vec<i64> = (0..8 * 365 * 48).map(|half| start + half * 1_800_000_000).collect();
            let mut clock = Clock::new(zone);
            let days: Vec<i32> = instants.iter().map(|us| clock.day(*us).unwrap()).collect();
            assert!(days.is_sorted(), "{zone}");
            // Backwards, and with no memory of other days.
            let mut backwards: Vec<i32> = instants.iter().rev().map(|us| clock.day(*us).unwrap()).collect();
            backwards.reverse();
            assert_eq!(days, backwards, "{zone}");
            for (us, day) in instants.iter().zip(&days).step_by(997) {
                assert_eq!(Clock::new(zone).day(*us), Some(*day), "{zone}");
            }
            let differ = instants.iter().zip(&days).filter(|(us, day)| {
                let local = DateTime::from_timestamp_micros(**us).unwrap().with_timezone(&zone).date_naive();
                date(**day) != Some(local)
            });
            // Two instants a year, in the hour that came twice.
            let twice = if zone == chrono_tz::America::St_Johns { 10 } else { 0 };
            assert!(differ.count() <= twice, "{zone}");
        }
    }

    #[test]
    fn a_day_that_the_clocks_left_out_has_no_instants() {
        let found = days(chrono_tz::Pacific::Apia, &["2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z"]);
        assert_eq!(found, ["2011-12-29", "2011-12-31"]);
    }
}
