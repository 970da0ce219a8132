//! On what was measured, and with what.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Serialize;
use serde_json::Value;

/// The machine and all versions.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// Processors this process may use.
    pub cores: usize,
    /// Their name.
    pub processor: String,
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Version of the Linux kernel.
    pub kernel: String,
    /// The day of the measurement, in UTC.
    pub day: String,
    /// Commit of foretell.
    pub commit: String,
    /// Versions of Python and the peers.
    pub versions: Value,
}

impl Machine {
    /// Looks around.
    pub fn here(root: &Path, versions: Value) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let git = Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(root).output();
        let commit = git.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(unknown),
            memory_bytes: field(&read("/proc/meminfo"), "MemTotal").as_deref().and_then(kib),
            kernel: Some(read("/proc/sys/kernel/osrelease").trim().to_owned())
                .filter(|kernel| !kernel.is_empty())
                .unwrap_or_else(unknown),
            day: chrono::Utc::now().format("%Y-%m-%d").to_string(),
            commit: commit.ok().filter(|commit| !commit.is_empty()).unwrap_or_else(unknown),
            versions,
        }
    }

    /// The machine in a sentence.
    pub fn sentence(&self) -> String {
        let versions: Vec<String> = self
            .versions
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or("?")))
            .collect();
        let memory = self.memory_bytes.map_or_else(unknown, |b| format!("{:.0} GiB", b as f64 / GIB));
        format!(
            "{} cores ({}), {memory} of memory, Linux {}; foretell {} ({}), {}; measured on {}.",
            self.cores,
            self.processor,
            self.kernel,
            env!("CARGO_PKG_VERSION"),
            self.commit,
            versions.join(", "),
            self.day,
        )
    }
}

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

fn unknown() -> String {
    "unknown".to_owned()
}

/// A value of a file of lines such as `model name : Xeon`.
fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn kib(text: &str) -> Option<u64> {
    text.strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_kernel_are_read() {
        assert_eq!(field("processor\t: 0\nmodel name\t: Xeon: 3\n", "model name").unwrap(), "Xeon: 3");
        assert_eq!(field("", "model name"), None);
        assert_eq!(kib("24689764 kB"), Some(24_689_764 * 1024));
        assert_eq!(kib("many"), None);
    }
}
