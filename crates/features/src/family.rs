//! Which SQL files a spec asks for.

use std::path::{Path, PathBuf};

use foretell_engine::{Error, Lake, Result, SqlFile, find_sql, sql_root};
use foretell_spec::{Loaded, digest_of};

/// The SQL files of a pipeline.
#[derive(Debug, Clone)]
pub struct Sql {
    /// The folder `sql/` that was found.
    root: PathBuf,
    /// Tables over the sources, for all others to read.
    pub staging: Vec<SqlFile>,
    /// Feature files with their family, in the order of the spec.
    pub features: Vec<(String, SqlFile)>,
    /// Feature files left out because their source is not declared: path and source.
    pub skipped: Vec<(String, String)>,
    /// `sql/labels/outcome.sql`.
    pub outcome: SqlFile,
    /// `sql/labels/labels.sql`.
    pub labels: SqlFile,
}

impl Sql {
    /// Finds the files: `sql/` below the working directory, or else beside a folder above the spec.
    ///
    /// # Errors
    /// A family has no folder, a file of `features.sql` is missing, or a header lacks something.
    pub fn find(loaded: &Loaded, sources: &[&str]) -> Result<Self> {
        let root = sql_root(loaded.path())?;
        let all = |below: &str| find_sql(&format!("{}/{below}", root.display()));
        let mut features = Vec::new();
        let mut skipped = Vec::new();
        for (index, family) in loaded.spec.features.families.iter().enumerate() {
            let folder = root.join("features").join(family);
            if !folder.is_dir() {
                return Err(unknown_family(loaded, &root, index, family));
            }
            for file in all(&format!("features/{family}/*.sql"))? {
                match &file.header.source {
                    Some(source) if !sources.contains(&source.as_str()) => {
                        skipped.push((file.path.clone(), source.clone()));
                    }
                    _ => features.push((family.clone(), file)),
                }
            }
        }
        for pattern in &loaded.spec.features.sql {
            for file in find_sql(pattern)? {
                let family = file.header.family.clone().unwrap_or_else(|| "custom".to_owned());
                features.push((family, file));
            }
        }
        if let Some((_, file)) = features.iter().find(|(_, file)| file.header.grain.is_none()) {
            return Err(Error::bad_spec(format!("{}:1:1: the header states no grain", file.path))
                .hint("open the file with lines such as `-- grain: one row a customer`"));
        }
        Ok(Self {
            root: root.clone(),
            staging: all("staging/*.sql")?,
            features,
            skipped,
            outcome: SqlFile::read(&root.join("labels/outcome.sql"))?,
            labels: SqlFile::read(&root.join("labels/labels.sql"))?,
        })
    }

    /// A file's path as tables name it: the same from wherever the command was started.
    pub(crate) fn below_root(&self, file: &SqlFile) -> String {
        match Path::new(&file.path).strip_prefix(&self.root) {
            Ok(below) => format!("sql/{}", below.display()),
            Err(_) => file.path.clone(),
        }
    }

    /// Each file and the digest of its text.
    pub(crate) fn digests(&self) -> Vec<(String, String)> {
        let features = self.features.iter().map(|(_, file)| file);
        let files = self.staging.iter().chain(features).chain([&self.outcome, &self.labels]);
        files.map(|file| (self.below_root(file), digest_of(&file.text))).collect()
    }

    /// The sources a lake holds, by name.
    pub(crate) fn sources(lake: &Lake) -> Vec<&str> {
        lake.sources.iter().map(|s| s.name.as_str()).collect()
    }
}

fn unknown_family(loaded: &Loaded, root: &Path, index: usize, family: &str) -> Error {
    let mut known: Vec<String> = std::fs::read_dir(root.join("features"))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    known.sort();
    let path = ["features", "families", &index.to_string()];
    loaded
        .fault(&path, format!("no family `{family}`"))
        .hint(format!("{} has {}", root.join("features").display(), known.join(", ")))
        .into()
}
