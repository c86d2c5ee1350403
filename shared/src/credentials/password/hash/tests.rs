//! Hashing, comparing, and the accepted forms of a stored hash.

use super::*;

const SALT: [u8; SALT_BYTES] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const CHEAP: Cost = Cost { memory_kib: 8192, passes: 1, lanes: 1 };
const SALT_TEXT: &str = "AAECAwQFBgcICQoLDA0ODw";
const OUTPUT_TEXT: &str = "sYxS4INsN7c/7umJuLTT8q3/jZji0AHDEk+ReROmPpE";

/// Computed with OpenSSL's Argon2id through the Python package `cryptography`: the password and salt of the test, the
/// bytes 0x42 as the secret, no associated data.
const KNOWN: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$sYxS4INsN7c/7umJuLTT8q3/jZji0AHDEk+ReROmPpE";

fn password(text: &str) -> Password {
    Password::parse(text).ok().unwrap()
}

fn pepper(version: u32) -> Pepper {
    Pepper::parse(version, &[u8::try_from(version).unwrap(); PEPPER_BYTES]).ok().unwrap()
}

fn peppers(current: u32, others: &[u32]) -> Peppers {
    Peppers::new(pepper(current), others.iter().copied().map(pepper).collect()).ok().unwrap()
}

fn cheap(text: &str, version: u32) -> PasswordHash {
    hash_at(CHEAP, OUTPUT_BYTES, &password(text), &pepper(version), &SALT).unwrap()
}

fn verdict(text: &str, stored: &PasswordHash, peppers: &Peppers) -> Verdict {
    verify(&password(text), stored, peppers).unwrap()
}

fn malformed(text: &str) -> Option<MalformedHash> {
    PasswordHash::parse(text, 1).err()
}

fn with_cost(cost: &str) -> String {
    format!("$argon2id$v=19${cost}${SALT_TEXT}${OUTPUT_TEXT}")
}

#[test]
fn a_hash_is_what_another_implementation_computes() {
    let stored = hash(&password("correct horse Zürich 😀"), &pepper(0x42), SALT).unwrap();
    assert_eq!(stored.as_str(), KNOWN);
    assert_eq!(stored.pepper_version(), 0x42);
    let read = PasswordHash::parse(KNOWN, 0x42).unwrap();
    assert!(read == stored);
    let expected = Verdict { matches: true, outdated: false };
    assert_eq!(verdict("correct horse Zu\u{308}rich 😀", &read, &peppers(0x42, &[])), expected);
}

#[test]
fn another_password_does_not_match() {
    let stored = hash(&password(" two spaces "), &pepper(1), SALT).unwrap();
    for other in ["two spaces", " two spaces", "two spaces ", " Two spaces ", ""] {
        let expected = Verdict { matches: false, outdated: false };
        assert_eq!(verdict(other, &stored, &peppers(1, &[])), expected, "{other:?}");
    }
    assert!(verdict(" two spaces ", &stored, &peppers(1, &[])).matches);
}

#[test]
fn every_byte_counts_beyond_the_seventy_second() {
    let (first, second) = (format!("{}x", "q7v".repeat(80)), format!("{}y", "q7v".repeat(80)));
    let (of_first, of_second) = (cheap(&first, 1), cheap(&second, 1));
    assert_ne!(of_first.as_str(), of_second.as_str());
    assert!(verdict(&first, &of_first, &peppers(1, &[])).matches);
    assert!(!verdict(&second, &of_first, &peppers(1, &[])).matches);
    assert!(!verdict(&first, &of_second, &peppers(1, &[])).matches);
}

#[test]
fn another_salt_or_pepper_makes_another_hash() {
    let of = |pepper: &Pepper, salt| hash_at(CHEAP, OUTPUT_BYTES, &password("same"), pepper, salt).unwrap().output;
    assert_ne!(of(&pepper(1), &SALT), of(&pepper(1), &[7; SALT_BYTES]));
    assert_ne!(of(&pepper(1), &SALT), of(&pepper(2), &SALT));
}

#[test]
fn a_hash_of_another_cost_or_size_matches_and_is_outdated() {
    let expected = Verdict { matches: true, outdated: true };
    assert_eq!(verdict("same", &cheap("same", 1), &peppers(1, &[])), expected);
    let costs = [Cost { passes: 3, ..CURRENT }, Cost { lanes: 2, ..CURRENT }, Cost { memory_kib: 20_480, ..CURRENT }];
    for cost in costs {
        let stored = hash_at(cost, OUTPUT_BYTES, &password("same"), &pepper(1), &SALT).unwrap();
        assert_eq!(verdict("same", &stored, &peppers(1, &[])), expected, "{}", stored.as_str());
    }
    let short_output = hash_at(CURRENT, 16, &password("same"), &pepper(1), &SALT).unwrap();
    assert_eq!(verdict("same", &short_output, &peppers(1, &[])), expected);
    let short_salt = hash_at(CURRENT, OUTPUT_BYTES, &password("same"), &pepper(1), &SALT[..8]).unwrap();
    assert_eq!(verdict("same", &short_salt, &peppers(1, &[])), expected);
}

#[test]
fn a_hash_with_an_older_pepper_matches_and_is_outdated() {
    let stored = hash(&password("same"), &pepper(1), SALT).unwrap();
    assert_eq!(verdict("same", &stored, &peppers(1, &[2])), Verdict { matches: true, outdated: false });
    assert_eq!(verdict("same", &stored, &peppers(2, &[1])), Verdict { matches: true, outdated: true });
}

#[test]
fn without_its_pepper_nothing_matches() {
    let stored = hash(&password("same"), &pepper(1), SALT).unwrap();
    assert!(!verdict("same", &stored, &peppers(2, &[])).matches);
    let relabelled = PasswordHash::parse(stored.as_str(), 2).unwrap();
    assert!(!verdict("same", &relabelled, &peppers(2, &[1])).matches);
}

#[test]
fn a_comparison_with_nothing_never_matches() {
    let expected = Verdict { matches: false, outdated: false };
    assert_eq!(dummy_verify(&password("anything"), &peppers(1, &[])), Ok(expected));
}

#[test]
fn peppers_have_32_bytes_and_versions_of_their_own() {
    assert_eq!(Pepper::parse(1, &[0; 31]).err(), Some(PepperError::Length));
    assert_eq!(Pepper::parse(1, &[0; 33]).err(), Some(PepperError::Length));
    assert_eq!(Pepper::parse(1, &[]).err(), Some(PepperError::Length));
    assert_eq!(Peppers::new(pepper(1), vec![pepper(1)]).err(), Some(PepperError::RepeatedVersion));
    assert_eq!(Peppers::new(pepper(1), vec![pepper(2), pepper(2)]).err(), Some(PepperError::RepeatedVersion));
    let keyring = peppers(2, &[3, 1]);
    assert_eq!(keyring.current().version(), 2);
    assert_eq!(
        [1, 2, 3, 4].map(|version| keyring.get(version).map(Pepper::version)),
        [Some(1), Some(2), Some(3), None]
    );
}

#[test]
fn a_hash_prints_without_its_contents() {
    let stored = PasswordHash::parse(KNOWN, 7).unwrap();
    assert_eq!(format!("{stored:?}"), "PasswordHash { pepper_version: 7, .. }");
}

#[test]
fn the_cost_stays_within_its_bounds() {
    for cost in ["m=8192,t=1,p=1", "m=262144,t=16,p=4"] {
        assert_eq!(malformed(&with_cost(cost)), None, "{cost}");
    }
    for cost in [
        "m=8191,t=2,p=1",
        "m=262145,t=2,p=1",
        "m=4294967295,t=2,p=1",
        "m=4294967296,t=2,p=1",
        "m=19456,t=0,p=1",
        "m=19456,t=17,p=1",
        "m=19456,t=2,p=0",
        "m=19456,t=2,p=5",
    ] {
        assert_eq!(malformed(&with_cost(cost)), Some(MalformedHash::Cost), "{cost}");
    }
}

#[test]
fn the_cost_has_one_spelling() {
    for cost in [
        "",
        "m=19456,t=2",
        "m=19456,t=2,p=1,",
        "m=19456,t=2,p=1,keyid=AQ",
        "t=2,m=19456,p=1",
        "m=+19456,t=2,p=1",
        "m=019456,t=2,p=1",
        "m=-1,t=2,p=1",
        "m= 19456,t=2,p=1",
        "m=,t=2,p=1",
        "m=19456,t=2,p=1 ",
    ] {
        assert_eq!(malformed(&with_cost(cost)), Some(MalformedHash::Cost), "{cost}");
    }
}

#[test]
fn other_algorithms_and_versions_are_refused() {
    for text in [
        "",
        "password",
        "argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$sYxS4INsN7c",
        "$argon2i$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$sYxS4INsN7c",
        "$argon2id$v=16$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$sYxS4INsN7c",
        "$argon2id$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$sYxS4INsN7c",
        "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    ] {
        assert_eq!(malformed(text), Some(MalformedHash::Algorithm), "{text}");
    }
}

#[test]
fn other_shapes_are_refused() {
    assert_eq!(malformed("$argon2id$v=19$"), Some(MalformedHash::Shape));
    assert_eq!(malformed("$argon2id$v=19$m=19456,t=2,p=1"), Some(MalformedHash::Shape));
    assert_eq!(malformed(&format!("$argon2id$v=19$m=19456,t=2,p=1${SALT_TEXT}")), Some(MalformedHash::Shape));
    assert_eq!(malformed(&format!("{KNOWN}$")), Some(MalformedHash::Shape));
    assert_eq!(malformed(&format!("{KNOWN}{}", "A".repeat(100_000))), Some(MalformedHash::Shape));
}

#[test]
fn salts_and_outputs_are_read_strictly_and_within_bounds() {
    let stored = |salt: &str, output: &str| format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${output}");
    let of = |bytes: usize| data_encoding::BASE64_NOPAD.encode(&vec![9; bytes]);
    for (bytes, expected) in [(7, Some(MalformedHash::Salt)), (8, None), (64, None), (65, Some(MalformedHash::Salt))] {
        assert_eq!(malformed(&stored(&of(bytes), OUTPUT_TEXT)), expected, "{bytes}");
    }
    for (bytes, expected) in
        [(15, Some(MalformedHash::Output)), (16, None), (64, None), (65, Some(MalformedHash::Output))]
    {
        assert_eq!(malformed(&stored(SALT_TEXT, &of(bytes))), expected, "{bytes}");
    }
    for salt in
        ["", "AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0ODx", "AAECAwQF-_cICQoLDA0ODw", "AAECAwQF gcICQoLDA0ODw"]
    {
        assert_eq!(malformed(&stored(salt, OUTPUT_TEXT)), Some(MalformedHash::Salt), "{salt}");
    }
    assert_eq!(malformed(&stored(SALT_TEXT, "é€")), Some(MalformedHash::Output));
}
