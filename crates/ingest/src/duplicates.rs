//! Which rows are left out: those there already, and those whose key an earlier row has.

use std::collections::{HashMap, HashSet};

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::row::Rows;
use foretell_engine::{HASH, Result};

use crate::numbers::Hashes;
use crate::older::{Answer, Older, Question};
use crate::shape::{KEY, Shape, column, hashes, keys, wrong};
use crate::sums::Sums;

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
    /// Customers among those asked for that older runs have.
    pub(crate) customers: HashSet<String>,
}

/// A row of an older run: the run, the row's number in it and in its answer.
struct Place {
    older: usize,
    answer: usize,
}

impl Duplicates {
    /// `place` has the rows' bytes by which they are sorted, `order` is that order, and `customers` are to be
    /// looked for in older runs.
    pub(crate) fn find(
        shape: &Shape,
        rows: &RecordBatch,
        place: &Rows,
        order: Vec<u32>,
        older: &[Older],
        customers: &HashSet<&str>,
    ) -> Result<Self> {
        let mut found = Self {
            kept: order,
            exact: 0,
            same_key: 0,
            displaced: Vec::new(),
            losses: vec![Vec::new(); older.len()],
            customers: HashSet::new(),
        };
        let answers = found.ask(shape, rows, older, customers)?;
        let places = answers.iter().map(|answer| keys(&answer.rows, &shape.sorted_by()));
        let places = places.collect::<Result<Vec<_>>>()?;
        if shape.drop_exact {
            found.leave_out_exact(shape, place, older, &places)?;
        }
        if !shape.key.is_empty() {
            found.leave_out_same_key(shape, rows, place, &answers, &places)?;
        }
        Ok(found)
    }

    /// Asks the older runs whose rows stay where they are.
    fn ask(
        &mut self,
        shape: &Shape,
        rows: &RecordBatch,
        older: &[Older],
        customers: &HashSet<&str>,
    ) -> Result<Vec<Answer>> {
        if older.iter().all(|run| run.merged) {
            return Ok(older.iter().map(|_| Answer::empty(shape)).collect());
        }
        let set =
            |name: &str| -> Result<Hashes> { Ok(hashes(rows, name)?.values().iter().copied().collect()) };
        let by_row = if shape.drop_exact { Some(set(HASH)?) } else { None };
        let by_key = if shape.key.is_empty() { None } else { Some(set(KEY)?) };
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
                customers,
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
        place: &Rows,
        older: &[Older],
        places: &[Rows],
    ) -> Result<()> {
        let mut there: HashSet<Box<[u8]>> = HashSet::new();
        for rows in places {
            there.extend(rows.iter().map(|row| row.data().into()));
        }
        for run in older {
            if let Some(displaced) = run.displaced(shape)? {
                there.extend(keys(&displaced, &shape.sorted_by())?.iter().map(|row| row.data().into()));
                if run.merged {
                    self.displaced.push(displaced);
                }
            }
        }
        let before = self.kept.len();
        // Sorted by all that makes rows equal, equal ones stand together.
        self.kept.dedup_by_key(|row| place.row(*row as usize));
        if !there.is_empty() {
            self.kept.retain(|row| !there.contains(place.row(*row as usize).data()));
        }
        self.exact = (before - self.kept.len()) as u64;
        Ok(())
    }

    /// Leaves out rows of a customer that share the key with an earlier one.
    fn leave_out_same_key(
        &mut self,
        shape: &Shape,
        rows: &RecordBatch,
        place: &Rows,
        answers: &[Answer],
        places: &[Rows],
    ) -> Result<()> {
        let of_older = answers.iter().map(|answer| keys(&answer.rows, &shape.key()));
        let of_older = of_older.collect::<Result<Vec<_>>>()?;
        let mut there: HashMap<&[u8], Place> = HashMap::new();
        for (older, keys) in of_older.iter().enumerate() {
            there.extend(keys.iter().enumerate().map(|(answer, key)| (key.data(), Place { older, answer })));
        }
        let key = keys(rows, &shape.key())?;
        let mut seen: HashSet<&[u8]> = HashSet::with_capacity(self.kept.len());
        let (mut late, mut lost) = (Vec::new(), vec![Vec::new(); answers.len()]);
        self.kept.retain(|row| {
            let number = *row as usize;
            let key = key.row(number).data();
            if !seen.insert(key) {
                late.push(*row);
                return false;
            }
            let Some(Place { older, answer }) = there.get(key) else { return true };
            if places[*older].row(*answer).data() <= place.row(number).data() {
                late.push(*row);
                return false;
            }
            lost[*older].push(*answer as u32);
            true
        });
        self.same_key = (late.len() + lost.iter().map(Vec::len).sum::<usize>()) as u64;
        for ((loss, numbers), answer) in self.losses.iter_mut().zip(&mut lost).zip(answers) {
            numbers.sort_unstable();
            loss.extend(numbers.iter().map(|number| answer.numbers[*number as usize]));
        }
        if shape.drop_exact {
            self.displaced.push(remembered(shape, rows, late)?);
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
