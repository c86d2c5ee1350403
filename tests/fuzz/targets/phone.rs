//! Phone numbers: an accepted number is spelled as documented, and parses to itself again.

use shared::identifiers::phone::Phone;

use crate::text_of;

pub(super) fn run(bytes: &[u8]) {
    let text = text_of(bytes);
    let Ok(phone) = Phone::parse(text) else { return };
    assert!(is_spelled(text), "outside the grammar");
    let e164 = phone.e164();
    assert!(e164.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())));
    assert_eq!(phone.written().replace(' ', "").split(['x', 'X']).next(), Some(&*e164));
    for other in [phone.written(), e164.clone()] {
        let again = Phone::parse(&other).expect("what is written parses");
        assert_eq!((again.e164(), again.kind(), again.country()), (e164.clone(), phone.kind(), phone.country()));
        assert_eq!(again.masked(), phone.masked());
    }
    assert_eq!(Phone::parse(&phone.written()).map(|again| again.written()), Ok(phone.written()));
}

/// Whether a text matches `+[1-9][0-9 ().-]{5,24}([xX][0-9]{1,7})?`, checked independently of the product's parser.
fn is_spelled(text: &str) -> bool {
    let (number, extension) = text.split_once(['x', 'X']).map_or((text, "0"), |(number, after)| (number, after));
    let [b'+', b'1'..=b'9', body @ ..] = number.as_bytes() else { return false };
    (5..=24).contains(&body.len())
        && body.iter().all(|byte| b"0123456789 ().-".contains(byte))
        && (1..=7).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_digit())
}
