//! The deployment's colour and logo, as a stylesheet that every page links.

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256};

use crate::files;

/// The colour unless the deployment names one: a calm blue.
const BLUE: [u8; 3] = [0x1f, 0x5a, 0x96];
/// What a logo begins with. An image of these kinds cannot load or run anything when a stylesheet shows it.
const IMAGES: [&str; 2] = ["data:image/svg+xml;base64,", "data:image/png;base64,"];
/// The longest logo, in characters: all variables of a function together may have 4 KiB (AWS, Lambda quotas).
const MAX_LOGO: usize = 3000;
/// Bytes of the digest in the stylesheet's name.
const DIGEST_BYTES: usize = 4;
/// The luminance above which black is easier to read than white: the contrast with both is the same there (WCAG 2.2,
/// contrast ratio).
const MIDDLE_LUMINANCE: f64 = 0.179;

/// A colour or a logo is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThemeError;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Default for Colour {
    fn default() -> Self {
        Self(BLUE)
    }
}

impl Colour {
    /// Reads `#` and six hexadecimal digits.
    ///
    /// # Errors
    /// [`ThemeError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        let digits = text.strip_prefix('#').ok_or(ThemeError)?.to_ascii_lowercase();
        let bytes = HEXLOWER.decode(digits.as_bytes()).map_err(|_| ThemeError)?;
        bytes.try_into().map(Self).map_err(|_| ThemeError)
    }

    fn css(self) -> String {
        format!("#{}", HEXLOWER.encode(&self.0))
    }

    /// Whichever of black and white is easier to read on this colour.
    fn text_on_it(self) -> &'static str {
        let linear = |byte: u8| {
            let part = f64::from(byte) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        if luminance > MIDDLE_LUMINANCE { "#000" } else { "#fff" }
    }
}

/// An organisation's logo: an image as a `data:` URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo(String);

impl Logo {
    /// Reads a `data:` URL of an SVG or PNG image in base64, of at most 3000 characters.
    ///
    /// # Errors
    /// [`ThemeError`] for any other text.
    pub fn parse(text: &str) -> Result<Self, ThemeError> {
        let data = IMAGES.iter().find_map(|kind| text.strip_prefix(kind)).ok_or(ThemeError)?;
        // Base64 has no character that could end the address in the stylesheet.
        let image = BASE64.decode(data.as_bytes()).map_err(|_| ThemeError)?;
        if image.is_empty() || text.len() > MAX_LOGO { Err(ThemeError) } else { Ok(Self(text.to_owned())) }
    }
}

/// The stylesheet, and the address that its digest is part of.
pub(crate) struct Stylesheet {
    text: String,
    name: String,
    address: String,
}

impl Stylesheet {
    pub(crate) fn new(colour: &Colour, logo: Option<&Logo>) -> Self {
        let mut text = format!(":root{{--brand:{};--on-brand:{}", colour.css(), colour.text_on_it());
        if let Some(Logo(address)) = logo {
            text += &format!(";--logo:url({address})");
        }
        text += "}\n";
        let digest = Sha256::digest(&text);
        let name = format!("theme-{}.css", HEXLOWER.encode(&digest[..DIGEST_BYTES]));
        let address = files::address(&name);
        Self { text, name, address }
    }

    /// The stylesheet's text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The path at which it is served.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Whether an asset of this name is the stylesheet.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.name == name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!(Colour::parse("#1F5a96").unwrap(), Colour::default());
        for bad in
            ["", "#", "blue", "1f5a96", "#1f5a9", "#1f5a960", "#1f5a9g", "#fff", "#1f5a96;", " #1f5a96", "#é1f5a"]
        {
            assert_eq!(Colour::parse(bad), Err(ThemeError), "{bad}");
        }
    }

    #[test]
    fn a_logo_is_a_small_image_in_the_text() {
        for good in ["data:image/svg+xml;base64,PHN2Zy8+", "data:image/png;base64,iVBORw0KGgo="] {
            assert!(Logo::parse(good).is_ok(), "{good}");
        }
        let long = format!("data:image/png;base64,{}", "A".repeat(3000));
        for bad in [
            "",
            "https://contoso.example/logo.svg",
            "data:image/svg+xml,<svg/>",
            "data:image/svg+xml;base64,",
            "data:image/svg+xml;base64,PHN2Zy8+)}*{color:red",
            "data:text/html;base64,PHN2Zy8+",
            "data:image/gif;base64,R0lG",
            &long,
        ] {
            assert_eq!(Logo::parse(bad), Err(ThemeError), "{bad}");
        }
    }

    #[test]
    fn the_stylesheet_is_named_after_what_it_says() {
        let plain = Stylesheet::new(&Colour::default(), None);
        assert_eq!(plain.text(), ":root{--brand:#1f5a96;--on-brand:#fff}\n");
        let logo = Logo::parse("data:image/svg+xml;base64,PHN2Zy8+").unwrap();
        let bright = Stylesheet::new(&Colour::parse("#ffcc00").unwrap(), Some(&logo));
        assert_eq!(
            bright.text(),
            ":root{--brand:#ffcc00;--on-brand:#000;--logo:url(data:image/svg+xml;base64,PHN2Zy8+)}\n"
        );
        assert_ne!(plain.address(), bright.address());
        assert!(plain.is_named(plain.address().strip_prefix("/assets/").unwrap()));
        assert!(!plain.is_named(bright.address().strip_prefix("/assets/").unwrap()));
    }
}
