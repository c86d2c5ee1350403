//! The languages of the pages, and the choice among them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::files;
use crate::preferences::members;

/// The language of people who prefer none of those that there are. All texts are first written in it.
const DEFAULT: &str = "en";
/// Languages that are written from right to left.
const RIGHT_TO_LEFT: [&str; 10] = ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"];

/// The languages that were built.
pub(crate) struct Languages {
    /// The name of each language's messages, by its tag.
    messages: BTreeMap<String, String>,
}

/// A language that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Language<'a> {
    /// Its tag (RFC 5646).
    pub(crate) tag: &'a str,
    /// The name of the asset with its messages.
    pub(crate) messages: &'a str,
}

impl Language<'_> {
    /// The direction in which it is written, as HTML names it.
    pub(crate) fn direction(&self) -> &'static str {
        let primary = self.tag.split('-').next().unwrap_or_default();
        if RIGHT_TO_LEFT.contains(&primary) { "rtl" } else { "ltr" }
    }
}

impl Languages {
    /// The languages in the program. A test reads them, so they can be read.
    pub(crate) fn built() -> Self {
        let table = files::bytes(files::LANGUAGES).unwrap_or_default();
        Self { messages: serde_json::from_slice(table).unwrap_or_default() }
    }

    /// The language that an `Accept-Language` header prefers. A tag that is too special is cut at its end until it fits
    /// (RFC 4647, section 3.4).
    pub(crate) fn choose(&self, header: Option<&str>) -> Language<'_> {
        let mut wanted: Vec<_> = members(header.unwrap_or_default()).filter(|(_, weight)| *weight > 0).collect();
        // Stable: of two with one weight, the first counts.
        wanted.sort_by_key(|(_, weight)| Reverse(*weight));
        let chosen =
            wanted.into_iter().find_map(|(tag, _)| if tag == "*" { self.default() } else { self.fitting(tag) });
        chosen.or_else(|| self.default()).unwrap_or(Language { tag: DEFAULT, messages: "" })
    }

    fn default(&self) -> Option<Language<'_>> {
        self.named(DEFAULT).or_else(|| self.messages.iter().next().map(language))
    }

    fn fitting(&self, tag: &str) -> Option<Language<'_>> {
        let mut tag = tag;
        loop {
            if let Some(language) = self.named(tag) {
                return Some(language);
            }
            tag = tag.rsplit_once('-')?.0;
        }
    }

    fn named(&self, tag: &str) -> Option<Language<'_>> {
        self.messages.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag)).map(language)
    }
}

fn language<'a>((tag, messages): (&'a String, &'a String)) -> Language<'a> {
    Language { tag, messages }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_chosen_by_weight_and_cut_until_it_fits() {
        let tags = ["ar", "de", "en", "pt", "pt-BR"].map(|tag| (tag.to_owned(), format!("{tag}-1.js")));
        let languages = Languages { messages: tags.into() };
        for (header, chosen) in [
            (None, "en"),
            (Some("de"), "de"),
            (Some("DE"), "de"),
            (Some("de-AT"), "de"),
            (Some("de-Latn-AT-1996"), "de"),
            (Some("pt-br"), "pt-BR"),
            (Some("pt-PT"), "pt"),
            (Some("en;q=0.5, de;q=0.9"), "de"),
            (Some("de;q=0.5, en;q=0.5"), "de"),
            (Some("xx, yy-ZZ;q=0.9, de;q=0.1"), "de"),
            (Some("de;q=0, ar;q=0.1"), "ar"),
            (Some("*"), "en"),
            (Some("xx, *;q=0.5, de;q=0.1"), "en"),
            (Some("de;q=2, ar"), "ar"),
            (Some(""), "en"),
            (Some("-"), "en"),
            (Some("{{organisation}}, ;;;, \"<script>"), "en"),
            (Some("d"), "en"),
        ] {
            let language = languages.choose(header);
            assert_eq!((language.tag, language.messages), (chosen, format!("{chosen}-1.js").as_str()), "{header:?}");
            assert_eq!(language.direction(), if chosen == "ar" { "rtl" } else { "ltr" });
        }
    }

    #[test]
    fn every_language_has_its_messages() {
        let languages = Languages::built();
        assert!(languages.named(DEFAULT).is_some());
        for (tag, messages) in &languages.messages {
            assert!(files::asset(messages).is_some(), "{tag}: {messages}");
        }
    }
}
