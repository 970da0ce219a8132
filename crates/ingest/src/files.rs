//! Which raw files the lake holds already, and which are new.

use std::collections::BTreeMap;

use foretell_engine::{Error, LakeInput, LakeManifest, Result};
use foretell_storage::InputFile;

use crate::parallel;

/// Files named in a message.
const NAMED: usize = 5;

/// The files of a source, held against those whose rows are in the lake.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Those that are not in the lake, by name.
    pub(crate) new: Vec<(InputFile, LakeInput)>,
    /// How many are in the lake and are what they were.
    pub(crate) taken: u64,
    /// Names of those that are in the lake and are no longer there, such as files moved to an archive.
    pub(crate) gone: Vec<String>,
    /// In the lake and no longer what they were: then, and now.
    changed: Vec<(LakeInput, LakeInput)>,
}

impl Files {
    /// Holds `files` against what the lake holds, by name, size and content.
    ///
    /// One that is there under another name counts as taken: it was renamed, or its folder was.
    pub(crate) fn known(files: Vec<(InputFile, LakeInput)>, lake: &LakeManifest) -> Self {
        let mut known = lake.inputs();
        let mut found = Self::default();
        for (file, input) in files {
            match known.remove(input.file.as_str()) {
                None => found.new.push((file, input)),
                Some(before) if *before == input => found.taken += 1,
                Some(before) => found.changed.push((before.clone(), input)),
            }
        }
        let content = |input: &LakeInput| (input.bytes, input.xxh3.clone());
        let mut gone: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for input in known.into_values() {
            gone.entry(content(input)).or_default().push(&input.file);
        }
        found.new.retain(|(_, input)| {
            let renamed = gone.get_mut(&content(input)).and_then(Vec::pop);
            found.taken += u64::from(renamed.is_some());
            renamed.is_none()
        });
        found.gone = gone.into_values().flatten().map(str::to_owned).collect();
        found.gone.sort();
        found
    }

    /// All files as new ones.
    pub(crate) fn anew(files: Vec<(InputFile, LakeInput)>) -> Self {
        Self { new: files, ..Self::default() }
    }

    /// Says whether a file of the lake is no longer what it was.
    pub(crate) fn changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Stops where a file of the lake has changed: its rows would be there twice, or old ones would stay.
    ///
    /// # Errors
    /// Contract (65), with the files.
    pub(crate) fn refuse_changed(&self, source: &str) -> Result<()> {
        let Some(files) = number(self.changed.len(), "file has", "files have") else { return Ok(()) };
        let mut error = Error::contract(format!("{source}: {files} changed since the lake took their rows"));
        for (before, now) in self.changed.iter().take(NAMED) {
            error = error.hint(if before.bytes == now.bytes {
                format!("{}: other content, of {} bytes as before", now.file, now.bytes)
            } else {
                format!("{}: {} bytes then, {} now", now.file, before.bytes, now.bytes)
            });
        }
        Err(more(error, self.changed.len())
            .hint("put them back as they were and send corrections in new files")
            .hint(format!(
                "where each night overwrites them, say `on_change: reread` under `sources.{source}`"
            ))
            .hint("or read all files anew with --force; nothing was published"))
    }

    /// Stops where the lake has to be read anew and files that it was made of are not there any more.
    ///
    /// # Errors
    /// Input missing (66), with the files.
    pub(crate) fn refuse_gone(&self, source: &str, why: &str) -> Result<()> {
        let Some(files) = number(self.gone.len(), "file is gone", "files are gone") else { return Ok(()) };
        let mut error = Error::missing(format!(
            "{source}: all files must be read anew, because {why}, but {files} whose rows the lake has"
        ));
        for name in self.gone.iter().take(NAMED) {
            error = error.hint(name);
        }
        Err(more(error, self.gone.len())
            .hint("put them back, or go on without their rows with --force; nothing was published"))
    }
}

fn more(error: Error, files: usize) -> Error {
    match files.saturating_sub(NAMED) {
        0 => error,
        more => error.hint(format!("and {more} more")),
    }
}

fn number(count: usize, one: &str, many: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {many}")),
    }
}

/// Takes the fingerprint of every file, as many at once as there are threads.
///
/// # Errors
/// The first file, by name, that cannot be read.
pub(crate) fn fingerprints(files: Vec<InputFile>, threads: usize) -> Result<Vec<(InputFile, LakeInput)>> {
    let taken = |file: InputFile| {
        let input = LakeInput { file: file.name.clone(), bytes: file.size, xxh3: file.fingerprint()? };
        Ok((file, input))
    };
    parallel::each(files, threads, taken).into_iter().collect()
}
