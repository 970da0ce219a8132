//! The files of one kind of data: begun and ended with the period, soiled and counted on the way.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::dirt::{Dirt, Fields, Soiler};
use crate::encoder::Encoder;
use crate::error::{At, Error, Result};
use crate::options::{Compression, Options};
use crate::rows::Table;

/// Folders below the output folder that belong to a simulation.
const FOLDERS: [&str; 4] = ["transactions", "events", "customers", "truth"];

/// Makes the output folder ready.
///
/// # Errors
/// [`Error::NotEmpty`] when it holds something and `force` is not set.
pub fn prepare(out: &Path, force: bool) -> Result<()> {
    fs::create_dir_all(out).at("create", out)?;
    if force {
        for folder in FOLDERS.map(|folder| out.join(folder)).iter().filter(|folder| folder.exists()) {
            fs::remove_dir_all(folder).at("replace", folder)?;
        }
    } else if fs::read_dir(out).at("read", out)?.next().is_some() {
        return Err(Error::NotEmpty { path: out.to_owned() });
    }
    for folder in FOLDERS.map(|folder| out.join(folder)) {
        fs::create_dir_all(&folder).at("create", &folder)?;
    }
    Ok(())
}

/// What all rows of a kind of data have in common.
#[derive(Debug)]
pub struct Kind {
    /// Folder below the output folder.
    pub folder: &'static str,
    /// First line of each file.
    pub header: &'static str,
    /// Where dirt falls.
    pub fields: Fields,
}

/// Files of one kind of data, one of them open at a time.
pub struct Files {
    out: PathBuf,
    kind: &'static Kind,
    compression: Compression,
    open: Option<Open>,
    written: Table,
    scratch: Vec<u8>,
}

struct Open {
    /// Path below the output folder.
    name: String,
    path: PathBuf,
    encoder: Encoder,
    lines: u64,
    has_open_quote: bool,
}

/// A row made bad: where it stands and how it is bad.
#[derive(Debug)]
pub struct BadRow {
    /// File, as a path below the output folder.
    pub file: String,
    /// Line of the file, from 1.
    pub line: u64,
    /// How it is bad.
    pub kind: Dirt,
}

impl Files {
    /// Prepares for files of this kind; none is begun yet.
    pub fn new(options: &Options, kind: &'static Kind) -> Self {
        Self {
            out: options.out.clone(),
            kind,
            compression: options.compression,
            open: None,
            written: Table::default(),
            scratch: Vec::new(),
        }
    }

    /// Ends the open file and begins `folder/stem.csv`, unless that is the open one.
    ///
    /// # Errors
    /// [`Error::Io`] when a file cannot be written.
    pub fn turn_to(&mut self, stem: &str) -> Result<()> {
        let ending = match self.compression {
            Compression::None => "csv",
            Compression::Gzip => "csv.gz",
            Compression::Zstd => "csv.zst",
        };
        let name = format!("{}/{stem}.{ending}", self.kind.folder);
        if self.open.as_ref().is_some_and(|open| open.name == name) {
            return Ok(());
        }
        self.end()?;
        let path = self.out.join(&name);
        let mut encoder = Encoder::create(&path, self.compression)?;
        writeln!(encoder, "{}", self.kind.header).at("write", &path)?;
        self.written.files += 1;
        self.open = Some(Open { name, path, encoder, lines: 1, has_open_quote: false });
        Ok(())
    }

    /// Writes a row, given without line break, to the open file.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be written.
    pub fn write(&mut self, line: &[u8], soiler: &mut Soiler) -> Result<Option<BadRow>> {
        let Some(open) = &mut self.open else { return Ok(None) };
        self.scratch.clear();
        let dirt = soiler.pass(line, &self.kind.fields, open.has_open_quote, &mut self.scratch);
        open.encoder.write_all(&self.scratch).at("write", &open.path)?;
        let rows = if dirt == Some(Dirt::Duplicate) { 2 } else { 1 };
        open.lines += rows;
        open.has_open_quote |= dirt == Some(Dirt::OpenQuote);
        self.written.rows += rows;
        self.written.bad_rows += u64::from(dirt.is_some());
        Ok(dirt.map(|kind| BadRow { file: open.name.clone(), line: open.lines, kind }))
    }

    /// Ends the open file and says what was written.
    ///
    /// # Errors
    /// [`Error::Io`] when the rest cannot be written.
    pub fn finish(mut self) -> Result<Table> {
        self.end()?;
        Ok(self.written)
    }

    fn end(&mut self) -> Result<()> {
        match self.open.take() {
            Some(open) => open.encoder.finish().at("write", &open.path),
            None => Ok(()),
        }
    }
}
