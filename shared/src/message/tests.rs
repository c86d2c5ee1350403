use super::*;

/// The GSM 7-bit default alphabet in the order of its codes, 0x00 to 0x7F, with the escape at 0x1B as
/// U+001B (3GPP TS 23.038, section 6.2.1).
const GSM_DEFAULT: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                           ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The characters of its extension table, each after an escape (section 6.2.1.1).
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";
/// The septets of one segment.
const SEGMENT: usize = 160;

const LONGEST_ORGANISATION: &str = "Rathaus Süd-Öst 1234";
const LONGEST_DOMAIN: &str = "passwords.reset.longest-of-all.example01";
const LONG_CODE: &str = "0123456789ABCDEFGHJKMNPQRS";
const GROUPED_LONG_CODE: &str = "01234-56789-ABCDE-FGHJK-MNPQR-S";
const AT: &str = "2026-01-31T12:05:59Z";
const PURPOSES: [Purpose; 2] = [Purpose::Reset, Purpose::Registration];
const NOTICES: [Notice; 8] = [
    Notice::PasswordReset,
    Notice::PasswordChanged,
    Notice::PasswordChangedByAdministrator,
    Notice::ContactChanged,
    Notice::PasswordResetUnblocked,
    Notice::AdministratorReset,
    Notice::ConfirmationDue,
    Notice::ContactUnreachable,
];

fn sender(organisation: &str, domain: &str) -> Sender {
    Sender::new(Organisation::parse(organisation).unwrap(), Domain::parse(domain).unwrap())
}

fn contoso() -> Sender {
    sender("Contoso", "reset.contoso.example")
}

fn code(purpose: Purpose, digits: &str) -> CodeMessage<'_> {
    let long_code = (purpose == Purpose::Reset).then_some(LONG_CODE);
    CodeMessage::new(purpose, digits, long_code, "KT", 5).unwrap()
}

/// The septets that a text takes; `None` if a character has none.
fn septets(text: &str) -> Option<usize> {
    text.chars()
        .map(|character| match character {
            '\u{1b}' => None,
            basic if GSM_DEFAULT.contains(basic) => Some(1),
            extended if GSM_EXTENSION.contains(extended) => Some(2),
            _ => None,
        })
        .sum()
}

fn everything(rendered: &Rendered) -> String {
    let subject = rendered.subject.as_deref().unwrap_or_default();
    let html = rendered.html.as_deref().unwrap_or_default();
    format!("{subject}\n{}\n{html}", rendered.text)
}

/// Every message in every language, with the longest parameters.
fn all_messages() -> Vec<(Channel, Language, Rendered)> {
    let sender = sender(LONGEST_ORGANISATION, LONGEST_DOMAIN);
    let mut messages = Vec::new();
    for channel in Channel::ALL {
        for language in Language::ALL {
            for purpose in PURPOSES {
                let long_code = (purpose == Purpose::Reset).then_some(LONG_CODE);
                let message = CodeMessage::new(purpose, "1234567890", long_code, "WM", 60).unwrap();
                let rendered = render_code(channel, language, &sender, &message);
                messages.push((channel, language, rendered));
            }
        }
    }
    for language in Language::ALL {
        for notice in NOTICES {
            messages.push((Channel::Sms, language, render_notice_sms(language, &sender, notice)));
            let email = render_notice_email(language, &sender, notice, AT, "Room 1, ext. 42");
            messages.push((Channel::Email, language, email));
        }
    }
    messages
}

#[test]
fn the_tests_own_alphabet_is_complete() {
    assert_eq!(GSM_DEFAULT.chars().count(), 128);
    assert_eq!(GSM_DEFAULT.chars().nth(0x40), Some('¡'));
    assert_eq!(GSM_DEFAULT.chars().nth(0x41), Some('A'));
    assert_eq!(GSM_DEFAULT.chars().nth(0x7a), Some('z'));
    assert_eq!(septets("é€ß\n"), Some(5));
    assert_eq!(septets("ç"), None);
    assert_eq!(LONGEST_ORGANISATION.chars().count(), MAX_ORGANISATION_CHARACTERS);
    assert_eq!(LONGEST_DOMAIN.len(), MAX_BOUND_CHARACTERS);
}

#[test]
fn an_organisation_takes_one_septet_per_character() {
    for character in GSM_DEFAULT.chars() {
        let name = format!("a{character}b");
        let refused = character.is_control() || "\"<>()@,;:".contains(character);
        assert_eq!(Organisation::parse(&name).is_err(), refused, "{name:?}");
    }
    for character in GSM_EXTENSION.chars() {
        assert!(Organisation::parse(&format!("a{character}b")).is_err());
    }
}

#[test]
fn every_sms_is_one_segment_of_gsm_characters() {
    let mut longest = 0;
    for (channel, language, rendered) in all_messages() {
        if channel == Channel::Sms {
            let septets = septets(&rendered.text);
            assert!(septets.is_some_and(|count| count <= SEGMENT), "{language:?} {septets:?} {}", rendered.text);
            longest = longest.max(septets.unwrap());
        }
    }
    assert!(longest > SEGMENT - 10, "the longest parameters were not used");
}

#[test]
fn the_last_line_of_a_code_sms_is_bound_to_the_domain() {
    for language in Language::ALL {
        for purpose in PURPOSES {
            for digits in ["012345", "0123456", "01234567", "012345678", "0123456789"] {
                let text = render_code(Channel::Sms, language, &contoso(), &code(purpose, digits)).text;
                let (body, last) = text.rsplit_once('\n').unwrap();
                assert_eq!(last, format!("@reset.contoso.example #{digits}"));
                let grouped = code(purpose, digits).grouped_digits();
                assert_eq!(body.matches(&grouped).count(), 1);
                assert!(!body.contains(['@', '#', '\n']));
                assert!(body.starts_with("Contoso"));
                assert!(body.contains("KT, 5 "));
            }
        }
    }
}

#[test]
fn a_domain_that_needs_a_second_segment_is_left_out() {
    let longer = format!("{LONGEST_DOMAIN}m");
    for (domain, lines) in [(LONGEST_DOMAIN, 2), (&longer, 1)] {
        let sms =
            render_code(Channel::Sms, Language::English, &sender("Contoso", domain), &code(Purpose::Reset, "012345"));
        assert_eq!(sms.text.lines().count(), lines, "{domain}");
        assert!(sms.text.contains("012 345"));
    }
}

#[test]
fn the_two_purposes_read_differently_everywhere() {
    for language in Language::ALL {
        for channel in Channel::ALL {
            let text = |purpose| {
                let message = CodeMessage::new(purpose, "01234567", None, "KT", 5).unwrap();
                everything(&render_code(channel, language, &contoso(), &message))
            };
            assert_ne!(text(Purpose::Reset), text(Purpose::Registration));
        }
    }
}

#[test]
fn the_notices_read_differently_everywhere() {
    for language in Language::ALL {
        let sms = NOTICES.map(|notice| everything(&render_notice_sms(language, &contoso(), notice)));
        let emails = NOTICES.map(|notice| everything(&render_notice_email(language, &contoso(), notice, AT, "")));
        for texts in [sms, emails] {
            for (position, text) in texts.iter().enumerate() {
                assert!(!texts[..position].contains(text), "{text}");
            }
        }
    }
}

#[test]
fn a_call_says_the_code_twice_and_asks_for_no_key() {
    for language in Language::ALL {
        for purpose in PURPOSES {
            let message = code(purpose, "01234567");
            let text = render_code(Channel::Call, language, &contoso(), &message).text;
            assert_eq!(text.matches(": 0, 1, 2, 3, 4, 5, 6, 7.").count(), 2);
            assert_eq!(text.matches(": K, T.").count(), 1);
            assert_eq!(text.matches("Contoso").count(), 1);
            assert!(!text.contains(['#', '*', '\n']));
            for word in ["press", "drück", "Taste", "touche", "appuy", "puls", "tecla"] {
                assert!(!text.contains(word), "{word} in {text}");
            }
        }
    }
}

#[test]
fn an_email_has_both_codes_in_both_parts() {
    for language in Language::ALL {
        let message = code(Purpose::Reset, "01234567");
        let email = render_code(Channel::Email, language, &contoso(), &message);
        let html = email.html.unwrap();
        assert!(email.subject.unwrap().contains(" KT)"));
        assert!(html.contains(&format!("<html lang=\"{}\">", language.tag())));
        for part in [&email.text, &html] {
            assert_eq!(part.matches("0123 4567").count(), 1);
            assert_eq!(part.matches(GROUPED_LONG_CODE).count(), 1);
            assert!(part.contains(": KT. "));
            assert!(part.contains("24 "));
        }
        assert!(email.text.lines().any(|line| line == "0123 4567"));
        assert!(email.text.lines().any(|line| line == GROUPED_LONG_CODE));
    }
}

#[test]
fn an_email_without_a_long_code_promises_none() {
    for language in Language::ALL {
        let message = CodeMessage::new(Purpose::Reset, "01234567", None, "KT", 5).unwrap();
        let email = render_code(Channel::Email, language, &contoso(), &message);
        assert!(!everything(&email).contains("24"));
    }
}

#[test]
fn only_emails_have_a_subject_and_html() {
    for (channel, _, rendered) in all_messages() {
        let is_email = channel == Channel::Email;
        assert_eq!(rendered.subject.is_some(), is_email);
        assert_eq!(rendered.html.is_some(), is_email);
    }
}

#[test]
fn no_message_links_loads_or_breaks_a_header() {
    for (_, _, rendered) in all_messages() {
        let subject = rendered.subject.as_deref().unwrap_or_default();
        assert!(!subject.chars().any(char::is_control));
        assert!(subject.chars().count() <= 120, "{subject}");
        let all = everything(&rendered);
        for banned in ["://", "href", "src=", "url(", "<a", "<img", "@import", "\r", "  "] {
            assert!(!all.contains(banned), "{banned} in {all}");
        }
        assert!(rendered.text.lines().all(|line| line.len() < 998));
    }
}

#[test]
fn a_name_with_markup_characters_is_escaped_in_html_only() {
    let sender = sender("Ole & Co's", "reset.contoso.example");
    for language in Language::ALL {
        let message = code(Purpose::Reset, "01234567");
        let emails = [
            render_code(Channel::Email, language, &sender, &message),
            render_notice_email(language, &sender, Notice::ContactChanged, AT, "<b>\"Desk\"</b>"),
        ];
        for email in emails {
            let html = email.html.unwrap();
            assert!(email.subject.unwrap().starts_with("Ole & Co's"));
            assert!(email.text.contains("Ole & Co's"));
            assert!(html.contains("Ole &amp; Co&#39;s"));
            assert!(!html.contains("& ") && !html.contains('\'') && !html.contains("<b>"));
        }
    }
}

#[test]
fn phone_messages_hold_nothing_that_belongs_to_emails() {
    for language in Language::ALL {
        for channel in [Channel::Sms, Channel::Call] {
            let with = code(Purpose::Reset, "01234567");
            let without = CodeMessage::new(Purpose::Reset, "01234567", None, "KT", 5).unwrap();
            assert_eq!(
                render_code(channel, language, &contoso(), &with).text,
                render_code(channel, language, &contoso(), &without).text
            );
        }
    }
}

#[test]
fn a_notice_by_email_holds_the_time_and_one_line_of_the_help_desk() {
    for language in Language::ALL {
        for notice in NOTICES {
            let helpdesk = format!("Ring 42\r\n\r\n{}END", "x".repeat(MAX_HELPDESK_CHARACTERS));
            let email = render_notice_email(language, &contoso(), notice, AT, &helpdesk);
            let printed = format!(": Ring 42 {}", "x".repeat(MAX_HELPDESK_CHARACTERS - 8));
            for part in [&email.text, email.html.as_ref().unwrap()] {
                assert_eq!(part.matches(": 2026-01-31 12:05 UTC").count(), 1);
                assert_eq!(part.matches(&printed).count(), 1);
                assert!(!part.contains("END"));
            }
            assert!(!email.subject.unwrap().contains("Ring"));

            let bare = render_notice_email(language, &contoso(), notice, "<now>", " ");
            let all = everything(&bare);
            assert!(!all.contains("now") && !all.contains("UTC"));
            assert_eq!(bare.text.lines().filter(|line| !line.is_empty()).count(), 4);
        }
    }
}

#[test]
fn every_notice_by_email_says_what_to_do_about_it() {
    let expected: [_; Language::ALL.len()] = [
        (Language::English, "help desk at once.", "Look into the audit", "Sign in, open"),
        (
            Language::German,
            "sofort an den Helpdesk Ihrer Organisation.",
            "Sehen Sie im Audit-Protokoll nach",
            "Melden Sie sich an",
        ),
        (
            Language::French,
            "service d’assistance de votre organisation.",
            "Consultez le journal d’audit",
            "Connectez-vous",
        ),
        (
            Language::Spanish,
            "servicio de asistencia de su organización.",
            "Consulte el registro de auditoría",
            "Inicie sesión",
        ),
    ];
    for (language, owner, administrators, confirmation) in expected {
        for notice in NOTICES {
            let text = render_notice_email(language, &contoso(), notice, AT, "").text;
            let to_look_into = notice == Notice::AdministratorReset;
            let to_confirm = matches!(notice, Notice::ConfirmationDue | Notice::ContactUnreachable);
            assert_eq!(text.contains(owner), !to_look_into && !to_confirm, "{text}");
            assert_eq!(text.contains(administrators), to_look_into, "{text}");
            assert_eq!(text.contains(confirmation), to_confirm, "{text}");
        }
    }
}

#[test]
fn a_text_changes_with_its_parameters_only() {
    // Replacing each parameter of one message by the other's must give the other message.
    let other = sender("Fabrikam", "fabrikam.example");
    for language in Language::ALL {
        for channel in Channel::ALL {
            let first = code(Purpose::Reset, "01234567");
            let second = CodeMessage::new(Purpose::Reset, "89898989", Some(LONG_CODE), "PX", 9).unwrap();
            let first = everything(&render_code(channel, language, &contoso(), &first));
            let second = everything(&render_code(channel, language, &other, &second));
            let replaced = first
                .replace("Contoso", "Fabrikam")
                .replace("reset.contoso.example", "fabrikam.example")
                .replace("01234567", "89898989")
                .replace("0123 4567", "8989 8989")
                .replace("0, 1, 2, 3, 4, 5, 6, 7", "8, 9, 8, 9, 8, 9, 8, 9")
                .replace("K, T", "P, X")
                .replace("KT", "PX")
                .replace("5 min", "9 min")
                .replace("5 Min", "9 Min");
            assert_eq!(replaced, second);
        }
    }
}

#[test]
fn one_minute_is_singular() {
    let message = CodeMessage::new(Purpose::Reset, "01234567", None, "KT", 1).unwrap();
    let expected: [_; Language::ALL.len()] = ["1 minute.", "1 Minute.", "1 minute.", "1 minuto."];
    for (language, lifetime) in Language::ALL.into_iter().zip(expected) {
        for channel in [Channel::Call, Channel::Email] {
            let text = render_code(channel, language, &contoso(), &message).text;
            assert!(text.contains(lifetime), "{text}");
        }
    }
}

#[test]
fn tags_name_languages_by_their_primary_subtag() {
    let named = [
        ("en", Language::English),
        ("EN-us", Language::English),
        ("de-AT", Language::German),
        ("fr_CA", Language::French),
        ("es-419", Language::Spanish),
    ];
    for (tag, language) in named {
        assert_eq!(Language::from_tag(tag), Some(language));
    }
    assert!(Language::ALL.iter().all(|language| named.iter().any(|(_, named)| named == language)));
    for tag in ["", "-", "e", "eng", "it", "x-en", " en", "deutsch", "de\r\n"] {
        assert_eq!(Language::from_tag(tag), None, "{tag}");
    }
    for language in Language::ALL {
        assert_eq!(Language::from_tag(language.tag()), Some(language));
    }
    assert_eq!(Channel::ALL.map(Channel::as_str), ["sms", "call", "email"]);
}
