use super::*;

/// Runs without a service; a wait is a failure.
fn rekeyctl(arguments: &[&str], url: Option<&str>, token: Option<&str>) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let around = Surroundings {
        url: url.map(str::to_owned),
        token: token.map(str::to_owned),
        out: &mut out,
        err: &mut err,
        progress: false,
        pause: &|_| panic!("nothing is to be waited for"),
        ask: &|_| panic!("nothing is to be asked"),
        aws: &|_| panic!("AWS is not to be asked"),
        now: Moment::from_millis(0),
    };
    let code = run(["rekeyctl"].iter().chain(arguments), around);
    (code, String::from_utf8_lossy(&out).into_owned(), String::from_utf8_lossy(&err).into_owned())
}

#[test]
fn what_cannot_be_understood_is_no_reject() {
    let (code, out, err) = rekeyctl(&["users", "--limit", "0"], None, None);
    assert_eq!((code, out.as_str()), (FAILED, ""));
    assert!(err.starts_with("error: "), "{err}");
    let (code, out, err) = rekeyctl(&["--help"], None, None);
    assert_eq!((code, err.as_str()), (DONE, ""));
    assert!(out.contains("REKEY_TOKEN") && out.contains("import"), "{out}");
    let (_, _, err) = rekeyctl(&["us\u{1b}[2Jers"], None, None);
    assert!(!err.contains('\u{1b}'), "{err}");
}

#[test]
fn the_address_and_the_token_are_asked_for() {
    let url = Some("http://127.0.0.1:1");
    for (arguments, url, token, words) in [
        (
            &["users"][..],
            None,
            Some("a.b"),
            "rekeyctl: the address of the service is missing: set it with --url or REKEY_URL\n",
        ),
        (&["users"], url, None, "rekeyctl: there is no token: set REKEY_TOKEN, or name a file with --token-file\n"),
        (
            &["users", "--url", "http://reset.example"],
            url,
            Some("a.b"),
            "rekeyctl: --url: plain http would expose the token; it is allowed for 127.0.0.1 and localhost only\n",
        ),
        (
            &["users"],
            url,
            Some("not a token"),
            "rekeyctl: the token is empty, is too long or contains characters that no token has\n",
        ),
    ] {
        assert_eq!(rekeyctl(arguments, url, token), (FAILED, String::new(), words.to_owned()));
    }
}

#[test]
fn nobody_at_the_address_is_said() {
    // Nothing listens on port 1 of this machine.
    let (code, out, err) = rekeyctl(&["users"], Some("http://127.0.0.1:1"), Some("a.b"));
    assert_eq!((code, out.as_str()), (FAILED, ""));
    assert!(err.starts_with("rekeyctl: the service does not respond: "), "{err}");
    assert!(!err.contains("a.b"), "{err}");
}
