//! Texts that come again and again, as codes: one dictionary for all batches of a column.
//!
//! Parquet keeps such a column as codes of a dictionary, another one in each row group and run. Rows are grouped and
//! sliced by what they have in common: codes of *one* dictionary, without a value twice, say that as well as texts do,
//! and are neither copied nor hashed.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int32Array, StringArray};
use arrow::datatypes::{DataType, Int32Type};
use arrow::error::ArrowError;

use crate::numbered::Numbered;

/// No code yet.
const NONE: i32 = -1;

/// The type of a column of texts that are coded.
pub fn coded_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Gives texts codes, from 0 on, as they first come.
#[derive(Debug, Default)]
pub struct Coder {
    known: Known,
    /// The dictionary of the batch before, and the code of each of its values that was met.
    before: Option<(ArrayRef, Vec<i32>)>,
    /// The texts as they were when last asked for.
    listed: Option<Arc<StringArray>>,
}

/// The texts that have a code, in its order.
#[derive(Debug)]
enum Known {
    /// Any text may come again.
    All(Numbered),
    /// Equal texts lie together: only the last may.
    Sorted(Vec<String>),
}

impl Default for Known {
    fn default() -> Self {
        Self::All(Numbered::default())
    }
}

impl Coder {
    /// For a column whose equal texts lie together: none is looked for among earlier ones.
    pub fn sorted() -> Self {
        Self { known: Known::Sorted(Vec::new()), ..Self::default() }
    }

    /// How many texts have a code.
    pub fn count(&self) -> usize {
        self.texts().len()
    }

    fn texts(&self) -> &[String] {
        match &self.known {
            Known::All(numbered) => numbered.texts(),
            Known::Sorted(texts) => texts,
        }
    }

    /// The code of each row of a column of type [`coded_type`]; NULL where it is.
    ///
    /// # Errors
    /// The column is of another type.
    pub fn codes(&mut self, column: &ArrayRef) -> Result<Int32Array, ArrowError> {
        let wrong = || ArrowError::ComputeError(format!("codes of a column of type {}", column.data_type()));
        let coded = column.as_dictionary_opt::<Int32Type>().ok_or_else(wrong)?;
        let values = coded.values();
        let texts = values.as_string_opt::<i32>().ok_or_else(wrong)?;
        // A row group's batches share its dictionary.
        let mut known = match self.before.take() {
            Some((before, known)) if Arc::ptr_eq(&before, values) => known,
            _ => vec![NONE; texts.len()],
        };
        let keys = coded.keys();
        let nulls = coded.logical_nulls();
        let mut codes = Vec::with_capacity(keys.len());
        for (row, &key) in keys.values().iter().enumerate() {
            if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                codes.push(0);
                continue;
            }
            let code = &mut known[key as usize];
            if *code == NONE {
                *code = self.code(texts.value(key as usize));
            }
            codes.push(*code);
        }
        self.before = Some((Arc::clone(values), known));
        Ok(Int32Array::new(codes.into(), nulls))
    }

    /// The column that these codes stand for.
    ///
    /// # Errors
    /// One of them was never given.
    pub fn column(&mut self, codes: &Int32Array) -> Result<ArrayRef, ArrowError> {
        let listed = match self.listed.take() {
            Some(listed) if listed.len() == self.count() => listed,
            _ => Arc::new(StringArray::from_iter_values(self.texts())),
        };
        let column = DictionaryArray::try_new(codes.clone(), Arc::clone(&listed) as ArrayRef)?;
        self.listed = Some(listed);
        Ok(Arc::new(column))
    }

    fn code(&mut self, text: &str) -> i32 {
        match &mut self.known {
            Known::All(numbered) => numbered.number(text) as i32,
            Known::Sorted(texts) => {
                if texts.last().is_none_or(|last| last != text) {
                    texts.push(text.to_owned());
                }
                texts.len() as i32 - 1
            }
        }
    }
}
