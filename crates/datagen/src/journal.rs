//! Turns what the simulation tells into lines, in order of time, and hands them to the files.

use std::fs::File;
use std::path::PathBuf;

use crate::calendar::Calendar;
use crate::catalogue::category_name;
use crate::dirt::{Fields, Soiler};
use crate::error::{At, Result};
use crate::files::{Files, Kind};
use crate::options::Options;
use crate::people::REGIONS;
use crate::profile::Profile;
use crate::random::Common;
use crate::rows::{Event, Sink, Summary, TOLD_AHEAD, Table, Transaction};
use crate::shop::Shop;
use crate::text::{clock, money, number, padded, signed};

static TRANSACTIONS: Kind = Kind {
    folder: "transactions",
    header: "customer_id,order_id,occurred_at,product_id,category,quantity,unit_price,list_price,channel,region",
    fields: Fields { customer: 0, time: 2, number: 5, amount: Some(6), text: 9 },
};
static EVENTS: Kind = Kind {
    folder: "events",
    header: "event_id,customer_id,occurred_at,event_type,channel,value,related_id",
    fields: Fields { customer: 1, time: 2, number: 5, amount: None, text: 4 },
};
static CUSTOMERS: Kind = Kind {
    folder: "customers",
    header: "customer_id,known_at,acquisition_channel,region,birth_year,newsletter",
    fields: Fields { customer: 0, time: 1, number: 4, amount: None, text: 3 },
};

/// Lines that wait for their day to be closed, and the order in which they will stand.
#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Time, begin and end of each line.
    lines: Vec<(u64, usize, usize)>,
}

impl Waiting {
    fn push(&mut self, time: u64, write: impl FnOnce(&mut Vec<u8>)) {
        let begin = self.bytes.len();
        write(&mut self.bytes);
        self.lines.push((time, begin, self.bytes.len()));
    }

    /// Hands over all lines in order of time, and of telling where times are equal.
    fn drain(&mut self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.lines.sort_unstable();
        for (_, begin, end) in self.lines.drain(..) {
            take(&self.bytes[begin..end])?;
        }
        self.bytes.clear();
        Ok(())
    }
}

/// A kind of data told by days, each up to [`TOLD_AHEAD`] days ahead.
struct Diary {
    files: Files,
    ring: Vec<Waiting>,
}

impl Diary {
    fn new(options: &Options, kind: &'static Kind) -> Self {
        let ring = (0..=TOLD_AHEAD).map(|_| Waiting::default()).collect();
        Self { files: Files::new(options, kind), ring }
    }

    fn page(&mut self, day: u32) -> &mut Waiting {
        let pages = self.ring.len();
        &mut self.ring[day as usize % pages]
    }
}

/// Writes everything that the simulation tells.
pub struct Journal {
    transactions: Diary,
    events: Diary,
    customers: Files,
    newcomers: Waiting,
    by_day: bool,
    soiler: Soiler,
    /// Account of the bad rows, and its path; none for a clean shop.
    dirt: Option<(csv::Writer<File>, PathBuf)>,
}

impl Journal {
    /// Begins to write below the output folder of the options.
    ///
    /// # Errors
    /// [`crate::Error::Io`] when a file cannot be created.
    pub fn create(options: &Options, shop: &Shop) -> Result<Self> {
        let soiler = Soiler::new(shop.streams.common(Common::Dirt), options.dirt);
        let mut dirt = None;
        if !soiler.is_idle() {
            let path = options.out.join("truth/dirt.csv");
            let mut writer = csv::Writer::from_path(&path).at("create", &path)?;
            writer.write_record(["file", "line", "kind"]).at("write", &path)?;
            dirt = Some((writer, path));
        }
        let mut customers = Files::new(options, &CUSTOMERS);
        customers.turn_to("customers")?;
        Ok(Self {
            transactions: Diary::new(options, &TRANSACTIONS),
            events: Diary::new(options, &EVENTS),
            customers,
            newcomers: Waiting::default(),
            by_day: options.by_day,
            soiler,
            dirt,
        })
    }

    /// Ends all files and says what was written.
    ///
    /// # Errors
    /// [`crate::Error::Io`] when the rest cannot be written.
    pub fn finish(self, customers: u32, prospects: u32) -> Result<Summary> {
        if let Some((mut writer, path)) = self.dirt {
            writer.flush().at("write", &path)?;
        }
        let transactions = self.transactions.files.finish()?;
        let events = self.events.files.finish()?;
        let customer_rows: Table = self.customers.finish()?;
        Ok(Summary { customers, prospects, transactions, events, customer_rows })
    }
}

impl Sink for Journal {
    fn transaction(&mut self, row: &Transaction, calendar: &Calendar) {
        if row.day >= calendar.length {
            return;
        }
        self.transactions.page(row.day).push(u64::from(row.second), |line| {
            customer(line, row.customer);
            line.extend_from_slice(b",O");
            padded(line, row.customer, 7);
            line.push(b'-');
            number(line, u64::from(row.order));
            line.push(b',');
            line.extend_from_slice(&calendar.day(row.day).text);
            clock(line, row.second);
            line.extend_from_slice(b",P");
            padded(line, u32::from(row.category), 2);
            padded(line, u32::from(row.rank), 3);
            text(line, category_name(row.category));
            line.push(b',');
            signed(line, i64::from(row.quantity));
            line.push(b',');
            money(line, row.unit_cents);
            line.push(b',');
            money(line, row.list_cents);
            text(line, row.channel);
            text(line, row.region);
        });
    }

    fn event(&mut self, row: &Event, calendar: &Calendar) {
        if row.day >= calendar.length {
            return;
        }
        self.events.page(row.day).push(u64::from(row.second), |line| {
            line.push(b'E');
            padded(line, row.counted_by, 7);
            line.push(b'-');
            number(line, u64::from(row.number));
            line.push(b',');
            customer(line, row.customer);
            line.push(b',');
            line.extend_from_slice(&calendar.day(row.day).text);
            clock(line, row.second);
            text(line, row.kind);
            text(line, row.channel);
            line.push(b',');
            if let Some(value) = row.value {
                number(line, u64::from(value));
            }
            line.push(b',');
            if let Some(related) = row.related {
                customer(line, related);
            }
        });
    }

    fn customer(&mut self, who: &Profile, calendar: &Calendar) {
        let date = calendar.date(who.known_day);
        let day = u64::try_from((date - chrono::NaiveDate::default()).num_days()).unwrap_or(0);
        self.newcomers.push(day * 86_400 + u64::from(who.known_second), |line| {
            customer(line, who.id);
            line.push(b',');
            line.extend_from_slice(date.to_string().as_bytes());
            clock(line, who.known_second);
            text(line, who.acquisition.name());
            text(line, REGIONS[usize::from(who.region)].0);
            line.push(b',');
            if let Some(year) = who.birth_year {
                number(line, u64::from(year));
            }
            text(line, if who.newsletter { "true" } else { "false" });
        });
    }

    fn close_day(&mut self, day: u32, calendar: &Calendar) -> Result<()> {
        let today = calendar.day(day);
        let stem = if self.by_day { &today.text[..] } else { today.month() };
        let stem = String::from_utf8_lossy(stem);
        let (soiler, dirt) = (&mut self.soiler, &mut self.dirt);
        let mut pass = |files: &mut Files, line: &[u8]| -> Result<()> {
            if let (Some(bad), Some((writer, path))) = (files.write(line, soiler)?, dirt.as_mut()) {
                let line = bad.line.to_string();
                writer.write_record([bad.file.as_str(), &line, bad.kind.name()]).at("write", path)?;
            }
            Ok(())
        };
        self.newcomers.drain(|line| pass(&mut self.customers, line))?;
        for diary in [&mut self.transactions, &mut self.events] {
            diary.files.turn_to(&stem)?;
            // Taken, not cleared: a page that kept the memory of its fullest day would hold it for a month.
            let mut page = std::mem::take(diary.page(day));
            page.drain(|line| pass(&mut diary.files, line))?;
        }
        Ok(())
    }
}

fn customer(line: &mut Vec<u8>, id: u32) {
    line.push(b'C');
    padded(line, id, 7);
}

fn text(line: &mut Vec<u8>, text: &str) {
    line.push(b',');
    line.extend_from_slice(text.as_bytes());
}
