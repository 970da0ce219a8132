//! The definitions, as slow and plain as they read: each customer and window looks at all of the
//! customer's lines again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::shop::{Line, Shop};

/// Amounts are counted in ten-thousandths.
const UNIT: f64 = 10_000.0;

/// A feature's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    Whole(i64),
    Real(f64),
    Nothing,
}

/// Features by name, by customer.
pub type Features = BTreeMap<String, BTreeMap<String, Value>>;

/// Labels by customer.
pub type Labels = BTreeMap<String, i64>;

impl Shop {
    /// The core features of everybody known before the cutoff.
    pub fn features(&self, cutoff: NaiveDate, windows: &[u64]) -> Features {
        let before = self.of_customers(|line| line.day < cutoff);
        let known = self.known.iter().filter(|(_, day)| **day < cutoff);
        known
            .map(|(customer, _)| {
                let lines = before.get(customer.as_str()).map_or(&[][..], Vec::as_slice);
                (customer.clone(), features(lines, cutoff, windows))
            })
            .collect()
    }

    /// Of those with an order within 90 days before: 1 for no purchase line within `horizon` days.
    pub fn churn(&self, cutoff: NaiveDate, horizon: u64) -> Labels {
        let from = cutoff - Days::new(90);
        let eligible = self.of_customers(|line| !line.is_return() && line.day >= from && line.day < cutoff);
        let buyers = self.future(cutoff, horizon);
        eligible.keys().map(|c| ((*c).to_owned(), i64::from(!buyers.contains_key(c)))).collect()
    }

    /// Of those known who never bought: 1 for a purchase line within `horizon` days.
    pub fn conversion(&self, cutoff: NaiveDate, horizon: u64) -> Labels {
        let bought = self.of_customers(|line| !line.is_return() && line.day < cutoff);
        let buyers = self.future(cutoff, horizon);
        let eligible =
            self.known.iter().filter(|(c, day)| **day < cutoff && !bought.contains_key(c.as_str()));
        eligible.map(|(c, _)| (c.clone(), i64::from(buyers.contains_key(c.as_str())))).collect()
    }

    /// Of those who last bought more than `silence` days ago: 1 for a purchase line within `horizon` days.
    pub fn reactivation(&self, cutoff: NaiveDate, silence: i64, horizon: u64) -> Labels {
        let bought = self.of_customers(|line| !line.is_return() && line.day < cutoff);
        let buyers = self.future(cutoff, horizon);
        let silent = |lines: &Vec<&Line>| lines.iter().all(|line| (cutoff - line.day).num_days() > silence);
        let eligible = bought.iter().filter(|(_, lines)| silent(lines));
        eligible.map(|(c, _)| ((*c).to_owned(), i64::from(buyers.contains_key(c)))).collect()
    }

    /// Of all who ever bought: 1 for purchase lines of more than `amount` together within `horizon` days.
    pub fn big_spender(&self, cutoff: NaiveDate, amount: i128, horizon: u64) -> Labels {
        let bought = self.of_customers(|line| !line.is_return() && line.day < cutoff);
        let buyers = self.future(cutoff, horizon);
        let spends = |customer: &str| {
            let spent: i128 = buyers.get(customer).into_iter().flatten().map(|line| line.amount).sum();
            spent > amount * UNIT as i128
        };
        bought.keys().map(|c| ((*c).to_owned(), i64::from(spends(c)))).collect()
    }

    /// Purchase lines from the cutoff on, for so many days.
    fn future(&self, cutoff: NaiveDate, horizon: u64) -> BTreeMap<&str, Vec<&Line>> {
        let until = cutoff + Days::new(horizon);
        self.of_customers(|line| !line.is_return() && line.day >= cutoff && line.day < until)
    }

    fn of_customers(&self, wanted: impl Fn(&Line) -> bool) -> BTreeMap<&str, Vec<&Line>> {
        let mut found: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
        for line in self.lines.iter().filter(|line| wanted(line)) {
            found.entry(line.customer.as_str()).or_default().push(line);
        }
        found
    }
}

/// The features of one customer, whose lines are all before the cutoff.
fn features(lines: &[&Line], cutoff: NaiveDate, windows: &[u64]) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let all: Vec<&Line> = lines.to_vec();
    window(&all, "lifetime", &mut found);
    for days in windows {
        let from = cutoff - Days::new(*days);
        let within: Vec<&Line> = lines.iter().copied().filter(|line| line.day >= from).collect();
        window(&within, &format!("{days}d"), &mut found);
    }
    rhythm(lines, cutoff, &mut found);
    found
}

/// What lies in one window.
fn window(lines: &[&Line], name: &str, found: &mut BTreeMap<String, Value>) {
    let (returns, bought): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| line.is_return());
    let mut put = |feature: &str, value: Value| found.insert(format!("{feature}_{name}"), value);
    put("lines", count(bought.len()));
    put("orders", count(bought.iter().map(|line| &line.order).collect::<BTreeSet<_>>().len()));
    put("products", count(bought.iter().map(|line| &line.product).collect::<BTreeSet<_>>().len()));
    put("active_days", count(bought.iter().map(|line| line.day).collect::<BTreeSet<_>>().len()));
    put("quantity_sum", Value::Whole(bought.iter().map(|line| line.quantity).sum()));
    put("amount_sum", money(sum(&bought)));
    let amounts: Vec<i128> = bought.iter().map(|line| line.amount).collect();
    put("amount_avg", mean(&amounts, UNIT));
    put("amount_min", bought.iter().map(|line| line.amount).min().map_or(Value::Nothing, money));
    put("amount_max", bought.iter().map(|line| line.amount).max().map_or(Value::Nothing, money));
    put("amount_stddev", deviation(&amounts, UNIT));
    put("return_lines", count(returns.len()));
    put("return_amount", money(sum(&returns)));
}

/// When the customer bought, over the whole past.
fn rhythm(lines: &[&Line], cutoff: NaiveDate, found: &mut BTreeMap<String, Value>) {
    let bought = lines.iter().filter(|line| !line.is_return());
    let days: Vec<NaiveDate> = bought.map(|line| line.day).collect::<BTreeSet<_>>().into_iter().collect();
    let since =
        |day: Option<&NaiveDate>| day.map_or(Value::Nothing, |day| Value::Whole((cutoff - *day).num_days()));
    let gaps: Vec<i128> = days.windows(2).map(|pair| (pair[1] - pair[0]).num_days().into()).collect();
    let mut put = |feature: &str, value: Value| found.insert(feature.to_owned(), value);
    put("days_since_last_order", since(days.last()));
    put("days_since_first_order", since(days.first()));
    put("gap_days_mean", mean(&gaps, 1.0));
    put("gap_days_stddev", deviation(&gaps, 1.0));
    put(
        "gap_days_max",
        gaps.iter().max().map_or(Value::Nothing, |gap| Value::Whole(i64::try_from(*gap).unwrap())),
    );
}

fn count(number: usize) -> Value {
    Value::Whole(i64::try_from(number).unwrap())
}

fn sum(lines: &[&Line]) -> i128 {
    lines.iter().map(|line| line.amount).sum()
}

fn money(ten_thousandths: i128) -> Value {
    Value::Real(ten_thousandths as f64 / UNIT)
}

/// The mean of values counted in parts of `unit`; nothing for no values.
fn mean(values: &[i128], unit: f64) -> Value {
    if values.is_empty() {
        return Value::Nothing;
    }
    Value::Real(values.iter().sum::<i128>() as f64 / values.len() as f64 / unit)
}

/// The sample deviation, in whole numbers up to the last step; nothing below two values.
fn deviation(values: &[i128], unit: f64) -> Value {
    let n = values.len() as i128;
    if n < 2 {
        return Value::Nothing;
    }
    let sum: i128 = values.iter().sum();
    let squares: i128 = values.iter().map(|value| value * value).sum();
    let variance = (n * squares - sum * sum) as f64 / (n * (n - 1)) as f64;
    Value::Real(variance.sqrt() / unit)
}
