//! Each kind of leak is found, by the reason that is its own, and nothing honest goes with it.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::planted::{CUTOFFS, Seen, Shop, column, noise};
use super::{ScreenReason, Screened};

/// Plants one leak and returns what was found of it; nothing else may be suspected.
fn planted(shop: &Shop, leak: impl Fn(&Seen, &mut ChaCha8Rng) -> f64 + 'static) -> Screened {
    let (honest, mut leaks) = shop.screened(vec![column("leak", "planted", leak)]);
    for (name, found) in honest {
        assert!(!found.reason.is_some_and(ScreenReason::is_suspect), "{name}: {found:?}");
    }
    leaks.remove(0)
}

#[track_caller]
fn caught(
    shop: &Shop,
    reason: ScreenReason,
    leak: impl Fn(&Seen, &mut ChaCha8Rng) -> f64 + 'static,
) -> String {
    let found = planted(shop, leak);
    assert_eq!(found.reason, Some(reason), "{found:?}");
    found.evidence.unwrap()
}

/// Regular customers, of whom four in ten leave.
fn leavers() -> Shop {
    Shop::new(1_500, 0.4, false)
}

/// People who never bought, of whom one in twelve will.
fn prospects() -> Shop {
    Shop::new(4_000, 0.08, true)
}

const NAN: f64 = f64::NAN;

fn yes(condition: bool) -> f64 {
    f64::from(condition)
}

#[test]
fn filled_for_those_to_whom_it_happened() {
    let evidence = caught(&leavers(), ScreenReason::OneClassOnly, |s, r| {
        if s.happens && r.random::<f64>() < 0.6 { 30.0 } else { NAN }
    });
    assert!(
        evidence.starts_with("filled for ") && evidence.contains(" to whom it happened and 0 of "),
        "{evidence}"
    );
}

#[test]
fn filled_for_those_to_whom_it_did_not_happen() {
    let evidence = caught(&leavers(), ScreenReason::OneClassOnly, |s, r| {
        if s.happens || r.random::<f64>() < 0.3 { NAN } else { noise(r) }
    });
    assert!(evidence.contains("to whom it did not happen"), "{evidence}");
}

#[test]
fn missing_for_those_to_whom_it_happened() {
    let evidence = caught(&leavers(), ScreenReason::OneClassOnly, |s, r| {
        if s.happens && r.random::<f64>() < 0.5 { NAN } else { noise(r) }
    });
    assert!(evidence.starts_with("missing for "), "{evidence}");
}

#[test]
fn not_zero_for_one_class_but_for_a_few() {
    let evidence = caught(&leavers(), ScreenReason::OneClassOnly, |s, r| {
        yes(s.happens && r.random::<f64>() < 0.7 || r.random::<f64>() < 0.002)
    });
    assert!(evidence.starts_with("not zero for "), "{evidence}");
}

#[test]
fn a_code_that_one_class_has() {
    let evidence = caught(&leavers(), ScreenReason::OneClassOnly, |s, r| {
        if s.happens && r.random::<f64>() < 0.5 { 7.0 } else { r.random_range(1..=5).into() }
    });
    assert!(evidence.starts_with("equal to 7 for "), "{evidence}");
}

#[test]
fn the_outcome_with_some_noise() {
    let evidence = caught(&leavers(), ScreenReason::SeparatesAlone, |s, r| yes(s.happens) + 0.35 * noise(r));
    assert!(evidence.contains("; the next best of another kind, "), "{evidence}");
}

#[test]
fn days_to_an_order_that_is_to_come() {
    caught(&leavers(), ScreenReason::SeparatesAlone, |s, r| {
        r.random_range(0.0..if s.happens { 90.0 } else { 400.0_f64 }) * 0.9
            + if s.happens { 0.0 } else { 60.0 }
    });
}

#[test]
fn the_middle_knows_it_though_no_direction_does() {
    caught(&leavers(), ScreenReason::SeparatesAlone, |s, r| {
        let far = if s.happens { 0.4 } else { 3.0 };
        let side = if r.random::<bool>() { 1.0 } else { -1.0 };
        side * far + 0.5 * noise(r)
    });
}

#[test]
fn a_number_of_the_customer() {
    let evidence = caught(&leavers(), ScreenReason::Identifier, |s, _| s.number as f64);
    assert!(evidence.ends_with("those in their ids"), "{evidence}");
}

#[test]
fn a_hash_of_the_customer() {
    caught(&leavers(), ScreenReason::Identifier, |s, _| (s.lot * 9e15).floor());
    caught(&leavers(), ScreenReason::Identifier, |s, _| s.lot);
}

#[test]
fn a_number_drawn_anew_for_each_row() {
    caught(&leavers(), ScreenReason::Identifier, |_, r| (r.random::<f64>() * 1e12).floor());
}

#[test]
fn the_number_of_the_row() {
    let evidence = caught(&leavers(), ScreenReason::RowOrder, |s, _| s.place as f64);
    assert!(evidence.starts_with("follows the order of rows"), "{evidence}");
    let evidence = caught(&leavers(), ScreenReason::RowOrder, |s, _| -(s.place as f64));
    assert!(evidence.starts_with("follows the order of rows"), "{evidence}");
}

#[test]
fn the_part_of_the_file_that_a_row_was_in() {
    caught(&leavers(), ScreenReason::RowOrder, |s, r| (s.place / 8) as f64 + 0.1 * r.random::<f64>());
    let evidence = caught(&leavers(), ScreenReason::RowOrder, |s, _| (s.who / 10) as f64);
    assert!(evidence.starts_with("follows the order of customer ids"), "{evidence}");
}

#[test]
fn a_snapshot_overwritten_after_the_outcome() {
    // Set when it happens and never taken back: some had it for another reason all along.
    let evidence = caught(&Shop::new(3_000, 0.08, false), ScreenReason::FilledLater, |s, _| {
        let written = s.cutoff <= CUTOFFS && s.ever && s.lot < 0.8;
        if written || s.lot > 0.97 { 1.0 } else { NAN }
    });
    assert!(evidence.contains("at the cutoff to be scored"), "{evidence}");
}

#[test]
fn an_entry_dated_back() {
    caught(&leavers(), ScreenReason::FilledLater, |s, r| {
        let chance = match (s.cutoff > CUTOFFS, s.happens) {
            (true, _) => 0.04,
            (false, true) => 0.75,
            (false, false) => 0.08,
        };
        yes(r.random::<f64>() < chance)
    });
}

#[test]
fn a_field_that_is_written_no_more() {
    caught(&leavers(), ScreenReason::FilledLater, |s, r| {
        if s.cutoff > CUTOFFS || r.random::<f64>() < 0.4 { NAN } else { noise(r) }
    });
}

#[test]
fn what_only_payers_can_have() {
    // A loyalty level in a snapshot of today: everybody who has ever bought has one.
    let evidence = caught(&prospects(), ScreenReason::PayersOnly, |s, r| {
        let bought = if s.cutoff > CUTOFFS { false } else { s.ever };
        if bought { r.random_range(1..=3).into() } else { NAN }
    });
    assert!(evidence.contains("whom the target does not speak of"), "{evidence}");
    // The same for a target that speaks of payers: a behaviour like any.
    let kept = planted(&leavers(), |_, r| r.random_range(1..=3).into());
    assert_eq!(kept.reason, None);
}

#[test]
fn a_leak_that_comes_twice_hides_behind_nothing() {
    let twice =
        |name| column(name, "planted", |s: &Seen, r: &mut ChaCha8Rng| yes(s.happens) + 0.2 * noise(r));
    let also = column("elsewhere", "events", |s: &Seen, r: &mut ChaCha8Rng| yes(s.happens) * 5.0 + noise(r));
    let (honest, leaks) = leavers().screened(vec![twice("one"), twice("two"), also]);
    assert!(leaks.iter().all(|leak| leak.reason == Some(ScreenReason::SeparatesAlone)), "{leaks:?}");
    let elsewhere = honest.iter().find(|(name, _)| name == "elsewhere").unwrap();
    assert_eq!(elsewhere.1.reason, Some(ScreenReason::SeparatesAlone));
}

#[test]
fn copies_turned_round_bent_and_exact() {
    let (_, found) = leavers().screened(vec![
        column("a", "planted", |_, r| noise(r)),
        column("b", "planted", |s, r| s.lot * noise(r)),
    ]);
    assert!(found.iter().all(|found| found.reason.is_none()), "{found:?}");
    let base = |s: &Seen| (s.lot * 977.0 + s.cutoff as f64 * 331.0) % 613.0;
    let (_, found) = leavers().screened(vec![
        column("good", "planted", move |s, _| base(s)),
        column("exact", "planted", move |s, _| base(s)),
        column("bent", "planted", move |s, _| base(s).sqrt()),
        column("turned", "planted", move |s, _| 5.0 - base(s)),
    ]);
    let reasons: Vec<_> = found.iter().map(|f| f.reason).collect();
    assert_eq!(
        reasons,
        [None, Some(ScreenReason::Copy), Some(ScreenReason::NearCopy), Some(ScreenReason::NearCopy)]
    );
    let evidence = found[3].evidence.as_deref().unwrap();
    assert_eq!(evidence, "ranks customers as good does (rank correlation -1.0000)");
}
