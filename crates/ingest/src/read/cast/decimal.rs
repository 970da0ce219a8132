//! Exact decimals.

use super::super::plan::DECIMAL_DIGITS;
use super::{Reason, number};

/// Reads a decimal into units of 10^-`scale`, exactly: an optional sign, digits, and after `mark` more digits.
///
/// Zeros beyond the scale are no loss and accepted; other digits beyond it, an exponent, and more than 18 digits in
/// all are refused.
pub(super) fn decimal(cell: &str, scale: u8, mark: u8) -> Result<i64, Reason> {
    let bytes = cell.as_bytes();
    let (negative, unsigned) = match bytes.first() {
        Some(b'-') => (true, &bytes[1..]),
        Some(b'+') => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    let scale = usize::from(scale);
    // 19 digits always fit into u64, so the sum is checked only where it can pass 18.
    let mut value: u64 = 0;
    let mut any = false;
    let mut place = 0;
    while let Some(digit) = digit_at(unsigned, place) {
        any = true;
        value = push(value, digit)?;
        place += 1;
    }
    let mut fraction = 0;
    if unsigned.get(place) == Some(&mark) {
        place += 1;
        let first = place;
        while let Some(digit) = digit_at(unsigned, place) {
            any = true;
            if fraction < scale {
                value = push(value, digit)?;
                fraction += 1;
            } else if digit != 0 {
                return Err(too_fine(&unsigned[first..], scale));
            }
            place += 1;
        }
    }
    if place != unsigned.len() || !any {
        return Err(why_not(cell, &unsigned[place..], mark));
    }
    for _ in fraction..scale {
        value = push(value, 0)?;
    }
    let value = value as i64;
    Ok(if negative { -value } else { value })
}

fn digit_at(bytes: &[u8], place: usize) -> Option<u64> {
    bytes.get(place).filter(|byte| byte.is_ascii_digit()).map(|byte| u64::from(byte - b'0'))
}

/// Appends a digit.
fn push(value: u64, digit: u64) -> Result<u64, Reason> {
    const LIMIT: u64 = 10_u64.pow(DECIMAL_DIGITS as u32);
    let value = value * 10 + digit;
    if value < LIMIT {
        Ok(value)
    } else {
        Err("a number with more than 18 digits, those after the point included".into())
    }
}

fn too_fine(fraction: &[u8], scale: usize) -> Reason {
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let last_zeros = fraction[..digits].iter().rev().take_while(|&&byte| byte == b'0').count();
    format!("{} digits after the point where the column keeps {scale}", digits - last_zeros).into()
}

fn why_not(cell: &str, rest: &[u8], mark: u8) -> Reason {
    if matches!(rest, [b'e' | b'E', ..]) && number::float(cell, mark).is_ok() {
        return "a number with an exponent in a column of type decimal".into();
    }
    number::why_not(cell, mark)
}
