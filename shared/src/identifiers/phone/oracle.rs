//! Compares every answer about a number with that of a port of libphonenumber.

use std::collections::BTreeSet;

use prost::Message as _;
use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, PhoneMetadata, PhoneMetadataCollection, PhoneNumber, PhoneNumberDesc,
    PhoneNumberType, ValidationError, get_national_significant_number_owned,
};

use super::error::{PhoneError, RefusedKind};
use super::kind::PhoneKind;
use super::metadata::{self, FILE};
use super::plan::kind_in;
use super::region::Length;

/// The numbers that the file gives as samples.
#[expect(deprecated, reason = "the library marks what it moves elsewhere before it looks numbers up")]
fn samples(region: &PhoneMetadata) -> impl Iterator<Item = &str> {
    let kinds: [Option<&PhoneNumberDesc>; 10] = [
        region.fixed_line.as_ref(),
        region.mobile.as_ref(),
        region.toll_free.as_ref(),
        region.premium_rate.as_ref(),
        region.shared_cost.as_ref(),
        region.personal_number.as_ref(),
        region.voip.as_ref(),
        region.pager.as_ref(),
        region.uan.as_ref(),
        region.voicemail.as_ref(),
    ];
    kinds.into_iter().flatten().filter_map(|kind| kind.example_number.as_deref())
}

/// What callers dial before a number, in some country: trunk prefixes, carriers, and area codes that a plan inserts.
const PREFIXES: [&str; 16] = [
    "0", "1", "8", "00", "01", "15", "011", "031", "9031", "90", "003768", "0037680", "08500", "12593", "17900", "0549",
];
/// So many digits are too many for any number, but may follow a prefix.
const TOO_MANY: &str = "9123456789012345678901";

/// A sample, and numbers like it: with a prefix before it, a digit too few or too many, the parts of Argentina's mobile
/// numbers, and one other digit.
fn like(sample: &str) -> Vec<String> {
    let mut numbers = vec![sample.to_owned(), sample[1..].to_owned(), sample[..sample.len() - 1].to_owned()];
    numbers.extend(PREFIXES.map(|prefix| format!("{prefix}{sample}")));
    numbers.extend([format!("{sample}0"), sample[..1].to_owned(), format!("0{}15{}", &sample[..2], &sample[2..])]);
    // Japan's numbers for calls without an area.
    numbers.push("00021234".to_owned());
    numbers.extend([16, 17, 18, TOO_MANY.len()].map(|length| format!("0{}", &TOO_MANY[..length])));
    numbers.extend((5..=8).map(|length| sample.chars().cycle().take(length).collect()));
    numbers.extend((4..=7).filter_map(|length| Some(sample[sample.len().checked_sub(length)?..].to_owned())));
    for at in 0..sample.len() {
        let digit = (sample.as_bytes()[at] - b'0' + 1 + u8::try_from(at % 8).unwrap()) % 10;
        numbers.push(format!("{}{digit}{}", &sample[..at], &sample[at + 1..]));
    }
    numbers
}

fn kind_in_the_library(number: &PhoneNumber) -> Result<PhoneKind, PhoneError> {
    Err(PhoneError::Type(match PHONE_NUMBER_UTIL.get_number_type(number) {
        PhoneNumberType::FixedLine => return Ok(PhoneKind::FixedLine),
        PhoneNumberType::Mobile => return Ok(PhoneKind::Mobile),
        PhoneNumberType::FixedLineOrMobile => return Ok(PhoneKind::FixedLineOrMobile),
        PhoneNumberType::VoIP => return Ok(PhoneKind::Voip),
        PhoneNumberType::Unknown => return Ok(PhoneKind::Unassigned),
        PhoneNumberType::PremiumRate => RefusedKind::PremiumRate,
        PhoneNumberType::SharedCost => RefusedKind::SharedCost,
        PhoneNumberType::TollFree => RefusedKind::TollFree,
        PhoneNumberType::Pager => RefusedKind::Pager,
        PhoneNumberType::PersonalNumber => RefusedKind::PersonalNumber,
        PhoneNumberType::UAN => RefusedKind::UniversalAccess,
        PhoneNumberType::VoiceMail => RefusedKind::Voicemail,
    }))
}

fn length_in_the_library(number: &PhoneNumber) -> Length {
    match PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) {
        Ok(NumberLengthType::IsPossible) => Length::Possible,
        Ok(NumberLengthType::IsPossibleLocalOnly) => Length::LocalOnly,
        Err(ValidationError::TooLong) => Length::TooLong,
        Err(ValidationError::TooShort | ValidationError::InvalidLength) => Length::Impossible,
        Err(ValidationError::InvalidCountryCode) => unreachable!("the library has the country codes of its own file"),
    }
}

#[test]
fn every_answer_is_that_of_the_library() {
    let mut compared = 0;
    let mut refused = 0;
    let mut replaced = BTreeSet::new();
    for region in PhoneMetadataCollection::decode(FILE).unwrap().metadata {
        for national in samples(&region).flat_map(like) {
            let dialled = format!("+{}{national}", region.country_code());
            let (plan, digits) = metadata::plan(&dialled).unwrap();
            let main = PHONE_NUMBER_UTIL.get_region_for_country_code(plan.calling_code).unwrap();
            assert_eq!(plan.main().id, *main.as_region_str());
            let theirs = PHONE_NUMBER_UTIL.parse(&dialled, None).ok();
            let national = plan.parse(digits).ok();
            assert_eq!(national, theirs.as_ref().map(get_national_significant_number_owned), "{dialled}");
            if plan.main().prefix(digits).is_some_and(|(_, replacement)| replacement.is_some()) {
                replaced.insert(plan.main().id.clone());
            }
            let (Some(national), Some(theirs)) = (national, theirs) else {
                refused += 1;
                continue;
            };
            assert_eq!(plan.main().length(&national), length_in_the_library(&theirs), "{dialled}");
            let ours = plan.region(&national);
            let expected = PHONE_NUMBER_UTIL.get_region_for_number(&theirs).map(|one| one.as_region_str());
            assert_eq!(ours.map(|one| &*one.id), expected.as_deref(), "{dialled}");
            assert_eq!(kind_in(ours, &national), kind_in_the_library(&theirs), "{dialled}");
            compared += 1;
        }
    }
    assert!(compared > 30_000 && refused > 1_000, "{compared} compared, {refused} refused by both");
    let mains = metadata::mains();
    let replacing: BTreeSet<_> = mains.filter(|main| main.replaces()).map(|main| main.id.clone()).collect();
    assert_eq!(replaced, replacing, "each replacement of a prefix is reached");
}
