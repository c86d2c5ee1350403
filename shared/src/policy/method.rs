//! The ways to prove one's identity, and the gates they open.

use serde::{Deserialize, Serialize};

use crate::message::Channel;

/// A method that delivers a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CodeMethod {
    /// A text message to the mobile phone.
    MobileSms,
    /// A call to the mobile phone.
    MobileCall,
    /// A call to the office phone.
    OfficeCall,
    /// A message to the alternate email address.
    Email,
}

/// Any method a policy can offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Method {
    /// A method that delivers a code.
    Code(CodeMethod),
    /// Answers to the person's own security questions. They open only the second gate.
    SecurityQuestions,
}

impl CodeMethod {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::MobileSms, Self::MobileCall, Self::OfficeCall, Self::Email];

    /// The method's name on the wire and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MobileSms => "mobileSms",
            Self::MobileCall => "mobileCall",
            Self::OfficeCall => "officeCall",
            Self::Email => "email",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// How the code travels.
    #[must_use]
    pub const fn channel(self) -> Channel {
        match self {
            Self::MobileSms => Channel::Sms,
            Self::MobileCall | Self::OfficeCall => Channel::Call,
            Self::Email => Channel::Email,
        }
    }

    /// Whether a phone number must be claimed while the policy asks for phone proof.
    #[must_use]
    pub const fn is_phone(self) -> bool {
        !matches!(self, Self::Email)
    }
}

impl Method {
    /// The method's name on the wire and in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code(method) => method.as_str(),
            Self::SecurityQuestions => "securityQuestions",
        }
    }

    /// Reads the name on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "securityQuestions" => Some(Self::SecurityQuestions),
            code => CodeMethod::parse(code).map(Self::Code),
        }
    }
}

impl From<Method> for &'static str {
    fn from(method: Method) -> Self {
        method.as_str()
    }
}

impl TryFrom<String> for Method {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or("not a method")
    }
}

/// One of the proofs that a reset needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Gate {
    /// The first gate, which every reset has.
    One,
    /// The second gate, which needs the token of the first.
    Two,
}

impl Gate {
    /// 1 or 2, as the table stores it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

impl From<Gate> for u8 {
    fn from(gate: Gate) -> Self {
        gate.number()
    }
}

impl TryFrom<u8> for Gate {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err("not a gate"),
        }
    }
}
