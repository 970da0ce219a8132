//! A simulated shop with honest behaviours, into which leaks are planted.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::matrix::Matrix;
use super::super::metrics::sigmoid;
use super::{ScreenInput, Screened, Tally, screen};

/// Training cutoffs; one more is matured and judged on, the one after that is to be scored.
pub const CUTOFFS: usize = 8;

/// A customer at a cutoff, and all that time will tell of them.
pub struct Seen {
    /// Number by sign-up.
    pub who: usize,
    pub cutoff: usize,
    /// Cutoffs since sign-up.
    pub tenure: usize,
    /// Place among the rows of the cutoff.
    pub place: usize,
    /// How inclined they are.
    pub bent: f64,
    /// Whether it happens in the horizon.
    pub happens: bool,
    /// Whether it happens at any time before the data ends.
    pub ever: bool,
    /// A number of theirs that never changes, evenly spread in [0, 1).
    pub lot: f64,
    /// The number in their id.
    pub number: u64,
}

/// A target that speaks of some customers.
pub struct Shop {
    customers: Vec<(usize, f64, f64, Vec<bool>)>,
    /// Whether the outcome ends eligibility, as a first purchase does.
    first_purchase: bool,
    order: Vec<usize>,
}

type Column = (&'static str, &'static str, Box<dyn Fn(&Seen, &mut ChaCha8Rng) -> f64>);

/// A column by its name, family and value.
pub fn column(
    name: &'static str,
    family: &'static str,
    value: impl Fn(&Seen, &mut ChaCha8Rng) -> f64 + 'static,
) -> Column {
    (name, family, Box::new(value))
}

/// Roughly normal noise.
pub fn noise(rng: &mut ChaCha8Rng) -> f64 {
    (0..6).map(|_| rng.random::<f64>()).sum::<f64>() - 3.0
}

impl Shop {
    /// `n` customers, to whom it happens in about a share `rate` of the horizons.
    pub fn new(n: usize, rate: f64, first_purchase: bool) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let base = (rate / (1.0 - rate)).ln();
        let customers: Vec<_> = (0..n)
            .map(|who| {
                let bent = noise(&mut rng);
                let joined = (who * (CUTOFFS + 2)) / n;
                let happens = (0..CUTOFFS + 2)
                    .map(|at| at >= joined && rng.random::<f64>() < sigmoid(base + bent - 0.25))
                    .collect();
                (joined, bent, rng.random(), happens)
            })
            .collect();
        let mut order: Vec<usize> = (0..n).collect();
        for i in 0..n {
            order.swap(i, rng.random_range(i..n));
        }
        Self { customers, first_purchase, order }
    }

    /// All who are known at a cutoff, in the order of rows, and whether they are eligible.
    fn seen(&self, cutoff: usize) -> Vec<(Seen, bool)> {
        let mut rows = Vec::new();
        for &who in &self.order {
            let (joined, bent, lot, happens) = &self.customers[who];
            if *joined > cutoff {
                continue;
            }
            let before = happens[..cutoff].contains(&true);
            let eligible = if self.first_purchase { !before } else { who % 5 != 0 };
            let seen = Seen {
                who,
                cutoff,
                tenure: cutoff - joined,
                place: rows.len(),
                bent: *bent,
                happens: happens[cutoff],
                // What the newest cutoff will see has not been written by anybody yet.
                ever: happens[..=CUTOFFS].contains(&true),
                lot: *lot,
                number: 10_000 + 3 * who as u64 + who as u64 % 3,
            };
            rows.push((seen, eligible));
        }
        rows
    }

    /// The screen's answer for honest columns and the planted ones, the planted ones by themselves.
    pub fn screened(&self, planted: Vec<Column>) -> (Vec<(String, Screened)>, Vec<Screened>) {
        let (names, found) = self.found(planted);
        let (honest, leaks): (Vec<_>, Vec<_>) =
            names.into_iter().zip(found).partition(|((_, family), _)| *family != "planted");
        let honest = honest.into_iter().map(|((name, _), found)| (name, found)).collect();
        (honest, leaks.into_iter().map(|(_, found)| found).collect())
    }

    fn found(&self, planted: Vec<Column>) -> (Vec<(String, &'static str)>, Vec<Screened>) {
        let columns: Vec<Column> = honest().into_iter().chain(planted).collect();
        let mut values = vec![Vec::new(); columns.len()];
        let (mut y, mut customers, mut starts) = (Vec::new(), Vec::new(), Vec::new());
        let mut others = Tally::new(columns.len());
        let mut scoring = Tally::new(columns.len());
        for cutoff in (0..CUTOFFS).chain([CUTOFFS + 1]) {
            let is_open = cutoff > CUTOFFS;
            if is_open {
                scoring.cutoffs += 1;
            } else {
                starts.push(y.len());
                others.cutoffs += 1;
            }
            for (seen, eligible) in self.seen(cutoff) {
                let tally = if is_open { &mut scoring } else { &mut others };
                if is_open == eligible {
                    tally.rows += 1;
                }
                for (i, (_, _, value)) in columns.iter().enumerate() {
                    let seed = (seen.who * 100 + cutoff) * 1_000 + i;
                    let value = value(&seen, &mut ChaCha8Rng::seed_from_u64(seed as u64));
                    match (is_open, eligible) {
                        (false, true) => values[i].push(value),
                        _ if is_open == eligible => tally.add(i, [value].into_iter()),
                        _ => {}
                    }
                }
                if !is_open && eligible {
                    y.push(f64::from(seen.happens));
                    customers.push(format!("C{:07}", seen.number));
                }
            }
        }
        let names: Vec<(String, &'static str)> = columns.iter().map(|c| (c.0.to_owned(), c.1)).collect();
        let x = Matrix::new(y.len(), names.iter().map(|n| n.0.clone()).collect(), values.concat()).unwrap();
        let families: Vec<String> = names.iter().map(|n| n.1.to_owned()).collect();
        let input = ScreenInput {
            x: &x,
            y: &y,
            customers: &customers,
            starts: &starts,
            families: &families,
            others: &others,
            scoring: &scoring,
        };
        (names, screen(&input).unwrap().found)
    }
}

/// Behaviours such as any shop has: strong ones and weak ones, sums, gaps, ages, codes and seasons.
fn honest() -> Vec<Column> {
    vec![
        column("visits_30d", "events", |s, r| (s.bent * 2.0 + noise(r) + 3.0).max(0.0).floor()),
        column("visits_90d", "events", |s, r| (s.bent * 5.0 + 2.0 * noise(r) + 9.0).max(0.0).floor()),
        column("checkouts_7d", "events", |s, r| f64::from(r.random::<f64>() < sigmoid(1.5 * s.bent - 4.0))),
        column("days_since_last_visit", "recency", |s, r| {
            ((3.0 - s.bent + noise(r)).max(0.0) * 20.0).floor()
        }),
        column("days_known", "customers", |s, _| s.tenure as f64 * 30.0 + 15.0 - s.who as f64 % 15.0),
        column("age_years", "customers", |s, _| (18.0 + s.lot * 60.0).floor()),
        column("takes_newsletter", "customers", |s, _| f64::from(s.lot < 0.3)),
        column("spent", "monetary", |s, r| ((s.bent + noise(r)).exp() * 10_000.0).floor() / 100.0),
        column("spent_whole", "monetary", |s, r| ((s.bent + noise(r)).exp() * 10_000.0).floor()),
        column("pace", "trend", |_, r| noise(r)),
        column("gap_mean", "cadence", |s, r| {
            if r.random::<f64>() < 0.4 { f64::NAN } else { 30.0 - 5.0 * s.bent + 9.0 * noise(r) }
        }),
        column("season", "calendar", |s, r| {
            f64::from(r.random::<f64>() < if s.cutoff % 4 == 0 { 0.5 } else { 0.05 })
        }),
        column("lines_year", "frequency", |s, r| {
            if s.tenure < 4 { f64::NAN } else { (4.0 + s.bent + noise(r)).max(0.0).floor() }
        }),
    ]
}
