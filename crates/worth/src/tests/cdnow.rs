//! The CDNOW sample (Fader and Hardie): published fits. The data lie outside the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{BgNbd, GammaGamma, History, Spend};

/// Days from 1997-01-01 to the end of calibration, 1997-09-30, and of the holdout, 1998-06-30.
const CALIBRATION: i64 = 272;
const HOLDOUT: i64 = 545;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var("FORETELL_REAL_DATA").ok().map(|f| Path::new(&f).join("cdnow"));
    if folder.is_none() {
        println!("skipped: FORETELL_REAL_DATA is unset");
    }
    folder
}

struct Customer {
    history: History,
    spend: Spend,
    later: f64,
}

/// Days since 1997-01-01; 1997 and 1998 are no leap years.
fn day(text: &str) -> i64 {
    let months = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let number: i64 = text.parse().unwrap();
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    (year - 1997) * 365 + months[month as usize - 1] + day - 1
}

/// Each customer in weeks, from the raw text: id, sample id, date, CDs, dollars, padded with blanks.
fn customers(folder: &Path) -> Vec<Customer> {
    let text = fs::read_to_string(folder.join("CDNOW_sample.txt")).unwrap();
    let mut days: BTreeMap<String, BTreeMap<i64, f64>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let of = days.entry(cells[1].to_owned()).or_default();
        *of.entry(day(cells[2])).or_default() += cells[4].parse::<f64>().unwrap();
    }
    assert_eq!(days.len(), 2357);
    let weeks = |days: i64| days as f64 / 7.0;
    days.into_values()
        .map(|days| {
            let first = *days.keys().next().unwrap();
            let repeat: Vec<(i64, f64)> =
                days.range(first + 1..=CALIBRATION).map(|(day, dollars)| (*day, *dollars)).collect();
            let last = repeat.last().map_or(first, |r| r.0);
            let frequency = repeat.len() as f64;
            let dollars: f64 = repeat.iter().map(|r| r.1).sum();
            Customer {
                history: History { frequency, recency: weeks(last - first), age: weeks(CALIBRATION - first) },
                spend: Spend { frequency, mean: if repeat.is_empty() { 0.0 } else { dollars / frequency } },
                later: days.range(CALIBRATION + 1..=HOLDOUT).count() as f64,
            }
        })
        .collect()
}

#[track_caller]
fn rounds_to(found: f64, digits: i32, published: f64) {
    let unit = 10f64.powi(digits);
    assert_eq!((found * unit).round() / unit, published, "{found}");
}

#[test]
fn the_published_fits_are_found() {
    let Some(folder) = folder() else { return };
    let customers = customers(&folder);
    let histories: Vec<History> = customers.iter().map(|c| c.history).collect();
    let model = BgNbd::fit(&histories).unwrap();
    // Fader, Hardie and Lee (2005a), table 1; more digits from their spreadsheet.
    for (found, published) in
        [(model.r, 0.2425945), (model.alpha, 4.4136019), (model.a, 0.7929199), (model.b, 2.4258881)]
    {
        assert!((found / published - 1.0).abs() < 1e-5, "{found} for {published}");
    }
    rounds_to(model.log_likelihood, 3, -9582.429);
    // The modified model is likelier by 0.3 nats, which is no reason to leave the published one.
    assert_eq!(BgNbd::fit_likelier(&histories).unwrap(), model);
    let spends: Vec<Spend> = customers.iter().map(|c| c.spend).collect();
    assert_eq!(spends.iter().filter(|s| s.frequency > 0.0 && s.mean > 0.0).count(), 946);
    let spend = GammaGamma::fit(&spends).unwrap();
    for (found, published) in [(spend.p, 6.25), (spend.q, 3.74), (spend.v, 15.44)] {
        rounds_to(found, 2, published);
    }
    rounds_to(spend.log_likelihood, 2, -4055.92);
    // Customer 1 of the paper: P(alive) and the orders of the next 39 weeks.
    let one = History { frequency: 2.0, recency: 30.43, age: 38.86 };
    rounds_to(model.expected_orders(&one, 39.0).unwrap(), 3, 1.226);
    println!("{model:?}\n{spend:?}");
}

/// Expected orders of the next 39 weeks beside the actual ones, by orders of the first 39.
#[test]
fn the_holdout_is_foretold_by_frequency() {
    let Some(folder) = folder() else { return };
    let customers = customers(&folder);
    let histories: Vec<History> = customers.iter().map(|c| c.history).collect();
    let model = BgNbd::fit(&histories).unwrap();
    println!(" class customers expected actual");
    let mut classes = [(0.0, 0.0, 0.0); 8];
    for customer in &customers {
        let class = &mut classes[(customer.history.frequency as usize).min(7)];
        class.0 += 1.0;
        class.1 += model.expected_orders(&customer.history, 39.0).unwrap();
        class.2 += customer.later;
    }
    for (class, (n, expected, actual)) in classes.iter().enumerate() {
        println!("{class:>6} {n:>9} {:>8.3} {:>6.3}", expected / n, actual / n);
        assert!((expected / n - actual / n).abs() < 0.4, "{class}");
    }
    let all = classes.iter().fold((0.0, 0.0), |sum, c| (sum.0 + c.1, sum.1 + c.2));
    println!("   all {:>18.1} {:>6}", all.0, all.1);
    assert!((all.0 / all.1 - 1.0).abs() < 0.15, "{all:?}");
}
