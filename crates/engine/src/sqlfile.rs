//! SQL files: what their header says, what the comments beside their columns say, and their text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use datafusion::sql::sqlparser::dialect::DuckDbDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use crate::error::{Error, Result};
use crate::fault::SqlFault;
use crate::template::{Context, Rendered};

/// The comment block at the top of a file: `-- key: value` lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The behaviour that the file's features are about.
    pub family: Option<String>,
    /// What one row is.
    pub grain: Option<String>,
    /// The source its rows come from.
    pub source: Option<String>,
    /// What the file is about, in a sentence.
    pub meaning: Option<String>,
}

/// A SQL file as it stands on disk.
#[derive(Debug, Clone)]
pub struct SqlFile {
    /// Path, as it was given.
    pub path: String,
    /// The template.
    pub text: String,
    /// What its header says.
    pub header: Header,
}

impl SqlFile {
    /// Reads a file.
    ///
    /// # Errors
    /// It is missing or not UTF-8.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| {
            let error = match e.kind() {
                std::io::ErrorKind::NotFound => Error::missing(format!("{shown}: no such SQL file")),
                std::io::ErrorKind::InvalidData => {
                    Error::bad_spec(format!("{shown}: the file is not UTF-8 text"))
                }
                _ => Error::missing(format!("{shown}: cannot read the SQL file: {e}")),
            };
            error.because(e)
        })?;
        Ok(Self { path: shown, header: header(&text), text })
    }

    /// The file's name without folder and ending: the name of the table it makes.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".sql").unwrap_or(name)
    }

    /// Renders the template.
    ///
    /// # Errors
    /// A fault of the template, with its place.
    pub fn render(&self, context: &Context) -> Result<String> {
        Ok(self.rendered(context)?.sql)
    }

    pub(crate) fn rendered(&self, context: &Context) -> Result<Rendered> {
        context.render(&self.text).map_err(|fault| fault.in_file(&self.path, &self.text, None))
    }

    pub(crate) fn fault(&self, fault: &SqlFault, rendered: &Rendered) -> Error {
        fault.in_file(&self.path, &self.text, Some((&rendered.sql, &rendered.lines)))
    }
}

/// Reads the SQL files that a path or glob names, ordered by name.
///
/// # Errors
/// Nothing matches, or a file cannot be read.
pub fn find_sql(pattern: &str) -> Result<Vec<SqlFile>> {
    let files = foretell_storage::expand(pattern)?;
    files.iter().map(|file| SqlFile::read(&file.path)).collect()
}

/// Finds the folder `sql/`: below the working directory, or else beside a folder above the spec.
///
/// # Errors
/// There is none.
pub fn sql_root(spec: &Path) -> Result<PathBuf> {
    let here = PathBuf::from("sql");
    let above = spec.ancestors().skip(1).map(|folder| folder.join("sql"));
    [here].into_iter().chain(above).find(|folder| folder.join("features").is_dir()).ok_or_else(|| {
        Error::missing("no folder `sql/features`")
            .hint("start the command in the project's folder, or keep the spec below it")
    })
}

fn header(text: &str) -> Header {
    let mut header = Header::default();
    for line in text.lines() {
        let Some(comment) = line.strip_prefix("--") else { break };
        let Some((key, value)) = comment.split_once(':') else { continue };
        let value = Some(value.trim().to_owned());
        match key.trim() {
            "family" => header.family = value,
            "grain" => header.grain = value,
            "source" => header.source = value,
            "meaning" => header.meaning = value,
            _ => {}
        }
    }
    header
}

/// Column name to the sentence in the `--:` comment above it.
///
/// A comment speaks of the next `AS name` at its own depth of parentheses.
pub(crate) fn descriptions(sql: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Ok(tokens) = Tokenizer::new(&DuckDbDialect {}, sql).tokenize_with_location() else {
        return found;
    };
    let mut depth = 0_i32;
    let mut comment: Option<(i32, String)> = None;
    let mut after_as = false;
    for token in &tokens {
        match &token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::Whitespace(Whitespace::SingleLineComment { comment: text, .. }) => {
                if let Some(sentence) = text.strip_prefix(':') {
                    comment = Some((depth, sentence.trim().to_owned()));
                }
            }
            Token::Word(word) => {
                if after_as && comment.as_ref().is_some_and(|(at, _)| *at == depth) {
                    if let Some((_, sentence)) = comment.take() {
                        found.insert(word.value.clone(), sentence);
                    }
                    after_as = false;
                } else {
                    after_as = word.quote_style.is_none() && word.value.eq_ignore_ascii_case("as");
                }
            }
            Token::Whitespace(_) => {}
            _ => after_as = false,
        }
    }
    found
}
