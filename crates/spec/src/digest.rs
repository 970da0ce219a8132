//! Digests of parts of a spec, from which runs and models take their ids.

use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Returns the SHA-256 of a value's compact JSON, as 64 hexadecimal digits.
///
/// Fields stand in the order of their type and map entries in the order of the spec, because the
/// order of columns and rules shows in what a run writes. So two specs that differ only in
/// comments, quotes or layout have one digest. A value that JSON cannot hold (a map whose keys are
/// not text) is told apart by what precedes the offending part.
pub fn digest_of<T: Serialize + ?Sized>(value: &T) -> String {
    let mut hasher = Hasher(Sha256::new());
    if let Err(error) = serde_json::to_writer(&mut hasher, value) {
        hasher.0.update(error.to_string());
    }
    hasher.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Hasher(Sha256);

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
