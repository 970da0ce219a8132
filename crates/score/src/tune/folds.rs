//! The validation cutoffs of a search: what each learns from, and what it is judged by.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_learn::Matrix;
use foretell_spec::Target;
use sha2::{Digest, Sha256};

use crate::dataset::{Customers, Dataset, Reader, learn_error};
use crate::split::{as_of, matures};

/// Validation cutoffs at most: each costs as many trainings as there are candidates.
const MOST: usize = 4;

/// Rows at most of each part of a fold, all of which are in memory at once: differences between lists are
/// seen well enough in so many.
const ROWS: u64 = 15_000;

/// Parts of the customers where history is too short to judge by cutoffs.
const PARTS: usize = 5;

/// One way to learn and to judge.
pub(super) struct Fold {
    /// Rows to learn from.
    pub(super) train: Dataset,
    /// Later rows (or other customers) to choose strength, calibration and threshold on.
    pub(super) validation: Dataset,
    /// Rows to judge by, of which nothing was known in training.
    pub(super) judged: Dataset,
    /// Cutoff of each judged row, numbered over all folds.
    pub(super) cutoffs: Vec<usize>,
}

/// All folds of a target.
pub(super) struct Folds {
    pub(super) folds: Vec<Fold>,
    /// The cutoffs judged by, ascending.
    pub(super) cutoffs: Vec<NaiveDate>,
    /// Says that history is too short, so that customers judge each other.
    pub(super) by_customer: bool,
    /// Customer of each judged row, numbered, fold after fold.
    pub(super) customers: Vec<usize>,
    /// Cutoff of each judged row, fold after fold.
    pub(super) cutoff_of: Vec<usize>,
}

/// Makes the folds out of what had matured by `day`, the newest cutoffs first in line.
///
/// Each fold is the recipe as of a validation cutoff, judged by what happened after it. With fewer than two
/// such cutoffs the customers are parted in five, and each fifth is foretold by the others.
pub(super) async fn folds(
    reader: &Reader<'_>,
    target: &Target,
    matured: &[NaiveDate],
    day: NaiveDate,
) -> Result<Folds> {
    let known: Vec<NaiveDate> = matured.iter().copied().filter(|c| matures(target, *c) <= day).collect();
    let mut splits = Vec::new();
    for cutoff in known.iter().rev() {
        let split = as_of(target, matured, *cutoff).filter(|split| !split.by_customer);
        splits.extend(split.map(|split| (*cutoff, split)));
        if splits.len() == MOST {
            break;
        }
    }
    splits.reverse();
    if splits.len() < 2 {
        return by_customer(reader, &known).await;
    }
    let mut folds = Vec::new();
    let mut cutoffs = Vec::new();
    for (number, (cutoff, split)) in splits.into_iter().enumerate() {
        let judged = reader.sampled(&[cutoff], Customers::All, ROWS).await?;
        folds.push(Fold {
            train: reader.sampled(&split.train, Customers::All, ROWS).await?,
            validation: reader.sampled(&[split.validation], Customers::All, ROWS).await?,
            cutoffs: vec![number; judged.customers.len()],
            judged,
        });
        cutoffs.push(cutoff);
    }
    Ok(Folds::new(folds, cutoffs, false))
}

async fn by_customer(reader: &Reader<'_>, known: &[NaiveDate]) -> Result<Folds> {
    let mut rows: Vec<(Dataset, Vec<usize>)> = Vec::new();
    for cutoff in known {
        let of_cutoff = reader.sampled(&[*cutoff], Customers::All, ROWS / known.len() as u64).await?;
        let parts = of_cutoff.customers.iter().map(|customer| part(customer)).collect();
        rows.push((of_cutoff, parts));
    }
    let mut folds = Vec::new();
    for judge in 0..PARTS {
        let validation = (judge + 1) % PARTS;
        let (judged, cutoffs) = gathered(&rows, |part| part == judge)?;
        folds.push(Fold {
            train: gathered(&rows, |part| part != judge && part != validation)?.0,
            validation: gathered(&rows, |part| part == validation)?.0,
            judged,
            cutoffs,
        });
    }
    Ok(Folds::new(folds, known.to_vec(), true))
}

/// The part of a customer: always the same one, at every cutoff and in whatever order rows come.
fn part(customer: &str) -> usize {
    let digest: [u8; 32] = Sha256::digest(customer.as_bytes()).into();
    usize::from(digest[1]) % PARTS
}

/// The rows of some parts of the customers, and the number of each row's cutoff.
fn gathered(rows: &[(Dataset, Vec<usize>)], wanted: impl Fn(usize) -> bool) -> Result<(Dataset, Vec<usize>)> {
    let mut taken = Vec::new();
    let mut cutoffs = Vec::new();
    let mut customers = Vec::new();
    let mut y = Vec::new();
    let mut parts = Vec::new();
    for (cutoff, (data, part_of)) in rows.iter().enumerate() {
        let picked: Vec<usize> = (0..part_of.len()).filter(|row| wanted(part_of[*row])).collect();
        parts.extend(data.parts.first().map(|(day, _)| (*day, picked.len())));
        cutoffs.extend(picked.iter().map(|_| cutoff));
        customers.extend(picked.iter().map(|row| data.customers[*row].clone()));
        y.extend(picked.iter().map(|row| data.y[*row]));
        taken.push(data.x.take_rows(&picked).map_err(learn_error)?);
    }
    let columns = taken.first().map(|x| x.columns().to_vec()).unwrap_or_default();
    let mut values = Vec::with_capacity(columns.len() * y.len());
    for column in 0..columns.len() {
        taken.iter().for_each(|x| values.extend_from_slice(x.column(column)));
    }
    let x = Matrix::new(y.len(), columns, values).map_err(learn_error)?;
    Ok((Dataset { customers, x, y, parts }, cutoffs))
}

impl Folds {
    fn new(folds: Vec<Fold>, cutoffs: Vec<NaiveDate>, by_customer: bool) -> Self {
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        let mut customers = Vec::new();
        for customer in folds.iter().flat_map(|fold| &fold.judged.customers) {
            let next = numbers.len();
            customers.push(*numbers.entry(customer.clone()).or_insert(next));
        }
        let cutoff_of = folds.iter().flat_map(|fold| fold.cutoffs.iter().copied()).collect();
        Self { folds, cutoffs, by_customer, customers, cutoff_of }
    }

    /// Rows judged by, over all folds.
    pub(super) fn rows(&self) -> usize {
        self.customers.len()
    }
}
