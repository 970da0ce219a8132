//! Different texts and their numbers.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use crate::text::same;

/// Texts, each once, numbered from 0 on as they were added.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbered {
    texts: Vec<String>,
    /// Hash and number of each.
    numbers: HashTable<(u64, u32)>,
}

impl Numbered {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.texts.len()
    }

    /// All of them, by their numbers.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The number of a text, if it has one.
    #[inline]
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        let hash = xxh3_64(text.as_bytes());
        let known = |&(h, number): &(u64, u32)| h == hash && same(&self.texts[number as usize], text);
        self.numbers.find(hash, known).map(|&(_, number)| number)
    }

    /// The number of a text, which it gets now if it has none.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        self.find(text).unwrap_or_else(|| {
            let (hash, number) = (xxh3_64(text.as_bytes()), self.texts.len() as u32);
            self.texts.push(text.to_owned());
            self.numbers.insert_unique(hash, (hash, number), |&(hash, _)| hash);
            number
        })
    }
}
