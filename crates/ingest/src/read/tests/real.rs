//! Real data, and how long reading takes.

use std::fmt::Write;
use std::path::PathBuf;

use arrow::array::AsArray;
use arrow::compute::{max, min, sum};
use arrow::datatypes::{Decimal128Type, Int64Type, TimestampMicrosecondType};
use bytes::Bytes;
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{csv, open, source};

fn retail_columns() -> Value {
    json!({
        "customer_id": {"from": "CustomerID", "type": "string"},
        "order_id": {"from": "InvoiceNo", "type": "string"},
        "occurred_at": {"from": "InvoiceDate", "type": "timestamp", "format": "%Y-%m-%d %H:%M:%S"},
        "product_id": {"from": "StockCode", "type": "string"},
        "quantity": {"from": "Quantity", "type": "int"},
        "unit_price": {"from": "UnitPrice", "type": "decimal"},
        "region": {"from": "Country", "type": "string"},
    })
}

/// The folder of real data, or a word that the test is skipped.
fn real() -> Option<PathBuf> {
    let folder = std::env::var_os("FORETELL_REAL_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: FORETELL_REAL_DATA is unset");
    }
    folder
}

#[test]
fn online_retail_is_read_without_loss() {
    let Some(folder) = real() else { return };
    let source = source(csv(), retail_columns());
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("online-retail/by-day"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 305);
    let (mut read, mut rejected, mut without_customer, mut negative) = (0, 0, 0, 0);
    let mut hashes = std::collections::BTreeSet::new();
    let mut amount = 0_i128;
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    for file in files {
        for batch in open(&file.display().to_string(), file.clone(), &source, Tz::UTC).unwrap() {
            let batch = batch.unwrap();
            read += batch.rows_read;
            rejected += batch.rejected.len();
            hashes.extend(batch.row_hash.iter().copied());
            without_customer += batch.columns.column(0).null_count();
            let at = batch.columns.column(2).as_primitive::<TimestampMicrosecondType>();
            first = first.min(min(at).unwrap());
            last = last.max(max(at).unwrap());
            let quantity = batch.columns.column(4).as_primitive::<Int64Type>();
            let price = batch.columns.column(5).as_primitive::<Decimal128Type>();
            negative += quantity.values().iter().filter(|&&quantity| quantity < 0).count();
            amount +=
                quantity.values().iter().zip(price.values()).map(|(&q, &p)| i128::from(q) * p).sum::<i128>();
            assert!(sum(quantity).is_some());
        }
    }
    assert_eq!((read, rejected), (541_909, 0));
    assert_eq!((without_customer, negative), (135_080, 10_624));
    assert_eq!(read as usize - hashes.len(), 5_268, "exact duplicates");
    // 9,747,747.93 in pounds, rounded from the four digits kept.
    assert_eq!((amount + 50) / 100, 974_774_793);
    let utc = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros();
    assert_eq!((first, last), (utc("2010-12-01T08:26:00Z"), utc("2011-12-09T12:50:00Z")));
}

#[test]
fn cdnow_is_read_without_loss() {
    let Some(folder) = real() else { return };
    let format =
        json!({"csv": {"delimiter": "whitespace", "header": ["master", "id", "day", "cds", "dollars"]}});
    let columns = json!({
        "customer_id": {"from": "id", "type": "string"},
        "occurred_at": {"from": "day", "type": "timestamp", "format": "%Y%m%d"},
        "quantity": {"from": "cds", "type": "int"},
        "amount": {"from": "dollars", "type": "decimal", "scale": 2},
    });
    let source = source(format, columns);
    let batches = open("CDNOW_sample.txt", folder.join("cdnow/CDNOW_sample.txt"), &source, Tz::UTC).unwrap();
    let whole = super::gather(batches, &source).unwrap();
    assert_eq!((whole.rows_read, whole.rejected.len()), (6_919, 0));
    let customers: std::collections::BTreeSet<&str> =
        whole.columns.column(0).as_string::<i32>().iter().flatten().collect();
    assert_eq!(customers.len(), 2_357);
}

/// Five million rows of eight columns; prints rows a second of one thread.
#[test]
#[ignore = "a measurement: run it alone, with --nocapture"]
fn speed() {
    let mut text =
        String::from("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n");
    let rows = 5_000_000_u64;
    for row in 0..rows {
        let noise = row.wrapping_mul(6_364_136_223_846_793_005) >> 33;
        let day = row * 364 / rows;
        writeln!(
            text,
            "{},{},{},{},{}-{:02}-{:02} {:02}:{:02}:00,{}.{:02},{}.0,United Kingdom",
            536_365 + row / 20,
            20_000 + noise % 4_000,
            if row % 40 == 0 { "\"KEY FOB , SHED\"" } else { "LUNCH BAG  BLACK SKULL." },
            noise % 24,
            2011,
            1 + day / 31,
            1 + day % 28,
            8 + noise % 12,
            noise % 60,
            noise % 20,
            noise % 100,
            12_346 + noise % 400_000,
        )
        .unwrap();
    }
    let bytes = text.len();
    let source = source(csv(), retail_columns());
    let begin = std::time::Instant::now();
    let batches = open("x.csv", Bytes::from(text), &source, Tz::Europe__London).unwrap();
    let (mut read, mut rejected) = (0, 0);
    for batch in batches {
        let batch = batch.unwrap();
        read += batch.rows_read;
        rejected += batch.rejected.len();
    }
    let seconds = begin.elapsed().as_secs_f64();
    eprintln!("{read} rows, {rejected} rejected, {} MB in {seconds:.2} s", bytes / 1_000_000);
    assert_eq!((read, rejected), (rows, 0));
}
