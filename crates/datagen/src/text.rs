//! Writes numbers and times into a line, without the cost of the formatting machinery.

/// Appends a number in decimal.
pub fn number(line: &mut Vec<u8>, mut n: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    line.extend_from_slice(&digits[at..]);
}

/// Appends a signed number in decimal.
pub fn signed(line: &mut Vec<u8>, n: i64) {
    if n < 0 {
        line.push(b'-');
    }
    number(line, n.unsigned_abs());
}

/// Appends the last `width` digits of a number, with leading zeros.
pub fn padded(line: &mut Vec<u8>, n: u32, width: u32) {
    for place in (0..width).rev() {
        line.push(b'0' + (n / 10u32.pow(place) % 10) as u8);
    }
}

/// Appends an amount given in cents, with two decimals.
pub fn money(line: &mut Vec<u8>, cents: u32) {
    number(line, u64::from(cents / 100));
    line.push(b'.');
    padded(line, cents % 100, 2);
}

/// Appends ` hh:mm:ss` for a second of the day.
pub fn clock(line: &mut Vec<u8>, second: u32) {
    line.push(b' ');
    padded(line, second / 3600, 2);
    line.push(b':');
    padded(line, second / 60 % 60, 2);
    line.push(b':');
    padded(line, second % 60, 2);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut line = Vec::new();
        write(&mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn writes_like_the_standard_formatter() {
        for n in [0, 7, 10, 99, 100, 12_345, u32::MAX] {
            assert_eq!(written(|l| number(l, u64::from(n))), n.to_string());
            assert_eq!(written(|l| signed(l, -i64::from(n))), (-i64::from(n)).to_string());
            assert_eq!(written(|l| money(l, n)), format!("{}.{:02}", n / 100, n % 100));
        }
        assert_eq!(written(|l| padded(l, 42, 7)), "0000042");
        assert_eq!(written(|l| clock(l, 86_399)), " 23:59:59");
    }
}
