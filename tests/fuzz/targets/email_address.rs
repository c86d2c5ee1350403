//! Mail addresses: an accepted address is ASCII, has one `@`, and parses to itself again.

use shared::identifiers::email_address::EmailAddress;

use crate::text_of;

pub(super) fn run(bytes: &[u8]) {
    let text = text_of(bytes);
    let Ok(address) = EmailAddress::parse(text) else { return };
    for (other, written) in [(address.as_str(), address.as_str()), (address.canonical(), address.canonical())] {
        let again = EmailAddress::parse(other).expect("what is written parses");
        assert_eq!((again.as_str(), again.canonical()), (written, address.canonical()));
        assert_eq!(again, address);
    }
    assert!(address.as_str().bytes().all(|byte| byte.is_ascii_graphic()), "no space, no control, ASCII");
    assert!(address.as_str().len() <= 254 && address.local_part().len() <= 64);
    assert_eq!(address.as_str().matches('@').count(), 1);
    assert_eq!(text.split_once('@').map(|(local_part, _)| local_part), Some(address.local_part()));
    assert_eq!(address.masked().len(), "a***@***".len());
}
