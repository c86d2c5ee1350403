//! The token. Nothing prints it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::output::failure::Failure;

/// Longest token, in bytes: what servers and gateways accept as a header, and far above what issuers make.
const MAX_BYTES: usize = 16 * 1024;

/// A bearer token. It has no `Debug`, `Display` or `Clone`, and its memory is cleared.
pub(crate) struct Token(Zeroizing<String>);

impl Token {
    /// Reads the token: from a file if one is named, else from the environment.
    pub(crate) fn find(file: Option<&Path>, environment: Option<Zeroizing<String>>) -> Result<Self, Failure> {
        match (file, environment) {
            (Some(path), _) => Self::parse(&read(path)?),
            (None, Some(text)) => Self::parse(&text),
            (None, None) => Err(Failure::NoToken),
        }
    }

    /// The value of the `Authorization` header.
    pub(crate) fn authorization(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("Bearer {}", *self.0))
    }

    /// Accepts a token of RFC 6750's characters; blanks and line ends around it come from an editor.
    fn parse(text: &str) -> Result<Self, Failure> {
        let token = text.trim();
        let fits = (1..=MAX_BYTES).contains(&token.len())
            && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
        if fits { Ok(Self(Zeroizing::new(token.to_owned()))) } else { Err(Failure::TokenForm) }
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    // Room for all of it from the beginning: a string that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(2 * MAX_BYTES));
    let file = File::open(path).map_err(Failure::TokenFile)?;
    file.take(2 * MAX_BYTES as u64).read_to_string(&mut text).map_err(Failure::TokenFile)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word() {
        let token = |text: &str| Token::find(None, Some(Zeroizing::new(text.to_owned())));
        let header = token(" eyJ.e30.c2ln_-\r\n").ok().unwrap().authorization();
        assert_eq!(*header, "Bearer eyJ.e30.c2ln_-");
        for bad in ["", "\n", "two words", "a\r\nX-Header: b", "é", &"a".repeat(MAX_BYTES + 1)] {
            assert!(matches!(token(bad), Err(Failure::TokenForm)), "{bad}");
        }
        assert!(matches!(Token::find(None, None), Err(Failure::NoToken)));
    }

    #[test]
    fn a_file_counts_before_the_environment() {
        let missing = Path::new("no-such-file-of-a-token");
        let found = Token::find(Some(missing), Some(Zeroizing::new("a.b.c".to_owned())));
        assert!(matches!(found, Err(Failure::TokenFile(_))));
    }
}
