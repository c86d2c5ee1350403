//! An email as a list of blocks, and its two parts: plain text and HTML.

use super::kinds::Rendered;
use crate::identifiers::is_invisible;

/// The style of the whole page: dark on white, in a column narrow enough to read.
const PAGE_STYLE: &str =
    "margin:0 auto;max-width:36em;padding:16px;font:16px/1.5 sans-serif;color:#222;background:#fff";
/// The style of a code: large, in a font whose digits have one width.
const CODE_STYLE: &str = "font:bold 20px/1.5 monospace;color:#000";

/// One block of an email.
pub(super) enum Block {
    /// Running text.
    Paragraph(String),
    /// A code, alone on its line, so that it can be found and copied.
    Code(String),
}

impl Block {
    pub(super) fn paragraph(text: impl Into<String>) -> Self {
        Self::Paragraph(text.into())
    }

    pub(super) fn code(text: impl Into<String>) -> Self {
        Self::Code(text.into())
    }

    fn text(&self) -> &str {
        match self {
            Self::Paragraph(text) | Self::Code(text) => text,
        }
    }

    fn html(&self) -> String {
        match self {
            Self::Paragraph(text) => format!("<p>{}</p>\n", escape(text)),
            Self::Code(text) => format!("<p style=\"{CODE_STYLE}\">{}</p>\n", escape(text)),
        }
    }
}

/// An email before it is laid out.
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) blocks: Vec<Block>,
}

impl Letter {
    /// Lays the email out. The HTML loads nothing and links to nothing.
    pub(super) fn render(self, language: &str) -> Rendered {
        let mut text = String::new();
        let mut body = String::new();
        for block in &self.blocks {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(block.text());
            text.push('\n');
            body.push_str(&block.html());
        }
        // Without the second meta element, some phones turn a code of digits into a link that dials it.
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"format-detection\" content=\"telephone=no\">\n<title>{}</title>\n</head>\n\
             <body style=\"{PAGE_STYLE}\">\n{body}</body>\n</html>\n",
            language,
            escape(&self.subject),
        );
        Rendered { subject: Some(self.subject), text, html: Some(html) }
    }
}

/// Escapes the characters with a meaning in HTML and XML, in text and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Brings a text onto one line of at most `limit` characters; `None` if nothing is left of it.
pub(super) fn one_line(text: &str, limit: usize) -> Option<String> {
    let visible: String =
        text.chars().filter(|&character| character.is_whitespace() || !is_invisible(character)).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(limit).collect();
    let cut = cut.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// Writes an RFC 3339 time in UTC for people, `2026-01-31 12:05 UTC`; `None` for anything else.
pub(super) fn readable_time(at: &str) -> Option<String> {
    let (date, clock) = at.strip_suffix('Z')?.split_once('T')?;
    let (minute, second) = (clock.get(..5)?, clock.get(5..8)?);
    let in_form = has_form(date, "0000-00-00") && has_form(minute, "00:00") && has_form(second, ":00");
    in_form.then(|| format!("{date} {minute} UTC"))
}

/// Whether `text` has a digit wherever `form` has a zero, and otherwise the same characters.
fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(actual, expected)| match expected {
            b'0' => actual.is_ascii_digit(),
            other => actual == other,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_laid_out_twice() {
        let letter =
            Letter { subject: "A & B".to_owned(), blocks: vec![Block::paragraph("1 < 2"), Block::code("12 34")] };
        let rendered = letter.render("de");
        assert_eq!(rendered.subject.as_deref(), Some("A & B"));
        assert_eq!(rendered.text, "1 < 2\n\n12 34\n");
        assert_eq!(
            rendered.html.unwrap(),
            "<!DOCTYPE html>\n<html lang=\"de\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"format-detection\" content=\"telephone=no\">\n<title>A &amp; B</title>\n\
             </head>\n<body style=\"margin:0 auto;max-width:36em;padding:16px;\
             font:16px/1.5 sans-serif;color:#222;background:#fff\">\n<p>1 &lt; 2</p>\n\
             <p style=\"font:bold 20px/1.5 monospace;color:#000\">12 34</p>\n</body>\n</html>\n"
        );
    }

    #[test]
    fn every_special_character_is_escaped() {
        assert_eq!(escape("<a href=\"x\">&'é"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;é");
    }

    #[test]
    fn a_text_is_brought_onto_one_bounded_line() {
        assert_eq!(one_line("", 9), None);
        assert_eq!(one_line(" \r\n\u{200b}\0 ", 9), None);
        assert_eq!(one_line(" Desk\r\nBcc:\u{202e} x\u{2028}y ", 50).as_deref(), Some("Desk Bcc: x y"));
        assert_eq!(one_line("éééé éé", 5).as_deref(), Some("éééé"));
        assert_eq!(one_line(&"x".repeat(300), 200), Some("x".repeat(200)));
    }

    #[test]
    fn only_a_time_in_utc_is_printed() {
        let printed = Some("2026-01-31 12:05 UTC".to_owned());
        assert_eq!(readable_time("2026-01-31T12:05:59Z"), printed);
        assert_eq!(readable_time("2026-01-31T12:05:59.123456Z"), printed);
        for at in [
            "",
            "Z",
            "TZ",
            "now",
            "2026-01-31T12:05:59+01:00",
            "2026-01-31 12:05:59Z",
            "2026-1-31T12:05:59Z",
            "2026-01-31T12:05Z",
            "2026-01-31T1é:05:59Z",
            "2026-01-31\nT12:05:59Z",
            "<b>6-01-31T12:05:59Z",
        ] {
            assert_eq!(readable_time(at), None, "{at}");
        }
    }
}
