//! Words for true and false.

use super::Reason;

/// Reads `true` or `false`, `1` or `0`, `yes` or `no`, `t` or `f`, `y` or `n`, in any case.
pub(super) fn boolean(cell: &str) -> Result<bool, Reason> {
    let is = |words: [&str; 5]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    if is(["true", "1", "yes", "t", "y"]) {
        Ok(true)
    } else if is(["false", "0", "no", "f", "n"]) {
        Ok(false)
    } else {
        Err("none of true, false, 1, 0, yes, no, t, f, y, n".into())
    }
}
