//! The options that the local service starts with.

use std::path::PathBuf;
use std::sync::Arc;

use http::Uri;
use serde_json::Value;

use crate::setup::start_error::StartError;
use crate::stand_ins::interceptor::Interceptor;

/// What `--help` says about the rules of a faults file.
const FAULTS_HELP: &str = r#"Inject faults by the rules in this JSON file: at requests to the table, at messages and at events

The file is a list of rules such as {"service": "sms", "operation": "send", "nth": 1, "action": "err"}:
  service    dynamodb (the table), sms, call, email, events
  operation  of dynamodb its name, such as GetItem; of events publish; of the others send; * for any
  function   whose requests to dynamodb match, such as verify-code; without it, those of every function
  nth        the matching request that the rule applies to, counted from 1; without it, every one
  action     err (refused as too busy), drop_before (the connection breaks before the request arrives),
             drop_after (it arrives, the response is lost), dup (it arrives twice), delay (it waits)
  millis     how long a delay takes, 1 to 60000
tests/README.md shows what one sees."#;

/// How the service is started. [`Options::default`] suits tests: any free port, everything in memory, the default
/// policy and nobody in the directory.
#[derive(Debug, Clone, Default, clap::Parser)]
#[command(name = "local", about = "Rekey on this machine: all of its functions, on 127.0.0.1 only")]
pub struct Options {
    /// The port to listen on; 0 picks a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// Store everything in this directory; without it, everything is in memory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Replace the stored policy with this JSON document; a member that is left out has its default
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Load accounts from this CSV or LDIF file; without it, a new directory gets the sample people
    #[arg(long, value_name = "FILE")]
    pub users: Option<PathBuf>,
    /// The public address of the API, for links in responses; by default the listening address
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// A web origin that may call the API from a browser; may be given several times
    #[arg(long = "allow-origin", value_name = "URL")]
    pub allow_origins: Vec<String>,
    /// Inject faults by the rules in this JSON file: at requests to the table, at messages and at events
    #[arg(long, value_name = "FILE", long_help = FAULTS_HELP)]
    pub faults: Option<PathBuf>,
    /// Whether the sample people are loaded into a new directory when no file is named.
    #[arg(skip = true)]
    pub sample: bool,
    /// Policy members for tests, applied after those of the file.
    #[arg(skip)]
    pub policy_members: Option<Value>,
    /// Intercepts every request to the table, for tests; by default nothing does. With `faults`, the rules do instead.
    #[arg(skip)]
    pub interceptor: Option<Arc<dyn Interceptor>>,
}

impl Options {
    /// The public address without a trailing slash, if one is set.
    ///
    /// # Errors
    /// [`StartError::PublicUrl`] for anything but an absolute http or https address without query or fragment.
    pub fn checked_public_url(&self) -> Result<Option<String>, StartError> {
        let Some(text) = &self.public_url else {
            return Ok(None);
        };
        let uri: Uri = text.parse().map_err(|_| StartError::PublicUrl)?;
        if is_web(&uri) && uri.query().is_none() && !text.contains('#') {
            Ok(Some(text.trim_end_matches('/').to_owned()))
        } else {
            Err(StartError::PublicUrl)
        }
    }

    /// The origins that may call from a browser, as browsers write them (RFC 6454, section 6.2).
    ///
    /// # Errors
    /// [`StartError::AllowOrigin`] for anything but scheme, host and port; `*` and `null` are not accepted here.
    pub fn checked_origins(&self) -> Result<Vec<String>, StartError> {
        self.allow_origins.iter().map(|text| origin(text).ok_or(StartError::AllowOrigin)).collect()
    }
}

fn is_web(uri: &Uri) -> bool {
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    web && uri.authority().is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'))
}

fn origin(text: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let uri: Uri = text.parse().ok()?;
    let bare = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
    (is_web(&uri) && bare.eq_ignore_ascii_case(text)).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn origins(text: &str) -> Option<Vec<String>> {
        let options = Options { allow_origins: vec![text.to_owned()], ..Options::default() };
        options.checked_origins().ok()
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(origins("https://app.example"), Some(vec!["https://app.example".to_owned()]));
        assert_eq!(origins("http://LocalHost:3000/"), Some(vec!["http://localhost:3000".to_owned()]));
        for bad in ["*", "null", "", "app.example", "https://app.example/path", "https://a@app.example", "ftp://a"] {
            assert_eq!(origins(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_public_address_is_absolute() {
        let checked = |text: &str| {
            let options = Options { public_url: Some(text.to_owned()), ..Options::default() };
            options.checked_public_url().ok().flatten()
        };
        assert_eq!(checked("https://reset.example/api/").as_deref(), Some("https://reset.example/api"));
        assert_eq!(checked("http://127.0.0.1:8080").as_deref(), Some("http://127.0.0.1:8080"));
        for bad in ["reset.example", "/api", "https://reset.example/?a=b", "https://reset.example/#a", "ftp://a"] {
            assert_eq!(checked(bad), None, "{bad}");
        }
        assert_eq!(Options::default().checked_public_url().unwrap(), None);
    }

    #[test]
    fn the_command_line_loads_the_sample_and_a_test_does_not() {
        let started = Options::try_parse_from(["local"]).unwrap();
        assert!(started.sample);
        assert_eq!(started.port, 8080);
        let line =
            ["local", "--port", "0", "--allow-origin", "https://a.example", "--allow-origin", "https://b.example"];
        let started = Options::try_parse_from(line).unwrap();
        assert_eq!((started.port, started.allow_origins.len()), (0, 2));
        assert!(!Options::default().sample);
        let started = Options::try_parse_from(["local", "--faults", "faults.json"]).unwrap();
        assert_eq!(started.faults, Some(PathBuf::from("faults.json")));
        assert!(Options::try_parse_from(["local", "--port", "65536"]).is_err());
        assert!(Options::try_parse_from(["local", "extra"]).is_err());
    }
}
