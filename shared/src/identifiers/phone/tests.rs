use proptest::prelude::*;

use super::*;

/// Verdicts on single spellings: the text as JSON, then the expected result.
const VECTORS: &str = include_str!("vectors.tsv");
/// Marks a text of the vectors that is repeated up to this many characters.
const REPEATED: (&str, usize) = ("*repeat to 800 chars", 800);

fn text_of(column: &str) -> String {
    match column.strip_suffix(REPEATED.0) {
        Some(json) => serde_json::from_str::<String>(json).unwrap().chars().cycle().take(REPEATED.1).collect(),
        None => serde_json::from_str(column).unwrap(),
    }
}

/// The verdict in the words of the vectors.
fn verdict(text: &str) -> String {
    match Phone::parse(text) {
        Ok(phone) => {
            let remark = match (phone.texts(), phone.assigned()) {
                (true, true) => "",
                (false, true) => " call only",
                (true, false) => " not assigned: warn",
                (false, false) => unreachable!("an unassigned number is no fixed line"),
            };
            format!("ACCEPT {}{remark}", phone.e164())
        }
        Err(PhoneError::Grammar) => "REJECT grammar".to_owned(),
        Err(PhoneError::CountryCode) => "REJECT country code".to_owned(),
        Err(PhoneError::Length) => "REJECT length".to_owned(),
        Err(PhoneError::Ambiguous) => "REJECT ambiguous".to_owned(),
        Err(PhoneError::Type(RefusedKind::PremiumRate)) => "REJECT type PREMIUM_RATE".to_owned(),
        Err(PhoneError::Type(RefusedKind::PersonalNumber)) => "REJECT type PERSONAL_NUMBER".to_owned(),
        Err(PhoneError::Type(RefusedKind::TollFree)) => "REJECT type TOLL_FREE".to_owned(),
        Err(PhoneError::Type(kind)) => format!("REJECT type {kind}"),
    }
}

fn phone(text: &str) -> Phone {
    Phone::parse(text).unwrap()
}

#[test]
fn every_vector_has_its_verdict() {
    let rows: Vec<_> = VECTORS.lines().skip(1).map(|line| line.split_once('\t').unwrap()).collect();
    assert_eq!(rows.len(), 63);
    for (column, expected) in rows {
        assert_eq!(verdict(&text_of(column)), expected, "{column}");
    }
}

#[test]
fn kinds_that_cost_or_reach_nobody_are_refused_even_where_the_number_is_unassigned() {
    for (text, kind) in [
        ("+1 900 123 4567", RefusedKind::PremiumRate),
        ("+979 212345678", RefusedKind::PremiumRate),
        ("+979 123456789", RefusedKind::PremiumRate),
        ("+1 800 123 4567", RefusedKind::TollFree),
        ("+800 01234567", RefusedKind::TollFree),
        ("+808 12345678", RefusedKind::SharedCost),
        ("+44 845 123 4567", RefusedKind::PremiumRate),
        ("+49 1801 234567", RefusedKind::SharedCost),
        ("+1 500 123 4567", RefusedKind::PersonalNumber),
        ("+878 101234567890", RefusedKind::PersonalNumber),
        ("+44 7640 123456", RefusedKind::Pager),
        ("+44 55 1234 5678", RefusedKind::UniversalAccess),
        ("+882 34851234567", RefusedKind::Voicemail),
    ] {
        assert_eq!(Phone::parse(text), Err(PhoneError::Type(kind)), "{text}");
    }
}

#[test]
fn the_country_is_that_of_the_plan_also_for_unassigned_numbers() {
    for (text, country, assigned) in [
        ("+1 425 555 1234", Some("US"), true),
        ("+1 425 123 4567", Some("US"), false),
        ("+1 123 456 7890", Some("US"), false),
        ("+1 416 555 1234", Some("CA"), true),
        ("+1 416 123 4567", Some("CA"), false),
        ("+1 876 123 4567", Some("JM"), false),
        ("+1 242 555 1234", Some("BS"), false),
        ("+44 1481 100000", Some("GG"), false),
        ("+44 1534 900000", Some("JE"), false),
        ("+44 1624 100000", Some("IM"), false),
        ("+7 700 111 1111", Some("KZ"), true),
        ("+7 779 000 0000", Some("KZ"), false),
        ("+7 912 345 6789", Some("RU"), true),
        ("+39 06698 12345", Some("VA"), true),
        ("+247 12345", Some("AC"), false),
        ("+881 612345678", None, true),
        ("+883 510012345678", None, true),
        ("+882 1234567890", None, false),
    ] {
        let phone = phone(text);
        assert_eq!(phone.country(), country.map(|code| Country::parse(code).unwrap()), "{text}");
        assert_eq!(phone.assigned(), assigned, "{text}");
    }
}

#[test]
fn the_extension_is_stored_as_written_and_never_dialled() {
    for (text, written) in [
        ("+14255551234X12345", "+1 4255551234X12345"),
        ("+1 (425) 555-1234x007", "+1 4255551234x007"),
        ("+1 4255551234", "+1 4255551234"),
        ("+39 02 1234 5678", "+39 0212345678"),
    ] {
        let phone = phone(text);
        assert_eq!(phone.written(), written);
        assert_eq!(phone.e164(), written.split(['x', 'X']).next().unwrap().replace(' ', ""));
    }
}

#[test]
fn a_range_is_the_number_without_its_last_four_digits() {
    assert_eq!(phone("+1 4255550100x7").range(), "+1425555");
    assert_eq!(phone("+49 30 901820").range(), "+493090");
}

#[test]
fn a_mask_shows_country_code_length_and_two_digits_and_so_does_debug() {
    assert_eq!(phone("+1 4255551234X12345").masked(), "+1 ********34");
    assert_eq!(phone("+39 02 1234 5678").masked(), "+39 ********78");
    assert_eq!(phone("+247 12345").masked(), "+247 ***45");
    assert_eq!(format!("{:?}", phone("+1 4255551234X12345")), "Phone(+1 ********34)");
}

#[test]
fn one_line_is_one_phone_whatever_its_extension() {
    let (first, second) = (phone("+1 4255551234x1"), phone("+1 4255551234x2"));
    assert!(first.same_destination(&second));
    assert_eq!(first, second);
    assert_ne!(first, phone("+1 4255551235"));
}

#[test]
fn spellings_with_a_trunk_prefix_are_one_number_and_with_two_are_none() {
    for text in [
        "+44 (0)20 7946 0958",
        "+44 020 7946 0958",
        "+4402079460958",
        "+442079460958",
        "+44 20 7946 0958",
        "+44-20.7946.0958",
    ] {
        assert_eq!(phone(text).written(), "+44 2079460958", "{text}");
    }
    assert_eq!(Phone::parse("+49 (0)0692514561"), Err(PhoneError::Ambiguous));
}

#[test]
fn a_length_for_use_inside_one_area_is_refused() {
    assert_eq!(Phone::parse("+1 555 1234"), Err(PhoneError::Length));
    assert_eq!(Phone::parse("+1 ((((((((("), Err(PhoneError::Length));
}

#[test]
fn errors_name_the_rule() {
    assert_eq!(PhoneError::Type(RefusedKind::TollFree).to_string(), "toll-free phone numbers are not accepted");
    assert_eq!(PhoneError::CountryCode.to_string(), "the phone number has no known country code");
}

#[test]
fn a_country_is_two_capital_letters() {
    assert_eq!(Country::parse("US").unwrap().as_str(), "US");
    assert_eq!(Country::parse("GB").unwrap().to_string(), "GB");
    for text in ["us", "U", "USA", "U1", "", "É", "*", "001"] {
        assert_eq!(Country::parse(text), Err(CountryError), "{text}");
    }
}

/// Beginnings of numbers in ten countries, and how many digits complete them.
const COUNTRIES: [(&str, usize); 10] = [
    ("+1 425555", 4),
    ("+44 7400", 6),
    ("+49 1512", 7),
    ("+33 6123", 5),
    ("+39 312", 7),
    ("+7 912", 7),
    ("+61 412", 6),
    ("+81 90", 8),
    ("+91 81", 8),
    ("+55 1196", 7),
];
/// Letters and signs that look like a digit at a glance, or that phone parsers turn into one.
const LOOK_ALIKES: &str = "IlOoSsBZzAbDgqGQ|!٣৭０１";

/// A number of one of ten countries, without extension.
fn numbers() -> impl Strategy<Value = String> {
    (0..COUNTRIES.len(), proptest::collection::vec(0..10_u8, 8)).prop_map(|(country, digits)| {
        let (start, missing) = COUNTRIES[country];
        let rest: String = digits[..missing].iter().map(|digit| char::from(b'0' + digit)).collect();
        format!("{start}{rest}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn no_text_causes_a_panic(text in any::<String>()) {
        prop_assert_eq!(Phone::parse(&text), Err(PhoneError::Grammar));
    }

    #[test]
    fn a_written_number_parses_to_itself(text in "\\+[1-9][0-9 ().\\-]{5,24}([xX][0-9]{1,7})?") {
        match Phone::parse(&text) {
            Err(error) => prop_assert_ne!(error, PhoneError::Grammar),
            Ok(phone) => {
                let again = Phone::parse(&phone.written()).unwrap();
                prop_assert_eq!(again.written(), phone.written());
                prop_assert_eq!(again.e164(), Phone::parse(&phone.e164()).unwrap().e164());
                prop_assert_eq!(again.country(), phone.country());
                prop_assert_eq!(again.kind(), phone.kind());
                let start = format!("+{} ", phone.calling_code);
                prop_assert!(phone.written().starts_with(&start));
            }
        }
    }

    #[test]
    fn a_look_alike_for_a_digit_is_refused(
        number in numbers(),
        position in any::<proptest::sample::Index>(),
        look_alike in proptest::sample::select(LOOK_ALIKES.chars().collect::<Vec<_>>()),
    ) {
        prop_assert!(Phone::parse(&number).is_ok(), "{number}");
        let digits: Vec<_> = number.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
        let at = digits[position.index(digits.len())];
        let spoilt = format!("{}{look_alike}{}", &number[..at], &number[at + 1..]);
        prop_assert_eq!(Phone::parse(&spoilt), Err(PhoneError::Grammar));
    }

    #[test]
    fn six_spellings_are_stored_alike(number in numbers()) {
        let (code, national) = number.split_once(' ').unwrap();
        let (area, rest) = national.split_at(3);
        let expected = Phone::parse(&number).unwrap().written();
        for spelling in [
            format!("{code}{national}"),
            format!("{code} {area} {rest}"),
            format!("{code}-{area}-{rest}"),
            format!("{code} ({area}) {rest}"),
            format!("{code}.{area}.{rest}"),
            format!("{code}  {area}.-{rest} "),
        ] {
            prop_assert_eq!(Phone::parse(&spelling).unwrap().written(), expected.clone());
        }
    }
}
