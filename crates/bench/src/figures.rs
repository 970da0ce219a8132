//! What the measurements of several cases say together, a sentence each.

use crate::sheet::{Does, Measurement, Sheet};

/// The sentences that the sheet has the measurements for.
pub fn figures(sheet: &Sheet) -> Vec<String> {
    [
        against(sheet, "DuckDB"),
        against(sheet, "Polars"),
        with_ingest(sheet),
        writing(sheet, "foretell"),
        writing(sheet, "DuckDB"),
        writing(sheet, "Polars"),
        cutoffs(sheet, "foretell"),
        cutoffs(sheet, "DuckDB"),
        cutoffs(sheet, "Polars"),
        fixed(sheet),
        increment(sheet),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A peer's best form against foretell.
fn against(sheet: &Sheet, engine: &str) -> Option<String> {
    let ours = sheet.find("features", "foretell", Does::Write)?;
    let theirs = sheet.best("features", engine, Does::Write)?;
    Some(format!(
        "features written: the best form of {engine} (`{}`) took {:.2} times the CPU seconds of foretell and {:.2} \
         times its memory",
        theirs.form,
        cpu(theirs) / cpu(ours),
        theirs.cost.peak_bytes as f64 / ours.cost.peak_bytes as f64,
    ))
}

/// Features with what ingest costs once.
fn with_ingest(sheet: &Sheet) -> Option<String> {
    let ours =
        [sheet.find("ingest", "foretell", Does::Write)?, sheet.find("features", "foretell", Does::Write)?];
    let theirs =
        [sheet.best("ingest", "DuckDB", Does::Write)?, sheet.best("features", "DuckDB", Does::Write)?];
    let total = |both: [&Measurement; 2]| both.into_iter().map(cpu).sum::<f64>();
    Some(format!(
        "ingest and features of one cutoff: foretell {:.1} CPU s, DuckDB {:.1} CPU s ({:.2} times)",
        total(ours),
        total(theirs),
        total(theirs) / total(ours),
    ))
}

fn writing(sheet: &Sheet, engine: &str) -> Option<String> {
    let written = sheet.best("features", engine, Does::Write)?;
    let computed = sheet.best("features", engine, Does::Compute)?;
    Some(format!(
        "{engine}: computing alone {:.1} CPU s, computing and writing {:.1} CPU s ({:.2} times)",
        cpu(computed),
        cpu(written),
        cpu(written) / cpu(computed),
    ))
}

fn cutoffs(sheet: &Sheet, engine: &str) -> Option<String> {
    let of = |many: bool| {
        let mut all = sheet.measurements.iter().filter(|m| m.case == "cutoffs" && m.engine == engine);
        all.find(|m| (m.cutoffs > 1) == many)
    };
    let (one, many) = (of(false)?, of(true)?);
    Some(format!(
        "{engine}: {} cutoffs took {:.2} times the CPU seconds of the newest one",
        many.cutoffs,
        cpu(many) / cpu(one),
    ))
}

/// Where cost is a fixed part and a part that grows with the rows, two sizes tell both.
fn fixed(sheet: &Sheet) -> Option<String> {
    let mut both = sheet.measurements.iter().filter(|m| m.case == "fixed");
    let (all, tenth) = (both.next()?, both.next()?);
    let a_row = (cpu(all) - cpu(tenth)) / (all.rows as f64 - tenth.rows as f64);
    Some(format!(
        "{:.1} times the rows took {:.2} times the CPU seconds: {:.2} s a million rows and {:.2} s whatever \
         the rows",
        all.rows as f64 / tenth.rows as f64,
        cpu(all) / cpu(tenth),
        a_row * 1e6,
        cpu(tenth) - a_row * tenth.rows as f64,
    ))
}

fn increment(sheet: &Sheet) -> Option<String> {
    let mut all = sheet.measurements.iter().filter(|m| m.case == "increment");
    let (full, day) = (all.next()?, all.next()?);
    Some(format!(
        "a day of files added took {:.3} times the CPU seconds of ingesting everything from the beginning",
        cpu(day) / cpu(full),
    ))
}

fn cpu(m: &Measurement) -> f64 {
    m.cost.cpu_s()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::{measured, sheet};

    #[test]
    fn only_what_was_measured_is_said() {
        assert_eq!(
            figures(&sheet()),
            [
                "features written: the best form of DuckDB (`steps`) took 4.00 times the CPU seconds of foretell \
                 and 4.00 times its memory",
                "features written: the best form of Polars (`steps`) took 2.50 times the CPU seconds of foretell \
                 and 2.50 times its memory",
                "DuckDB: computing alone 30.0 CPU s, computing and writing 40.0 CPU s (1.33 times)",
            ]
        );
        assert!(figures(&Sheet { size: 1, measurements: Vec::new() }).is_empty());
    }

    #[test]
    fn two_sizes_tell_the_fixed_part() {
        let of =
            |rows, cpu_s| Measurement { case: "fixed", rows, ..measured("foretell", "", Does::Write, cpu_s) };
        // 2 s whatever the rows, and 3 s a million.
        let measurements = vec![of(10_000_000, 32.0), of(1_000_000, 5.0)];
        let said = figures(&Sheet { size: 10_000_000, measurements });
        assert_eq!(
            said,
            ["10.0 times the rows took 6.40 times the CPU seconds: 3.00 s a million rows and 2.00 s \
                 whatever the rows"]
        );
    }

    #[test]
    fn a_night_is_held_against_the_whole() {
        let of = |cpu_s| Measurement { case: "increment", ..measured("foretell", "", Does::Write, cpu_s) };
        let said = figures(&Sheet { size: 1, measurements: vec![of(40.0), of(2.0)] });
        assert!(said[0].contains("took 0.050 times"), "{said:?}");
    }
}
