//! Dirt: every bad row is on account, and every other row is what the clean shop has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::shop::{files, read, simulate};

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n').collect()
}

#[test]
fn every_bad_row_is_on_account() {
    let size = |o: &mut foretell_datagen::Options| (o.customers, o.prospects) = (Some(400), Some(300));
    let (clean, _) = simulate("clean", size);
    let (dirty, summary) = simulate("dirty", |o| {
        size(o);
        o.dirt = 0.05;
    });
    let mut account: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
    for row in read(&dirty.join("truth/dirt.csv")) {
        account
            .entry(row["file"].clone())
            .or_default()
            .insert(row["line"].parse().unwrap(), row["kind"].clone());
    }
    let (mut all, mut bad) = (0, 0);
    for name in files(&clean).iter().filter(|name| !name.starts_with("truth/")) {
        let (expected, found) = (fs::read(clean.join(name)).unwrap(), fs::read(dirty.join(name)).unwrap());
        let (mut expected, found) = (lines(&expected).into_iter(), lines(&found));
        let none = BTreeMap::new();
        let kinds = account.get(name).unwrap_or(&none);
        for (index, line) in found.iter().enumerate() {
            match kinds.get(&(index + 1)).map(String::as_str) {
                None => assert_eq!(*line, expected.next().unwrap(), "{name}:{}", index + 1),
                Some("duplicate") => assert_eq!(*line, found[index - 1]),
                Some(_) => assert_ne!(*line, expected.next().unwrap()),
            }
        }
        assert!(expected.next().is_none(), "{name} lacks rows");
        let open_quotes = kinds.values().filter(|kind| *kind == "open_quote").count();
        assert!(open_quotes <= 1, "{name} has {open_quotes} open quotes");
        all += found.len() as u64 - 1;
        bad += kinds.len() as u64;
    }
    let tables = [&summary.transactions, &summary.events, &summary.customer_rows];
    assert_eq!(tables.iter().map(|table| table.rows).sum::<u64>(), all);
    assert_eq!(tables.iter().map(|table| table.bad_rows).sum::<u64>(), bad);
    let share = bad as f64 / all as f64;
    assert!((0.045..0.055).contains(&share), "{share}");
    let kinds: BTreeSet<&String> = account.values().flat_map(BTreeMap::values).collect();
    assert_eq!(kinds.len(), 13, "{kinds:?}");
}

#[test]
fn an_open_quote_is_the_last_quote_of_its_file() {
    let (out, _) = simulate("quotes", |o| (o.customers, o.dirt) = (Some(800), 0.1));
    let mut seen = 0;
    for row in read(&out.join("truth/dirt.csv")).iter().filter(|row| row["kind"] == "open_quote") {
        let bytes = fs::read(out.join(&row["file"])).unwrap();
        let line: usize = row["line"].parse().unwrap();
        let quotes: Vec<usize> =
            lines(&bytes).iter().map(|line| line.iter().filter(|byte| **byte == b'"').count()).collect();
        assert!(quotes[..line - 1].iter().all(|count| *count == 0 || *count == 2));
        assert_eq!(quotes[line - 1..].iter().sum::<usize>(), 1);
        seen += 1;
    }
    assert!(seen > 10);
}
