use std::collections::BTreeSet;

use super::*;

fn settings(pairs: &'static [(&'static str, &'static str)]) -> Settings {
    Settings::from_lookup(move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn a_missing_setting_is_named() {
    let error = settings(&[(TABLE, "")]).table().unwrap_err();
    assert_eq!(error.to_string(), "the environment variable REKEY_TABLE is missing");
    assert_eq!(settings(&[(TABLE, "rekey")]).table().unwrap(), "rekey");
    assert_eq!(settings(&[(ISSUER, "i")]).tokens().unwrap_err(), SettingError::Missing(AUDIENCE));
}

#[test]
fn the_user_name_claim_has_a_default() {
    let tokens = settings(&[(ISSUER, "i"), (AUDIENCE, "a")]).tokens().unwrap();
    assert_eq!((tokens.issuer.as_str(), tokens.audience.as_str()), ("i", "a"));
    assert_eq!(tokens.user_name_claim, "preferred_username");
    let tokens = settings(&[(ISSUER, "i"), (AUDIENCE, "a"), (USER_NAME_CLAIM, "upn")]).tokens().unwrap();
    assert_eq!(tokens.user_name_claim, "upn");
    for reserved in RESERVED_CLAIMS {
        let value = move |name: &str| Some(if name == USER_NAME_CLAIM { reserved } else { "x" }.to_owned());
        let tokens = Settings::from_lookup(value).tokens();
        assert!(matches!(tokens, Err(SettingError::Invalid(USER_NAME_CLAIM, _))), "{reserved}");
    }
}

#[test]
fn keys_come_over_https_only() {
    const RULE: SettingError = SettingError::Invalid(JWKS_URL, "is not an https address");
    assert_eq!(settings(&[(JWKS_URL, "http://id.example/jwks")]).jwks_url().unwrap_err(), RULE);
    assert_eq!(settings(&[(JWKS_URL, "id.example")]).jwks_url().unwrap_err(), RULE);
    assert_eq!(settings(&[(JWKS_URL, "https://id.example/jwks")]).jwks_url().unwrap(), "https://id.example/jwks");
    assert_eq!(settings(&[(PUBLIC_URL, "https://a.example/")]).public_url().unwrap(), "https://a.example");
}

#[test]
fn messages_have_a_sender() {
    let sender = settings(&[(DOMAIN, "reset.example")]).sender().unwrap();
    assert_eq!((sender.organisation().as_str(), sender.domain().as_str()), ("Rekey", "reset.example"));
    assert!(matches!(settings(&[(DOMAIN, "A B")]).sender(), Err(SettingError::Invalid(DOMAIN, _))));
    let named = settings(&[(DOMAIN, "reset.example"), (ORGANISATION, "A\r\nB")]).sender();
    assert!(matches!(named, Err(SettingError::Invalid(ORGANISATION, _))));
}

#[test]
fn a_sender_of_text_messages_has_its_form() {
    for (id, good) in [
        ("Contoso", true),
        ("Con1", true),
        ("123", false),
        ("ab", false),
        ("Contoso Corp", false),
        ("abcdefghijkl", false),
    ] {
        assert_eq!(is_sender_id(id), good, "{id}");
    }
    let messenger = settings(&[(MAIL_FROM, "a@b.example"), (SMS_SENDER_ID, "1")]).messenger();
    assert!(matches!(messenger, Err(SettingError::Invalid(SMS_SENDER_ID, _))));
    assert!(matches!(settings(&[]).messenger(), Err(SettingError::Missing(MAIL_FROM))));
}

#[test]
fn the_first_policy_changes_the_default_one() {
    assert_eq!(settings(&[]).first_policy().unwrap(), Policy::default());
    let first = settings(&[(FIRST_POLICY, r#"{"allowedCountries":["FR"]}"#)]).first_policy().unwrap();
    assert_eq!(first, Policy { allowed_countries: vec!["FR".to_owned()], ..Policy::default() });
    for text in ["x", "[]", r#"{"allowedCountries":["XX"]}"#, r#"{"nonsense":1}"#] {
        let settings = Settings::from_lookup(move |name| (name == FIRST_POLICY).then(|| text.to_owned()));
        assert!(matches!(settings.first_policy(), Err(SettingError::Invalid(FIRST_POLICY, _))), "{text}");
    }
}

#[test]
fn a_deployment_may_have_no_calls() {
    let without = settings(&[(MAIL_FROM, "a@b.example")]).messenger().unwrap();
    assert_eq!(without.voice_origination, None);
    let with = settings(&[(MAIL_FROM, "a@b.example"), (VOICE_ORIGINATION, "+1")]).messenger().unwrap();
    assert_eq!(with.voice_origination.as_deref(), Some("+1"));
}

#[test]
fn every_variable_is_listed_once() {
    assert_eq!(ALL.iter().collect::<BTreeSet<_>>().len(), ALL.len());
    assert!(ALL.iter().all(|name| name.starts_with("REKEY_")));
}

#[test]
fn pages_sign_people_in_if_they_are_a_client() {
    const ISSUED: (&str, &str) = (ISSUER, "https://id.example/realms/a");
    let without = settings(&[(ISSUER, "urn:any")]);
    assert_eq!((without.sign_in().unwrap(), without.sign_in_origins().unwrap()), (None, vec![]));
    let plain = settings(&[ISSUED, (SIGN_IN_CLIENT_ID, "pages")]);
    let wanted = SignIn {
        issuer: "https://id.example/realms/a".to_owned(),
        client_id: "pages".to_owned(),
        scopes: vec!["openid".to_owned(), "profile".to_owned()],
    };
    assert_eq!(plain.sign_in().unwrap(), Some(wanted));
    assert_eq!(plain.sign_in_origins().unwrap(), ["https://id.example"]);
    let scopes = settings(&[ISSUED, (SIGN_IN_CLIENT_ID, "pages"), (SIGN_IN_SCOPES, "openid  api/User.Read.All")]);
    assert_eq!(scopes.sign_in().unwrap().unwrap().scopes, ["openid", "api/User.Read.All"]);
    let refused = settings(&[ISSUED, (SIGN_IN_CLIENT_ID, "pages"), (SIGN_IN_SCOPES, "profile")]).sign_in();
    assert_eq!(refused.unwrap_err(), SettingError::Invalid(SIGN_IN_SCOPES, "does not contain openid"));
    let plain_http = settings(&[(ISSUER, "http://id.example"), (SIGN_IN_CLIENT_ID, "pages")]);
    let rule = SettingError::Invalid(ISSUER, "is not an https address");
    assert_eq!((plain_http.sign_in().unwrap_err(), plain_http.sign_in_origins().unwrap_err()), (rule, rule));
}

#[test]
fn an_issuer_may_have_endpoints_elsewhere() {
    let origins = |others: &'static str| {
        let value = move |name: &str| match name {
            ISSUER => Some("https://id.example/a".to_owned()),
            SIGN_IN_CLIENT_ID => Some("pages".to_owned()),
            SIGN_IN_ORIGINS => Some(others.to_owned()),
            _ => None,
        };
        Settings::from_lookup(value).sign_in_origins()
    };
    assert_eq!(
        origins("https://a.auth.example https://b.example:8443").unwrap(),
        ["https://id.example", "https://a.auth.example", "https://b.example:8443"]
    );
    let rule = SettingError::Invalid(SIGN_IN_ORIGINS, "is not a list of https origins");
    for bad in [
        "http://b.example",
        "https://b.example/",
        "https://b.example/a",
        "b.example",
        "*",
        "https://b.example;",
        "'self'",
    ] {
        assert_eq!(origins(bad).unwrap_err(), rule, "{bad}");
    }
}

#[test]
fn the_theme_is_read_by_the_pages() {
    let parse = |text: &str| text.parse::<u8>();
    assert_eq!(settings(&[]).page_colour(parse).unwrap(), None);
    assert_eq!(settings(&[(PAGE_COLOUR, "7")]).page_colour(parse).unwrap(), Some(7));
    assert!(matches!(settings(&[(PAGE_COLOUR, "x")]).page_colour(parse), Err(SettingError::Invalid(PAGE_COLOUR, _))));
    assert_eq!(settings(&[(PAGE_LOGO, "")]).page_logo(parse).unwrap(), None);
    assert!(matches!(settings(&[(PAGE_LOGO, "x")]).page_logo(parse), Err(SettingError::Invalid(PAGE_LOGO, _))));
}
