//! The days of the simulation: season, weekday, clock and the hour that summer time takes away.

use std::f64::consts::TAU;

use chrono::{Datelike, Days, NaiveDate, TimeZone};
use chrono_tz::Europe::Berlin;
use rand::Rng;

use crate::error::{Error, Result};
use crate::model::NEWSLETTER_DAYS;
use crate::text;

/// Days beyond the last simulated one into which true probabilities look.
const LOOK_AHEAD: u32 = 90;

/// Days for which [`Day::peak`] holds; longer would be looser, shorter would be asked for more often.
pub const PEAK_DAYS: u32 = 56;

/// How much is bought on each weekday, from Monday.
const WEEKDAYS: [f64; 7] = [1.05, 0.95, 0.95, 1.0, 1.1, 1.15, 0.8];

/// How much happens in each hour.
const HOURS: [f64; 24] = [
    1.0, 0.5, 0.3, 0.2, 0.2, 0.4, 1.0, 2.0, 3.5, 4.5, 5.0, 5.5, 6.0, 5.5, 5.0, 5.0, 5.5, 6.5, 7.5, 8.5, 9.0,
    7.5, 4.5, 2.0,
];

/// Remainder of the days since 1970 on which newsletters are sent: Thursdays.
const NEWSLETTER_PHASE: u32 = 7;

/// One day.
#[derive(Debug)]
pub struct Day {
    /// `2024-03-05`.
    pub text: Vec<u8>,
    /// Days since 1970.
    pub number: u32,
    /// Factors of this day.
    pub season: Season,
    /// The largest factors of the [`PEAK_DAYS`] days after it.
    pub peak: Season,
    /// Seconds of the day that the local clock skips.
    skipped: Option<(u32, u32)>,
}

/// How much happens, compared with the mean over a year.
#[derive(Debug, Clone, Copy, Default)]
pub struct Season {
    /// Factor of the order rate.
    pub demand: f64,
    /// Factor of the visiting rate.
    pub traffic: f64,
}

/// The simulated days and those into which true probabilities look, counted from 0.
#[derive(Debug)]
pub struct Calendar {
    from: NaiveDate,
    days: Vec<Day>,
    /// Number of simulated days.
    pub length: u32,
    /// Share of what happens until the end of each hour.
    hours: [f64; 24],
}

impl Calendar {
    /// Lays out the days of a period in the shop's time zone, Europe/Berlin.
    ///
    /// # Errors
    /// [`Error::Options`] when the period reaches beyond the dates that can be written.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Result<Self> {
        let length = u32::try_from((to - from).num_days()).unwrap_or(0);
        let means = means();
        let mut days = (0..=length + LOOK_AHEAD + PEAK_DAYS)
            .map(|ahead| {
                let date = from.checked_add_days(Days::new(u64::from(ahead)));
                date.map(|date| Day::new(date, means)).ok_or_else(|| {
                    Error::Options(format!("--to {to} is too close to the end of the calendar"))
                })
            })
            .collect::<Result<Vec<_>>>()?;
        for day in 0..days.len() {
            let after = days[day..].iter().skip(1).take(PEAK_DAYS as usize).map(|day| day.season);
            days[day].peak = after.fold(Season::default(), Season::larger);
        }
        let mut so_far = 0.0;
        let hours = HOURS.map(|weight| {
            so_far += weight / HOURS.iter().sum::<f64>();
            so_far
        });
        Ok(Self { from, days, length, hours })
    }

    /// One day; the last of the calendar for any beyond it.
    pub fn day(&self, day: u32) -> &Day {
        &self.days[(day as usize).min(self.days.len() - 1)]
    }

    /// Date of a day, which may lie before the first.
    pub fn date(&self, day: i32) -> NaiveDate {
        let shift = Days::new(u64::from(day.unsigned_abs()));
        let date =
            if day < 0 { self.from.checked_sub_days(shift) } else { self.from.checked_add_days(shift) };
        date.unwrap_or(self.from)
    }

    /// Day of a date of the period or its end.
    pub fn day_of(&self, date: NaiveDate) -> u32 {
        u32::try_from((date - self.from).num_days()).unwrap_or(0)
    }

    /// First day after `day` on which newsletters are sent.
    pub fn next_newsletter(&self, day: u32) -> u32 {
        let tomorrow = self.day(0).number + day + 1;
        let since = (tomorrow + NEWSLETTER_DAYS - NEWSLETTER_PHASE) % NEWSLETTER_DAYS;
        day + 1 + (NEWSLETTER_DAYS - since) % NEWSLETTER_DAYS
    }

    /// Whether newsletters are sent on `day`.
    pub fn is_newsletter_day(&self, day: u32) -> bool {
        (self.day(0).number + day) % NEWSLETTER_DAYS == NEWSLETTER_PHASE
    }

    /// Draws a second of a day by the hours' weights, one that the local clock shows.
    pub fn moment(&self, day: u32, rng: &mut impl Rng) -> u32 {
        let u = rng.random::<f64>();
        let hour = self.hours.partition_point(|share| *share <= u).min(23) as u32;
        self.shown(day, hour * 3600 + rng.random_range(0..3600))
    }

    /// The second itself or, where the local clock skips it, the same one an hour later; within the day.
    pub fn shown(&self, day: u32, second: u32) -> u32 {
        let second = second.min(86_399);
        match self.day(day).skipped {
            Some((begin, end)) if (begin..end).contains(&second) => second + (end - begin),
            _ => second,
        }
    }
}

impl Season {
    fn larger(self, other: Self) -> Self {
        Self { demand: self.demand.max(other.demand), traffic: self.traffic.max(other.traffic) }
    }
}

impl Day {
    fn new(date: NaiveDate, means: Season) -> Self {
        let mut text = Vec::with_capacity(10);
        text::padded(&mut text, date.year().unsigned_abs(), 4);
        text.push(b'-');
        text::padded(&mut text, date.month(), 2);
        text.push(b'-');
        text::padded(&mut text, date.day(), 2);
        let raw = season(date.ordinal()) * WEEKDAYS[date.weekday().num_days_from_monday() as usize];
        Self {
            text,
            number: u32::try_from((date - NaiveDate::default()).num_days()).unwrap_or(0),
            season: Season { demand: raw / means.demand, traffic: raw.sqrt() / means.traffic },
            peak: Season::default(),
            skipped: skipped(date),
        }
    }

    /// `2024-03`.
    pub fn month(&self) -> &[u8] {
        &self.text[..7]
    }
}

/// How much is bought at a time of the year: a slow wave, Christmas shopping, and the lull after it.
fn season(ordinal: u32) -> f64 {
    let day = f64::from(ordinal);
    let wave = 1.0 + 0.12 * (TAU * (day - 60.0) / 365.25).sin();
    let christmas = 0.8 * (-0.5 * ((day - 343.0) / 11.0).powi(2)).exp();
    let lull = if ordinal >= 358 { 0.6 } else { 1.0 };
    (wave + christmas) * lull
}

/// Means over a year of the raw factors of orders and of visits.
fn means() -> Season {
    let week = WEEKDAYS.iter().sum::<f64>() / 7.0;
    let root_week = WEEKDAYS.iter().map(|w| w.sqrt()).sum::<f64>() / 7.0;
    let year = (1..=365).map(season).sum::<f64>() / 365.0;
    let root_year = (1..=365).map(|day| season(day).sqrt()).sum::<f64>() / 365.0;
    Season { demand: week * year, traffic: root_week * root_year }
}

/// Whole hours of a day that the local clock never shows, as seconds.
fn skipped(date: NaiveDate) -> Option<(u32, u32)> {
    let missing = |hour: &u32| {
        date.and_hms_opt(*hour, 0, 0)
            .is_some_and(|time| Berlin.from_local_datetime(&time).earliest().is_none())
    };
    let first = (0..24).find(missing)?;
    let hours = (first..24).take_while(missing).count() as u32;
    Some((first * 3600, (first + hours) * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        let date = |y| NaiveDate::from_ymd_opt(y, 1, 1).unwrap();
        Calendar::new(date(2023), date(2025)).unwrap()
    }

    #[test]
    fn seasons_have_mean_one_and_a_peak_in_december() {
        let calendar = calendar();
        let n = f64::from(calendar.length);
        let demand: f64 = (0..calendar.length).map(|d| calendar.day(d).season.demand).sum();
        let traffic: f64 = (0..calendar.length).map(|d| calendar.day(d).season.traffic).sum();
        assert!((demand / n - 1.0).abs() < 0.01 && (traffic / n - 1.0).abs() < 0.01);
        let best =
            (0..365).max_by(|a, b| calendar.day(*a).season.demand.total_cmp(&calendar.day(*b).season.demand));
        assert!(calendar.day(best.unwrap()).month() == b"2023-12");
        let december = calendar.day(best.unwrap()).season;
        assert_eq!(calendar.day(best.unwrap() - 1).peak.demand, december.demand);
        assert_eq!(calendar.day(best.unwrap() - PEAK_DAYS).peak.demand, december.demand);
        assert!(calendar.day(best.unwrap() - PEAK_DAYS - 1).peak.demand < december.demand);
    }

    #[test]
    fn the_hour_before_summer_time_is_skipped() {
        let calendar = calendar();
        let day = calendar.day_of(NaiveDate::from_ymd_opt(2024, 3, 31).unwrap());
        assert_eq!(calendar.shown(day, 2 * 3600 + 61), 3 * 3600 + 61);
        assert_eq!(calendar.shown(day, 2 * 3600 - 1), 2 * 3600 - 1);
        assert_eq!(calendar.shown(day + 1, 2 * 3600 + 61), 2 * 3600 + 61);
        assert_eq!((0..calendar.length).filter(|d| calendar.day(*d).skipped.is_some()).count(), 2);
    }

    #[test]
    fn newsletters_go_out_on_thursdays_four_weeks_apart() {
        let calendar = calendar();
        let first = calendar.next_newsletter(0);
        assert_eq!(calendar.next_newsletter(first), first + NEWSLETTER_DAYS);
        assert_eq!(calendar.next_newsletter(first - 1), first);
        assert!(calendar.is_newsletter_day(first) && !calendar.is_newsletter_day(first + 1));
        assert_eq!(calendar.date(first as i32).weekday(), chrono::Weekday::Thu);
    }
}
