//! A progress bar, only where a person watches.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use foretell_engine::Watcher;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Draws one line for the stage that runs.
pub(crate) struct Bar {
    bar: ProgressBar,
    stage: Mutex<String>,
}

impl Bar {
    /// A bar on stderr; a hidden one where stderr is no terminal.
    pub(crate) fn new() -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{prefix:>9} [{bar:30}] {pos}/{len} {wide_msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, stage: Mutex::new(String::new()) }
    }
}

impl Watcher for Bar {
    fn step(&self, stage: &str, what: &str, done: usize, total: usize) {
        let mut current = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if *current != stage {
            stage.clone_into(&mut current);
            self.bar.set_prefix(stage.to_owned());
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(what.to_owned());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
