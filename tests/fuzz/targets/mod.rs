//! The readers of input that a stranger wrote. A file tests one of them, and its function `run` panics if a property fails.

mod claims;
mod code;
mod directory;
mod email_address;
mod gateway_event;
mod json_body;
mod phone;
mod stream_invocation;
mod token;
mod user_name;

/// The target whose file has this name.
pub(crate) fn named(name: &str) -> Option<fn(&[u8])> {
    Some(match name {
        "claims" => claims::run,
        "code" => code::run,
        "directory" => directory::run,
        "email_address" => email_address::run,
        "gateway_event" => gateway_event::run,
        "json_body" => json_body::run,
        "phone" => phone::run,
        "stream_invocation" => stream_invocation::run,
        "token" => token::run,
        "user_name" => user_name::run,
        _ => return None,
    })
}
