use serde_json::json;

use super::*;
use crate::money::Money;

#[test]
fn the_defaults_are_valid_and_a_patch_keeps_the_rest() {
    let policy = Policy::default().validated().unwrap();
    let patched = policy
        .patched(&json!({"phoneProof": false, "password": {"minLength": 8}, "dailySpendCapUsd": "1.50"}))
        .unwrap();
    assert!(!patched.phone_proof);
    assert_eq!(patched.password.min_length, 8);
    assert_eq!(patched.daily_spend_cap_usd, Money::from_micros(1_500_000));
    assert_eq!(patched.sends, policy.sends);
}

#[test]
fn every_bad_member_is_named() {
    let cases = [
        (json!({"methods": ["securityQuestions"]}), "methods"),
        (json!({"methods": ["email", "email"]}), "methods"),
        (json!({"methods": ["email"], "methodsRequired": 2}), "methodsRequired"),
        (json!({"methods": ["mobileSms", "mobileCall"], "methodsRequired": 2}), "methodsRequired"),
        (json!({"methodsRequired": 3}), "methodsRequired"),
        (json!({"codeDigits": 5}), "codeDigits"),
        (json!({"guessesPerDay": 60}), "guessesPerDay"),
        (json!({"guessesPerDay": 101, "guessesPer30Days": 101}), "guessesPer30Days"),
        (json!({"sends": []}), "sends"),
        (json!({"beginsPerSource": {"count": 0}}), "beginsPerSource"),
        (json!({"allowedCountries": ["usa"]}), "allowedCountries"),
        (json!({"prices": {}}), "prices"),
        (json!({"securityQuestions": {"requiredToRegister": 3, "requiredToReset": 4}}), "securityQuestions"),
        (json!({"password": {"minLength": 7}}), "password"),
        (json!({"helpdesk": "a\r\nBcc: b"}), "helpdesk"),
        (json!({"defaultLanguage": "xx"}), "defaultLanguage"),
        (json!({"unknown": 1}), "policy"),
        (json!({"phoneProof": "yes"}), "phoneProof"),
    ];
    for (patch, member) in cases {
        assert_eq!(Policy::default().patched(&patch).unwrap_err().member, member, "{patch}");
    }
}

fn refusal(patch: &Value) -> Option<(&'static str, String)> {
    Policy::default().patched(patch).err().map(|error| (error.member, error.rule.into_owned()))
}

#[test]
fn a_banned_term_that_no_rules_can_be_made_of_is_refused() {
    let terms = |terms: &[&str]| refusal(&json!({"password": {"bannedTerms": terms}}));
    let rule = "at most 1000 bannedTerms of 4 to 16 characters, as written and in normalization form KC";
    let long = "x".repeat(17);
    // In order: two characters once composed, twenty in form KC, then one, three, seventeen and eighteen as written.
    for term in ["e\u{301}e\u{301}", "㍿㍿㍿㍿㍿", "㍿", "abc", &long, &"e\u{301}".repeat(9)] {
        assert_eq!(terms(&["fabrikam", term]), Some(("password", rule.to_owned())), "{term}");
    }
    assert_eq!(terms(&["fabrikam", "éééé", "e\u{301}e\u{301}e\u{301}e\u{301}", &"x".repeat(16)]), None);
    assert_eq!(terms(&vec!["term"; 1001]), Some(("password", rule.to_owned())));
    assert_eq!(terms(&vec!["term"; 1000]), None);
    for length in [7, 65] {
        let patch = json!({"password": {"minLength": length}});
        assert_eq!(refusal(&patch), Some(("password", "minLength must be 8 to 64".to_owned())));
    }
}

#[test]
fn the_help_desks_text_holds_nothing_that_rearranges_it() {
    let rule = "must be at most 200 characters, without control characters, line breaks or invisible characters";
    for hidden in ['\n', '\u{85}', '\u{ad}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{2028}', '\u{2029}', '\u{feff}'] {
        let patch = json!({"helpdesk": format!("Room 4{hidden}12")});
        assert_eq!(refusal(&patch), Some(("helpdesk", rule.to_owned())), "{hidden:?}");
    }
    assert_eq!(refusal(&json!({"helpdesk": "Zimmer 4.12, größer als „3“, \u{a0}+1 425 555 0199 ☎ مكتب"})), None);
    assert_eq!(refusal(&json!({"helpdesk": "ö".repeat(200)})), None);
    assert_eq!(refusal(&json!({"helpdesk": "ö".repeat(201)})), Some(("helpdesk", rule.to_owned())));
}

#[test]
fn countries_stand_once_and_are_needed_where_only_phones_deliver() {
    let twice = json!({"allowedCountries": ["US", "CA", "US"]});
    assert_eq!(refusal(&twice), Some(("allowedCountries", "must name each country once".to_owned())));
    let without = |methods: &[&str]| refusal(&json!({"methods": methods, "allowedCountries": []}));
    let rule = "must name a country if the gates cannot be passed without a phone";
    for methods in [&["mobileSms", "mobileCall", "officeCall"][..], &["mobileSms", "securityQuestions"]] {
        assert_eq!(without(methods), Some(("allowedCountries", rule.to_owned())), "{methods:?}");
    }
    assert_eq!(without(&["mobileSms", "email"]), None);
    assert_eq!(without(&["email"]), None);
    assert_eq!(refusal(&json!({"methods": ["mobileSms"], "allowedCountries": ["US"]})), None);
    let two = |methods: &[&str]| refusal(&json!({"methods": methods, "methodsRequired": 2, "allowedCountries": []}));
    assert_eq!(two(&["mobileSms", "email"]), Some(("allowedCountries", rule.to_owned())));
    assert_eq!(two(&["mobileSms", "securityQuestions"]), Some(("allowedCountries", rule.to_owned())));
    assert_eq!(two(&["mobileSms", "email", "securityQuestions"]), None);
}

#[test]
fn a_country_without_numbers_is_refused_when_it_is_written_and_stays_readable() {
    let rule = "must name countries that have phone numbers";
    let prices = json!({"prices": {"*": {"sms": "0.1", "call": "0.1"}, "ZZ": {"sms": "0.1", "call": "0.1"}}});
    assert_eq!(refusal(&json!({"allowedCountries": ["US", "ZZ"]})), Some(("allowedCountries", rule.to_owned())));
    assert_eq!(refusal(&prices), Some(("prices", rule.to_owned())));
    assert_eq!(refusal(&json!({"allowedCountries": ["AC", "GG", "PR", "XK", "ZW"]})), None);
    let stored = Policy { allowed_countries: vec!["ZZ".to_owned()], ..Policy::default() };
    let stored = stored.validated().unwrap();
    assert!(stored.patched(&json!({"failover": true})).is_ok());
    assert_eq!(stored.patched(&json!({"allowedCountries": ["ZZ"]})).unwrap_err().rule, rule);
}

#[test]
fn questions_of_ones_own_keep_to_the_bounds() {
    let custom = |questions: &[(&str, &str)]| {
        let questions: Vec<Value> =
            questions.iter().map(|(id, text)| json!({"questionId": id, "text": text})).collect();
        let patch = json!({"securityQuestions": {"custom": questions}});
        Policy::default().patched(&patch).err().map(|error| (error.member, error.rule.into_owned()))
    };
    let refused = |rule: &str| Some(("securityQuestions", rule.to_owned()));
    let (long, longer) = ("ö".repeat(200), "ö".repeat(201));
    assert_eq!(custom(&[("ship", "Ship?"), ("Your_Ship-2", &long), ("s", "abc")]), None);
    assert_eq!(custom(&[(&"i".repeat(64), "Which ship?")]), None);
    let id = refused("each custom questionId must be 1 to 64 letters, digits, hyphens and underscores");
    for text in ["", "two words", "größe", "a#b", &"i".repeat(65)] {
        assert_eq!(custom(&[(text, "Which ship?")]), id, "{text}");
    }
    let length = refused("each custom text must be 3 to 200 characters");
    for text in ["", "ab", "    ", "a\u{301}b", longer.as_str()] {
        assert_eq!(custom(&[("ship", text)]), length, "{text}");
    }
    let control = refused("each custom text must be without control characters and invisible characters");
    for text in ["Which\nship?", "Which ship?\0", "Which\u{85}ship?", "Which \u{202e}ship?", "Which\u{200b} ship?"] {
        assert_eq!(custom(&[("ship", text)]), control, "{text:?}");
    }
    let taken = refused("a custom questionId must not be that of a predefined question");
    assert_eq!(custom(&[("first-concert", "Which ship?")]), taken);
    assert_eq!(custom(&[("ship", "Which?"), ("ship", "What?")]), refused("each custom questionId must occur once"));
    let same = refused("custom texts must differ in more than case, accents or white space");
    assert_eq!(custom(&[("one", "Wélches Schiff?"), ("two", " WELCHES  schiff?")]), same);
    let many: Vec<(String, String)> = (0..21).map(|at| (format!("q{at}"), format!("Question {at}?"))).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    assert_eq!(custom(&many[..20]), None);
    assert_eq!(custom(&many), refused("must include at most 20 custom questions"));
}

#[test]
fn three_to_five_are_registered_and_no_more_are_asked() {
    let counts = |register: u8, reset: u8| {
        let patch = json!({"securityQuestions": {"requiredToRegister": register, "requiredToReset": reset}});
        Policy::default().patched(&patch).err().map(|error| (error.member, error.rule.into_owned()))
    };
    let refused = |rule: &str| Some(("securityQuestions", rule.to_owned()));
    for register in 0..=6 {
        for reset in 0..=6 {
            let bounds = (3..=5).contains(&register) && (3..=5).contains(&reset);
            let expected = match (bounds, register >= reset) {
                (false, _) => refused("must require 3 to 5 to register and 3 to 5 to reset"),
                (true, false) => refused("must require at least as many to register as to reset"),
                (true, true) => None,
            };
            assert_eq!(counts(register, reset), expected, "{register} and {reset}");
        }
    }
}

#[test]
fn a_countrys_cap_pays_for_one_message_at_least() {
    let rule = "each dailyCapUsd must be at least the price of one message of its entry, by SMS and by call";
    let capped = |country: &str, sms: &str, call: &str, cap: &str| {
        let mut prices = json!({"*": {"sms": "0.10", "call": "0.10"}});
        prices[country] = json!({"sms": sms, "call": call, "dailyCapUsd": cap});
        refusal(&json!({ "prices": prices }))
    };
    for country in ["GB", "*"] {
        assert_eq!(capped(country, "0.05", "0.06", "0.06"), None);
        assert_eq!(capped(country, "0.05", "0.06", "0.059999"), Some(("prices", rule.to_owned())));
        assert_eq!(capped(country, "0.06", "0.05", "0.059999"), Some(("prices", rule.to_owned())));
        assert_eq!(capped(country, "0.06", "0.05", "0.00"), Some(("prices", rule.to_owned())));
    }
}

#[test]
fn a_countrys_cap_is_its_own_or_else_that_of_the_others() {
    let price = |cap: Option<&str>| {
        let mut price = json!({"sms": "0.05", "call": "0.05"});
        if let Some(cap) = cap {
            price["dailyCapUsd"] = json!(cap);
        }
        price
    };
    let prices = json!({"GB": price(Some("5.00")), "US": price(None), "*": price(Some("1.00"))});
    let policy = Policy::default().patched(&json!({ "prices": prices })).unwrap();
    let cap = |country: &str| policy.cap_per_country(Country::parse(country).unwrap()).map(|cap| cap.to_string());
    assert_eq!(cap("GB").as_deref(), Some("5.00"));
    assert_eq!(cap("US"), None, "an entry without a cap has none");
    assert_eq!(cap("CA").as_deref(), Some("1.00"));
    assert_eq!(Policy::default().cap_per_country(Country::parse("CA").unwrap()), None);
    assert_eq!(serde_json::to_value(&policy).unwrap()["prices"], prices, "a missing cap is left out");
}

#[test]
fn a_cap_that_cannot_pay_one_message_is_refused_with_the_sum_that_it_would_take() {
    let needs = |sum: &str| {
        Some((
            "dailySpendCapUsd",
            format!("must be at least {sum}, of which resets may spend enough for the dearest message"),
        ))
    };
    let price = |sms: &str, call: &str| json!({"sms": sms, "call": call});
    // The dearest message of the default policy costs 0.05, and resets have 60 %.
    assert_eq!(refusal(&json!({"dailySpendCapUsd": "0.083333"})), needs("0.083334"));
    assert_eq!(refusal(&json!({"dailySpendCapUsd": "0.083334"})), None);
    assert_eq!(refusal(&json!({"dailySpendCapUsd": "0.00"})), needs("0.083334"));
    // What cannot be sent counts nowhere.
    assert_eq!(refusal(&json!({"dailySpendCapUsd": "0.00", "methods": ["email"], "allowedCountries": []})), None);
    // A notice or a code of a registration may go to a phone, whatever methods a reset offers.
    assert_eq!(refusal(&json!({"dailySpendCapUsd": "0.00", "methods": ["email"]})), needs("0.083334"));
    let prices = json!({"US": price("0.60", "15.01"), "FR": price("99.00", "99.00"), "*": price("0.60", "0.60")});
    assert_eq!(refusal(&json!({"prices": prices})), needs("25.016667"));
    assert_eq!(refusal(&json!({"prices": prices, "methods": ["mobileSms", "email"]})), needs("25.016667"));
    assert_eq!(refusal(&json!({"prices": prices, "allowedCountries": ["FR"]})), needs("165.00"));
    // Another member of a policy with such a cap can still be changed.
    let stored = Policy { daily_spend_cap_usd: Money::ZERO, ..Policy::default() };
    assert!(stored.patched(&json!({"codeDigits": 9})).is_ok());
    assert!(Policy::from_stored(&serde_json::to_value(&stored).unwrap()).is_ok());
}
