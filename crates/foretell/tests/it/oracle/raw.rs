//! Raw CSV files, line by line: a line is a row, or it is spoiled.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// All files of one source.
pub struct Table {
    pub columns: HashMap<String, usize>,
    pub rows: Vec<Row>,
    pub files: usize,
}

/// A line and its fields; `None` where they cannot be told apart.
pub struct Row {
    pub file: String,
    pub line: usize,
    pub fields: Option<Vec<String>>,
}

/// The cells of one row, by column.
pub struct Cells<'a> {
    columns: &'a HashMap<String, usize>,
    fields: &'a [String],
}

impl Table {
    pub fn cells<'a>(&'a self, fields: &'a [String]) -> Cells<'a> {
        Cells { columns: &self.columns, fields }
    }
}

impl Cells<'_> {
    pub fn at(&self, column: &str) -> &str {
        &self.fields[self.columns[column]]
    }
}

/// Reads `folder/name/*.csv` in the order of their names. No row of these files spans lines.
pub fn read(folder: &Path, name: &str) -> Table {
    let mut paths: Vec<_> = fs::read_dir(folder.join(name)).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let mut table = Table { columns: HashMap::new(), rows: Vec::new(), files: paths.len() };
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let header = fields(lines.next().unwrap()).unwrap();
        let columns = header.into_iter().enumerate().map(|(at, column)| (column, at)).collect();
        assert!(table.columns.is_empty() || table.columns == columns, "{}: another header", path.display());
        table.columns = columns;
        let file = format!("{name}/{}", path.file_name().unwrap().display());
        for (number, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
            let fields = fields(line).filter(|fields| fields.len() == table.columns.len());
            table.rows.push(Row { file: file.clone(), line: number + 2, fields });
        }
    }
    table
}

/// The fields of a line; `None` where it is no UTF-8 or a quote stays open.
fn fields(line: &[u8]) -> Option<Vec<String>> {
    let text = str::from_utf8(line).ok()?.trim_end_matches('\r');
    if text.matches('"').count() % 2 == 1 {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let record = reader.records().next().unwrap().unwrap();
    Some(record.iter().map(str::to_owned).collect())
}

/// Reads a decimal number exactly, in ten-thousandths.
pub fn ten_thousandths(cell: &str) -> Option<i128> {
    let (negative, digits) = cell.strip_prefix('-').map_or((false, cell), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 4 || !plain(whole) || !plain(part) {
        return None;
    }
    let value: i128 = format!("{whole}{part:0<4}").parse().ok()?;
    Some(if negative { -value } else { value })
}
