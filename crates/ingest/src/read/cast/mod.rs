//! Cell texts to typed columns, by explicit rules.
//!
//! Blanks around a cell do not count. An empty cell, and one that is among the column's `nulls`, is NULL. Anything
//! else is read exactly or refused; a reason names the rule and the shape that broke it, never the content.

mod decimal;
mod iso;
mod number;
mod pattern;
mod time;
mod word;
mod zone;

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::builder::NullBufferBuilder;
use arrow::array::{ArrayRef, BooleanBuilder, PrimitiveArray, PrimitiveBuilder, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float64Type, Int64Type,
    TimestampMicrosecondType,
};
use chrono_tz::Tz;
use foretell_engine::{Error, Result};
use foretell_spec::types::{Column, ColumnType};

use super::plan::{DECIMAL_DIGITS, data_type, scale};
use time::TimeText;
pub(super) use time::{day_in_range, instant_in_range};
pub(super) use zone::Zone;

/// Why a cell is refused.
pub(super) type Reason = Cow<'static, str>;

/// A cell that cannot be cast.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) row: usize,
    pub(super) reason: Reason,
}

/// How the cells of one column are read.
pub(super) struct Rule {
    /// Texts that are NULL, without outer blanks.
    pub(super) nulls: Vec<String>,
    pub(super) kind: Kind,
    pub(super) data_type: DataType,
}

/// What a cell is read as.
pub(super) enum Kind {
    Text,
    Int,
    /// With its decimal mark.
    Float(u8),
    /// With its scale and decimal mark.
    Decimal(u8, u8),
    Bool,
    Date(TimeText, Zone),
    Timestamp(TimeText, Zone),
}

impl Rule {
    /// Works out the rule of the canonical column `name`.
    ///
    /// # Errors
    /// Bad spec, when a format, a time zone, a scale or a decimal mark makes no sense.
    pub(super) fn new(name: &str, column: &Column, timezone: Tz) -> Result<Self> {
        let place = format!("columns.{name}");
        let mark = || match column.decimal_mark.unwrap_or('.') {
            '.' => Ok(b'.'),
            ',' => Ok(b','),
            other => Err(Error::bad_spec(format!("{place}.decimal_mark: '{other}' is neither '.' nor ','"))),
        };
        let zone = || match &column.timezone {
            None => Ok(Zone::new(timezone)),
            Some(zone) => zone.parse().map(Zone::new).map_err(|_| {
                Error::bad_spec(format!("{place}.timezone: no time zone is called '{zone}'"))
                    .hint("write an IANA name such as Europe/London, or UTC")
            }),
        };
        let kind = match column.kind {
            ColumnType::String => Kind::Text,
            ColumnType::Int => Kind::Int,
            ColumnType::Float => Kind::Float(mark()?),
            ColumnType::Decimal if scale(column) > DECIMAL_DIGITS => {
                return Err(Error::bad_spec(format!(
                    "{place}.scale: {} is over {DECIMAL_DIGITS}",
                    scale(column)
                )));
            }
            ColumnType::Decimal => Kind::Decimal(scale(column), mark()?),
            ColumnType::Bool => Kind::Bool,
            ColumnType::Date => Kind::Date(TimeText::new(&place, column.format.as_deref(), true)?, zone()?),
            ColumnType::Timestamp => {
                Kind::Timestamp(TimeText::new(&place, column.format.as_deref(), false)?, zone()?)
            }
        };
        let nulls = column.nulls.iter().map(|text| text.trim().to_owned()).collect();
        Ok(Self { nulls, kind, data_type: data_type(column) })
    }

    /// Casts `rows` cells; those that cannot be cast become NULL and are noted in `faults`, in order of rows.
    ///
    /// # Errors
    /// Internal, when Arrow refuses a column's type.
    pub(super) fn cast<'a>(
        &mut self,
        cells: impl Iterator<Item = Option<&'a str>>,
        rows: usize,
        faults: &mut Vec<Fault>,
    ) -> Result<ArrayRef> {
        let nulls = &self.nulls;
        let cells = cells.map(|cell| clean(cell, nulls));
        Ok(match &mut self.kind {
            Kind::Text => text(cells, rows)?,
            Kind::Int => Arc::new(fill::<Int64Type>(cells, rows, faults, number::int)),
            Kind::Float(mark) => {
                Arc::new(fill::<Float64Type>(cells, rows, faults, |cell| number::float(cell, *mark)))
            }
            Kind::Decimal(scale, mark) => {
                let read = |cell: &str| decimal::decimal(cell, *scale, *mark).map(i128::from);
                let array = fill::<Decimal128Type>(cells, rows, faults, read);
                let array = array.with_precision_and_scale(DECIMAL_DIGITS, *scale as i8);
                Arc::new(array.map_err(|e| Error::internal("a decimal column could not be made").because(e))?)
            }
            Kind::Bool => boolean(cells, rows, faults),
            Kind::Date(text, _) => Arc::new(fill::<Date32Type>(cells, rows, faults, |cell| text.day(cell))),
            Kind::Timestamp(text, zone) => {
                let array =
                    fill::<TimestampMicrosecondType>(cells, rows, faults, |cell| text.instant(cell, zone));
                Arc::new(array.with_timezone("UTC"))
            }
        })
    }
}

/// Takes away outer blanks and turns empty cells and `nulls` into NULL.
fn clean<'a>(cell: Option<&'a str>, nulls: &[String]) -> Option<&'a str> {
    let mut cell = cell?;
    if let [first, .., last] | [first @ last] = cell.as_bytes()
        // Most cells begin and end with a visible ASCII character, and have nothing to trim.
        && !(first.is_ascii_graphic() && last.is_ascii_graphic())
    {
        cell = cell.trim();
    }
    if cell.is_empty() || nulls.iter().any(|null| null == cell) { None } else { Some(cell) }
}

/// Reads every cell with `read`.
fn fill<'a, T: ArrowPrimitiveType>(
    cells: impl Iterator<Item = Option<&'a str>>,
    rows: usize,
    faults: &mut Vec<Fault>,
    mut read: impl FnMut(&str) -> Result<T::Native, Reason>,
) -> PrimitiveArray<T> {
    let mut builder = PrimitiveBuilder::<T>::with_capacity(rows);
    for (row, cell) in cells.enumerate() {
        match cell.map(&mut read) {
            None => builder.append_null(),
            Some(Ok(value)) => builder.append_value(value),
            Some(Err(reason)) => {
                builder.append_null();
                faults.push(Fault { row, reason });
            }
        }
    }
    builder.finish()
}

fn text<'a>(cells: impl Iterator<Item = Option<&'a str>>, rows: usize) -> Result<ArrayRef> {
    let mut offsets: Vec<i32> = Vec::with_capacity(rows + 1);
    let mut bytes: Vec<u8> = Vec::with_capacity(rows * 16);
    let mut nulls = NullBufferBuilder::new(rows);
    offsets.push(0);
    for cell in cells {
        match cell {
            Some(cell) => {
                bytes.extend_from_slice(cell.as_bytes());
                nulls.append_non_null();
            }
            None => nulls.append_null(),
        }
        // A batch ends long before 2 GiB.
        offsets.push(bytes.len() as i32);
    }
    let texts = StringArray::try_new(OffsetBuffer::new(offsets.into()), bytes.into(), nulls.finish());
    Ok(Arc::new(texts.map_err(|e| Error::internal("a column of texts could not be made").because(e))?))
}

fn boolean<'a>(
    cells: impl Iterator<Item = Option<&'a str>>,
    rows: usize,
    faults: &mut Vec<Fault>,
) -> ArrayRef {
    let mut builder = BooleanBuilder::with_capacity(rows);
    for (row, cell) in cells.enumerate() {
        let value = cell.map(word::boolean).transpose().unwrap_or_else(|reason| {
            faults.push(Fault { row, reason });
            None
        });
        builder.append_option(value);
    }
    Arc::new(builder.finish())
}
