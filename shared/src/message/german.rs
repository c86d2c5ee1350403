//! The texts in German, with "Sie".

use super::kinds::{Notice, Purpose};
use super::letter::{Block, Letter};
use super::wording::{CodeWords, Wording, counted};

pub(super) struct German;

impl Wording for German {
    fn code_sms(&self, words: &CodeWords<'_>) -> String {
        let CodeWords { organisation, digits, reference, minutes, .. } = words;
        let opening = match words.purpose {
            Purpose::Reset => "Ihr Code zum Zurücksetzen:",
            Purpose::Registration => "Ihr Bestätigungscode:",
        };
        format!(
            "{organisation}: {opening} {digits} (Ref. {reference}, {minutes} Min.). \
             Geben Sie ihn nie weiter."
        )
    }

    fn code_call(&self, words: &CodeWords<'_>) -> String {
        let CodeWords { organisation, digits, reference, .. } = words;
        let aim = match words.purpose {
            Purpose::Reset => "zum Zurücksetzen Ihres Passworts",
            Purpose::Registration => "zum Bestätigen dieser Telefonnummer",
        };
        let lifetime = lifetime(words.minutes);
        format!(
            "Guten Tag. Hier ist {organisation}, mit Ihrem Code {aim}. \
             Die Referenz lautet: {reference}. Ihr Code lautet: {digits}. \
             Noch einmal, Ihr Code lautet: {digits}. Er gilt {lifetime}. \
             Geben Sie ihn niemals weiter. Wenn Sie diesen Anruf nicht angefordert haben, \
             ignorieren Sie ihn, und informieren Sie den Helpdesk Ihrer Organisation. \
             Auf Wiederhören."
        )
    }

    fn code_letter(&self, words: &CodeWords<'_>, long_code: Option<&str>) -> Letter {
        let CodeWords { organisation, digits, reference, .. } = words;
        let (subject, aim) = match words.purpose {
            Purpose::Reset => ("Ihr Code zum Zurücksetzen des Passworts", "Ihr Passwort zurücksetzen"),
            Purpose::Registration => ("Ihr Code zum Bestätigen der E-Mail-Adresse", "diese E-Mail-Adresse bestätigen"),
        };
        let mut blocks = vec![
            Block::paragraph("Guten Tag,"),
            Block::paragraph(format!("hier ist der Code, mit dem Sie bei {organisation} {aim}:")),
            Block::code(digits),
            Block::paragraph(format!(
                "Referenz: {reference}. Verwenden Sie den Code nur auf einer Seite, die dieselbe \
                 Referenz anzeigt."
            )),
            Block::paragraph(format!(
                "Der Code gilt {}. Geben Sie ihn niemals weiter, auch nicht an den Helpdesk.",
                lifetime(words.minutes)
            )),
        ];
        if let Some(long_code) = long_code {
            blocks.push(Block::paragraph(
                "Wenn der Code abgelaufen ist oder nicht angenommen wird, geben Sie stattdessen \
                 diesen langen Code ein, jetzt oder wenn Sie das Zurücksetzen neu beginnen. Er gilt \
                 24 Stunden und nur einmal:",
            ));
            blocks.push(Block::code(long_code));
        }
        blocks.push(Block::paragraph(
            "Wenn Sie diese Nachricht nicht angefordert haben, ignorieren Sie sie, geben Sie nichts \
             daraus weiter, und informieren Sie den Helpdesk Ihrer Organisation.",
        ));
        Letter { subject: format!("{organisation}: {subject} (Referenz {reference})"), blocks }
    }

    fn notice_sms(&self, organisation: &str, notice: Notice) -> String {
        let fact = match notice {
            Notice::PasswordReset => "Ihr Passwort wurde zurückgesetzt.",
            Notice::PasswordChanged => "Ihr Passwort wurde geändert.",
            Notice::PasswordChangedByAdministrator => "Ein Administrator hat Ihr Passwort geändert.",
            Notice::ContactChanged => "Ihre Kontaktdaten zum Zurücksetzen wurden geändert.",
            Notice::PasswordResetUnblocked => "Ein Administrator hat das Zurücksetzen entsperrt.",
            Notice::AdministratorReset => "Das Passwort eines Administrators wurde zurückgesetzt.",
            Notice::ConfirmationDue => "Bitte bestätigen Sie Ihre Kontaktdaten zum Zurücksetzen.",
            Notice::ContactUnreachable => "Ein Kontakt zum Zurücksetzen ist nicht mehr erreichbar.",
        };
        format!(
            "{organisation}: {fact} Unerwartet? Wenden Sie sich sofort an den Helpdesk Ihrer \
             Organisation."
        )
    }

    fn notice_letter(&self, organisation: &str, notice: Notice, at: Option<&str>, helpdesk: Option<&str>) -> Letter {
        let subject = match notice {
            Notice::PasswordReset => "Ihr Passwort wurde zurückgesetzt",
            Notice::PasswordChanged => "Ihr Passwort wurde geändert",
            Notice::PasswordChangedByAdministrator => "Ein Administrator hat Ihr Passwort geändert",
            Notice::ContactChanged => "Ihre Kontaktdaten zum Zurücksetzen des Passworts wurden geändert",
            Notice::PasswordResetUnblocked => "Das Zurücksetzen Ihres Passworts wurde entsperrt",
            Notice::AdministratorReset => "Das Passwort eines Administrators wurde zurückgesetzt",
            Notice::ConfirmationDue => "Bitte bestätigen Sie Ihre Kontaktdaten zum Zurücksetzen des Passworts",
            Notice::ContactUnreachable => "Ein Kontakt zum Zurücksetzen Ihres Passworts ist nicht mehr erreichbar",
        };
        let mut blocks = vec![
            Block::paragraph("Guten Tag,"),
            Block::paragraph(format!("dies ist eine Nachricht von {organisation}:")),
            Block::paragraph(fact(notice)),
        ];
        blocks.extend(at.map(|at| Block::paragraph(format!("Zeitpunkt: {at}"))));
        blocks.push(Block::paragraph(match notice {
            Notice::AdministratorReset => {
                "Sehen Sie im Audit-Protokoll nach: Dort steht, wessen Passwort es war und was \
                 nachgewiesen wurde. Wenn diese Person es nicht selbst zurückgesetzt hat, deaktivieren \
                 Sie das Konto sofort."
            }
            Notice::ConfirmationDue => {
                "Melden Sie sich an, öffnen Sie Ihre Sicherheitsinformationen und bestätigen oder ändern Sie die \
                 Angaben. Niemand fragt Sie nach einem Code oder einem Passwort."
            }
            Notice::ContactUnreachable => {
                "Melden Sie sich an und öffnen Sie Ihre Sicherheitsinformationen: Dort steht, welcher Kontakt es ist. Wenn er \
                 noch Ihnen gehört, bestätigen Sie ihn erneut. Sonst ersetzen Sie ihn. Niemand fragt Sie nach einem Code oder \
                 einem Passwort."
            }
            Notice::PasswordReset
            | Notice::PasswordChanged
            | Notice::PasswordChangedByAdministrator
            | Notice::ContactChanged
            | Notice::PasswordResetUnblocked => {
                "Wenn Sie das erwartet haben, brauchen Sie nichts zu tun. Wenn Sie es nicht erwartet \
                 haben, wenden Sie sich sofort an den Helpdesk Ihrer Organisation."
            }
        }));
        blocks.extend(helpdesk.map(|text| Block::paragraph(format!("Helpdesk: {text}"))));
        Letter { subject: format!("{organisation}: {subject}"), blocks }
    }
}

fn lifetime(minutes: u32) -> String {
    counted(minutes, "Minute", "Minuten")
}

fn fact(notice: Notice) -> &'static str {
    match notice {
        Notice::PasswordReset => "Ihr Passwort wurde zurückgesetzt.",
        Notice::PasswordChanged => "Ihr Passwort wurde geändert.",
        Notice::PasswordChangedByAdministrator => "Ein Administrator hat Ihr Passwort geändert.",
        Notice::ContactChanged => {
            "Die Telefonnummern, E-Mail-Adressen oder Fragen, mit denen Ihr Passwort zurückgesetzt \
             werden kann, wurden geändert."
        }
        Notice::PasswordResetUnblocked => {
            "Ein Administrator hat die Sperre für das Zurücksetzen Ihres Passworts und für die \
             Anmeldung aufgehoben."
        }
        Notice::AdministratorReset => "Das Passwort eines Administrators wurde per Self-Service zurückgesetzt.",
        Notice::ConfirmationDue => {
            "Sie haben die Kontaktdaten, mit denen Sie Ihr Passwort zurücksetzen können, seit längerer \
             Zeit nicht bestätigt."
        }
        Notice::ContactUnreachable => {
            "Eine Nachricht an eine Ihrer Telefonnummern oder E-Mail-Adressen kam zurück, oder der Empfänger möchte keine \
             Nachrichten mehr. Dieser Kontakt wird nicht mehr zum Zurücksetzen Ihres Passworts verwendet."
        }
    }
}
