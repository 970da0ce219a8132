//! Simulated shops with seasons and trends, and how often promises made about them are kept.

use foretell_spec::{ModelKind, Wish};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::matrix::Matrix;
use super::super::metrics::Confusion;
use super::super::model::{Model, TrainInput, train};
use super::*;

/// Days between cutoffs.
const MONTH: i64 = 30;

/// What happens in a shop over time.
#[derive(Debug, Clone, Copy)]
struct World {
    customers: usize,
    months: i64,
    /// Amplitude of the yearly wave of demand, in logarithms, and of a peak before Christmas.
    season: f64,
    peak: f64,
    /// Growth of demand a year, in logarithms.
    trend: f64,
    horizon: i64,
    /// True for a target that buying fulfils.
    buys: bool,
}

/// Purchase days of each customer, and the day they came.
struct Shop {
    arrived: Vec<i64>,
    bought: Vec<Vec<i64>>,
}

/// A cutoff: rows and labels.
struct Cutoff {
    day: i64,
    x: Matrix,
    y: Vec<f64>,
    customers: Vec<String>,
}

fn draw(world: &World, seed: u64) -> Shop {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let days = (world.months + 1) * MONTH + world.horizon;
    let phase: f64 = rng.random_range(0.0..365.25);
    let demand: Vec<f64> = (0..days)
        .map(|day| {
            let of_year = (day as f64 + phase) % 365.25;
            let wave = world.season * (std::f64::consts::TAU * of_year / 365.25).cos();
            let peak = if (300.0..345.0).contains(&of_year) { world.peak } else { 0.0 };
            (wave + peak + world.trend * day as f64 / 365.25).exp()
        })
        .collect();
    let (mut arrived, mut bought) = (Vec::new(), Vec::new());
    for _ in 0..world.customers {
        let came = rng.random_range(-200..days - 60).max(0);
        let spread: f64 = (0..6).map(|_| rng.random::<f64>()).sum::<f64>() - 3.0;
        let rate = 0.022 * (1.1 * spread).exp();
        let leaves: f64 = 0.002 * rng.random::<f64>() / 0.5;
        let mut gone = false;
        let mut own = vec![came];
        for day in came + 1..days {
            gone = gone || rng.random::<f64>() < leaves;
            if !gone && rng.random::<f64>() < (rate * demand[day as usize]).min(0.9) {
                own.push(day);
            }
        }
        arrived.push(came);
        bought.push(own);
    }
    Shop { arrived, bought }
}

fn at(world: &World, shop: &Shop, day: i64) -> Cutoff {
    let mut columns: [Vec<f64>; 7] = Default::default();
    let (mut y, mut customers) = (Vec::new(), Vec::new());
    for (i, bought) in shop.bought.iter().enumerate() {
        let seen = bought.partition_point(|d| *d < day);
        let Some(last) = bought[..seen].last() else { continue };
        let within = |days: i64| bought[..seen].iter().filter(|d| **d >= day - days).count() as f64;
        if within(90) == 0.0 && !world.buys {
            continue;
        }
        let known = (day - shop.arrived[i]) as f64;
        let row = [
            (day - last) as f64,
            within(30),
            within(90),
            within(365),
            known,
            known / seen as f64,
            within(90) / (1.0 + within(180)),
        ];
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        let comes = bought[seen..].iter().any(|d| *d < day + world.horizon);
        y.push(f64::from(comes == world.buys));
        customers.push(format!("c{i}"));
    }
    let names = (0..7).map(|i| format!("f{i}")).collect();
    let x = Matrix::new(y.len(), names, columns.concat()).unwrap();
    Cutoff { day, x, y, customers }
}

fn joined(cutoffs: &[&Cutoff]) -> (Matrix, Vec<f64>) {
    let names = cutoffs[0].x.columns().to_vec();
    let data = (0..names.len()).flat_map(|c| cutoffs.iter().flat_map(move |k| k.x.column(c).to_vec()));
    let data: Vec<f64> = data.collect();
    let y: Vec<f64> = cutoffs.iter().flat_map(|k| k.y.clone()).collect();
    (Matrix::new(y.len(), names, data).unwrap(), y)
}

/// The recipe as of a cutoff: indices of the cutoffs to validate on, newest first, each with how many to train on.
fn origins(world: &World, now: usize) -> Vec<(usize, usize)> {
    let lag = (world.horizon as usize).div_ceil(MONTH as usize);
    let trained = |v: usize| v.checked_sub(lag).map_or(0, |last| last + 1);
    let Some(newest) = now.checked_sub(lag) else { return Vec::new() };
    let fit = |v: &usize| 3 * trained(*v) >= trained(newest) && trained(*v) > 0;
    let mut chosen: Vec<usize> = (0..3).filter_map(|k| newest.checked_sub(k * lag)).filter(fit).collect();
    for near in (0..newest).rev().filter(fit) {
        if chosen.len() < 3 && !chosen.contains(&near) {
            chosen.push(near);
        }
    }
    if let Some(season) = now.checked_sub(12).filter(fit)
        && !chosen.contains(&season)
    {
        chosen.push(season);
    }
    chosen.into_iter().map(|v| (v, trained(v))).collect()
}

/// What a promise was and what came of it.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    miss: (f64, Estimate),
    error: (f64, Estimate),
    base: (f64, Estimate),
}

fn promise_at(cutoffs: &[Cutoff], world: &World, now: usize, wish: Wish) -> Option<Outcome> {
    let origins = origins(world, now);
    let (newest, trained) = *origins.first()?;
    let learn = |trained: usize, validation: usize, model: Option<&dyn Model>| {
        let (x, y) = joined(&cutoffs[..trained].iter().collect::<Vec<_>>());
        let v = &cutoffs[validation];
        let input =
            TrainInput { x: &x, y: &y, recency: &[0], validation: (&v.x, &v.y), seed: 1, threads: Some(1) };
        match model {
            Some(model) => model.refit(&input).unwrap(),
            None => train(ModelKind::Logistic, &input).unwrap(),
        }
    };
    let model = learn(trained, newest, None);
    let scores = |model: &dyn Model, index: usize| model.log_odds(&cutoffs[index].x).unwrap();
    let unknown: Vec<(usize, Vec<f64>)> = origins
        .iter()
        .map(|&(v, trained)| {
            let then = if v == newest { None } else { Some(learn(trained, v, Some(model.as_ref()))) };
            (v, scores(then.as_deref().unwrap_or(model.as_ref()), v))
        })
        .collect();
    let lag = (world.horizon as usize).div_ceil(MONTH as usize);
    let past: Vec<(usize, Vec<f64>)> = (0..=now - lag)
        .filter(|c| *c < trained || origins.iter().any(|o| o.0 == *c))
        .map(|c| (c, scores(model.as_ref(), c)))
        .collect();
    fn views<'a>(cutoffs: &'a [Cutoff], seen: &'a [(usize, Vec<f64>)]) -> Vec<Validation<'a>> {
        seen.iter()
            .map(|(index, log_odds)| Validation {
                day: cutoffs[*index].day,
                log_odds,
                labels: &cutoffs[*index].y,
                customers: &cutoffs[*index].customers,
            })
            .collect()
    }
    let outlook =
        Outlook::learn(world.horizon as u32, &views(cutoffs, &unknown), &views(cutoffs, &past)).unwrap();
    let today = &cutoffs[now];
    let log_odds = scores(model.as_ref(), now);
    let promise = outlook.promise(wish, today.day, &log_odds);
    let probabilities = promise.calibrator.probabilities(&log_odds);
    let named: Vec<bool> = probabilities.iter().map(|p| *p >= promise.threshold).collect();
    let found = Confusion::of(&today.y, &named);
    let base = today.y.iter().sum::<f64>() / today.y.len() as f64;
    Some(Outcome {
        miss: (found.miss_rate()?, promise.miss_rate?),
        error: (found.error_rate()?, promise.error_rate?),
        base: (base, promise.base_rate?),
    })
}

fn share(outcomes: &[Outcome], of: impl Fn(&Outcome) -> bool) -> f64 {
    outcomes.iter().filter(|o| of(o)).count() as f64 / outcomes.len() as f64
}

fn simulate(world: World, shops: std::ops::Range<u64>, from: usize, wish: Wish) -> Vec<Outcome> {
    let one = |seed: u64| {
        let shop = draw(&world, seed);
        let cutoffs: Vec<Cutoff> = (1..=world.months).map(|m| at(&world, &shop, m * MONTH)).collect();
        (from..cutoffs.len()).filter_map(|now| promise_at(&cutoffs, &world, now, wish)).collect::<Vec<_>>()
    };
    shops.flat_map(one).collect()
}

fn report(name: &str, outcomes: &[Outcome]) {
    let kept = |value: (f64, Estimate)| value.1.holds(value.0);
    let n = outcomes.len() as f64;
    let width =
        |f: &dyn Fn(&Outcome) -> Estimate| outcomes.iter().map(|o| f(o).high - f(o).low).sum::<f64>() / n;
    let off = |f: &dyn Fn(&Outcome) -> (f64, Estimate)| {
        outcomes.iter().map(|o| f(o).0 - f(o).1.value).sum::<f64>() / n
    };
    println!(
        "{name:<22} n {:>4}: miss kept {:.3} (width {:.3}, off {:+.3}, above .30 {:.2})  error kept {:.3} (width {:.3}, off {:+.3})  base kept {:.3} (width {:.3}, off {:+.3})  both {:.3}",
        outcomes.len(),
        share(outcomes, |o| kept(o.miss)),
        width(&|o| o.miss.1),
        off(&|o| o.miss),
        share(outcomes, |o| o.miss.0 > 0.305),
        share(outcomes, |o| kept(o.error)),
        width(&|o| o.error.1),
        off(&|o| o.error),
        share(outcomes, |o| kept(o.base)),
        width(&|o| o.base.1),
        off(&|o| o.base),
        share(outcomes, |o| kept(o.miss) && kept(o.error)),
    );
}

const QUIET: World =
    World { customers: 2_500, months: 30, season: 0.0, peak: 0.0, trend: 0.0, horizon: 30, buys: false };

const ALL: World = World { season: 0.3, peak: 0.6, trend: 0.3, ..QUIET };

/// Two years and a half of shops with a yearly wave, a peak before Christmas and growth, judged at every cutoff from
/// the first year on.
#[test]
fn promises_travel_through_seasons_and_trends() {
    let world = World { customers: 900, ..ALL };
    let kept = |value: (f64, Estimate)| value.1.holds(value.0);
    for (wish, seed) in [(Wish::MissAtMost(0.3), 0), (Wish::ErrorAtMost(0.35), 100)] {
        let outcomes = simulate(world, seed..seed + 5, 8, wish);
        assert!(outcomes.len() >= 100, "{}", outcomes.len());
        report(&wish.to_string(), &outcomes);
        assert!(share(&outcomes, |o| kept(o.miss)) >= 0.9);
        assert!(share(&outcomes, |o| kept(o.error)) >= 0.9);
        assert!(share(&outcomes, |o| kept(o.base)) >= 0.9);
        assert!(share(&outcomes, |o| kept(o.miss) && kept(o.error)) >= 0.85);
        // Intervals that hold everything would be kept always: they must be narrow enough to mean something.
        let width =
            outcomes.iter().map(|o| o.miss.1.high - o.miss.1.low).sum::<f64>() / outcomes.len() as f64;
        assert!(width < 0.25, "{width}");
        let off = outcomes.iter().map(|o| o.miss.0 - o.miss.1.value).sum::<f64>() / outcomes.len() as f64;
        assert!(off.abs() < 0.03, "{off}");
    }
}

#[test]
#[ignore = "prints the full figures: a minute"]
fn how_often_promises_are_kept() {
    let wish = Wish::MissAtMost(0.3);
    let worlds = [
        ("quiet", QUIET),
        ("season", World { season: 0.4, ..QUIET }),
        ("peak", World { peak: 0.8, ..QUIET }),
        ("trend", World { trend: -0.4, ..QUIET }),
        ("all", ALL),
        ("all, 90 days", World { horizon: 90, ..ALL }),
        ("all, buys", World { buys: true, ..ALL }),
        ("all, few", World { customers: 400, ..ALL }),
    ];
    std::thread::scope(|scope| {
        let run = |world: World| scope.spawn(move || simulate(world, 0..6, 5, wish));
        let found: Vec<_> = worlds.iter().map(|(_, w)| (run(*w), run(World { months: 14, ..*w }))).collect();
        for ((name, _), (long, short)) in worlds.iter().zip(found) {
            report(name, &long.join().unwrap());
            report(&format!("{name}, first year"), &short.join().unwrap());
        }
    });
}
