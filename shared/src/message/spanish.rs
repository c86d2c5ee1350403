//! The texts in Spanish, with "usted".
//!
//! Most accented vowels are not in the alphabet of an SMS of one segment, so its words are chosen to avoid them.

use super::kinds::{Notice, Purpose};
use super::letter::{Block, Letter};
use super::wording::{CodeWords, Wording, counted};

pub(super) struct Spanish;

impl Wording for Spanish {
    fn code_sms(&self, words: &CodeWords<'_>) -> String {
        let CodeWords { organisation, digits, reference, minutes, .. } = words;
        let opening = match words.purpose {
            Purpose::Reset => "para restablecer su contraseña use",
            Purpose::Registration => "para confirmar este teléfono use",
        };
        format!(
            "{organisation}: {opening} {digits} (ref. {reference}, {minutes} min). \
             Nunca lo comparta."
        )
    }

    fn code_call(&self, words: &CodeWords<'_>) -> String {
        let CodeWords { organisation, digits, reference, .. } = words;
        let aim = match words.purpose {
            Purpose::Reset => "para restablecer su contraseña",
            Purpose::Registration => "para confirmar este número de teléfono",
        };
        let lifetime = lifetime(words.minutes);
        format!(
            "Hola. Le llama {organisation}, con su código {aim}. \
             La referencia es: {reference}. Su código es: {digits}. \
             Repito, su código es: {digits}. Es válido durante {lifetime}. \
             No lo comparta con nadie. Si usted no ha pedido esta llamada, no haga caso de ella, \
             y avise al servicio de asistencia de su organización. Adiós."
        )
    }

    fn code_letter(&self, words: &CodeWords<'_>, long_code: Option<&str>) -> Letter {
        let CodeWords { organisation, digits, reference, .. } = words;
        let (subject, aim) = match words.purpose {
            Purpose::Reset => ("su código para restablecer la contraseña", "restablecer su contraseña"),
            Purpose::Registration => {
                ("su código para confirmar el correo electrónico", "confirmar esta dirección de correo electrónico")
            }
        };
        let mut blocks = vec![
            Block::paragraph("Hola:"),
            Block::paragraph(format!("Este es su código para {aim} en {organisation}:")),
            Block::code(digits),
            Block::paragraph(format!(
                "Referencia: {reference}. Use el código solo en una página que muestre la misma \
                 referencia."
            )),
            Block::paragraph(format!(
                "El código es válido durante {}. No lo comparta con nadie, ni siquiera con el \
                 servicio de asistencia.",
                lifetime(words.minutes)
            )),
        ];
        if let Some(long_code) = long_code {
            blocks.push(Block::paragraph(
                "Si el código ha caducado o no se acepta, introduzca en su lugar este código largo, \
                 ahora o en otro restablecimiento que usted inicie. Es válido durante 24 horas y una \
                 sola vez:",
            ));
            blocks.push(Block::code(long_code));
        }
        blocks.push(Block::paragraph(
            "Si usted no ha pedido este mensaje, no haga caso de él, no comparta nada de su \
             contenido y avise al servicio de asistencia de su organización.",
        ));
        Letter { subject: format!("{organisation}: {subject} (referencia {reference})"), blocks }
    }

    fn notice_sms(&self, organisation: &str, notice: Notice) -> String {
        let fact = match notice {
            Notice::PasswordReset => "su contraseña ha sido restablecida.",
            Notice::PasswordChanged => "su contraseña ha sido cambiada.",
            Notice::PasswordChangedByAdministrator => "un administrador ha cambiado su contraseña.",
            Notice::ContactChanged => "sus datos para restablecer la contraseña han cambiado.",
            Notice::PasswordResetUnblocked => "un administrador ha desbloqueado el cambio de su contraseña.",
            Notice::AdministratorReset => "se ha restablecido la contraseña de un administrador.",
            Notice::ConfirmationDue => "confirme sus datos para restablecer la contraseña.",
            Notice::ContactUnreachable => "no se puede contactar con uno de sus datos.",
        };
        format!(
            "{organisation}: {fact} Si no lo esperaba, avise enseguida al servicio de asistencia de \
             su entidad."
        )
    }

    fn notice_letter(&self, organisation: &str, notice: Notice, at: Option<&str>, helpdesk: Option<&str>) -> Letter {
        let subject = match notice {
            Notice::PasswordReset => "su contraseña ha sido restablecida",
            Notice::PasswordChanged => "su contraseña ha sido cambiada",
            Notice::PasswordChangedByAdministrator => "un administrador ha cambiado su contraseña",
            Notice::ContactChanged => "sus datos para restablecer la contraseña han cambiado",
            Notice::PasswordResetUnblocked => "se ha desbloqueado el restablecimiento de su contraseña",
            Notice::AdministratorReset => "se ha restablecido la contraseña de un administrador",
            Notice::ConfirmationDue => "confirme sus datos para restablecer la contraseña",
            Notice::ContactUnreachable => "uno de sus datos para restablecer la contraseña ya no recibe mensajes",
        };
        let mut blocks = vec![
            Block::paragraph("Hola:"),
            Block::paragraph(format!("Este es un mensaje de {organisation}:")),
            Block::paragraph(fact(notice)),
        ];
        blocks.extend(at.map(|at| Block::paragraph(format!("Fecha y hora: {at}"))));
        blocks.push(Block::paragraph(match notice {
            Notice::AdministratorReset => {
                "Consulte el registro de auditoría, que indica de quién era la contraseña y qué se \
                 demostró. Si esa persona no la restableció, desactive la cuenta de inmediato."
            }
            Notice::ConfirmationDue => {
                "Inicie sesión, abra su información de seguridad y confírmela o cámbiela. Nadie le pedirá un código ni \
                 una contraseña."
            }
            Notice::ContactUnreachable => {
                "Inicie sesión y abra su información de seguridad, que muestra cuál es. Si todavía es suyo, confírmelo de nuevo. \
                 Si no, sustitúyalo. Nadie le pedirá un código ni una contraseña."
            }
            Notice::PasswordReset
            | Notice::PasswordChanged
            | Notice::PasswordChangedByAdministrator
            | Notice::ContactChanged
            | Notice::PasswordResetUnblocked => {
                "Si lo esperaba, no tiene que hacer nada. Si no lo esperaba, avise de inmediato al \
                 servicio de asistencia de su organización."
            }
        }));
        blocks.extend(helpdesk.map(|text| Block::paragraph(format!("Servicio de asistencia: {text}"))));
        Letter { subject: format!("{organisation}: {subject}"), blocks }
    }
}

fn lifetime(minutes: u32) -> String {
    counted(minutes, "minuto", "minutos")
}

fn fact(notice: Notice) -> &'static str {
    match notice {
        Notice::PasswordReset => "Su contraseña ha sido restablecida.",
        Notice::PasswordChanged => "Su contraseña ha sido cambiada.",
        Notice::PasswordChangedByAdministrator => "Un administrador ha cambiado su contraseña.",
        Notice::ContactChanged => {
            "Han cambiado los números de teléfono, las direcciones de correo electrónico o las \
             preguntas con los que se puede restablecer su contraseña."
        }
        Notice::PasswordResetUnblocked => {
            "Un administrador ha levantado el bloqueo del restablecimiento de su contraseña y del \
             inicio de sesión."
        }
        Notice::AdministratorReset => "La contraseña de un administrador ha sido restablecida por autoservicio.",
        Notice::ConfirmationDue => {
            "Hace tiempo que no confirma los datos con los que puede restablecer su \
             contraseña."
        }
        Notice::ContactUnreachable => {
            "Un mensaje a uno de sus números de teléfono o direcciones de correo electrónico ha sido devuelto, o el \
             destinatario no quiere más mensajes. Ya no se usa para restablecer su contraseña."
        }
    }
}
