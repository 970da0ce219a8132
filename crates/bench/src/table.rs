//! The sheet as Markdown.

use comfy_table::{CellAlignment, Table, presets};
use indicatif::HumanCount;

use crate::figures::figures;
use crate::machine::Machine;
use crate::sheet::{Does, Measurement, Sheet};

const MIB: f64 = 1024.0 * 1024.0;

/// Columns that hold text; the others hold numbers.
const TEXTS: usize = 4;

const HEADER: [&str; 13] = [
    "case",
    "engine",
    "form",
    "result",
    "rows",
    "customers",
    "features",
    "cutoffs",
    "CPU s",
    "wall s",
    "peak MiB",
    "CPU / foretell",
    "values equal",
];

/// The whole report: the machine, what is measured, and of each size a table and its figures.
pub fn report(machine: &Machine, threads: usize, repeat: u32, sheets: &[Sheet]) -> String {
    let runs = match repeat {
        1 => "each was run once".to_owned(),
        _ => format!("of {repeat} runs the one with the fewest CPU seconds counts"),
    };
    let mut text = format!(
        "{}\n\nWhole processes are measured, from start to end: CPU s is user and system time, peak MiB the \
         largest resident memory. Each engine has {threads} threads; {runs}. Peers read rows that are typed \
         and sorted by customer already, as foretell reads its lake; `ingest` says what that costs. Results \
         are Parquet, zstd level 1. `values equal` are values held against foretell's: whole numbers exact, \
         floats to 1e-9 of their size. featuretools knows fewer of the features.\n",
        machine.sentence()
    );
    for sheet in sheets {
        text.push_str(&format!("\n### {} lines\n\n{}\n\n", grouped(sheet.size), table(sheet)));
        for figure in figures(sheet) {
            text.push_str(&format!("- {figure}\n"));
        }
        for fault in sheet.faults() {
            text.push_str(&format!("- **differs**: {fault}\n"));
        }
    }
    text
}

fn table(sheet: &Sheet) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(HEADER);
    for column in table.column_iter_mut().skip(TEXTS) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for m in &sheet.measurements {
        table.add_row(row(sheet, m));
    }
    table
}

fn row(sheet: &Sheet, m: &Measurement) -> Vec<String> {
    let count = |number: u64| if number == 0 { String::new() } else { grouped(number) };
    vec![
        m.case.to_owned(),
        m.engine.to_owned(),
        m.form.clone(),
        if m.does == Does::Write { "written" } else { "computed only" }.to_owned(),
        grouped(m.rows),
        count(m.customers),
        count(m.features),
        count(m.cutoffs),
        format!("{:.1}", m.cost.cpu_s()),
        format!("{:.1}", m.cost.wall_s),
        grouped((m.cost.peak_bytes as f64 / MIB).round() as u64),
        ratio(sheet, m).map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        m.agreement.as_ref().map_or_else(String::new, |a| {
            if a.faults.is_empty() { grouped(a.values) } else { "NO".to_owned() }
        }),
    ]
}

/// CPU seconds as a multiple of foretell's for the same thing; nothing for foretell itself.
fn ratio(sheet: &Sheet, m: &Measurement) -> Option<f64> {
    let same = |f: &&Measurement| {
        f.engine == "foretell" && f.case == m.case && f.does == m.does && f.cutoffs == m.cutoffs
    };
    let foretell = sheet.measurements.iter().find(same)?;
    (m.engine != "foretell").then(|| m.cost.cpu_s() / foretell.cost.cpu_s())
}

/// A number with commas between thousands.
pub fn grouped(number: u64) -> String {
    HumanCount(number).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::{measured, sheet};

    #[test]
    fn thousands_are_grouped() {
        let shown: Vec<String> = [0, 999, 1000, 20_000_000].into_iter().map(grouped).collect();
        assert_eq!(shown, ["0", "999", "1,000", "20,000,000"]);
    }

    #[test]
    fn a_row_compares_with_foretell_doing_the_same() {
        let sheet = sheet();
        let rows: Vec<Vec<String>> = sheet.measurements.iter().map(|m| row(&sheet, m)).collect();
        let shown: Vec<&[String]> = rows.iter().map(|row| &row[8..]).collect();
        assert_eq!(
            shown,
            [
                ["10.0", "5.0", "512", "", ""],
                ["40.0", "20.0", "2,048", "4.00", "1,500"],
                ["30.0", "15.0", "1,536", "", ""],
                ["25.0", "12.5", "1,280", "2.50", "NO"],
            ]
        );
    }

    #[test]
    fn a_difference_is_told_in_table_and_list() {
        let sheet = sheet();
        assert_eq!(sheet.faults(), ["features Polars steps: lines_7d: 1 customer differs"]);
        assert!(table(&sheet).to_string().lines().all(|line| line.starts_with('|') && line.ends_with('|')));
    }

    #[test]
    fn one_cutoff_is_not_compared_with_many() {
        let mut sheet = sheet();
        let many = Measurement { cutoffs: 24, ..measured("DuckDB", "steps", Does::Write, 90.0) };
        sheet.measurements.push(many.clone());
        assert_eq!(ratio(&sheet, &many), None);
    }
}
