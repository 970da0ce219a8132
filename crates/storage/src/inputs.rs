//! Raw files: a path or a glob becomes a list of files, each known by its content.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use xxhash_rust::xxh3::Xxh3Default;

use crate::error::{Error, Kind, Result};

/// A raw file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Path below the glob's fixed part, with `/`; the same wherever the data folder lies.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Size in bytes.
    pub size: u64,
}

/// Bytes read at once.
const CHUNK: usize = 1 << 18;

impl InputFile {
    /// XXH3-128 of the file's bytes, in hex.
    ///
    /// It tells a file that changed from one that did not, of the same sender; it is no proof against one who
    /// wants to deceive, but every night reads all files for it, and SHA-256 would cost several times as much.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn fingerprint(&self) -> Result<String> {
        let mut file = File::open(&self.path).map_err(|e| unreadable(&self.path, &e))?;
        let mut hasher = Xxh3Default::new();
        let mut buffer = vec![0; CHUNK];
        loop {
            match file.read(&mut buffer).map_err(|e| unreadable(&self.path, &e))? {
                0 => return Ok(format!("{:032x}", hasher.digest128())),
                read => hasher.update(&buffer[..read]),
            }
        }
    }
}

/// Lists the files that `pattern` (a path or a glob; `*` stays within a folder, `**` does not) names,
/// ordered by name.
///
/// # Errors
/// [`Kind::Missing`] where nothing matches or a directory stands in place of a file.
pub fn expand(pattern: &str) -> Result<Vec<InputFile>> {
    let pattern = pattern.strip_prefix("file://").unwrap_or(pattern);
    if let Some((scheme, _)) = pattern.split_once("://") {
        return Err(Error::new(
            Kind::BadLocation,
            // Not the URL itself: a variable may have put a secret into it.
            format!("files: this build cannot read from `{scheme}://`"),
        )
        .hint("give a path on this machine"));
    }
    let (base, rest) = split(pattern);
    if rest.is_empty() {
        return single(&base, pattern);
    }
    let matcher = GlobBuilder::new(rest)
        .literal_separator(true)
        .build()
        .map_err(|e| Error::new(Kind::BadLocation, format!("files `{pattern}`: {}", e.kind())))?
        .compile_matcher();
    let mut found = Vec::new();
    if base.is_dir() {
        let depth = if rest.contains("**") { usize::MAX } else { rest.matches('/').count() };
        walk(&base, "", depth, &matcher, &mut found)?;
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if found.is_empty() {
        let why = if base.is_dir() { "no file matches" } else { "the folder does not exist" };
        return Err(Error::new(Kind::Missing, format!("files `{pattern}`: {why}"))
            .hint(format!("looked in {}", shown(&base))));
    }
    Ok(found)
}

/// Splits a pattern at its first wildcard: the folder before it, and what a name below must match.
fn split(pattern: &str) -> (PathBuf, &str) {
    let wild = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
    if wild == pattern.len() {
        return (PathBuf::from(pattern), "");
    }
    match pattern[..wild].rfind('/') {
        Some(slash) => (PathBuf::from(&pattern[..=slash]), &pattern[slash + 1..]),
        None => (PathBuf::from("."), pattern),
    }
}

fn single(path: &Path, pattern: &str) -> Result<Vec<InputFile>> {
    if path.is_dir() {
        return Err(Error::new(Kind::Missing, format!("files `{pattern}`: is a directory, not a file"))
            .hint(format!("name the files in it, such as `{}/*.csv`", pattern.trim_end_matches('/'))));
    }
    let Ok(meta) = path.metadata() else {
        return Err(Error::new(Kind::Missing, format!("files `{pattern}`: no such file"))
            .hint("a relative path counts from the folder the command was started in"));
    };
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(vec![InputFile { name, path: path.to_owned(), size: meta.len() }])
}

/// Gathers what matches, no deeper than the pattern itself goes.
fn walk(
    folder: &Path,
    below: &str,
    depth: usize,
    matcher: &GlobMatcher,
    found: &mut Vec<InputFile>,
) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|e| unreadable(folder, &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| unreadable(folder, &e))?;
        let path = entry.path();
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            if depth > 0 {
                walk(&path, &format!("{name}/"), depth - 1, matcher, found)?;
            }
        } else if matcher.is_match(&name) {
            let meta = path.metadata().map_err(|e| unreadable(&path, &e))?;
            found.push(InputFile { name, path, size: meta.len() });
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(Kind::Missing, format!("{}: cannot be read: {error}", path.display()))
        .hint("check who owns it and its permissions")
}

fn shown(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
