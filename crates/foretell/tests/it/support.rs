//! A project folder of its own for each test, and the binaries run in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use arrow::array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A folder with the project's `sql/`, a spec and data, in which commands are run.
pub struct Project {
    pub folder: TempDir,
}

/// What a command left behind.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Project {
    /// A folder with `sql/` only.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("sql"), &folder.path().join("sql"));
        Self { folder }
    }

    /// The quickstart: its spec and the committed data.
    pub fn quickstart() -> Self {
        let project = Self::new();
        fs::create_dir(project.path("pipelines")).unwrap();
        fs::copy(root().join("pipelines/quickstart.yaml"), project.path("pipelines/quickstart.yaml"))
            .unwrap();
        copy(&root().join("testdata/retail"), &project.path("testdata/retail"));
        project
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn write(&self, below: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub fn foretell(&self, arguments: &[&str]) -> Run {
        self.run(env!("CARGO_BIN_EXE_foretell"), arguments)
    }

    pub fn run(&self, binary: &str, arguments: &[&str]) -> Run {
        let output: Output = Command::new(binary)
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("WAREHOUSE")
            .env_remove("DATA")
            .env_remove("RUST_LOG")
            .env("RUST_BACKTRACE", "0")
            .output()
            .unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: self.masked(&output.stdout),
            stderr: self.masked(&output.stderr),
        }
    }

    /// Text in which the folder's own name does not occur.
    fn masked(&self, bytes: &[u8]) -> String {
        let folder = self.folder.path().canonicalize().unwrap();
        String::from_utf8_lossy(bytes)
            .replace(&folder.display().to_string(), "[project]")
            .replace(&self.folder.path().display().to_string(), "[project]")
    }

    /// All rows of a table's partition, by its path below the warehouse.
    pub fn table(&self, warehouse: &str, path: &str) -> Vec<RecordBatch> {
        let path = self.path(warehouse).join(path);
        let file = fs::File::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().map(Result::unwrap).collect()
    }

    /// Every file below a folder of the warehouse, with its bytes.
    pub fn bytes(&self, below: &str) -> BTreeMap<String, Vec<u8>> {
        let base = self.path(below);
        let mut found = BTreeMap::new();
        gather(&base, &base, &mut found);
        found
    }
}

impl Run {
    /// Fails the test, with what was printed, unless the command ended well.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "exit code {}\n{}\n{}", self.code, self.stdout, self.stderr);
        self
    }
}

fn gather(base: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(base, &path, found);
        } else {
            let name = path.strip_prefix(base).unwrap().display().to_string();
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
