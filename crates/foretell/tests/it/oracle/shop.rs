//! What the raw files say: the lines that count, and when each customer was first known.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use chrono::{NaiveDate, NaiveDateTime};

use super::raw::{self, Cells, Row, Table, ten_thousandths};

/// A shop's past, once rows that break the rules and repeated rows are out.
#[derive(Default)]
pub struct Shop {
    pub lines: Vec<Line>,
    /// The first day on which any source knew a customer.
    pub known: BTreeMap<String, NaiveDate>,
    /// File and line of rows that break a rule.
    pub refused: BTreeSet<(String, usize)>,
    /// File and line of rows that were there before.
    pub repeated: BTreeSet<(String, usize)>,
}

/// A line of an order or of a return.
pub struct Line {
    pub customer: String,
    /// The local day, which the files' local times begin with.
    pub day: NaiveDate,
    pub order: String,
    pub product: String,
    pub quantity: i64,
    /// Ten-thousandths.
    pub amount: i128,
}

impl Line {
    pub fn is_return(&self) -> bool {
        self.quantity < 0
    }
}

/// The simulated shop: transactions, events and customers.
pub fn retail(folder: &Path) -> Shop {
    let mut shop = Shop::default();
    let transactions = raw::read(folder, "transactions");
    shop.take(&transactions, |row| {
        ten_thousandths(row.at("list_price"))?;
        let keys = (row.at("customer_id"), row.at("order_id"), row.at("product_id"));
        let line = line(keys, row.at("occurred_at"), row.at("quantity"), row.at("unit_price"))?;
        Some((line.customer.clone(), line.day, Some(line)))
    });
    let events = raw::read(folder, "events");
    shop.take(&events, |row| {
        let value = row.at("value");
        if !value.is_empty() {
            value.parse::<f64>().ok()?;
        }
        Some((some(row.at("customer_id"))?, local_day(row.at("occurred_at"))?, None))
    });
    let customers = raw::read(folder, "customers");
    shop.take(&customers, |row| Some((some(row.at("customer_id"))?, local_day(row.at("known_at"))?, None)));
    shop
}

/// UCI Online Retail: transactions only.
pub fn online_retail(folder: &Path) -> Shop {
    let mut shop = Shop::default();
    let transactions = raw::read(folder, "by-day");
    shop.take(&transactions, |row| {
        let keys = (row.at("CustomerID"), row.at("InvoiceNo"), row.at("StockCode"));
        let line = line(keys, row.at("InvoiceDate"), row.at("Quantity"), row.at("UnitPrice"))?;
        Some((line.customer.clone(), line.day, Some(line)))
    });
    shop
}

/// A row of transactions with a customer and a price above nought.
fn line(keys: (&str, &str, &str), at: &str, quantity: &str, price: &str) -> Option<Line> {
    let quantity: i64 = quantity.parse().ok()?;
    let price = ten_thousandths(price).filter(|price| *price > 0)?;
    Some(Line {
        customer: some(keys.0)?,
        day: local_day(at)?,
        order: some(keys.1)?,
        product: some(keys.2)?,
        quantity,
        amount: i128::from(quantity) * price,
    })
}

fn some(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_owned())
}

fn local_day(cell: &str) -> Option<NaiveDate> {
    NaiveDateTime::parse_from_str(cell, "%Y-%m-%d %H:%M:%S").ok().map(|at| at.date())
}

impl Shop {
    /// Takes in a source: whose row it is, its day and, of transactions, the line.
    fn take(
        &mut self,
        table: &Table,
        read: impl Fn(&Cells<'_>) -> Option<(String, NaiveDate, Option<Line>)>,
    ) {
        let mut seen = HashSet::new();
        for Row { file, line, fields } in &table.rows {
            let place = (file.clone(), *line);
            let Some(fields) = fields else {
                self.refused.insert(place);
                continue;
            };
            let Some((customer, day, line)) = read(&table.cells(fields)) else {
                self.refused.insert(place);
                continue;
            };
            if !seen.insert(fields) {
                self.repeated.insert(place);
                continue;
            }
            let first = self.known.entry(customer).or_insert(day);
            *first = day.min(*first);
            self.lines.extend(line);
        }
    }
}
