//! Days and instants by a `strftime` pattern.
//!
//! Patterns made of digits at fixed places are read directly; what that does not match, and all other patterns, go
//! through chrono, so that both accept what chrono accepts.

use std::fmt::Write;

use chrono::format::{Fixed, Item, ParseErrorKind, Parsed, StrftimeItems};
use chrono::{DateTime, NaiveDate, TimeZone, Timelike, Utc};
use foretell_engine::{Error, Result};

use super::Reason;
use super::time::{Moment, civil, clock, digits};

/// A `strftime` pattern that holds a full date, worked out once.
pub(in super::super) struct Pattern {
    written: String,
    items: Vec<Item<'static>>,
    places: Option<Places>,
}

/// The places of the digits in a text of fixed length.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Places {
    length: usize,
    year: usize,
    month: usize,
    day: usize,
    hour: Option<usize>,
    minute: Option<usize>,
    second: Option<usize>,
    /// Characters between the digits.
    marks: Vec<(usize, u8)>,
}

impl Pattern {
    /// Reads a pattern; `place` opens the error.
    ///
    /// # Errors
    /// Bad spec, when the pattern is none, does not hold a full date, or holds `%Z`, whose names say no offset.
    pub(super) fn new(place: &str, written: &str) -> Result<Self> {
        let bad = |what: &str| Error::bad_spec(format!("{place}.format: '{written}' {what}"));
        let items = StrftimeItems::new(written)
            .parse_to_owned()
            .map_err(|_| bad("is no strftime pattern").hint("a pattern looks like %d.%m.%Y %H:%M"))?;
        if items.contains(&Item::Fixed(Fixed::TimezoneName)) {
            return Err(bad("holds %Z, a name from which no offset follows")
                .hint("write %z where the text holds an offset such as +01:00"));
        }
        let pattern = Self { written: written.to_owned(), places: Places::new(written), items };
        if !pattern.is_full() {
            return Err(bad("does not hold a full date")
                .hint("a date needs year, month and day, and a time with %I needs %p"));
        }
        Ok(pattern)
    }

    /// Reads a text; a pattern without a time of day means midnight.
    pub(super) fn moment(&self, cell: &str) -> Result<Moment, Reason> {
        if let Some(moment) = self.places.as_ref().and_then(|places| places.moment(cell.as_bytes())) {
            return Ok(moment);
        }
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, cell, self.items.iter())
            .and_then(|()| moment_of(&mut parsed))
            .map_err(|e| match e.kind() {
                ParseErrorKind::OutOfRange | ParseErrorKind::Impossible => {
                    "no such day in the calendar, or no such time on the clock".into()
                }
                _ => format!("no date in the format {}", self.written).into(),
            })
    }

    /// Whether a date written by the pattern can be read back.
    fn is_full(&self) -> bool {
        let Some(sample) = Utc.with_ymd_and_hms(2011, 9, 13, 14, 15, 16).single() else { return false };
        let mut text = String::new();
        let written = write!(text, "{}", sample.fixed_offset().format_with_items(self.items.iter()));
        let day = civil(2011, 9, 13);
        written.is_ok() && self.moment(text.trim()).is_ok_and(|moment| Some(moment.day) == day)
    }
}

/// Sums up what chrono found; a missing minute is 0, a missing time of day midnight.
fn moment_of(parsed: &mut Parsed) -> chrono::ParseResult<Moment> {
    let (date, time) = if parsed.timestamp().is_some() {
        let instant = parsed.to_naive_datetime_with_offset(0)?;
        parsed.set_offset(0)?;
        (instant.date(), instant.time())
    } else {
        let has_hour = parsed.hour_mod_12().is_some() || parsed.hour_div_12().is_some();
        if has_hour && parsed.minute().is_none() {
            parsed.set_minute(0)?;
        }
        let time = if has_hour { parsed.to_naive_time()? } else { chrono::NaiveTime::MIN };
        (parsed.to_naive_date()?, time)
    };
    // chrono writes a leap second as a second of more than 10^9 nanoseconds; it counts as the one before.
    let nanos = time.nanosecond().min(999_999_999);
    Ok(Moment {
        day: date.signed_duration_since(EPOCH).num_days() as i32,
        micros: i64::from(time.num_seconds_from_midnight()) * 1_000_000 + i64::from(nanos / 1000),
        offset: parsed.offset(),
    })
}

const EPOCH: NaiveDate = DateTime::UNIX_EPOCH.naive_utc().date();

impl Places {
    /// Works out the places; `None` when the pattern holds anything but digits of fixed width and ASCII marks.
    fn new(written: &str) -> Option<Self> {
        let written = written.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S").replace("%R", "%H:%M");
        let mut places: [Option<usize>; 6] = [None; 6];
        let mut marks = Vec::new();
        let mut length = 0;
        let mut rest = written.bytes();
        while let Some(byte) = rest.next() {
            if byte != b'%' {
                if !byte.is_ascii() {
                    return None;
                }
                marks.push((length, byte));
                length += 1;
                continue;
            }
            let (part, width) = match rest.next()? {
                b'Y' => (0, 4),
                b'm' => (1, 2),
                b'd' => (2, 2),
                b'H' => (3, 2),
                b'M' => (4, 2),
                b'S' => (5, 2),
                _ => return None,
            };
            if places[part].replace(length).is_some() {
                return None;
            }
            length += width;
        }
        let [year, month, day, hour, minute, second] = places;
        Some(Self { length, year: year?, month: month?, day: day?, hour, minute, second, marks })
    }

    /// Reads a text that matches to the character.
    fn moment(&self, text: &[u8]) -> Option<Moment> {
        if text.len() != self.length || self.marks.iter().any(|&(place, mark)| text[place] != mark) {
            return None;
        }
        let year = digits(text, self.year, 4)?;
        let day = civil(year as i32, digits(text, self.month, 2)?, digits(text, self.day, 2)?)?;
        let part = |place: Option<usize>| place.map_or(Some(0), |place| digits(text, place, 2));
        let micros = clock(part(self.hour)?, part(self.minute)?, part(self.second)?)?;
        Some(Moment { day, micros, offset: None })
    }
}
