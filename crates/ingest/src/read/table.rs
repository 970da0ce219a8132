//! Columns that already have a type, as Parquet brings them, to the types of the spec.
//!
//! What has the wanted type is taken over; text, and whatever reads exactly as text, goes by the rules for text.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::compute::cast as convert;
use arrow::datatypes::{
    DataType, Date32Type, Float16Type, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use foretell_engine::{Error, Result};

use super::cast::{Fault, Kind, Reason, Rule, day_in_range, instant_in_range};

/// Says whether columns of `from` can be read by `rule`.
pub(super) fn readable(from: &DataType, rule: &Rule) -> bool {
    match from {
        DataType::Dictionary(_, values) => readable(values, rule),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
            matches!(rule.kind, Kind::Text | Kind::Date(..) | Kind::Timestamp(..))
        }
        DataType::Boolean => matches!(rule.kind, Kind::Text | Kind::Bool),
        DataType::Time32(_) | DataType::Time64(_) | DataType::Duration(_) | DataType::Interval(_) => {
            matches!(rule.kind, Kind::Text)
        }
        other => !other.is_nested(),
    }
}

/// Casts a column; cells that cannot be cast become NULL and are noted in `faults`.
///
/// # Errors
/// Internal, when Arrow refuses a conversion that [`readable`] let pass.
pub(super) fn cast(rule: &mut Rule, column: &ArrayRef, faults: &mut Vec<Fault>) -> Result<ArrayRef> {
    use DataType as T;
    match (&mut rule.kind, column.data_type()) {
        (_, T::Dictionary(_, values)) => cast(rule, &converted(column, values)?, faults),
        (_, T::Null) => Ok(new_null_array(&rule.data_type, column.len())),
        (Kind::Int, from) if from.is_integer() => {
            let numbers = converted(column, &T::Int64)?;
            note_lost(column, &numbers, "a whole number too large for 64 bits", faults);
            Ok(numbers)
        }
        (Kind::Int, from) if from.is_floating() => {
            let numbers = converted(column, &T::Float64)?;
            let whole = map(numbers.as_primitive::<Float64Type>().iter(), faults, whole);
            Ok(Arc::new(Int64Array::from(whole)))
        }
        (Kind::Float(_), from) if from.is_integer() => converted(column, &T::Float64),
        (Kind::Float(_), from) if from.is_floating() => {
            let nan_is_null = rule.nulls.iter().any(|null| null == "NaN");
            let numbers = converted(column, &T::Float64)?;
            let numbers = numbers.as_primitive::<Float64Type>().iter();
            let numbers = numbers.map(|number| number.filter(|number| !(nan_is_null && number.is_nan())));
            Ok(Arc::new(Float64Array::from(map(numbers, faults, finite))))
        }
        (Kind::Bool, T::Boolean) => Ok(column.clone()),
        (Kind::Date(..), T::Date32 | T::Date64) => {
            let days = converted(column, &T::Date32)?;
            Ok(Arc::new(Date32Array::from(map(
                days.as_primitive::<Date32Type>().iter(),
                faults,
                day_in_range,
            ))))
        }
        (Kind::Date(_, zone), T::Timestamp(_, offset)) => {
            let zone = offset.is_some().then_some(&*zone);
            let days = map(micros(column, faults)?.iter(), faults, |micros| {
                instant_in_range(micros)?;
                let day = zone.map_or_else(|| micros.div_euclid(DAY) as i32, |zone| zone.local_day(micros));
                day_in_range(day)
            });
            Ok(Arc::new(Date32Array::from(days)))
        }
        (Kind::Timestamp(_, zone), from @ (T::Timestamp(..) | T::Date32 | T::Date64)) => {
            let is_local = !matches!(from, T::Timestamp(_, Some(_)));
            let instants = map(micros(column, faults)?.iter(), faults, |micros| {
                instant_in_range(micros)?;
                if is_local { zone.instant(micros) } else { Ok(micros) }
            });
            Ok(Arc::new(TimestampMicrosecondArray::from(instants).with_timezone("UTC")))
        }
        _ => {
            let texts = texts(rule, column, faults)?;
            let texts = texts.as_string::<i32>();
            rule.cast(texts.iter(), texts.len(), faults)
        }
    }
}

/// Writes the row `row` of a batch as delimited text.
pub(super) fn raw(batch: &RecordBatch, row: usize) -> String {
    let options = FormatOptions::default();
    let cells = batch.columns().iter().map(|column| {
        let cell =
            ArrayFormatter::try_new(column, &options).ok().map(|formatter| formatter.value(row).to_string());
        let cell = cell.unwrap_or_default();
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell
        }
    });
    cells.collect::<Vec<_>>().join(",")
}

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Turns a column into text as exact as the column is; cells with NUL, or bytes that are no text, become NULL.
fn texts(rule: &Rule, column: &ArrayRef, faults: &mut Vec<Fault>) -> Result<ArrayRef> {
    // Not by way of Arrow, which writes large floats with an exponent that exact decimals do not take.
    let shortest: Option<StringArray> = match (&rule.kind, column.data_type()) {
        (Kind::Text, _) => None,
        (_, DataType::Float16) => Some(column.as_primitive::<Float16Type>().iter().map(shown).collect()),
        (_, DataType::Float32) => Some(column.as_primitive::<Float32Type>().iter().map(shown).collect()),
        (_, DataType::Float64) => Some(column.as_primitive::<Float64Type>().iter().map(shown).collect()),
        _ => None,
    };
    if let Some(texts) = shortest {
        return Ok(Arc::new(texts));
    }
    let texts = converted(column, &DataType::Utf8)?;
    note_lost(column, &texts, "bytes that are no UTF-8", faults);
    if !texts.as_string::<i32>().value_data().contains(&0) {
        return Ok(texts);
    }
    let clean = map(texts.as_string::<i32>().iter(), faults, |text| {
        if text.contains('\0') { Err("a NUL character".into()) } else { Ok(text) }
    });
    Ok(Arc::new(StringArray::from(clean)))
}

fn shown(number: Option<impl ToString>) -> Option<String> {
    number.map(|number| number.to_string())
}

/// Days or instants as microseconds since 1970-01-01, local or UTC as the column has them.
fn micros(column: &ArrayRef, faults: &mut Vec<Fault>) -> Result<TimestampMicrosecondArray> {
    let zone = match column.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    let micros = converted(column, &DataType::Timestamp(TimeUnit::Microsecond, zone))?;
    note_lost(column, &micros, "a year outside 1900 to 2200", faults);
    Ok(micros.as_primitive::<TimestampMicrosecondType>().clone())
}

fn whole(number: f64) -> Result<i64, Reason> {
    if number.fract() != 0.0 {
        Err("not a whole number".into())
    } else if number.abs() >= 9_223_372_036_854_775_808.0 {
        Err("a whole number too large for 64 bits".into())
    } else {
        Ok(number as i64)
    }
}

fn finite(number: f64) -> Result<f64, Reason> {
    if number.is_finite() {
        Ok(number)
    } else {
        Err("NaN or infinity; list the text under nulls if it means no value".into())
    }
}

fn converted(column: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    convert(column, to).map_err(|e| {
        Error::internal(format!("a column of {} was not turned into {to}", column.data_type())).because(e)
    })
}

/// Notes the cells that a conversion lost.
fn note_lost(before: &ArrayRef, after: &ArrayRef, reason: &'static str, faults: &mut Vec<Fault>) {
    if before.null_count() != after.null_count() {
        let lost = (0..before.len()).filter(|&row| before.is_valid(row) && after.is_null(row));
        faults.extend(lost.map(|row| Fault { row, reason: reason.into() }));
    }
}

/// Reads every value with `read`; those it refuses become NULL and are noted.
fn map<T, U>(
    values: impl Iterator<Item = Option<T>>,
    faults: &mut Vec<Fault>,
    mut read: impl FnMut(T) -> Result<U, Reason>,
) -> Vec<Option<U>> {
    let read = |(row, value): (usize, Option<T>)| {
        value.map(&mut read).transpose().unwrap_or_else(|reason| {
            faults.push(Fault { row, reason });
            None
        })
    };
    values.enumerate().map(read).collect()
}
