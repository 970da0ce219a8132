//! Which slice each row is in: one look at a column, however many slices are about it.

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, StringArray};
use arrow::datatypes::Int32Type;

use crate::numbered::Numbered;
use crate::text::same;

/// The values of one column that have a slice of their own, numbered in order.
#[derive(Debug, Clone)]
pub struct Slices(Numbered);

impl Slices {
    /// Numbers values; each must be given once, and there may be some 65,000 of them.
    pub fn new(values: Vec<String>) -> Self {
        let mut numbered = Numbered::default();
        values.iter().take(usize::from(u16::MAX)).for_each(|value| _ = numbered.number(value));
        Self(numbered)
    }

    /// Number of slices.
    pub fn count(&self) -> u16 {
        self.0.count() as u16
    }

    /// The slice of each row of a column of texts, coded or not; a number that no slice has where there is none.
    pub fn codes(&self, column: &ArrayRef) -> Vec<u16> {
        match column.as_dictionary_opt::<Int32Type>() {
            Some(coded) => self.of_coded(coded),
            None => self.of_texts(column.as_string()),
        }
    }

    /// Looks at each text of the dictionary that a row has, once.
    fn of_coded(&self, column: &DictionaryArray<Int32Type>) -> Vec<u16> {
        const UNKNOWN: u32 = u32::MAX;
        let texts = column.values().as_string::<i32>();
        let mut known = vec![UNKNOWN; texts.len()];
        let code = |key: Option<i32>| {
            let Some(key) = key else { return u16::MAX };
            let known = &mut known[key as usize];
            if *known == UNKNOWN {
                *known = u32::from(self.code(texts.value(key as usize)));
            }
            *known as u16
        };
        column.keys().iter().map(code).collect()
    }

    fn of_texts(&self, column: &StringArray) -> Vec<u16> {
        let mut codes: Vec<u16> = Vec::with_capacity(column.len());
        let mut before: Option<(&str, u16)> = None;
        for value in column {
            let Some(value) = value else {
                codes.push(u16::MAX);
                continue;
            };
            let code = match before {
                Some((before, code)) if same(before, value) => code,
                _ => self.code(value),
            };
            before = Some((value, code));
            codes.push(code);
        }
        codes
    }

    fn code(&self, value: &str) -> u16 {
        self.0.find(value).map_or(u16::MAX, |number| number as u16)
    }
}
