//! Page tokens: the place at which a list continues, as a client carries it to the next page. A token is sealed, so
//! that nobody can read, change or forge it.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::AdminGetContact;
use crate::credentials::key::NameKeys;
use crate::ports::store::{Accounts, Settings};
use crate::random::bytes;
use crate::unavailable::Unavailable;

/// Bytes of an XChaCha20 nonce: enough to draw nonces at random without ever repeating one.
///
/// Source: draft-irtf-cfrg-xchacha-03, section 2.
const NONCE: usize = 24;
/// Separates the key of page tokens from everything else that is derived from the key of names.
const LABEL: &[u8] = b"place in a list";

/// The list that a place belongs to. A token opens for no other list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListQuery<'a> {
    /// The path of the list.
    pub path: &'static str,
    /// The text of `$filter`, if there is one.
    pub filter: Option<&'a str>,
    /// The text of `$search`, if there is one.
    pub search: Option<&'a str>,
}

impl ListQuery<'_> {
    /// The associated data of the seal. Each text has its length before it, so no two lists have the same bytes.
    fn associated(self) -> Vec<u8> {
        let filter = self.filter.map(|filter| format!("\0f{}\0{filter}", filter.len()));
        let search = self.search.map(|search| format!("\0s{}\0{search}", search.len()));
        [self.path, &filter.unwrap_or_default(), &search.unwrap_or_default()].concat().into_bytes()
    }
}

impl<S: Accounts + Settings, I> AdminGetContact<S, I> {
    /// Seals a place in a list. The same place gives another text each time.
    ///
    /// # Errors
    /// [`Unavailable`] if the place cannot be sealed. No place is long enough for that.
    pub fn seal(&self, listed: ListQuery<'_>, place: &str) -> Result<String, Unavailable> {
        let nonce: [u8; NONCE] = bytes(&*self.context.random);
        let associated = listed.associated();
        let payload = Payload { msg: place.as_bytes(), aad: &associated };
        let sealed = cipher(&self.names, self.names.0.current())
            .and_then(|cipher| cipher.encrypt(&XNonce::from(nonce), payload).ok())
            .ok_or_else(|| Unavailable::plain("a place in a list could not be sealed"))?;
        Ok(BASE64URL_NOPAD.encode(&[&nonce[..], &sealed].concat()))
    }

    /// Opens a place in the list. Returns `None` for anything that was not sealed here, for this very list.
    #[must_use]
    pub fn open(&self, listed: ListQuery<'_>, token: &str) -> Option<String> {
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

/// The cipher under a version of the key. The derived key is used for page tokens only.
fn cipher(names: &NameKeys, version: u32) -> Option<XChaCha20Poly1305> {
    let key = Zeroizing::new(names.0.digest(version, &[LABEL])?);
    XChaCha20Poly1305::new_from_slice(&*key).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::reader;
    use super::*;
    use crate::testing::samples::name_keys;

    const USERS: ListQuery<'_> = ListQuery { path: "users", filter: None, search: None };
    const PLACE: &str = "adele@contoso.example";

    #[test]
    fn a_place_opens_where_it_was_sealed_and_holds_nothing_to_read() {
        let (app, _) = reader();
        let filtered = ListQuery { filter: Some("startswith(userPrincipalName,'é')"), ..USERS };
        for (listed, place) in [(USERS, PLACE), (filtered, "zoë@contoso.example"), (USERS, "")] {
            let token = app.seal(listed, place).unwrap();
            assert_eq!(app.open(listed, &token).as_deref(), Some(place));
            assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{token}");
        }
        let (one, other) = (app.seal(USERS, PLACE).unwrap(), app.seal(USERS, PLACE).unwrap());
        // The nonces differ, and so do the sealed places with their tags.
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
            ListQuery { filter: Some(""), ..USERS },
            ListQuery { filter: Some("a eq 'b'"), ..USERS },
            ListQuery { filter: Some("a eq 'c'"), ..USERS },
            ListQuery { search: Some(""), ..USERS },
            ListQuery { search: Some("a eq 'b'"), ..USERS },
            ListQuery { filter: Some(""), search: Some("a eq 'b'"), ..USERS },
            ListQuery { path: "auditLogs/directoryAudits", ..USERS },
            ListQuery { path: "auditLogs/directoryAudits", filter: Some("a eq 'b'"), search: None },
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
