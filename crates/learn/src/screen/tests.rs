//! What must not be suspected, and what there is too little of to be judged.

use rand::Rng;

use super::super::metrics::sigmoid;
use super::planted::{Shop, column, noise};
use super::*;

fn suspects(found: &[(String, Screened)]) -> Vec<String> {
    let suspect = |f: &&(String, Screened)| f.1.reason.is_some_and(ScreenReason::is_suspect);
    found.iter().filter(suspect).map(|(name, found)| format!("{name}: {found:?}")).collect()
}

#[test]
fn honest_behaviours_are_kept_at_any_rate_and_size() {
    for (n, rate, first) in
        [(60, 0.3, false), (400, 0.05, true), (1_500, 0.6, false), (3_000, 0.1, true), (3_000, 0.95, false)]
    {
        let (honest, _) = Shop::new(n, rate, first).screened(vec![]);
        assert_eq!(suspects(&honest), Vec::<String>::new(), "{n} customers at {rate}");
    }
}

#[test]
fn a_strong_honest_behaviour_is_no_leak() {
    // Far better than all others, as the value of pages seen is for purchases, yet with a doubt left.
    let shop = Shop::new(3_000, 0.15, false);
    let (honest, strong) = shop.screened(vec![
        column("strong", "planted", |s, r| {
            (2.0 * s.bent + if s.happens { 1.6 } else { 0.0 } + noise(r)).max(0.0)
        }),
        column("rare", "planted", |s, r| f64::from(r.random::<f64>() < if s.happens { 0.10 } else { 0.01 })),
    ]);
    assert_eq!(suspects(&honest), Vec::<String>::new());
    assert!(strong[0].roc_auc.unwrap() > 0.8, "{strong:?}");
    assert!(strong.iter().all(|found| found.reason.is_none()), "{strong:?}");
}

#[test]
fn three_positives_prove_nothing() {
    let columns: Vec<String> = ["perfect", "filled", "noise"].map(str::to_owned).to_vec();
    let n = 2_000;
    let y: Vec<f64> = (0..n).map(|row| f64::from(row < 3)).collect();
    let filled: Vec<f64> = y.iter().map(|y| if *y == 1.0 { 5.0 } else { f64::NAN }).collect();
    let noise: Vec<f64> = (0..n).map(|row| f64::from(row * 7919 % 1_013)).collect();
    let x = Matrix::new(n as usize, columns, [y.clone(), filled, noise].concat()).unwrap();
    let customers: Vec<String> = (0..n).map(|row| format!("{}", row * 31 % n)).collect();
    let found = screen(&ScreenInput {
        x: &x,
        y: &y,
        customers: &customers,
        starts: &[0],
        families: &["a", "b", "c"].map(str::to_owned),
        others: &Tally::new(3),
        scoring: &Tally::new(3),
    })
    .unwrap()
    .found;
    assert_eq!(found[0].reason, None, "{found:?}");
    assert_eq!(found[2].reason, None, "{found:?}");
    assert!(!found[1].reason.is_some_and(ScreenReason::is_suspect), "{found:?}");
}

#[test]
fn little_or_nothing_is_no_error() {
    let none = Tally::new(1);
    let families = ["a".to_owned()];
    for (values, y) in [
        (vec![], vec![]),
        (vec![1.0], vec![0.0]),
        (vec![1.0, 2.0, f64::NAN], vec![1.0, 1.0, 1.0]),
        (vec![f64::NAN, f64::NAN], vec![0.0, 1.0]),
        (vec![1.0, 2.0], vec![0.0, 1.0]),
    ] {
        let x = Matrix::new(values.len(), vec!["a".to_owned()], values).unwrap();
        let customers: Vec<String> = (0..x.rows()).map(|i| i.to_string()).collect();
        let input = ScreenInput {
            x: &x,
            y: &y,
            customers: &customers,
            starts: &[0],
            families: &families,
            others: &none,
            scoring: &none,
        };
        let found = screen(&input).unwrap().found;
        assert!(!found[0].reason.is_some_and(ScreenReason::is_suspect), "{found:?}");
        assert!(screen(&ScreenInput { customers: &customers[..0], ..input }).is_err() || x.rows() == 0);
    }
}

#[test]
fn dull_features_are_named_as_such() {
    let columns = ["empty", "constant", "good", "copy", "half"].map(str::to_owned).to_vec();
    let nan = f64::NAN;
    let data = [[nan; 3], [2.0; 3], [1.0, 2.0, nan], [1.0, 2.0, nan], [1.0, 1.0, nan]].concat();
    let x = Matrix::new(3, columns, data).unwrap();
    let found = screen(&ScreenInput {
        x: &x,
        y: &[0.0, 1.0, 1.0],
        customers: &["a", "b", "c"].map(str::to_owned),
        starts: &[0],
        families: &["a", "b", "c", "d", "e"].map(str::to_owned),
        others: &Tally::new(5),
        scoring: &Tally::new(5),
    })
    .unwrap()
    .found;
    let reasons: Vec<_> = found.iter().map(|s| s.reason).collect();
    let expected = [
        Some(ScreenReason::AllMissing),
        Some(ScreenReason::Constant),
        None,
        Some(ScreenReason::Copy),
        // One value or none still tells customers apart.
        None,
    ];
    assert_eq!(reasons, expected);
    assert_eq!(found[3].evidence.as_deref(), Some("equals good on all training rows"));
}

#[test]
fn the_same_rows_give_the_same_answer_and_little_time() {
    let (n, width) = (8_000_usize, 60_usize);
    let mut state = 1_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let data: Vec<f64> = (0..n * width).map(|_| (draw() * 40.0).floor()).collect();
    let y: Vec<f64> = (0..n).map(|row| f64::from(draw() < sigmoid(data[row] / 10.0 - 3.0))).collect();
    let x = Matrix::new(n, (0..width).map(|i| format!("f{i}")).collect(), data).unwrap();
    let customers: Vec<String> = (0..n).map(|row| format!("{}", row % 1_000)).collect();
    let families: Vec<String> = (0..width).map(|i| format!("{}", i / 10)).collect();
    let starts: Vec<usize> = (0..8).map(|i| i * 1_000).collect();
    let tally = Tally::new(width);
    let input = ScreenInput {
        x: &x,
        y: &y,
        customers: &customers,
        starts: &starts,
        families: &families,
        others: &tally,
        scoring: &tally,
    };
    let found = screen(&input).unwrap().found;
    assert_eq!(found, screen(&input).unwrap().found);
    assert!(found[0].roc_auc.unwrap() > 0.65 && found[1].roc_auc.unwrap() < 0.55);
    assert!(found.iter().all(|f| f.reason.is_none()), "{found:?}");
}
