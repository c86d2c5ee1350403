//! The texts in English.

use super::kinds::{Notice, Purpose};
use super::letter::{Block, Letter};
use super::wording::{CodeWords, Wording, counted};

pub(super) struct English;

impl Wording for English {
    fn code_sms(&self, words: &CodeWords<'_>) -> String {
        let CodeWords { organisation, digits, reference, minutes, .. } = words;
        let opening = match words.purpose {
            Purpose::Reset => "your reset code is",
            Purpose::Registration => "your code to confirm this number is",
        };
        format!("{organisation}: {opening} {digits} (ref {reference}, {minutes} min). Never share it.")
    }

    fn code_call(&self, words: &CodeWords<'_>) -> String {
        let CodeWords { organisation, digits, reference, .. } = words;
        let aim = match words.purpose {
            Purpose::Reset => "to reset your password",
            Purpose::Registration => "to confirm this phone number",
        };
        let lifetime = lifetime(words.minutes);
        format!(
            "Hello. This is {organisation}, with your code {aim}. \
             The reference is: {reference}. Your code is: {digits}. \
             Once more, your code is: {digits}. It is valid for {lifetime}. \
             Never share it with anyone. If you did not ask for this call, ignore it, \
             and tell your organisation's help desk. Goodbye."
        )
    }

    fn code_letter(&self, words: &CodeWords<'_>, long_code: Option<&str>) -> Letter {
        let CodeWords { organisation, digits, reference, .. } = words;
        let (subject, aim) = match words.purpose {
            Purpose::Reset => ("your code to reset your password", "reset your password"),
            Purpose::Registration => ("your code to confirm your email address", "confirm this email address"),
        };
        let mut blocks = vec![
            Block::paragraph("Hello,"),
            Block::paragraph(format!("This is your code to {aim} at {organisation}:")),
            Block::code(digits),
            Block::paragraph(format!(
                "Reference: {reference}. Use the code only on a page that shows the same reference."
            )),
            Block::paragraph(format!(
                "The code is valid for {}. Never share it with anyone, not even with the help desk.",
                lifetime(words.minutes)
            )),
        ];
        if let Some(long_code) = long_code {
            blocks.push(Block::paragraph(
                "If the code has expired or is not accepted, enter this long code instead, now or at \
                 another reset that you start. It works for 24 hours, and once:",
            ));
            blocks.push(Block::code(long_code));
        }
        blocks.push(Block::paragraph(
            "If you did not ask for this message, ignore it, give nothing in it to anyone, and tell \
             your organisation’s help desk.",
        ));
        Letter { subject: format!("{organisation}: {subject} (reference {reference})"), blocks }
    }

    fn notice_sms(&self, organisation: &str, notice: Notice) -> String {
        let fact = match notice {
            Notice::PasswordReset => "your password was reset.",
            Notice::PasswordChanged => "your password was changed.",
            Notice::PasswordChangedByAdministrator => "an administrator changed your password.",
            Notice::ContactChanged => "your contact details for password resets were changed.",
            Notice::PasswordResetUnblocked => "an administrator unblocked your password reset.",
            Notice::AdministratorReset => "an administrator's password was reset.",
            Notice::ConfirmationDue => "please confirm your contact details for password resets.",
            Notice::ContactUnreachable => "one of your contacts for password resets cannot be reached.",
        };
        format!(
            "{organisation}: {fact} If you did not expect this, contact your organisation's help \
             desk at once."
        )
    }

    fn notice_letter(&self, organisation: &str, notice: Notice, at: Option<&str>, helpdesk: Option<&str>) -> Letter {
        let subject = match notice {
            Notice::PasswordReset => "your password was reset",
            Notice::PasswordChanged => "your password was changed",
            Notice::PasswordChangedByAdministrator => "an administrator changed your password",
            Notice::ContactChanged => "your contact details for password resets were changed",
            Notice::PasswordResetUnblocked => "your password reset was unblocked",
            Notice::AdministratorReset => "an administrator’s password was reset",
            Notice::ConfirmationDue => "please confirm your contact details for password resets",
            Notice::ContactUnreachable => "one of your contacts for password resets cannot be reached",
        };
        let mut blocks = vec![
            Block::paragraph("Hello,"),
            Block::paragraph(format!("This is a message from {organisation}:")),
            Block::paragraph(fact(notice)),
        ];
        blocks.extend(at.map(|at| Block::paragraph(format!("Time: {at}"))));
        blocks.push(Block::paragraph(match notice {
            Notice::AdministratorReset => {
                "Look into the audit: it tells whose password it was and what was proved. If that person \
                 did not reset it, disable the account at once."
            }
            Notice::ConfirmationDue => {
                "Sign in, open your security info, and confirm that all is right, or change it. Nobody will ask you for \
                 a code or a password."
            }
            Notice::ContactUnreachable => {
                "Sign in, open your security info, and see which contact it is. If it is still yours, confirm it again. \
                 Otherwise replace it. Nobody will ask you for a code or a password."
            }
            Notice::PasswordReset
            | Notice::PasswordChanged
            | Notice::PasswordChangedByAdministrator
            | Notice::ContactChanged
            | Notice::PasswordResetUnblocked => {
                "If you expected this, there is nothing for you to do. If you did not expect it, contact \
                 your organisation’s help desk at once."
            }
        }));
        blocks.extend(helpdesk.map(|text| Block::paragraph(format!("Help desk: {text}"))));
        Letter { subject: format!("{organisation}: {subject}"), blocks }
    }
}

fn lifetime(minutes: u32) -> String {
    counted(minutes, "minute", "minutes")
}

fn fact(notice: Notice) -> &'static str {
    match notice {
        Notice::PasswordReset => "Your password was reset.",
        Notice::PasswordChanged => "Your password was changed.",
        Notice::PasswordChangedByAdministrator => "An administrator changed your password.",
        Notice::ContactChanged => {
            "The phone numbers, email addresses or questions that can be used to reset your password \
             were changed."
        }
        Notice::PasswordResetUnblocked => {
            "An administrator lifted the block on resetting your password and on signing in."
        }
        Notice::AdministratorReset => "The password of an administrator was reset by self-service.",
        Notice::ConfirmationDue => {
            "It is a while since you last confirmed the contact details with which you can reset your \
             password."
        }
        Notice::ContactUnreachable => {
            "A message to one of your phone numbers or email addresses came back, or its recipient wants no more \
             messages. It is no longer used to reset your password."
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::message::{
        Channel, CodeMessage, Domain, Language, Notice, Organisation, Purpose, Sender, render_code,
        render_notice_email, render_notice_sms,
    };

    const AT: &str = "2026-01-31T12:05:59Z";

    fn contoso() -> Sender {
        Sender::new(Organisation::parse("Contoso").unwrap(), Domain::parse("reset.contoso.example").unwrap())
    }

    fn reset() -> CodeMessage<'static> {
        let long_code = Some("0123456789ABCDEFGHJKMNPQRS");
        CodeMessage::new(Purpose::Reset, "12345678", long_code, "KT", 5).unwrap()
    }

    #[test]
    fn the_english_phone_messages_read_as_written_here() {
        assert_eq!(
            render_code(Channel::Sms, Language::English, &contoso(), &reset()).text,
            "Contoso: your reset code is 1234 5678 (ref KT, 5 min). Never share it.\n\
             @reset.contoso.example #12345678"
        );
        assert_eq!(
            render_code(Channel::Call, Language::English, &contoso(), &reset()).text,
            "Hello. This is Contoso, with your code to reset your password. The reference is: K, T. \
             Your code is: 1, 2, 3, 4, 5, 6, 7, 8. Once more, your code is: 1, 2, 3, 4, 5, 6, 7, 8. \
             It is valid for 5 minutes. Never share it with anyone. If you did not ask for this call, \
             ignore it, and tell your organisation's help desk. Goodbye."
        );
        let notice = Notice::PasswordReset;
        assert_eq!(
            render_notice_sms(Language::English, &contoso(), notice).text,
            "Contoso: your password was reset. If you did not expect this, contact your organisation's \
             help desk at once."
        );
    }

    #[test]
    fn the_english_emails_read_as_written_here() {
        let email = render_code(Channel::Email, Language::English, &contoso(), &reset());
        assert_eq!(email.subject.as_deref(), Some("Contoso: your code to reset your password (reference KT)"));
        assert_eq!(
            email.text,
            "Hello,\n\n\
             This is your code to reset your password at Contoso:\n\n\
             1234 5678\n\n\
             Reference: KT. Use the code only on a page that shows the same reference.\n\n\
             The code is valid for 5 minutes. Never share it with anyone, not even with the help desk.\n\n\
             If the code has expired or is not accepted, enter this long code instead, now or at another \
             reset that you start. It works for 24 hours, and once:\n\n\
             01234-56789-ABCDE-FGHJK-MNPQR-S\n\n\
             If you did not ask for this message, ignore it, give nothing in it to anyone, and tell your \
             organisation’s help desk.\n"
        );
        let html = email.html.unwrap();
        assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"));
        assert!(html.contains(
            "<p>This is your code to reset your password at Contoso:</p>\n\
             <p style=\"font:bold 20px/1.5 monospace;color:#000\">1234 5678</p>\n\
             <p>Reference: KT. Use the code only on a page that shows the same reference.</p>\n"
        ));
        assert!(html.ends_with("</body>\n</html>\n"));

        let notice = Notice::ContactChanged;
        let email = render_notice_email(Language::English, &contoso(), notice, AT, "x 42");
        assert_eq!(email.subject.as_deref(), Some("Contoso: your contact details for password resets were changed"));
        assert_eq!(
            email.text,
            "Hello,\n\n\
             This is a message from Contoso:\n\n\
             The phone numbers, email addresses or questions that can be used to reset your password were \
             changed.\n\n\
             Time: 2026-01-31 12:05 UTC\n\n\
             If you expected this, there is nothing for you to do. If you did not expect it, contact your \
             organisation’s help desk at once.\n\n\
             Help desk: x 42\n"
        );
    }
}
