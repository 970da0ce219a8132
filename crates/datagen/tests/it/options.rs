//! Options: what they refuse, and what they change.

use std::fs;
use std::io::Read;

use foretell_datagen::{Compression, Error, Options, generate};

use crate::shop::{date, files, simulate};

fn refusal(change: impl FnOnce(&mut Options)) -> String {
    let mut options = Options::new("never-made");
    change(&mut options);
    match generate(&options) {
        Err(Error::Options(message)) => message,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn contradictions_are_refused() {
    assert_eq!(
        refusal(|o| o.to = o.from),
        "the period is empty: --from 2023-01-01 is not before --to 2023-01-01"
    );
    assert_eq!(refusal(|o| o.dirt = 0.7), "--dirt 0.7 is no share between 0 and 0.5");
    assert_eq!(refusal(|o| o.customers = Some(0)), "--customers must be at least 1");
    assert_eq!(refusal(|o| o.prospects = Some(5_000_000)), "--prospects may be 4000000 at most");
    assert_eq!(refusal(|o| o.target_lines = Some(0)), "--target-lines must be at least 1");
    assert_eq!(
        refusal(|o| o.truth_at = vec![date("2025-01-02")]),
        "--truth-at 2025-01-02 lies outside the period 2023-01-01 to 2025-01-01"
    );
}

#[test]
fn a_folder_in_use_is_left_alone_unless_forced() {
    let (out, _) = simulate("in-use", |o| (o.customers, o.by_day) = (Some(5), true));
    let mut options = Options::new(&out);
    options.customers = Some(5);
    let refused = generate(&options).unwrap_err();
    assert!(matches!(refused, Error::NotEmpty { .. }));
    assert!(refused.to_string().contains("\nhint: name another folder, or give --force"));

    fs::write(out.join("notes.txt"), "mine").unwrap();
    options.force = true;
    let summary = generate(&options).unwrap();
    assert_eq!((summary.transactions.files, summary.events.files), (24, 24));
    assert_eq!(fs::read_dir(out.join("transactions")).unwrap().count(), 24);
    assert_eq!(fs::read_to_string(out.join("notes.txt")).unwrap(), "mine");
}

#[test]
fn packed_files_hold_the_same_bytes() {
    let small = |o: &mut Options| (o.customers, o.to) = (Some(40), date("2023-03-01"));
    let (plain, _) = simulate("plain", small);
    let packed = |name, compression| {
        simulate(name, |o| {
            small(o);
            o.compression = compression;
        })
        .0
    };
    let (gzip, zstd) = (packed("gzip", Compression::Gzip), packed("zstd", Compression::Zstd));
    for name in files(&plain).into_iter().filter(|name| !name.starts_with("truth/")) {
        let expected = fs::read(plain.join(&name)).unwrap();
        let mut unpacked = Vec::new();
        let file = fs::File::open(gzip.join(format!("{name}.gz"))).unwrap();
        flate2::read::GzDecoder::new(file).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, expected);
        let file = fs::File::open(zstd.join(format!("{name}.zst"))).unwrap();
        assert_eq!(zstd::decode_all(file).unwrap(), expected);
    }
}

#[test]
fn daily_files_hold_the_rows_of_monthly_ones() {
    let small = |o: &mut Options| (o.customers, o.to) = (Some(60), date("2023-03-15"));
    let (monthly, by_month) = simulate("by-month", small);
    let (daily, by_day) = simulate("by-day", |o| {
        small(o);
        o.by_day = true;
    });
    assert_eq!((by_month.events.files, by_day.events.files), (3, 73));
    for kind in ["transactions", "events"] {
        assert_eq!(crate::shop::rows(&monthly, kind), crate::shop::rows(&daily, kind));
    }
}

#[test]
fn target_lines_are_met_by_more_customers_or_by_busier_ones() {
    let near = |lines: u64, target: u64| lines.abs_diff(target) * 20 < target;
    let (_, more) = simulate("more", |o| o.target_lines = Some(100_000));
    assert!(near(more.transactions.rows, 100_000), "{more:?}");
    let (_, busier) = simulate("busier", |o| {
        (o.target_lines, o.customers, o.prospects) = (Some(100_000), Some(2_000), Some(500));
    });
    assert!(near(busier.transactions.rows, 100_000), "{busier:?}");
    assert_eq!((busier.customers, busier.prospects), (2_000, 500));
    let (_, fixed) = simulate("fixed", |o| (o.target_lines, o.prospects) = (Some(100_000), Some(0)));
    assert!(near(fixed.transactions.rows, 100_000) && fixed.customers > more.customers, "{fixed:?}");
}
