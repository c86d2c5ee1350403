//! Passwords that the rules accept, and each reason for a refusal.

use super::*;

const NOBODY: PasswordContext<'static> = PasswordContext { user_name_local_part: "", contacts: &[] };

fn rules(min_length: u32, terms: &[&str]) -> PasswordRules {
    PasswordRules::new(min_length, terms.iter().map(ToString::to_string).collect()).unwrap()
}

fn reasons(candidate: &str, rules: &PasswordRules, context: &PasswordContext<'_>) -> Vec<Reason> {
    validate(candidate, rules, context).err().unwrap_or_default()
}

fn reasons_for_nobody(candidate: &str) -> Vec<Reason> {
    reasons(candidate, &PasswordRules::default(), &NOBODY)
}

fn reasons_for_ada(candidate: &str) -> Vec<Reason> {
    let contacts = [ContactText::Phone("+14255550123"), ContactText::EmailLocalPart("Countess.Ada")];
    let ada = PasswordContext { user_name_local_part: "Lovelace", contacts: &contacts };
    reasons(candidate, &rules(8, &[]), &ada)
}

#[test]
fn the_default_is_15_code_points_and_no_banned_terms() {
    assert_eq!(PasswordRules::default(), rules(15, &[]));
    assert_eq!(reasons_for_nobody("qzjvkwpmthbgfd"), [Reason::TooShort]);
    assert_eq!(reasons_for_nobody("qzjvkwpmthbgfdx"), []);
}

#[test]
fn the_shortest_length_can_be_8() {
    assert_eq!(reasons("qzjvkwp", &rules(8, &[]), &NOBODY), [Reason::TooShort]);
    assert_eq!(reasons("qzjvkwpm", &rules(8, &[]), &NOBODY), []);
    assert_eq!(reasons("", &rules(8, &[]), &NOBODY), [Reason::TooShort]);
}

/// So many of two texts, in an order that never repeats what came before (Thue and Morse).
fn uneven(of: [&str; 2], length: usize) -> String {
    (0..length).map(|at| of[at.count_ones() as usize % 2]).collect()
}

#[test]
fn the_longest_length_is_256_code_points() {
    for length in [64, 128, 256] {
        assert_eq!(reasons_for_nobody(&uneven(["q", "7"], length)), []);
    }
    assert_eq!(reasons_for_nobody(&uneven(["q", "7"], 257)), [Reason::TooLong]);
    assert_eq!(reasons_for_nobody(&"q7v".repeat(400_000)), [Reason::TooLong]);
}

#[test]
fn length_is_counted_by_code_point_of_the_composed_form() {
    assert_eq!(reasons_for_nobody(&uneven(["😀", "🗝"], 14)), [Reason::TooShort]);
    assert_eq!(reasons_for_nobody(&uneven(["😀", "🗝"], 15)), []);
    assert_eq!(reasons_for_nobody("春眠不覚暁処処聞啼鳥夜来風雨"), [Reason::TooShort]);
    assert_eq!(reasons_for_nobody("春眠不覚暁処処聞啼鳥夜来風雨声"), []);
    let composed = ["e\u{301}", "a\u{301}"];
    assert_eq!(reasons_for_nobody(&uneven(composed, 14)), [Reason::TooShort]);
    assert_eq!(reasons_for_nobody(&uneven(composed, 15)), []);
    assert_eq!(reasons_for_nobody(&uneven(composed, 256)), []);
}

#[test]
fn no_kind_of_character_is_required_or_refused() {
    for candidate in
        ["hqzjvkwpmthbgfd", "840271593620487", "   .  .   .    ", "naïve café à Zürich", "\t\u{7f}\0___________!"]
    {
        assert_eq!(reasons_for_nobody(candidate), [], "{candidate:?}");
    }
}

#[test]
fn patterns_are_common_at_every_length_and_behind_invisible_characters() {
    for candidate in ["abcdefgh", "qwertyui", "aaaaaaaa", "12341234", "pass\u{200b}word"] {
        assert_eq!(reasons(candidate, &rules(8, &[]), &NOBODY), [Reason::Common], "{candidate}");
    }
    for candidate in [
        "\u{200b}".repeat(15).as_str(),
        "abc\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}",
        "abcdefghijklmno",
        "aaaaaaaaaaaaaaa",
        "               ",
        "dragondragondra",
        "Qwertyuiopqwerty",
    ] {
        assert_eq!(reasons_for_nobody(candidate), [Reason::Common], "{candidate}");
    }
}

#[test]
fn an_accepted_password_keeps_its_spaces() {
    let password = validate("  purple quilts  ", &PasswordRules::default(), &NOBODY).ok().unwrap();
    assert_eq!(password.as_bytes(), b"  purple quilts  ");
}

#[test]
fn common_passwords_are_refused_in_every_spelling() {
    for candidate in ["passwordpassword", "PasswordPassword", "p@$$w0rdp@$$w0rd", "123456789012345", "password12345678"]
    {
        assert_eq!(reasons_for_nobody(candidate), [Reason::Common], "{candidate}");
    }
    assert_eq!(reasons_for_nobody("passwordpassword?"), []);
}

#[test]
fn passwords_from_leaks_are_refused_at_the_lowest_and_at_the_default_length() {
    for candidate in ["keyboard", "Umbrella", "d@ughter", "26071984"] {
        assert_eq!(reasons(candidate, &rules(8, &[]), &NOBODY), [Reason::Common], "{candidate}");
    }
    for candidate in ["WorldOfWarcraft", "c@lif0rnicati0n", "keyboardkeyboard"] {
        assert_eq!(reasons_for_nobody(candidate), [Reason::Common], "{candidate}");
    }
}

#[test]
fn phrases_of_words_from_leaks_are_accepted() {
    for candidate in ["keyboard umbrella", "KeyboardUmbrella", "daughter-keyboard-daughter", "seven otters juggle"] {
        assert_eq!(reasons_for_nobody(candidate), [], "{candidate}");
    }
}

#[test]
fn the_user_name_is_found_in_every_spelling() {
    for candidate in ["lovelace-1815", "i am L0VE1ACE", "ｌｏｖｅｌａｃｅ!!", "xxLovel@ce"] {
        assert_eq!(reasons_for_ada(candidate), [Reason::ContainsUserName], "{candidate}");
    }
    assert_eq!(reasons_for_ada("love-lace-1815"), []);
}

#[test]
fn substitutions_in_the_user_name_itself_are_undone_too() {
    let context = PasswordContext { user_name_local_part: "b0b10", contacts: &[] };
    for candidate in ["my b0b10 phrase", "my boblo phrase", "my BobLo phrase"] {
        assert_eq!(reasons(candidate, &PasswordRules::default(), &context), [Reason::ContainsUserName], "{candidate}");
    }
}

#[test]
fn local_parts_count_from_4_characters() {
    let judged = |local: &str| {
        let contacts = [ContactText::EmailLocalPart(local)];
        reasons(
            "fgh annaq zxyzzy qq",
            &rules(8, &[]),
            &PasswordContext { user_name_local_part: local, contacts: &contacts },
        )
    };
    assert_eq!(judged("ann"), []);
    assert_eq!(judged(""), []);
    assert_eq!(judged("anna"), [Reason::ContainsUserName, Reason::ContainsContact]);
}

#[test]
fn a_mail_address_is_found_by_its_local_part() {
    assert_eq!(reasons_for_ada("the countess.ada!"), [Reason::ContainsContact]);
    assert_eq!(reasons_for_ada("c0unte$$.@d@ here"), [Reason::ContainsContact]);
    assert_eq!(reasons_for_ada("the countess ada!"), []);
}

#[test]
fn a_phone_is_found_by_its_last_seven_digits() {
    for candidate in
        ["call +1 (425) 555-0123", "mine4255550123now", "x5550123x", "5.5.5.0.1.2.3 ok", "５５５０１２３ off"]
    {
        assert_eq!(reasons_for_ada(candidate), [Reason::ContainsContact], "{candidate}");
    }
    for candidate in ["call 425 555 0124", "only 550123 here", "555a0123 there"] {
        assert_eq!(reasons_for_ada(candidate), [], "{candidate}");
    }
}

#[test]
fn a_phone_of_fewer_than_seven_digits_is_not_looked_for() {
    let judged = |e164| {
        let contacts = [ContactText::Phone(e164)];
        reasons("room 2903999 east", &rules(8, &[]), &PasswordContext { user_name_local_part: "", contacts: &contacts })
    };
    assert_eq!(judged("+290399"), []);
    assert_eq!(judged("+"), []);
    assert_eq!(judged("+2903999"), [Reason::ContainsContact]);
}

#[test]
fn banned_terms_are_found_in_every_spelling_on_both_sides() {
    let rules = rules(8, &["Contoso", "F00d"]);
    for candidate in ["CONTOSO winter", "c0nt0$0 winter", "x-ｃｏｎｔｏｓｏ-x", "my food order", "my F00D order"]
    {
        assert_eq!(reasons(candidate, &rules, &NOBODY), [Reason::BannedTerm], "{candidate}");
    }
    assert_eq!(reasons("con toso winter", &rules, &NOBODY), []);
}

#[test]
fn all_reasons_are_given_in_their_order() {
    let contacts = [ContactText::EmailLocalPart("pass")];
    let context = PasswordContext { user_name_local_part: "word", contacts: &contacts };
    assert_eq!(
        reasons("Passw0rd", &rules(15, &["SSWO"]), &context),
        [Reason::TooShort, Reason::Common, Reason::ContainsUserName, Reason::ContainsContact, Reason::BannedTerm]
    );
    assert_eq!(
        reasons(&"password".repeat(33), &rules(15, &["SSWO"]), &context),
        [Reason::TooLong, Reason::Common, Reason::ContainsUserName, Reason::ContainsContact, Reason::BannedTerm]
    );
}

#[test]
fn reasons_have_their_words() {
    let all = [
        (Reason::TooShort, "too-short"),
        (Reason::TooLong, "too-long"),
        (Reason::Common, "common"),
        (Reason::ContainsUserName, "contains-user-name"),
        (Reason::ContainsContact, "contains-contact"),
        (Reason::BannedTerm, "banned-term"),
    ];
    for (reason, word) in all {
        assert_eq!(reason.as_str(), word);
        assert_eq!(reason.to_string(), word);
    }
    assert!(all.is_sorted_by_key(|(reason, _)| *reason));
}

#[test]
fn rules_outside_their_bounds_are_refused() {
    let made =
        |min_length, terms: &[&str]| PasswordRules::new(min_length, terms.iter().map(ToString::to_string).collect());
    assert_eq!(made(7, &[]), Err(PasswordRulesError::MinLength));
    assert_eq!(made(65, &[]), Err(PasswordRulesError::MinLength));
    assert_eq!(made(64, &[]).unwrap().min_length(), 64);
    assert_eq!(made(8, &["abc"]), Err(PasswordRulesError::BannedTermLength));
    assert_eq!(made(8, &["contoso", "abcdefghijklmnopq"]), Err(PasswordRulesError::BannedTermLength));
    assert_eq!(made(8, &["ÄÖÜß", "abcdefghijklmnop"]).unwrap().banned_terms(), ["ÄÖÜß", "abcdefghijklmnop"]);
    assert_eq!(made(8, &["term"; 1000]).unwrap().banned_terms().len(), 1000);
    assert_eq!(made(8, &["term"; 1001]), Err(PasswordRulesError::TooManyBannedTerms));
}
