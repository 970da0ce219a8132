//! Data from which nothing can be learned: each has a clear outcome.

use crate::{BgNbd, Dropout, GammaGamma, History, Horizon, Spend, WorthError, expected};

fn history(frequency: f64, recency: f64, age: f64) -> History {
    History { frequency, recency, age }
}

fn spend(frequency: f64, mean: f64) -> Spend {
    Spend { frequency, mean }
}

#[test]
fn nobody_or_nobody_who_came_again() {
    let none = BgNbd::fit(&[]).unwrap_err();
    assert_eq!(none.to_string(), "BG/NBD needs customers to learn from, and there is none who bought again");
    assert_eq!(BgNbd::fit(&[history(0.0, 0.0, 9.0); 50]).unwrap_err(), none);
    let none = GammaGamma::fit(&[]).unwrap_err();
    assert_eq!(
        none.to_string(),
        "Gamma-Gamma needs customers to learn from, and there is none with a value above 0"
    );
    assert_eq!(GammaGamma::fit(&[spend(0.0, 0.0), spend(2.0, 0.0), spend(3.0, -4.0)]).unwrap_err(), none);
    assert!(none.hint().is_some());
}

#[test]
fn histories_that_cannot_be() {
    let bad = [
        history(1.5, 1.0, 2.0),
        history(-1.0, 0.0, 2.0),
        history(f64::NAN, 0.0, 2.0),
        history(1.0, 3.0, 2.0),
        history(1.0, f64::NAN, 2.0),
        history(0.0, 0.0, f64::INFINITY),
        history(0.0, 0.0, -1.0),
    ];
    for bad in bad {
        let error = BgNbd::fit(&[history(1.0, 1.0, 2.0), bad]).unwrap_err();
        assert!(matches!(error, WorthError::Impossible { row: 1, .. }), "{bad:?}: {error}");
    }
    let error = BgNbd::fit(&[history(1.0, 3.0, 2.0)]).unwrap_err().to_string();
    assert_eq!(error, "recency 3 of customer 0 is not possible: it must lie between 0 and the age");
    assert!(matches!(GammaGamma::fit(&[spend(1.0, f64::INFINITY)]), Err(WorthError::Impossible { .. })));
    assert!(matches!(GammaGamma::fit(&[spend(f64::NAN, 1.0)]), Err(WorthError::Impossible { .. })));
}

/// Few or like customers: the likelihood has no top, or one; never a crash, never a made-up figure.
#[test]
fn too_few_or_too_like_to_tell() {
    let like = [history(3.0, 20.0, 30.0); 200];
    let one = [history(2.0, 5.0, 30.0)];
    let at_the_end = [history(1.0, 30.0, 30.0); 3];
    let at_once = [history(2.0, 0.0, 0.0); 3];
    for histories in [&like[..], &one, &at_the_end, &at_once] {
        for dropout in [Dropout::AfterRepeat, Dropout::AfterAny] {
            let error = BgNbd::fit_with(histories, dropout).unwrap_err();
            let told = matches!(error, WorthError::Degenerate { .. } | WorthError::NotConverged { .. });
            assert!(told && error.hint().is_some(), "{error}");
        }
    }
    for spends in [&[spend(3.0, 20.0); 200][..], &[spend(1.0, 20.0)], &[spend(1.0, 5.0), spend(2.0, 5.0)]] {
        let error = GammaGamma::fit(spends).unwrap_err();
        assert!(matches!(error, WorthError::Degenerate { .. } | WorthError::NotConverged { .. }), "{error}");
    }
}

#[test]
fn what_has_no_value_is_none() {
    let model = BgNbd {
        r: 0.5,
        alpha: 10.0,
        a: 1.0,
        b: 2.0,
        dropout: Dropout::AfterRepeat,
        log_likelihood: f64::NAN,
    };
    let who = history(2.0, 5.0, 30.0);
    for time in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(model.expected_orders(&who, time), None);
    }
    assert_eq!(model.expected_orders(&who, 0.0), Some(0.0));
    assert_eq!(model.alive_probability(&history(0.0, 0.0, 1e6)), 1.0);
    let horizon = Horizon { length: -1.0, steps: 12, discount: 0.0 };
    assert_eq!(expected(&model, &who, &horizon), None);
    let endless = GammaGamma { p: 1.0, q: 0.5, v: 10.0, log_likelihood: f64::NAN };
    assert_eq!(endless.expected_spend(&spend(0.0, 0.0)), None);
    assert!(endless.expected_spend(&spend(1.0, 4.0)).is_some());
    assert_eq!(endless.expected_spend(&spend(1.0, -4.0)), None);
}
