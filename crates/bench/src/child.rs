//! Runs one process and tells what it cost.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::Serialize;
use serde_json::Value;
use wait4::Wait4;

use crate::error::{Error, Result, io_error};

/// Lines of a failed program's last words.
const TAIL: usize = 12;

/// What a process cost, children it waited for included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// CPU seconds in user mode.
    pub user_s: f64,
    /// CPU seconds in the kernel.
    pub system_s: f64,
    /// Seconds from start to end.
    pub wall_s: f64,
    /// Largest resident memory, in bytes.
    pub peak_bytes: u64,
}

impl Cost {
    /// CPU seconds in all.
    pub fn cpu_s(&self) -> f64 {
        self.user_s + self.system_s
    }
}

/// A process that ended well.
#[derive(Debug, Clone)]
pub struct Ran {
    /// What it cost.
    pub cost: Cost,
    /// The last line of its standard output, if that is JSON; else null.
    pub answer: Value,
    label: String,
}

impl Ran {
    /// A part of the answer, by JSON pointer.
    ///
    /// # Errors
    /// The answer has no such part.
    pub fn part(&self, pointer: &'static str) -> Result<&Value> {
        self.answer.pointer(pointer).ok_or_else(|| self.lacks(pointer))
    }

    /// A whole number of the answer, by JSON pointer.
    ///
    /// # Errors
    /// The answer has no such number.
    pub fn number(&self, pointer: &'static str) -> Result<u64> {
        self.part(pointer)?.as_u64().ok_or_else(|| self.lacks(pointer))
    }

    /// The error that something is missing.
    pub fn lacks(&self, missing: &'static str) -> Error {
        Error::Answer { label: self.label.clone(), missing, answer: self.answer.to_string() }
    }
}

/// Runs a process to its end; what it says goes to `<label>.out` and `<label>.err` in `logs`.
///
/// # Errors
/// It cannot be started, or fails.
pub fn run(command: &mut Command, label: &str, logs: &Path) -> Result<Ran> {
    let stem: String = label.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let (out, err) = (logs.join(format!("{stem}.out")), logs.join(format!("{stem}.err")));
    let file = |path: &Path| File::create(path).map_err(io_error("write", path));
    command.stdin(Stdio::null()).stdout(file(&out)?).stderr(file(&err)?);
    let begun = Instant::now();
    let child = command.spawn();
    let used = child.and_then(Wait4::wait4).map_err(|source| Error::Start {
        program: command.get_program().to_string_lossy().into_owned(),
        source,
    })?;
    let wall_s = begun.elapsed().as_secs_f64();
    let said = |path: &Path| {
        std::fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned()).map_err(io_error("read", path))
    };
    if !used.status.success() {
        return Err(Error::Failed {
            label: label.to_owned(),
            status: used.status.to_string(),
            tail: tail(&said(&err)?),
            log: err,
        });
    }
    let answer = said(&out)?.lines().last().and_then(|line| serde_json::from_str(line).ok());
    let cost = Cost {
        user_s: used.rusage.utime.as_secs_f64(),
        system_s: used.rusage.stime.as_secs_f64(),
        wall_s,
        peak_bytes: used.rusage.maxrss,
    };
    Ok(Ran { cost, answer: answer.unwrap_or_default(), label: label.to_owned() })
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_busy_process_costs_cpu_and_an_idle_one_wall_time_only() {
        let logs = tempfile::tempdir().unwrap();
        let busy = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo '{\"turns\": 300000}'";
        let busy = run(&mut sh(busy), "busy", logs.path()).unwrap();
        let idle = run(&mut sh("sleep 0.3"), "idle", logs.path()).unwrap();
        assert!(busy.cost.cpu_s() > idle.cost.cpu_s(), "{busy:?} {idle:?}");
        assert!(idle.cost.wall_s >= 0.3 && idle.cost.cpu_s() < 0.2, "{idle:?}");
        assert!(busy.cost.peak_bytes > 100_000, "{busy:?}");
        assert_eq!(busy.number("/turns").unwrap(), 300_000);
        assert!(idle.number("/turns").unwrap_err().to_string().contains("idle did not say `/turns`"));
    }

    #[test]
    fn what_children_of_the_child_cost_is_counted() {
        let logs = tempfile::tempdir().unwrap();
        let loops = "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; true";
        let ran = run(&mut sh(loops), "grandchild", logs.path()).unwrap();
        assert!(ran.cost.cpu_s() > 0.03, "{ran:?}");
    }

    #[test]
    fn a_failure_ends_with_its_last_words() {
        let logs = tempfile::tempdir().unwrap();
        let error = run(&mut sh("seq 20 >&2; exit 3"), "count", logs.path()).unwrap_err().to_string();
        assert!(error.contains("count failed (exit status: 3)"), "{error}");
        assert!(error.ends_with("\n19\n20") && !error.contains("\n8\n"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let logs = tempfile::tempdir().unwrap();
        let error = run(&mut Command::new("no-such-program"), "nothing", logs.path()).unwrap_err();
        assert!(error.to_string().starts_with("cannot start no-such-program"), "{error}");
    }
}
