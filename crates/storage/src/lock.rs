//! One run at a time: the lock of a warehouse.

use std::fs::{File, TryLockError};

use crate::error::{Error, Kind, Result};
use crate::layout;
use crate::warehouse::Warehouse;

/// Holds the warehouse for one run; let go when dropped, also when the process dies.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl Warehouse {
    /// Takes the lock and clears what a run that died left in staging.
    ///
    /// # Errors
    /// [`Kind::Locked`] where another run holds it.
    pub fn lock(&self) -> Result<RunLock> {
        let path = self.on_disk(layout::LOCK);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, e))?;
        }
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| Error::io("open the lock", &path, e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(
                    Kind::Locked,
                    format!("{}: another run is writing to this warehouse", self.display()),
                )
                .hint("wait for it to end, or give this run a warehouse of its own"));
            }
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path, e)),
        }
        let staging = self.on_disk(layout::STAGING);
        if staging.exists() {
            std::fs::remove_dir_all(&staging).map_err(|e| Error::io("clear", &staging, e))?;
        }
        Ok(RunLock { _file: file })
    }
}
