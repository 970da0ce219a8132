//! The rows that the simulation tells, and who listens.

use serde::Serialize;

use crate::calendar::Calendar;
use crate::error::Result;
use crate::profile::Profile;

/// A line of an order or of a return.
#[derive(Debug, Clone, Copy)]
pub struct Transaction {
    /// Public id of the customer.
    pub customer: u32,
    /// Number of the order among the customer's.
    pub order: u32,
    /// Day of the simulation.
    pub day: u32,
    /// Second of the day.
    pub second: u32,
    /// Index of the category.
    pub category: u8,
    /// Place of the product in its category.
    pub rank: u8,
    /// How many; negative when sent back.
    pub quantity: i32,
    /// Price of one in cents.
    pub unit_cents: u32,
    /// List price of one in cents.
    pub list_cents: u32,
    /// Channel.
    pub channel: &'static str,
    /// Region.
    pub region: &'static str,
}

/// Something a customer did or the shop did to them, other than an order.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// Public id of the customer by whose count the event is numbered.
    pub counted_by: u32,
    /// Number of the event in that count.
    pub number: u32,
    /// Public id of the customer it happened to.
    pub customer: u32,
    /// Day of the simulation.
    pub day: u32,
    /// Second of the day.
    pub second: u32,
    /// `event_type`.
    pub kind: &'static str,
    /// Channel.
    pub channel: &'static str,
    /// Pages of a visit, 1 to 5 of a satisfaction.
    pub value: Option<u32>,
    /// Public id of the customer a referral brought.
    pub related: Option<u32>,
}

/// Listens to the simulation.
///
/// Rows may be told up to [`TOLD_AHEAD`] days ahead, and beyond the end of the period.
pub trait Sink {
    /// Takes a transaction line.
    fn transaction(&mut self, row: &Transaction, calendar: &Calendar);
    /// Takes an event.
    fn event(&mut self, row: &Event, calendar: &Calendar);
    /// Takes a customer on the day the shop learns of them, or at the start if that was before.
    fn customer(&mut self, who: &Profile, calendar: &Calendar);
    /// Learns that no more rows of this day come.
    ///
    /// # Errors
    /// Fails when the day's rows cannot be written.
    fn close_day(&mut self, day: u32, calendar: &Calendar) -> Result<()>;
}

/// Most days by which a row is told ahead.
pub const TOLD_AHEAD: u32 = 63;

/// Counts transaction lines of the period and forgets them.
#[derive(Debug, Default)]
pub struct LineCount {
    /// Lines so far.
    pub lines: u64,
}

impl Sink for LineCount {
    fn transaction(&mut self, row: &Transaction, calendar: &Calendar) {
        self.lines += u64::from(row.day < calendar.length);
    }
    fn event(&mut self, _: &Event, _: &Calendar) {}
    fn customer(&mut self, _: &Profile, _: &Calendar) {}
    fn close_day(&mut self, _: u32, _: &Calendar) -> Result<()> {
        Ok(())
    }
}

/// What was written of one kind of data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Data rows, bad ones and duplicates included, headers not.
    pub rows: u64,
    /// Of these, rows that stand in `truth/dirt.csv`.
    pub bad_rows: u64,
    /// Files.
    pub files: u64,
}

/// What a simulation wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// People who buy from the day they are known.
    pub customers: u32,
    /// People who sign up first.
    pub prospects: u32,
    /// Rows under `transactions/`.
    pub transactions: Table,
    /// Rows under `events/`.
    pub events: Table,
    /// Rows of `customers/customers.csv`.
    pub customer_rows: Table,
}
