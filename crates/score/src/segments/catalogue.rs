//! `customer_catalogue`: what each column of `customers` says.

use arrow::array::RecordBatch;
use foretell_engine::{Questions, Result};
use serde::Serialize;

use super::sql::Sql;
use crate::tables::{batch, text};

/// One column of `customers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustomerColumn {
    /// The column.
    pub column: String,
    /// The question it answers: its file's name.
    pub question: String,
    /// `bool`, `int64`, `float64`, `utf8` or `date32`.
    pub data_type: String,
    /// What it says, in a sentence.
    pub description: String,
    /// The file that makes it.
    pub sql_file: String,
}

/// Every column, in the order of the table.
pub(crate) fn entries(sql: &Sql, questions: &Questions) -> Vec<CustomerColumn> {
    let answers = questions.answers();
    let columns = answers.iter().flat_map(|answer| {
        let file = &sql.questions[answer.file];
        answer.columns.iter().map(move |column| CustomerColumn {
            column: column.name.clone(),
            question: file.stem().to_owned(),
            data_type: match column.data_type.to_string().to_lowercase().as_str() {
                "boolean" => "bool".to_owned(),
                other => other.to_owned(),
            },
            description: column
                .description
                .clone()
                .or_else(|| file.header.meaning.clone())
                .unwrap_or_else(|| column.name.replace('_', " ")),
            sql_file: sql.below_root(file),
        })
    });
    columns.collect()
}

pub(crate) fn table(entries: &[CustomerColumn]) -> Result<RecordBatch> {
    let column =
        |get: fn(&CustomerColumn) -> &String| text(entries.iter().map(move |entry| Some(get(entry))));
    batch(vec![
        ("column", column(|entry| &entry.column)),
        ("question", column(|entry| &entry.question)),
        ("type", column(|entry| &entry.data_type)),
        ("description", column(|entry| &entry.description)),
        ("sql_file", column(|entry| &entry.sql_file)),
    ])
}
