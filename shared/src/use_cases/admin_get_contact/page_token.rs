//! Where a list goes on, as a client carries it to the next page: sealed, so that nobody reads, changes or makes one up.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::AdminGetContact;
use crate::credentials::key::NameKeys;
use crate::ports::store::Store;
use crate::random::bytes;
use crate::unavailable::Unavailable;

/// Bytes of a nonce of XChaCha20, of which so many may be drawn at random that none comes twice.
///
/// Source: draft-irtf-cfrg-xchacha-03, section 2.
const NONCE: usize = 24;
/// What tells the key of places from everything else that is made of the key of names.
const LABEL: &[u8] = b"place in a list";

/// The list that a place is in; it opens for no other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Where the list is.
    pub path: &'static str,
    /// What is listed: the text of `$filter`, where there is one.
    pub filter: Option<&'a str>,
}

impl Listed<'_> {
    /// What is sealed along. No path holds a NUL, so that no two lists give the same bytes.
    fn associated(self) -> Vec<u8> {
        let filter = self.filter.map(|filter| format!("\0{filter}"));
        [self.path, filter.as_deref().unwrap_or_default()].concat().into_bytes()
    }
}

impl<S: Store, I> AdminGetContact<S, I> {
    /// Seals a place of a list; sealed again, the same place is another text.
    ///
    /// # Errors
    /// [`Unavailable`] where it cannot be sealed, which no place is long enough for.
    pub fn seal(&self, listed: Listed<'_>, place: &str) -> Result<String, Unavailable> {
        let nonce: [u8; NONCE] = bytes(&*self.context.random);
        let associated = listed.associated();
        let payload = Payload { msg: place.as_bytes(), aad: &associated };
        let sealed = cipher(&self.names, self.names.0.current())
            .and_then(|cipher| cipher.encrypt(&XNonce::from(nonce), payload).ok())
            .ok_or_else(|| Unavailable::plain("a place in a list could not be sealed"))?;
        Ok(BASE64URL_NOPAD.encode(&[&nonce[..], &sealed].concat()))
    }

    /// Opens a place of the list; `None` for whatever was not sealed here, and for this very list.
    #[must_use]
    pub fn open(&self, listed: Listed<'_>, token: &str) -> Option<String> {
        let token = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (nonce, sealed) = token.split_first_chunk::<NONCE>()?;
        let associated = listed.associated();
        let opened = self.names.0.versions().find_map(|version| {
            let payload = Payload { msg: sealed, aad: &associated };
            cipher(&self.names, version)?.decrypt(&XNonce::from(*nonce), payload).ok()
        });
        String::from_utf8(opened?).ok()
    }
}

/// The cipher under a version of the key, which is used for nothing but places.
fn cipher(names: &NameKeys, version: u32) -> Option<XChaCha20Poly1305> {
    let key = Zeroizing::new(names.0.digest(version, &[LABEL])?);
    XChaCha20Poly1305::new_from_slice(&*key).ok()
}

#[cfg(all(test, feature = "testing"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::tests::reader;
    use super::*;
    use crate::testing::samples::name_keys;

    const USERS: Listed<'_> = Listed { path: "users", filter: None };
    const PLACE: &str = "adele@contoso.example";

    #[test]
    fn a_place_opens_where_it_was_sealed_and_holds_nothing_to_read() {
        let (app, _) = reader();
        let filtered = Listed { filter: Some("startswith(userPrincipalName,'é')"), ..USERS };
        for (listed, place) in [(USERS, PLACE), (filtered, "zoë@contoso.example"), (USERS, "")] {
            let token = app.seal(listed, place).unwrap();
            assert_eq!(app.open(listed, &token).as_deref(), Some(place));
            assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{token}");
        }
        let (one, other) = (app.seal(USERS, PLACE).unwrap(), app.seal(USERS, PLACE).unwrap());
        // The nonce, the place and the tag are different in every byte but for chance.
        let (one, other) =
            (BASE64URL_NOPAD.decode(one.as_bytes()).unwrap(), BASE64URL_NOPAD.decode(other.as_bytes()).unwrap());
        assert_eq!(one.len(), NONCE + PLACE.len() + 16);
        assert_ne!(one[..NONCE], other[..NONCE]);
        assert_ne!(one[NONCE..], other[NONCE..]);
        assert!(!one.windows(3).any(|part| PLACE.as_bytes().windows(3).any(|text| text == part)));
    }

    #[test]
    fn a_place_of_another_list_or_filter_does_not_open() {
        let (app, _) = reader();
        let lists = [
            USERS,
            Listed { filter: Some(""), ..USERS },
            Listed { filter: Some("a eq 'b'"), ..USERS },
            Listed { filter: Some("a eq 'c'"), ..USERS },
            Listed { path: "auditLogs/directoryAudits", filter: None },
            Listed { path: "auditLogs/directoryAudits", filter: Some("a eq 'b'") },
        ];
        for (at, sealed_for) in lists.into_iter().enumerate() {
            let token = app.seal(sealed_for, PLACE).unwrap();
            for (other, listed) in lists.into_iter().enumerate() {
                assert_eq!(app.open(listed, &token).is_some(), at == other, "{sealed_for:?} {listed:?}");
            }
        }
    }

    #[test]
    fn a_place_that_was_changed_or_made_up_does_not_open() {
        let (app, _) = reader();
        let token = app.seal(USERS, PLACE).unwrap();
        let sealed = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(app.open(USERS, &BASE64URL_NOPAD.encode(&changed)), None, "byte {at}");
            assert_eq!(app.open(USERS, &BASE64URL_NOPAD.encode(&sealed[..at])), None, "{at} bytes");
        }
        let plain = BASE64URL_NOPAD.encode(PLACE.as_bytes());
        for text in ["", "!", "_w", "eA==", &format!("{token}="), &format!("{token}A"), &plain, &"A".repeat(200)] {
            assert_eq!(app.open(USERS, text), None, "{text}");
        }
    }

    #[test]
    fn a_place_opens_while_its_version_of_the_key_is_held() {
        let (app, _) = reader();
        let token = app.seal(USERS, PLACE).unwrap();
        let holding = |versions: &[u32]| {
            let (mut app, _) = reader();
            app.names = name_keys(versions);
            app
        };
        assert_eq!(holding(&[1, 2]).open(USERS, &token).as_deref(), Some(PLACE));
        assert_eq!(holding(&[2]).open(USERS, &token), None);
        let newer = holding(&[1, 2]).seal(USERS, PLACE).unwrap();
        assert_eq!(app.open(USERS, &newer), None, "what is new is sealed under the newest version");
    }
}
