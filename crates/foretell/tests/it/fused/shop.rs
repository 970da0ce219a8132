//! Small shops full of edge cases: customers of one row and of thousands, NULL everywhere, ties in time, rows on
//! cutoffs and after them, rows that became known late.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};

use super::dice::Dice;
use crate::support::Project;

/// A shop and how its features are asked for.
pub struct Shop {
    pub date: NaiveDate,
    pub every: &'static str,
    pub count: i64,
    pub events: bool,
    pub customers: bool,
    pub windows: Vec<i64>,
    buckets: i64,
    families: Vec<&'static str>,
    known_late: bool,
}

pub const CATEGORIES: [&str; 4] = ["tea", "Café crème", "it's", "none"];

impl Shop {
    pub fn new(dice: &mut Dice) -> Self {
        let families =
            ["recency", "frequency", "monetary", "basket", "cadence", "trend", "variety", "returns"];
        let mut chosen: Vec<&str> = (0..dice.number(0, 2)).map(|_| dice.of(&families)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        let mut windows: Vec<i64> =
            (0..dice.number(1, 4)).map(|_| dice.of(&[1, 2, 7, 30, 45, 90, 365])).collect();
        windows.sort_unstable();
        windows.dedup();
        Self {
            date: "2024-09-30".parse::<NaiveDate>().unwrap() + Days::new(dice.number(0, 2) as u64),
            every: dice.of(&["day", "week", "month", "19d"]),
            count: dice.of(&[1, 2, 3, 5, 9, 14]),
            events: dice.percent(60),
            customers: dice.percent(60),
            windows,
            buckets: dice.of(&[1, 1, 2, 3]),
            families: chosen,
            known_late: dice.percent(70),
        }
    }

    /// Writes spec and rows.
    pub fn write(&self, dice: &mut Dice, project: &Project, custom: &[String]) {
        project.write("spec.yaml", self.spec());
        for (number, sql) in custom.iter().enumerate() {
            project.write(&format!("custom/f{number:02}.sql"), sql);
        }
        let mut lines = String::from(
            "line_id,customer_id,order_id,occurred_at,known_at,product_id,category,quantity,unit_price,weight,balance,paid,due\n",
        );
        let mut events = String::from("event_id,customer_id,occurred_at,event_type,value\n");
        let mut customers = String::from("customer_id,known_at,birth_year,newsletter\n");
        let (mut line_id, mut event_id) = (0, 0);
        let people = dice.number(3, 25);
        let giant = if dice.percent(30) { dice.number(1, people) } else { 0 };
        for person in 1..=people {
            let id = format!("{}{person}", dice.of(&["K", "k", "Ä"]));
            let rows = match dice.number(1, 10) {
                _ if person == giant => dice.number(1_000, 3_000),
                // The first customer is in every source, so that none is empty.
                1 if person > 1 && (self.events || self.customers) => 0,
                2 | 3 => 1,
                _ => dice.number(2, 40),
            };
            // Nobody's first row lies before this day: some come to be known between two cutoffs.
            let first = dice.of(&[400, 400, 60, 20, 3]);
            let mut instant = self.instant(dice, first);
            for _ in 0..rows {
                line_id += 1;
                if !dice.percent(20) {
                    instant = self.instant(dice, first);
                }
                let known = if dice.percent(60) { self.later(dice, &instant) } else { String::new() };
                let text = |dice: &mut Dice, name: &str, many: i64| match dice.number(1, 12) {
                    1 => String::new(),
                    _ => format!("{name}{}", dice.number(1, many)),
                };
                let order = text(dice, "o", 9);
                let product = text(dice, "p", 5);
                let category = dice.of(&["tea", "Café crème", "it's", "none", "", "rare"]);
                let quantity = dice.of(&["1", "1", "2", "3", "7", "12", "-1", "-4", "0", ""]);
                let price = match dice.number(1, 12) {
                    1 => String::new(),
                    _ => format!("{}.{:02}", dice.number(0, 90), dice.number(0, 99)),
                };
                let weight = match dice.number(1, 8) {
                    1 => String::new(),
                    _ => format!("{}.{}", dice.number(0, 40), dice.number(0, 99)),
                };
                let balance = dice.of(&["0", "-0.0", "1.5", "-2.25", "0.125", ""]);
                let paid = dice.of(&["true", "false", ""]);
                let due =
                    if dice.percent(80) { self.instant(dice, 300)[..10].to_owned() } else { String::new() };
                writeln!(
                    lines,
                    "{line_id},{id},{order},{instant},{known},{product},{category},{quantity},{price},{weight},{balance},{paid},{due}"
                )
                .unwrap();
            }
            if self.events && (person == 1 || dice.percent(70)) {
                for _ in 0..dice.number(1, 15) {
                    event_id += 1;
                    let kind = dice.of(&["visit", "reply", "sign_up"]);
                    let value = dice.of(&["", "1.5", "3", "0.25", "17"]);
                    writeln!(events, "e{event_id},{id},{},{kind},{value}", self.instant(dice, first))
                        .unwrap();
                }
            }
            if self.customers && (rows == 0 || person == 1 || dice.percent(70)) {
                let born = dice.of(&["", "1961", "1990", "2001"]);
                let letter = dice.of(&["", "true", "false"]);
                writeln!(customers, "{id},{},{born},{letter}", self.instant(dice, first)).unwrap();
            }
        }
        project.write("data/lines.csv", lines);
        project.write("data/events.csv", events);
        project.write("data/customers.csv", customers);
    }

    /// An instant up to `back` days before the date or shortly after it, often at the edge of a day.
    fn instant(&self, dice: &mut Dice, back: i64) -> String {
        let day = if dice.percent(15) {
            // The day of a cutoff, or the one before.
            let step = match self.every {
                "day" => 1,
                "week" => 7,
                "19d" => 19,
                _ => 30,
            };
            let day = self.date - Days::new((step * dice.number(0, self.count - 1)) as u64);
            day - Days::new(dice.number(0, 1) as u64)
        } else {
            self.date + Days::new(10) - Days::new(dice.number(0, back + 10) as u64)
        };
        let time = dice.of(&["00:00:00", "23:59:59", "08:30:00", "12:00:00"]);
        format!("{day} {time}")
    }

    /// Hours to months after an instant, rarely before it.
    fn later(&self, dice: &mut Dice, instant: &str) -> String {
        let day: NaiveDate = instant[..10].parse().unwrap();
        let by = dice.of(&[-3, 0, 0, 1, 2, 8, 40, 200]);
        format!("{} 00:00:00", day + chrono::TimeDelta::days(by))
    }

    fn spec(&self) -> String {
        let mut spec = String::from(
            "version: 1\npipeline: random\nwarehouse: w\ntimezone: Europe/Berlin\nsources:\n  transactions:\n    files: data/lines.csv\n    exact_duplicates: keep\n    columns:\n",
        );
        let column = |spec: &mut String, name: &str, kind: &str| {
            writeln!(spec, "      {name}: {{from: {name}, type: {kind}}}").unwrap();
        };
        let instant = "timestamp, format: \"%Y-%m-%d %H:%M:%S\"";
        for (name, kind) in [
            ("line_id", "int"),
            ("customer_id", "string"),
            ("order_id", "string"),
            ("occurred_at", instant),
            ("product_id", "string"),
            ("category", "string"),
            ("quantity", "int"),
            ("unit_price", "decimal, scale: 2"),
            ("weight", "float"),
            ("balance", "float"),
            ("paid", "bool"),
            ("due", "date"),
        ] {
            column(&mut spec, name, kind);
        }
        if self.known_late {
            column(&mut spec, "known_at", instant);
        }
        spec += "    derive:\n      amount: quantity * unit_price\n      is_return: quantity < 0\n";
        if self.events {
            spec += "  events:\n    files: data/events.csv\n    columns:\n";
            for (name, kind) in [
                ("event_id", "string"),
                ("customer_id", "string"),
                ("occurred_at", instant),
                ("event_type", "string"),
                ("value", "float"),
            ] {
                column(&mut spec, name, kind);
            }
        }
        if self.customers {
            spec += "  customers:\n    files: data/customers.csv\n    columns:\n";
            for (name, kind) in [
                ("customer_id", "string"),
                ("known_at", instant),
                ("birth_year", "int"),
                ("newsletter", "bool"),
            ] {
                column(&mut spec, name, kind);
            }
        }
        let windows: Vec<String> = self.windows.iter().map(|days| format!("{days}d")).collect();
        // Values are given: which are most frequent would depend on the earliest cutoff of the run.
        let slices = CATEGORIES.map(|value| format!("\"{value}\"")).join(", ");
        write!(
            spec,
            "lake: {{buckets: {}}}\ncutoffs: {{every: {}, count: {}}}\nfeatures:\n  windows: [{}]\n  slices: {{category: [{slices}]}}\n  families: [{}]\n  sql: [custom/*.sql]\ntargets:\n  silent:\n    outcome: {{from: transactions, having: count(*) = 0}}\n    horizon: 30d\n",
            self.buckets,
            self.every,
            self.count,
            windows.join(", "),
            self.families.join(", "),
        )
        .unwrap();
        spec
    }
}
