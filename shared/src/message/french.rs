//! The texts in French, with "vous".
//!
//! Several accented letters are not in the alphabet of an SMS of one segment, so its words are chosen to avoid them.
//! The body of an email has a no-break space before a colon.

use super::kinds::{Notice, Purpose};
use super::letter::{Block, Letter};
use super::wording::{CodeWords, Wording, counted};

pub(super) struct French;

impl Wording for French {
    fn code_sms(&self, words: &CodeWords<'_>) -> String {
        let CodeWords { organisation, digits, reference, minutes, .. } = words;
        let opening = match words.purpose {
            Purpose::Reset => "code de réinitialisation",
            Purpose::Registration => "code de confirmation",
        };
        format!(
            "{organisation} : {opening} {digits} (réf. {reference}, {minutes} min). \
             Ne le donnez à personne."
        )
    }

    fn code_call(&self, words: &CodeWords<'_>) -> String {
        let CodeWords { organisation, digits, reference, .. } = words;
        let aim = match words.purpose {
            Purpose::Reset => "pour réinitialiser votre mot de passe",
            Purpose::Registration => "pour confirmer ce numéro de téléphone",
        };
        let lifetime = lifetime(words.minutes);
        format!(
            "Bonjour. Ici {organisation}, avec votre code {aim}. \
             La référence est : {reference}. Votre code est : {digits}. \
             Je répète, votre code est : {digits}. Il est valable {lifetime}. \
             Ne le donnez à personne. Si vous n'avez pas demandé cet appel, n'en tenez pas compte, \
             et prévenez le service d'assistance de votre organisation. Au revoir."
        )
    }

    fn code_letter(&self, words: &CodeWords<'_>, long_code: Option<&str>) -> Letter {
        let CodeWords { organisation, digits, reference, .. } = words;
        let (subject, aim) = match words.purpose {
            Purpose::Reset => ("votre code pour réinitialiser votre mot de passe", "réinitialiser votre mot de passe"),
            Purpose::Registration => {
                ("votre code pour confirmer votre adresse e-mail", "confirmer cette adresse e-mail")
            }
        };
        let mut blocks = vec![
            Block::paragraph("Bonjour,"),
            Block::paragraph(format!("Voici votre code pour {aim} chez {organisation}\u{a0}:")),
            Block::code(digits),
            Block::paragraph(format!(
                "Référence\u{a0}: {reference}. N’utilisez le code que sur une page qui affiche la \
                 même référence."
            )),
            Block::paragraph(format!(
                "Le code est valable {}. Ne le communiquez à personne, pas même au service \
                 d’assistance.",
                lifetime(words.minutes)
            )),
        ];
        if let Some(long_code) = long_code {
            blocks.push(Block::paragraph(
                "Si le code a expiré ou n’est pas accepté, saisissez à la place ce code long, \
                 maintenant ou lors d’une autre réinitialisation que vous aurez commencée. Il est \
                 valable 24 heures, une seule fois\u{a0}:",
            ));
            blocks.push(Block::code(long_code));
        }
        blocks.push(Block::paragraph(
            "Si vous n’avez pas demandé ce message, n’en tenez pas compte, n’en communiquez rien à \
             personne et prévenez le service d’assistance de votre organisation.",
        ));
        Letter { subject: format!("{organisation} : {subject} (référence {reference})"), blocks }
    }

    fn notice_sms(&self, organisation: &str, notice: Notice) -> String {
        let fact = match notice {
            Notice::PasswordReset => "votre mot de passe a été réinitialisé.",
            Notice::PasswordChanged => "votre mot de passe a été changé.",
            Notice::PasswordChangedByAdministrator => "un administrateur a changé votre mot de passe.",
            Notice::ContactChanged => "vos coordonnées de réinitialisation ont été modifiées.",
            Notice::PasswordResetUnblocked => "un administrateur a débloqué la réinitialisation.",
            Notice::AdministratorReset => "mot de passe d'un administrateur réinitialisé.",
            Notice::ConfirmationDue => "confirmez vos coordonnées de réinitialisation.",
            Notice::ContactUnreachable => "un de vos contacts n'est plus joignable.",
        };
        format!(
            "{organisation} : {fact} Inattendu ? Prévenez vite le service d'assistance de votre \
             organisation."
        )
    }

    fn notice_letter(&self, organisation: &str, notice: Notice, at: Option<&str>, helpdesk: Option<&str>) -> Letter {
        let subject = match notice {
            Notice::PasswordReset => "votre mot de passe a été réinitialisé",
            Notice::PasswordChanged => "votre mot de passe a été changé",
            Notice::PasswordChangedByAdministrator => "un administrateur a changé votre mot de passe",
            Notice::ContactChanged => "vos coordonnées de réinitialisation ont été modifiées",
            Notice::PasswordResetUnblocked => "la réinitialisation de votre mot de passe a été débloquée",
            Notice::AdministratorReset => "le mot de passe d’un administrateur a été réinitialisé",
            Notice::ConfirmationDue => "confirmez vos coordonnées de réinitialisation",
            Notice::ContactUnreachable => "un de vos contacts de réinitialisation n’est plus joignable",
        };
        let mut blocks = vec![
            Block::paragraph("Bonjour,"),
            Block::paragraph(format!("Voici un message de {organisation}\u{a0}:")),
            Block::paragraph(fact(notice)),
        ];
        blocks.extend(at.map(|at| Block::paragraph(format!("Date et heure\u{a0}: {at}"))));
        blocks.push(Block::paragraph(match notice {
            Notice::AdministratorReset => {
                "Consultez le journal d’audit, qui indique de qui était le mot de passe et ce qui a été \
                 prouvé. Si cette personne ne l’a pas réinitialisé elle-même, désactivez immédiatement \
                 le compte."
            }
            Notice::ConfirmationDue => {
                "Connectez-vous, ouvrez vos informations de sécurité et confirmez-les ou modifiez-les. Personne ne vous \
                 demandera de code ni de mot de passe."
            }
            Notice::ContactUnreachable => {
                "Connectez-vous et ouvrez vos informations de sécurité, qui indiquent ce contact. S’il est toujours le vôtre, \
                 confirmez-le de nouveau. Sinon, remplacez-le. Personne ne vous demandera de code ni de mot de passe."
            }
            Notice::PasswordReset
            | Notice::PasswordChanged
            | Notice::PasswordChangedByAdministrator
            | Notice::ContactChanged
            | Notice::PasswordResetUnblocked => {
                "Si vous vous y attendiez, vous n’avez rien à faire. Sinon, contactez immédiatement le \
                 service d’assistance de votre organisation."
            }
        }));
        blocks.extend(helpdesk.map(|text| Block::paragraph(format!("Service d’assistance\u{a0}: {text}"))));
        Letter { subject: format!("{organisation} : {subject}"), blocks }
    }
}

fn lifetime(minutes: u32) -> String {
    counted(minutes, "minute", "minutes")
}

fn fact(notice: Notice) -> &'static str {
    match notice {
        Notice::PasswordReset => "Votre mot de passe a été réinitialisé.",
        Notice::PasswordChanged => "Votre mot de passe a été changé.",
        Notice::PasswordChangedByAdministrator => "Un administrateur a changé votre mot de passe.",
        Notice::ContactChanged => {
            "Les numéros de téléphone, adresses e-mail ou questions qui permettent de réinitialiser \
             votre mot de passe ont été modifiés."
        }
        Notice::PasswordResetUnblocked => {
            "Un administrateur a levé le blocage de la réinitialisation de votre mot de passe et de \
             la connexion."
        }
        Notice::AdministratorReset => "Le mot de passe d’un administrateur a été réinitialisé en libre-service.",
        Notice::ConfirmationDue => {
            "Vous n’avez pas confirmé depuis longtemps les coordonnées qui permettent de réinitialiser \
             votre mot de passe."
        }
        Notice::ContactUnreachable => {
            "Un message envoyé à l’un de vos numéros de téléphone ou à l’une de vos adresses e-mail est revenu, ou son \
             destinataire ne veut plus de messages. Ce contact ne sert plus à réinitialiser votre mot de passe."
        }
    }
}
