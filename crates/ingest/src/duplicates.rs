//! Which rows are left out: those there already, and those whose key an earlier row has.

use std::collections::{HashMap, HashSet};

use arrow::array::{AsArray, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::row::Rows;
use foretell_engine::{HASH, Result};

use crate::numbers::Hashes;
use crate::older::{Answer, Older, Question};
use crate::order::{Moment, Moments};
use crate::shape::{KEY, Shape, column, hashes, wrong};
use crate::sums::Sums;

/// The rows of a bucket.
pub(crate) struct Bucket<'a> {
    pub(crate) rows: &'a RecordBatch,
    /// For each row the rank of its customer.
    pub(crate) customer: &'a [u32],
    /// For each row its key, where the source has one.
    pub(crate) keys: Option<&'a Rows>,
    /// A row of each customer that is to be looked for in older runs.
    pub(crate) new: &'a [u32],
}

/// What stays of a bucket's rows, and what is left out.
///
/// Of rows equal in every raw field one stays, and of those left the earliest of each key, by instant and then by
/// content: not the newest, because a row that comes later must not undo what was known before. So the order in
/// which files came decides nothing, and neither does which of them were read in one run.
pub(crate) struct Duplicates {
    /// Numbers of the rows that stay, in the lake's order.
    pub(crate) kept: Vec<u32>,
    /// How many were left out as equal to another.
    pub(crate) exact: u64,
    /// How many gave way to an earlier one of the same key, those of older runs included.
    pub(crate) same_key: u64,
    /// Rows that gave way to an earlier one of the same key, which have to be known when they come again.
    pub(crate) displaced: Vec<RecordBatch>,
    /// By older run, the numbers of its rows that gave way to new ones.
    pub(crate) losses: Vec<Vec<usize>>,
    /// The customers that were looked for and are in older runs.
    pub(crate) customers: HashSet<String>,
}

/// A row of an older run: the run, the row's number in its answer, and what sorts it among those of its customer.
struct Place {
    older: usize,
    answer: u32,
    moment: Moment,
}

impl Duplicates {
    /// `order` are the numbers of the bucket's rows in the lake's order.
    pub(crate) fn find(shape: &Shape, bucket: &Bucket<'_>, order: Vec<u32>, older: &[Older]) -> Result<Self> {
        let mut found = Self {
            kept: order,
            exact: 0,
            same_key: 0,
            displaced: Vec::new(),
            losses: vec![Vec::new(); older.len()],
            customers: HashSet::new(),
        };
        let answers = found.ask(shape, bucket, older)?;
        if shape.drop_exact {
            found.leave_out_exact(shape, bucket, older, &answers)?;
        }
        if let Some(keys) = bucket.keys {
            found.leave_out_same_key(shape, bucket, keys, &answers)?;
        }
        Ok(found)
    }

    /// Asks the older runs whose rows stay where they are.
    fn ask(&mut self, shape: &Shape, bucket: &Bucket<'_>, older: &[Older]) -> Result<Vec<Answer>> {
        if older.iter().all(|run| run.merged) {
            return Ok(older.iter().map(|_| Answer::empty(shape)).collect());
        }
        let Bucket { rows, keys, .. } = *bucket;
        let set =
            |name: &str| -> Result<Hashes> { Ok(hashes(rows, name)?.values().iter().copied().collect()) };
        let by_row = if shape.drop_exact { Some(set(HASH)?) } else { None };
        let by_key = keys.map(|_| set(KEY)).transpose()?;
        let ids = rows.column(0).as_string_view();
        let customers = bucket.new.iter().map(|row| ids.value(*row as usize)).collect();
        let mut sums = Sums::default();
        sums.add(rows)?;
        let days = sums.days()?;
        let mut answers = Vec::with_capacity(older.len());
        for run in older {
            if run.merged {
                answers.push(Answer::empty(shape));
                continue;
            }
            let question = Question {
                customers: &customers,
                // Equal rows have one day: where no day is in both, none of the new rows is there.
                hashes: by_row.as_ref().filter(|_| run.days.share_a_day(&days)),
                keys: by_key.as_ref(),
            };
            let answer = run.answer(shape, &question)?;
            self.customers.extend(answer.customers.iter().cloned());
            answers.push(answer);
        }
        Ok(answers)
    }

    /// Leaves out rows that equal another of the bucket, of an older run, or one that gave way to another there.
    fn leave_out_exact(
        &mut self,
        shape: &Shape,
        bucket: &Bucket<'_>,
        older: &[Older],
        answers: &[Answer],
    ) -> Result<()> {
        let mut displaced = Vec::new();
        for run in older {
            if let Some(rows) = run.displaced(shape)? {
                if run.merged {
                    self.displaced.push(rows.clone());
                }
                displaced.push(rows);
            }
        }
        let mut there: HashSet<(&str, Moment)> = HashSet::new();
        for rows in answers.iter().map(|answer| &answer.rows).chain(&displaced) {
            let moments = Moments::of(rows)?;
            let ids = rows.column(0).as_string_view().iter().flatten();
            there.extend(ids.enumerate().map(|(row, id)| (id, moments.get(row))));
        }
        let before = self.kept.len();
        let moments = Moments::of(bucket.rows)?;
        // Sorted by all that makes rows equal, equal ones stand together.
        self.kept.dedup_by_key(|row| (bucket.customer[*row as usize], moments.get(*row as usize)));
        if !there.is_empty() {
            let ids = bucket.rows.column(0).as_string_view();
            self.kept.retain(|row| !there.contains(&(ids.value(*row as usize), moments.get(*row as usize))));
        }
        self.exact = (before - self.kept.len()) as u64;
        Ok(())
    }

    /// Leaves out rows of a customer that share the key with an earlier one.
    fn leave_out_same_key(
        &mut self,
        shape: &Shape,
        bucket: &Bucket<'_>,
        keys: &Rows,
        answers: &[Answer],
    ) -> Result<()> {
        let of_older = answers.iter().map(|answer| shape.keys(&answer.rows)).collect::<Result<Vec<_>>>()?;
        let mut there: HashMap<&[u8], Place> = HashMap::new();
        for (older, (keys, answer)) in of_older.iter().zip(answers).enumerate() {
            let moments = Moments::of(&answer.rows)?;
            let places = (0..).zip(keys.iter().flatten());
            there.extend(places.map(|(answer, key)| {
                (key.data(), Place { older, answer, moment: moments.get(answer as usize) })
            }));
        }
        let moments = Moments::of(bucket.rows)?;
        // A customer's rows lie together, so it is enough to remember the keys of one.
        let mut at = None;
        let mut seen: HashSet<&[u8]> = HashSet::new();
        let (mut late, mut lost) = (Vec::new(), vec![Vec::new(); answers.len()]);
        self.kept.retain(|row| {
            let number = *row as usize;
            let customer = bucket.customer[number];
            if at.replace(customer) != Some(customer) {
                seen.clear();
            }
            let key = keys.row(number).data();
            if !seen.insert(key) {
                late.push(*row);
                return false;
            }
            let Some(Place { older, answer, moment }) = there.get(key) else { return true };
            if *moment <= moments.get(number) {
                late.push(*row);
                return false;
            }
            lost[*older].push(*answer);
            true
        });
        self.same_key = (late.len() + lost.iter().map(Vec::len).sum::<usize>()) as u64;
        for ((loss, numbers), answer) in self.losses.iter_mut().zip(&mut lost).zip(answers) {
            numbers.sort_unstable();
            loss.extend(numbers.iter().map(|number| answer.numbers[*number as usize]));
        }
        if shape.drop_exact {
            self.displaced.push(remembered(shape, bucket.rows, late)?);
            for (answer, numbers) in answers.iter().zip(lost) {
                self.displaced.push(remembered(shape, &answer.rows, numbers)?);
            }
        }
        Ok(())
    }
}

/// What is remembered of rows that gave way to others.
fn remembered(shape: &Shape, rows: &RecordBatch, numbers: Vec<u32>) -> Result<RecordBatch> {
    let columns = shape.sorted_by().into_iter().map(|name| Ok(column(rows, name)?.clone()));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let rows = RecordBatch::try_new(shape.displaced.clone(), columns).map_err(wrong)?;
    take_record_batch(&rows, &UInt32Array::from(numbers)).map_err(wrong)
}
