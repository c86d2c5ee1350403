//! Line ends: a line feed, a carriage return, or both.

/// Splits off the first line, without its end.
pub(super) fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else { return (bytes, &[]) };
    let length = if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
    (&bytes[..end], &bytes[end + length..])
}

/// How many line ends there are.
pub(super) fn count(bytes: &[u8]) -> u64 {
    let ends = |pair: &[u8]| pair[0] == b'\n' || (pair[0] == b'\r' && pair[1] != b'\n');
    let last = bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r'));
    bytes.windows(2).filter(|pair| ends(pair)).count() as u64 + u64::from(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_any_way() {
        assert_eq!(split(b"a\r\nb"), (&b"a"[..], &b"b"[..]));
        assert_eq!(split(b"a\rb\n"), (&b"a"[..], &b"b\n"[..]));
        assert_eq!(split(b"\n\r"), (&b""[..], &b"\r"[..]));
        assert_eq!(split(b"a"), (&b"a"[..], &b""[..]));
        for (text, expected) in [("", 0), ("a", 0), ("\r", 1), ("\r\n", 1), ("\n\r", 2), ("a\rb\nc\r\n\r\n", 4)] {
            assert_eq!(count(text.as_bytes()), expected, "{text:?}");
        }
    }
}
