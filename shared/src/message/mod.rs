//! The texts of everything that Rekey sends, in every language and for every channel.
//!
//! A text is constant except for the code, its reference, its lifetime, and the deployment's own name and domain. A
//! notice by email also holds a time and the policy's help desk text. All of these are parsed, or bounded and escaped,
//! and a person who requests a code controls none of them.
//!
//! Each language is one file, which implements the five kinds of text in `Wording`. Everything else (grouped digits,
//! the last line of an SMS, HTML) is done once for all languages.

mod code;
mod english;
mod french;
mod german;
mod kinds;
mod letter;
mod sender;
mod spanish;
mod voice;
mod wording;

pub use code::{CodeMessage, CodeMessageError};
pub use kinds::{Notice, Purpose, Rendered};
pub use sender::{
    Domain, DomainError, MAX_BOUND_CHARACTERS, MAX_ORGANISATION_CHARACTERS, Organisation, OrganisationError, Sender,
};
pub use voice::voice_ssml;

use letter::{one_line, readable_time};
use serde::{Deserialize, Serialize};
use wording::{CodeWords, Wording};

/// How much of the policy's help desk text an email prints, in characters: enough for a name, a number and opening
/// hours, too little to drown the message.
pub const MAX_HELPDESK_CHARACTERS: usize = 200;

/// A language that messages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// German, with the polite form.
    German,
    /// French, with the polite form.
    French,
    /// Spanish, with the polite form.
    Spanish,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Spanish];
    /// The rule for a tag that must name one of them.
    pub(crate) const TAG_RULE: &str = "must be en, de, fr or es";
    /// The pattern of such a tag.
    #[cfg(feature = "describe")]
    pub(crate) const TAG_PATTERN: &str = "^(?:[eE][nN]|[dD][eE]|[fF][rR]|[eE][sS])(?:[-_].*)?$";

    /// Finds the language of a tag such as `de-AT` by its primary subtag, whatever the case (RFC 5646).
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// Names the language by its primary subtag, such as `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }

    fn wording(self) -> &'static dyn Wording {
        match self {
            Self::English => &english::English,
            Self::German => &german::German,
            Self::French => &french::French,
            Self::Spanish => &spanish::Spanish,
        }
    }
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Channel {
    /// A text message, one segment of GSM 7-bit characters.
    Sms,
    /// A phone call in which a voice reads the text.
    Call,
    /// An email with a subject, plain text and HTML.
    Email,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 3] = [Self::Sms, Self::Call, Self::Email];

    /// Names the channel: `sms`, `call` or `email`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::Email => "email",
        }
    }
}

/// Writes the message that carries a code.
///
/// The last line of an SMS binds the code to the deployment's domain, so that a browser offers it only on that site
/// (WICG, Origin-bound one-time codes delivered via SMS). A domain that would make it two segments is left out. Only emails
/// print a long code.
#[must_use]
pub fn render_code(channel: Channel, language: Language, sender: &Sender, message: &CodeMessage<'_>) -> Rendered {
    let wording = language.wording();
    let words = |digits, reference| CodeWords {
        organisation: sender.organisation().as_str(),
        purpose: message.purpose(),
        digits,
        reference,
        minutes: message.minutes(),
    };
    match channel {
        Channel::Sms => {
            let mut text = wording.code_sms(&words(message.grouped_digits(), message.reference().to_owned()));
            if sender.domain().fits_sms() {
                text.push_str("\n@");
                text.push_str(sender.domain().as_str());
                text.push_str(" #");
                text.push_str(message.digits());
            }
            Rendered::of_phone(text)
        }
        Channel::Call => {
            Rendered::of_phone(wording.code_call(&words(one_by_one(message.digits()), one_by_one(message.reference()))))
        }
        Channel::Email => wording
            .code_letter(
                &words(message.grouped_digits(), message.reference().to_owned()),
                message.grouped_long_code().as_deref(),
            )
            .render(language.tag()),
    }
}

/// Writes the SMS about an event.
#[must_use]
pub fn render_notice_sms(language: Language, sender: &Sender, notice: Notice) -> Rendered {
    Rendered::of_phone(language.wording().notice_sms(sender.organisation().as_str(), notice))
}

/// Writes the email about an event.
///
/// `at` is the time of the event, RFC 3339 in UTC. It is printed to the minute, and left out if it has another form.
/// `helpdesk` is the policy's help desk text. It is printed on one line, cut after [`MAX_HELPDESK_CHARACTERS`], and
/// left out if it is empty.
#[must_use]
pub fn render_notice_email(language: Language, sender: &Sender, notice: Notice, at: &str, helpdesk: &str) -> Rendered {
    let at = readable_time(at);
    let helpdesk = one_line(helpdesk, MAX_HELPDESK_CHARACTERS);
    let organisation = sender.organisation().as_str();
    language.wording().notice_letter(organisation, notice, at.as_deref(), helpdesk.as_deref()).render(language.tag())
}

/// Spells a code or a reference for a voice, which pauses at each comma: `1, 2, 3, 4`.
fn one_by_one(characters: &str) -> String {
    let mut spelled = String::new();
    for character in characters.chars() {
        if !spelled.is_empty() {
            spelled.push_str(", ");
        }
        spelled.push(character);
    }
    spelled
}

#[cfg(test)]
mod tests;
