//! A column of numbers: its nulls and the bounds of its values, the page that is begun and those that are packed.

use std::mem;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanBufferBuilder};
use arrow::buffer::NullBuffer;
use bytes::Bytes;
use parquet::basic::Compression;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::levels;
use super::pages::{Packer, Pages};

/// The values of a page and how they are written; a new row group begins with the default.
pub(super) trait Values: Default {
    /// Their type.
    type Arrow: ArrowPrimitiveType<Native: PartialOrd>;

    /// Appends values; `page_rows` are there to come at most.
    fn append(&mut self, values: &[<Self::Arrow as ArrowPrimitiveType>::Native], page_rows: usize);

    /// Writes the page's values and forgets them.
    fn close_page(&mut self, raw: &mut super::pages::Raw);

    /// The dictionary of the column chunk; empty if there is none. A new chunk begins.
    fn take_dictionary(&mut self) -> Vec<<Self::Arrow as ArrowPrimitiveType>::Native>;

    /// Bounds as Parquet's statistics.
    fn bounds(bounds: Option<Bounds<<Self::Arrow as ArrowPrimitiveType>::Native>>, nulls: u64) -> Statistics;
}

/// The least and the greatest value.
#[derive(Clone, Copy)]
pub(super) struct Bounds<T> {
    pub(super) least: T,
    pub(super) greatest: T,
}

/// A column of the row group that is begun.
pub(super) struct Numbers<V: Values> {
    column: ColumnDescPtr,
    compression: Compression,
    values: V,
    /// Which rows of the page have a value.
    valid: BooleanBufferBuilder,
    /// Values of an array with nulls, without them.
    gathered: Vec<<V::Arrow as ArrowPrimitiveType>::Native>,
    pages: Pages,
    page_nulls: usize,
    nulls: u64,
    /// Says that readers want the bounds.
    bounded: bool,
    bounds: Option<Bounds<<V::Arrow as ArrowPrimitiveType>::Native>>,
}

impl<V: Values> Numbers<V> {
    pub(super) fn new(column: Option<&ColumnDescPtr>, properties: &WriterProperties) -> Result<Self> {
        let column = column.ok_or_else(|| ParquetError::General("a column without a type".to_owned()))?;
        let path = column.path();
        Ok(Self {
            compression: properties.compression(path),
            bounded: properties.statistics_enabled(path) != EnabledStatistics::None,
            column: column.clone(),
            values: V::default(),
            valid: BooleanBufferBuilder::new(0),
            gathered: Vec::new(),
            pages: Pages::default(),
            page_nulls: 0,
            nulls: 0,
            bounds: None,
        })
    }

    /// Appends values to the page.
    pub(super) fn append(&mut self, array: &ArrayRef, page_rows: usize) -> Result<()> {
        let array = array.as_primitive_opt::<V::Arrow>();
        let array =
            array.ok_or_else(|| self.wrong(format!("numbers of the type {}", V::Arrow::DATA_TYPE)))?;
        let values = match array.nulls().filter(|nulls| nulls.null_count() > 0) {
            None => {
                self.valid.append_n(array.len(), true);
                array.values().as_ref()
            }
            Some(_) if self.column.max_def_level() == 0 => return Err(self.wrong("no nulls".to_owned())),
            Some(nulls) => {
                self.page_nulls += nulls.null_count();
                self.valid.append_buffer(nulls.inner());
                gather(array.values(), nulls, &mut self.gathered);
                &self.gathered
            }
        };
        if self.bounded {
            for value in values {
                widen(&mut self.bounds, *value);
            }
        }
        self.values.append(values, page_rows);
        Ok(())
    }

    /// Packs the page.
    pub(super) fn close_page(&mut self, packer: &mut Packer) -> Result<()> {
        let raw = packer.raw();
        if self.column.max_def_level() > 0 {
            levels::definition(&self.valid, self.page_nulls, &mut raw.bytes);
        }
        self.nulls += mem::take(&mut self.page_nulls) as u64;
        self.values.close_page(raw);
        self.pages.push(packer, self.compression, self.valid.len())?;
        self.valid.truncate(0);
        Ok(())
    }

    /// The column chunk that is complete.
    pub(super) fn close_chunk(&mut self, packer: &mut Packer) -> Result<(Bytes, ColumnCloseResult)> {
        let dictionary = self.values.take_dictionary();
        let statistics = self.bounded.then(|| V::bounds(self.bounds.take(), mem::take(&mut self.nulls)));
        self.nulls = 0;
        self.pages.close(packer, &self.column, self.compression, &dictionary, statistics)
    }

    fn wrong(&self, wanted: String) -> ParquetError {
        ParquetError::General(format!("the column `{}` takes {wanted}", self.column.name()))
    }
}

/// The values that are not null.
fn gather<T: Copy + Default>(values: &[T], nulls: &NullBuffer, out: &mut Vec<T>) {
    // Each value is put down and kept or written over: no branch that nobody could foresee.
    out.clear();
    out.resize(values.len(), T::default());
    let mut kept = 0;
    for (value, valid) in values.iter().zip(nulls) {
        out[kept] = *value;
        kept += usize::from(valid);
    }
    out.truncate(kept);
}

/// Takes a value into account; NaN, which is no number, has no place between two others.
fn widen<T: Copy + PartialOrd>(bounds: &mut Option<Bounds<T>>, value: T) {
    match bounds {
        Some(bounds) => {
            if value < bounds.least {
                bounds.least = value;
            }
            if value > bounds.greatest {
                bounds.greatest = value;
            }
        }
        None if value.partial_cmp(&value).is_some() => {
            *bounds = Some(Bounds { least: value, greatest: value })
        }
        None => {}
    }
}
