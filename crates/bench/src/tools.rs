//! The programs that are run: foretell's binaries and the peers.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::args::{Args, Case};
use crate::child::{self, Ran};
use crate::error::{Error, Result, io_error};

/// Where everything lies, and how it is run.
pub struct Tools {
    /// The project's folder, in which foretell finds `sql/`.
    pub root: PathBuf,
    /// Folder of data and results.
    pub work: PathBuf,
    /// Threads of every engine.
    pub threads: usize,
    /// Leaves intermediate files where they are.
    pub keep: bool,
    binaries: PathBuf,
    python: PathBuf,
    logs: PathBuf,
    repeat: u32,
}

impl Tools {
    /// Builds the binaries and the peers' virtual environment, as far as the arguments ask for it.
    ///
    /// # Errors
    /// A folder cannot be made, or a build fails.
    pub fn make(args: &Args) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().map_err(io_error("find", &root))?;
        let this = std::env::current_exe().map_err(io_error("find", Path::new("this program")))?;
        let binaries = this.parent().unwrap_or(&root).to_owned();
        let target = binaries.parent().unwrap_or(&root).to_owned();
        let work = args.work.clone().unwrap_or_else(|| target.join("bench"));
        let logs = work.join("logs");
        fs::create_dir_all(&logs).map_err(io_error("make", &logs))?;
        let work = work.canonicalize().map_err(io_error("find", &work))?;
        let logs = work.join("logs");
        let mut tools = Self {
            root,
            threads: args.threads,
            keep: args.keep,
            binaries,
            python: args.python.clone().unwrap_or_else(|| work.join("venv/bin/python")),
            repeat: args.repeat,
            work,
            logs,
        };
        if !args.no_build {
            tools.build(&target)?;
        }
        if args.python.is_none() {
            tools.environment(args.wants(Case::Featuretools))?;
        } else {
            let python = tools.python.clone();
            // Not resolved further: a virtual environment is a link to the interpreter it stands for.
            tools.python = std::path::absolute(&python).map_err(io_error("find", &python))?;
        }
        Ok(tools)
    }

    /// Builds as everybody does: the whole workspace, so that one set of features is resolved.
    fn build(&self, target: &Path) -> Result<()> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        cargo.args(["build", "--release", "--workspace", "--target-dir"]).arg(target).current_dir(&self.root);
        self.run(&mut cargo, "build").map(|_| ())
    }

    fn environment(&self, featuretools: bool) -> Result<()> {
        if !self.python.exists() {
            let mut make = Command::new("python3");
            make.args(["-m", "venv"]).arg(self.work.join("venv"));
            self.run(&mut make, "venv")?;
        }
        let mut pip = Command::new(&self.python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip.arg("--requirement").arg(self.peers().join("requirements.txt"));
        if featuretools {
            pip.arg("--requirement").arg(self.peers().join("requirements-featuretools.txt"));
        }
        self.run(&mut pip, "pip").map(|_| ())
    }

    fn peers(&self) -> PathBuf {
        self.root.join("crates/bench/peers")
    }

    /// One of the binaries built beside this one.
    pub fn binary(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command.current_dir(&self.root);
        command
    }

    /// A Python program of `peers/`, run in a folder where it may leave what it spills.
    pub fn peer(&self, script: &str, folder: &Path) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(self.peers().join(script)).current_dir(folder).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// A spec of `pipelines/`, from the project's folder.
    pub fn spec(&self, name: &str) -> PathBuf {
        Path::new("crates/bench/pipelines").join(name)
    }

    /// Runs something once.
    ///
    /// # Errors
    /// It fails.
    pub fn run(&self, command: &mut Command, label: &str) -> Result<Ran> {
        child::run(command, label, &self.logs)
    }

    /// Runs something as often as was asked for, and keeps the run with the fewest CPU seconds.
    ///
    /// Other programs on the machine can only add to what is measured, so the least is nearest to
    /// the truth. `before` is called before each run.
    ///
    /// # Errors
    /// It fails.
    pub fn measure(
        &self,
        label: &str,
        before: impl Fn() -> Result<()>,
        command: impl Fn() -> Command,
    ) -> Result<Ran> {
        let mut best: Option<Ran> = None;
        for _ in 0..self.repeat.max(1) {
            before()?;
            let ran = self.run(&mut command(), label)?;
            if best.as_ref().is_none_or(|b| ran.cost.cpu_s() < b.cost.cpu_s()) {
                best = Some(ran);
            }
        }
        best.ok_or_else(|| Error::Start {
            program: label.to_owned(),
            source: std::io::Error::other("it was not run at all"),
        })
    }

    /// Deletes a folder that nobody needs any more, unless all is kept.
    ///
    /// # Errors
    /// It cannot be deleted.
    pub fn discard(&self, folder: &Path) -> Result<()> {
        if self.keep { Ok(()) } else { clear(folder) }
    }
}

/// Deletes a folder, if it is there.
///
/// # Errors
/// It cannot be deleted.
pub fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io_error("delete", folder)(error)),
        _ => Ok(()),
    }
}
