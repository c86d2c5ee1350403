//! The encodings of exports.

use zeroize::Zeroizing;

/// The byte order mark that some editors and exporters put before UTF-8 text.
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The text of a file in UTF-8: the file's own bytes, or those that UTF-16 becomes. The text may hold passwords, so its
/// memory is cleared.
pub(super) enum Text<'a> {
    Own(&'a [u8]),
    Decoded(Zeroizing<Vec<u8>>),
}

impl std::ops::Deref for Text<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Decoded(bytes) => bytes,
        }
    }
}

/// Decodes UTF-16, which is recognised by its byte order mark, or by the zeros in a first pair of ASCII characters.
/// Other bytes stay as they are, without the mark of UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Text<'_> {
    let (read, rest): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => (u16::from_be_bytes, rest),
        [a, 0, b, 0, ..] if *a > 0 && *b > 0 => (u16::from_le_bytes, bytes),
        [0, a, 0, b, ..] if *a > 0 && *b > 0 => (u16::from_be_bytes, bytes),
        _ => return Text::Own(bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes)),
    };
    let units = rest.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).map_or(0xFFFD, read));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Text::Decoded(Zeroizing::new(text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_decoded_with_and_without_its_mark() {
        let text = "mail;cn\nß🗝";
        for (mark, to_bytes) in [
            (&b"\xFF\xFE"[..], u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (b"\xFE\xFF", u16::to_be_bytes),
            (b"", u16::to_le_bytes),
            (b"", u16::to_be_bytes),
        ] {
            let bytes: Vec<_> = mark.iter().copied().chain(text.encode_utf16().flat_map(to_bytes)).collect();
            assert_eq!(str::from_utf8(&utf8(&bytes)), Ok(text));
        }
        assert_eq!(&*utf8(b"\xFF\xFEa\0b"), "a\u{FFFD}".as_bytes(), "half a character");
        assert_eq!(&*utf8(b"\xFF\xFE\x00\xD8a\0"), "\u{FFFD}a".as_bytes(), "half a pair");
    }

    #[test]
    fn utf_8_stays_without_its_mark() {
        assert_eq!(&*utf8(b"\xEF\xBB\xBFmail"), b"mail");
        assert_eq!(&*utf8(b"mail\xFF"), b"mail\xFF");
        assert_eq!(&*utf8(b""), b"");
    }
}
