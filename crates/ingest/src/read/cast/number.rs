//! Whole and floating-point numbers.

use super::Reason;

/// Reads a whole number of 64 bits: an optional sign and digits.
pub(super) fn int(cell: &str) -> Result<i64, Reason> {
    let digits = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return cell.parse().map_err(|_| "a whole number too large for 64 bits".into());
    }
    Err(match float(cell, b'.') {
        Ok(_) => {
            "a number with a fraction or an exponent in a column of type int; use decimal or float".into()
        }
        Err(_) => "not a whole number".into(),
    })
}

/// Reads a floating-point number of 64 bits; NaN, infinity and what overflows to it are refused.
pub(super) fn float(cell: &str, mark: u8) -> Result<f64, Reason> {
    let mut digits = false;
    for byte in cell.bytes() {
        match byte {
            b'0'..=b'9' => digits = true,
            b'+' | b'-' | b'e' | b'E' => {}
            _ if byte == mark => {}
            _ => return Err(why_not(cell, mark)),
        }
    }
    if !digits {
        return Err("not a number".into());
    }
    let value = if mark == b'.' { cell.parse::<f64>() } else { cell.replace(char::from(mark), ".").parse() };
    match value {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err("a number too large for 64-bit floating point".into()),
        Err(_) => Err("not a number".into()),
    }
}

/// Says what keeps a cell from being a number with this decimal mark.
pub(super) fn why_not(cell: &str, mark: u8) -> Reason {
    let bare = cell.trim_start_matches(['+', '-']);
    if ["nan", "inf", "infinity"].iter().any(|word| bare.eq_ignore_ascii_case(word)) {
        return "NaN or infinity; list the text under nulls if it means no value".into();
    }
    let other = if mark == b'.' { ',' } else { '.' };
    if bare.contains(other) && bare.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',') {
        return format!("'{other}' in a number whose decimal mark is '{}'", char::from(mark)).into();
    }
    "not a number".into()
}
