//! The text of a call, as SSML.

use super::letter::escape;

/// Wraps the text of a call into SSML, so that nothing in it is taken for markup.
///
/// The voice pauses at commas and full stops by itself, so no breaks are inserted. Characters that XML 1.0 does not
/// allow become spaces (W3C, Speech Synthesis Markup Language 1.1).
#[must_use]
pub fn voice_ssml(text: &str) -> String {
    let allowed: String = text
        .chars()
        .map(|character| match character {
            '\u{fffe}' | '\u{ffff}' => ' ',
            control if control.is_control() => ' ',
            other => other,
        })
        .collect();
    format!("<speak>{}</speak>", escape(&allowed))
}

#[cfg(test)]
mod tests {
    use super::voice_ssml;

    #[test]
    fn text_stays_text() {
        assert_eq!(voice_ssml("Ole & Co's code: 1, 2, 3."), "<speak>Ole &amp; Co&#39;s code: 1, 2, 3.</speak>");
        assert_eq!(
            voice_ssml("</speak><audio src=\"x\"/>]]>"),
            "<speak>&lt;/speak&gt;&lt;audio src=&quot;x&quot;/&gt;]]&gt;</speak>"
        );
        assert_eq!(voice_ssml("é\0\r\n\u{ffff}ß"), "<speak>é    ß</speak>");
    }
}
