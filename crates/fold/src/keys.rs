//! Rows of a small table found by texts.

use arrow::array::{Array, StringArray, UInt32Array};
use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use crate::numbered::Numbered;

/// The rows of a small table by its key: one text or several, of which each combination stands in one row at most.
#[derive(Debug)]
pub struct Keys {
    /// The different texts of each column of the key, by their number.
    columns: Vec<Numbered>,
    /// Numbers of the texts as one number, and the row.
    rows: HashTable<(u64, u32)>,
}

fn spread(key: u64) -> u64 {
    xxh3_64(&key.to_le_bytes())
}

impl Keys {
    /// Notes the rows of a table by the columns of its key; rows with a NULL among them are never found.
    ///
    /// `None` where two rows have one key, or where there are more combinations than numbers.
    pub fn new(key: &[&StringArray]) -> Option<Self> {
        let mut columns = Vec::with_capacity(key.len());
        let mut combinations = 1_u64;
        for column in key {
            let mut texts = Numbered::default();
            column.iter().flatten().for_each(|text| _ = texts.number(text));
            combinations = combinations.checked_mul(texts.count().max(1) as u64)?;
            columns.push(texts);
        }
        let mut keys = Self { columns, rows: HashTable::new() };
        for row in 0..key.first()?.len() {
            let Some(found) = keys.key(key, row) else { continue };
            let entry = keys.rows.entry(spread(found), |(key, _)| *key == found, |(key, _)| spread(*key));
            match entry {
                hashbrown::hash_table::Entry::Occupied(_) => return None,
                hashbrown::hash_table::Entry::Vacant(place) => place.insert((found, row as u32)),
            };
        }
        Some(keys)
    }

    /// The row of each key; NULL where there is none.
    pub fn find(&self, key: &[&StringArray]) -> UInt32Array {
        let rows = key.first().map_or(0, |column| column.len());
        let row = |row| {
            let key = self.key(key, row)?;
            self.rows.find(spread(key), |(known, _)| *known == key).map(|(_, row)| *row)
        };
        (0..rows).map(row).collect()
    }

    /// The numbers of a row's texts as one number; `None` where one of them is NULL or unknown.
    fn key(&self, columns: &[&StringArray], row: usize) -> Option<u64> {
        let mut key = 0;
        for (texts, column) in self.columns.iter().zip(columns) {
            let number = column.is_valid(row).then(|| texts.find(column.value(row)))??;
            key = key * texts.count() as u64 + u64::from(number);
        }
        Some(key)
    }
}
