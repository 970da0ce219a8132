//! Writes what is hidden: who customers are, how they are, and the true probability of their next order.

use std::path::{Path, PathBuf};

use crate::basket::mean_value;
use crate::dynamics::{Cause, Phase, State};
use crate::error::{At, Result};
use crate::options::Options;
use crate::profile::{Kind, Profile};
use crate::shop::{Cast, Shop};

/// Futures simulated for each customer; the standard error of a probability is 0.025 at most.
const FUTURES: u32 = 400;

/// Days within which orders are looked for; the last is the longest.
const HORIZONS: [u32; 3] = [30, 60, 90];

/// Writes the files under `truth/`.
#[derive(Debug)]
pub struct Oracle {
    folder: PathBuf,
    /// Days for which probabilities are asked, in ascending order.
    days: Vec<u32>,
}

impl Oracle {
    /// Prepares for the dates of the options.
    pub fn new(options: &Options, shop: &Shop) -> Self {
        let mut days: Vec<u32> = options.truth_at.iter().map(|date| shop.calendar().day_of(*date)).collect();
        days.sort_unstable();
        days.dedup();
        Self { folder: options.out.join("truth"), days }
    }

    /// Writes `truth/at=DATE.csv` if `day` is a date asked for: a row for each customer known before it.
    ///
    /// `alive` is true of active customers. `order_30d` and `order_60d` are the probabilities of at least
    /// one order in that many days from the date on, `no_order_90d` that of none, each given the hidden
    /// state at the date and computed by Monte Carlo: the share of 400 simulated futures.
    ///
    /// # Errors
    /// [`crate::Error::Io`] when the file cannot be written.
    pub fn write_at(&self, shop: &Shop, cast: &Cast, day: u32) -> Result<()> {
        if self.days.binary_search(&day).is_err() {
            return Ok(());
        }
        let date = shop.calendar().date(i32::try_from(day).unwrap_or(i32::MAX));
        let path = self.folder.join(format!("at={date}.csv"));
        let mut writer = csv::Writer::from_path(&path).at("create", &path)?;
        let header = ["customer_id", "state", "alive", "order_30d", "order_60d", "no_order_90d"];
        writer.write_record(header).at("write", &path)?;
        for (who, state) in known_before(cast, day) {
            let [in_30, in_60, in_90] = order_probabilities(shop, who, state, day);
            let known = phase(who, state);
            let record = [
                customer_id(who),
                known.to_owned(),
                (known == "active").to_string(),
                in_30.to_string(),
                in_60.to_string(),
                // Counted, not subtracted, so that no rounding shows.
                (f64::from(FUTURES - (in_90 * f64::from(FUTURES)).round() as u32) / f64::from(FUTURES))
                    .to_string(),
            ];
            writer.write_record(record).at("write", &path)?;
        }
        writer.flush().at("write", &path)
    }

    /// Writes `truth/customers.csv`: a row for each customer known before the end, as of the end.
    ///
    /// # Errors
    /// [`crate::Error::Io`] when the file cannot be written.
    pub fn write_customers(&self, shop: &Shop, cast: &Cast) -> Result<()> {
        let path = self.folder.join("customers.csv");
        self.write_customers_to(&path, shop, cast).at("write", &path)
    }

    fn write_customers_to(&self, path: &Path, shop: &Shop, cast: &Cast) -> csv::Result<()> {
        let end = shop.calendar().length;
        let mut writer = csv::Writer::from_path(path)?;
        writer.write_record([
            "customer_id",
            "kind",
            "bargain",
            "lambda",
            "dropout_probability",
            "expected_order_value",
            "visit_rate",
            "state",
            "lost_on",
            "lost_by",
            "orders",
            "repeat_orders",
            "active_days",
        ])?;
        for (who, state) in known_before(cast, end) {
            let lost = state.lost.map(|(day, _)| shop.calendar().day(day).text.clone()).unwrap_or_default();
            writer.write_record([
                customer_id(who),
                if who.kind == Kind::Buyer { "buyer" } else { "prospect" }.to_owned(),
                who.bargain.to_string(),
                format!("{:.6}", who.lambda),
                format!("{:.5}", (who.dropout / shop.dynamics.activity).min(1.0)),
                format!("{:.2}", mean_value(who, &shop.catalogue)),
                format!("{:.5}", who.visit_rate),
                phase(who, state).to_owned(),
                String::from_utf8_lossy(&lost).into_owned(),
                state.lost.map_or("", |(_, cause)| cause_name(cause)).to_owned(),
                state.orders.to_string(),
                state.repeat_orders.to_string(),
                state.alive_days(end).to_string(),
            ])?;
        }
        Ok(writer.flush()?)
    }
}

/// Probability of an order within each of [`HORIZONS`], from `day` on, given the state at its dawn.
fn order_probabilities(shop: &Shop, who: &Profile, state: &State, day: u32) -> [f64; HORIZONS.len()] {
    let [.., longest] = HORIZONS;
    let mut ordered = [0u32; HORIZONS.len()];
    if state.phase != Phase::Gone {
        for future in 1..=FUTURES {
            if let Some(after) = days_to_order(shop, who, state, day, future, longest) {
                for (count, horizon) in ordered.iter_mut().zip(HORIZONS) {
                    *count += u32::from(after < horizon);
                }
            }
        }
    }
    ordered.map(|count| f64::from(count) / f64::from(FUTURES))
}

/// Days from `day` to the first order of one future, if it comes within `longest`.
fn days_to_order(
    shop: &Shop,
    who: &Profile,
    now: &State,
    day: u32,
    future: u32,
    longest: u32,
) -> Option<u32> {
    let mut state = now.clone();
    let first = shop.calendar().day(0).number;
    // The day before is lived; when the next candidate comes is drawn anew, which changes no probability.
    let yesterday = day.saturating_sub(1);
    let chance = &mut shop.streams.behaviour(who.stream, future, first + yesterday);
    let mut today = shop.dynamics.next_wake(who, &mut state, yesterday, chance);
    while today < day + longest {
        let chance = &mut shop.streams.behaviour(who.stream, future, first + today);
        if shop.dynamics.live(who, &mut state, today, chance).order.is_some() {
            return Some(today - day);
        }
        today = shop.dynamics.next_wake(who, &mut state, today, chance);
    }
    None
}

/// Customers known before a day, with their states.
fn known_before(cast: &Cast, day: u32) -> impl Iterator<Item = (&Profile, &State)> {
    let day = i64::from(day);
    cast.profiles.iter().zip(&cast.states).filter(move |(who, _)| i64::from(who.known_day) < day)
}

fn customer_id(who: &Profile) -> String {
    format!("C{:07}", who.id)
}

/// Name of a state; buyers known from before the period are active even before their first order in it.
fn phase(who: &Profile, state: &State) -> &'static str {
    match (state.phase, who.kind) {
        (Phase::Active, _) | (Phase::Waiting, Kind::Buyer) => "active",
        (Phase::Prospect, _) | (Phase::Waiting, Kind::Prospect) => "prospect",
        (Phase::Dormant, _) => "dormant",
        (Phase::Gone, _) => "gone",
    }
}

fn cause_name(cause: Cause) -> &'static str {
    match cause {
        Cause::Natural => "natural",
        Cause::Complaint => "complaint",
        Cause::Dissatisfied => "dissatisfied",
    }
}
