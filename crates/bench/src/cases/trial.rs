//! One comparison of features: foretell first, then every peer in every form, each result held against foretell's.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child::Ran;
use crate::error::Result;
use crate::sheet::{Agreement, Does, Measurement, Sheet};
use crate::shop::Shop;
use crate::tools::clear;

/// The argument of `features` that lets it compute without writing.
const COMPUTE_ONLY: &str = "--compute-only";

/// An engine that computes the features of a grid.
pub struct Peer {
    /// Its name.
    pub engine: &'static str,
    /// Its program in `peers/`.
    pub script: &'static str,
    /// The forms that it knows.
    pub forms: &'static [&'static str],
    /// What it reads: `lines.parquet` or `lines.duckdb`.
    pub lines: &'static str,
    /// It knows some of the features only.
    pub some: bool,
}

/// What is compared.
pub struct Trial<'a> {
    /// Name of the case.
    pub case: &'static str,
    /// Spec in `pipelines/`.
    pub spec: &'a str,
    /// Monthly cutoffs.
    pub cutoffs: u64,
    /// Who takes part, foretell aside.
    pub peers: &'a [Peer],
    /// Measures computing without writing too.
    pub compute: bool,
}

impl Trial<'_> {
    /// Runs it.
    ///
    /// # Errors
    /// A program fails; that results differ is no error here but stands in the sheet.
    pub fn run(&self, shop: &Shop<'_>, sheet: &mut Sheet) -> Result<()> {
        let made = self.foretell(shop, sheet)?;
        let grid = shop.folder.join(format!("grid-{}.json", self.case));
        if !self.peers.is_empty() {
            let mut read = shop.tools.peer("grid.py", &shop.folder);
            read.arg(shop.warehouse().join("tables/feature_catalogue")).arg(&grid);
            shop.tools.run(&mut read, "grid")?;
        }
        for peer in self.peers {
            for form in peer.forms {
                self.peer(shop, sheet, &made, &grid, peer, form)?;
            }
        }
        shop.tools.discard(&shop.warehouse().join("tables/features"))
    }

    fn foretell(&self, shop: &Shop<'_>, sheet: &mut Sheet) -> Result<Made> {
        let count = format!("cutoffs.count={}", self.cutoffs);
        let command = |more: Option<&str>| {
            let mut stage = shop.stage("features", self.spec, &shop.warehouse());
            stage.args(["--force", "--set", &count]).args(more);
            stage
        };
        let label = format!("{} foretell {} cutoffs", self.case, self.cutoffs);
        let ran = shop.tools.measure(&label, || Ok(()), || command(None))?;
        let made = Made::of(&ran)?;
        let mut add = |does, ran: &Ran| {
            sheet.add(Measurement {
                case: self.case,
                engine: "foretell",
                form: String::new(),
                does,
                rows: shop.kept,
                customers: made.customers,
                features: made.features,
                cutoffs: self.cutoffs,
                cost: ran.cost,
                agreement: None,
            });
        };
        add(Does::Write, &ran);
        if self.compute {
            let ran = shop.tools.measure(&label, || Ok(()), || command(Some(COMPUTE_ONLY)))?;
            add(Does::Compute, &ran);
        }
        Ok(made)
    }

    fn peer(
        &self,
        shop: &Shop<'_>,
        sheet: &mut Sheet,
        made: &Made,
        grid: &Path,
        peer: &Peer,
        form: &str,
    ) -> Result<()> {
        let out = shop.folder.join("out");
        let label = format!("{} {} {form} {} cutoffs", self.case, peer.engine, self.cutoffs);
        let command = |writes: bool| {
            let mut command = shop.tools.peer(peer.script, &shop.folder);
            command.arg("--lines").arg(shop.lines(peer.lines)).arg("--grid").arg(grid);
            command.args(["--form", form, "--threads", &shop.tools.threads.to_string()]);
            command.args(made.cutoffs.iter().flat_map(|day| ["--cutoff", day]));
            if writes {
                command.arg("--out").arg(&out);
            }
            command
        };
        let ran = shop.tools.measure(&label, || clear(&out), || command(true))?;
        let mut agreement = Agreement::default();
        for day in &made.cutoffs {
            let mut compare = shop.tools.peer("compare.py", &shop.folder);
            compare.arg(part(&shop.warehouse().join("tables/features"), day));
            compare.arg(part(&out, day)).arg(grid).args(peer.some.then_some("--some"));
            agreement = agreement.and(held(shop, &mut compare)?);
        }
        shop.tools.discard(&out)?;
        let mut add = |does, ran: &Ran, agreement: Option<Agreement>| {
            sheet.add(Measurement {
                case: self.case,
                engine: peer.engine,
                form: form.to_owned(),
                does,
                rows: shop.kept,
                customers: made.customers,
                features: agreement.as_ref().map_or(made.features, |a| a.columns),
                cutoffs: self.cutoffs,
                cost: ran.cost,
                agreement,
            });
        };
        add(Does::Write, &ran, Some(agreement));
        if self.compute {
            let ran = shop.tools.measure(&label, || Ok(()), || command(false))?;
            add(Does::Compute, &ran, None);
        }
        Ok(())
    }
}

/// What foretell made.
struct Made {
    customers: u64,
    features: u64,
    cutoffs: Vec<String>,
}

impl Made {
    fn of(ran: &Ran) -> Result<Self> {
        let pointer = "/stages/features/cutoffs";
        let cutoffs: Vec<(String, u64)> =
            serde_json::from_value(ran.part(pointer)?.clone()).map_err(|_| ran.lacks(pointer))?;
        Ok(Self {
            customers: cutoffs.last().map_or(0, |(_, customers)| *customers),
            features: ran.number("/stages/features/features")?,
            cutoffs: cutoffs.into_iter().map(|(day, _)| day).collect(),
        })
    }
}

/// Runs a comparison.
///
/// # Errors
/// It fails, or does not say what it found.
pub fn held(shop: &Shop<'_>, compare: &mut Command) -> Result<Agreement> {
    let ran = shop.tools.run(compare, "compare")?;
    serde_json::from_value(ran.answer.clone()).map_err(|_| ran.lacks("faults"))
}

fn part(folder: &Path, day: &str) -> PathBuf {
    folder.join(format!("cutoff={day}/part-0.parquet"))
}
