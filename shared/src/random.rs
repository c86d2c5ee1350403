//! Randomness, which is always passed as an argument, and the identifiers drawn from it.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A source of unpredictable bytes.
///
/// An implementation that cannot deliver must end the process. Nothing may continue with weaker randomness.
pub trait Randomness: Send + Sync {
    /// Fills `bytes` with unpredictable values.
    fn fill(&self, bytes: &mut [u8]);
}

/// Draws `N` unpredictable bytes.
pub fn bytes<const N: usize>(random: &dyn Randomness) -> [u8; N] {
    let mut drawn = [0; N];
    random.fill(&mut drawn);
    drawn
}

/// Draws a number below `bound` without bias.
pub fn below(random: &dyn Randomness, bound: u8) -> u8 {
    let limit = u8::MAX - u8::MAX % bound;
    loop {
        let [drawn] = bytes::<1>(random);
        if drawn < limit {
            return drawn % bound;
        }
    }
}

/// Bytes of an identifier.
pub(crate) const ID_BYTES: usize = 16;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 128 random bits as 22 characters of URL-safe base64. The value carries no information.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Length of the text form, in characters.
            pub const LENGTH: usize = 22;

            /// Draws a new one.
            pub fn draw(random: &dyn Randomness) -> Self {
                Self::of(bytes(random))
            }

            /// The identifier of these bytes.
            pub(crate) fn of(bytes: [u8; ID_BYTES]) -> Self {
                Self(BASE64URL_NOPAD.encode(&bytes))
            }

            /// Parses the text form. Returns `None` unless it is 16 bytes in unpadded URL-safe base64.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let decoded = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
                (decoded.len() == ID_BYTES).then(|| Self(text.to_owned()))
            }

            /// The text form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).ok_or("not an identifier")
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({}…)", stringify!($name), &self.0[..4])
            }
        }
    };
}

identifier!(
    /// Identifies one reset. On its own it proves nothing and reveals nothing.
    ResetId
);
identifier!(
    /// Identifies one account permanently, even if its user name changes.
    AccountId
);
identifier!(
    /// Identifies one challenge of a registration.
    ChallengeId
);
identifier!(
    /// Identifies one notice about an account.
    NoticeId
);
identifier!(
    /// Identifies one audit record.
    AuditId
);

/// 256 random bits from which a code or a token is derived under a key; worthless without the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Draws a new one.
    pub fn draw(random: &dyn Randomness) -> Self {
        Self(bytes(random))
    }

    /// Takes 32 bytes as a seed. Returns `None` for any other length.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Serialized as bytes, not as a list of numbers.
impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(SeedVisitor)
    }
}

struct SeedVisitor;

impl Visitor<'_> for SeedVisitor {
    type Value = Seed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a seed of 32 bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Seed, E> {
        Seed::from_bytes(bytes).ok_or_else(|| E::custom("not a seed"))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

/// Two letters printed in a message and on the page, so that a person can match the two.
///
/// They are no protection. The alphabet leaves out letters that are easily confused in print or speech.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Reference(String);

impl Reference {
    const LETTERS: &[u8; 16] = b"ACEFHJKLMPRTWXYZ";

    /// Draws a new one.
    pub fn draw(random: &dyn Randomness) -> Self {
        let letter = || Self::LETTERS[usize::from(below(random, 16))] as char;
        Self([letter(), letter()].iter().collect())
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reference {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let valid = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if valid { Ok(Self(text)) } else { Err("not two capital letters") }
    }
}
