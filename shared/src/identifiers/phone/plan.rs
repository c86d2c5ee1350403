//! What the numbering plan says about a number: its country, its kind, and whether it is assigned at all.
//!
//! The library reads only text that [`super::grammar`] has accepted: `+` and at most 25 ASCII digits.

use rlibphonenumber::{
    NumberLengthType, ParseError, PhoneNumber, PhoneNumberType, PhoneNumberUtil, Region,
    get_national_significant_number_owned,
};

use super::country::Country;
use super::error::{PhoneError, RefusedKind};
use super::metadata;

/// The kind of a number that may be sent to, according to its numbering plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneKind {
    /// A fixed line. It can be called, but an SMS would not arrive.
    FixedLine,
    /// A mobile number.
    Mobile,
    /// The plan does not distinguish fixed lines from mobiles, as in North America.
    FixedLineOrMobile,
    /// A number reached over the internet.
    Voip,
    /// A possible number that the plan does not assign. The samples in many manuals are such numbers.
    Unassigned,
}

/// Country codes that belong to one service as a whole, whether or not a number is assigned (ITU-T E.164, list of
/// assigned country codes).
const SERVICE_CODES: [(i32, RefusedKind); 5] = [
    (800, RefusedKind::TollFree),
    (808, RefusedKind::SharedCost),
    (878, RefusedKind::PersonalNumber),
    (888, RefusedKind::UniversalAccess),
    (979, RefusedKind::PremiumRate),
];

/// Country codes shared by several countries, with the length of their area codes in digits. Each area code belongs to
/// one country or one service: the North American plan, and that of Britain with the islands. For other shared codes
/// the metadata's leading digits identify the country.
const AREA_CODE_DIGITS: [(i32, usize); 2] = [(1, 3), (44, 4)];
/// Completes an area code to a number that is assigned if any number of the area is. It is longer than the rest of any
/// number.
const SUBSCRIBER_DIGITS: &str = "23456789012345678";

/// A number with what its plan says about it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) calling_code: i32,
    /// The national significant number, leading zeros included.
    pub(super) national: String,
    pub(super) kind: PhoneKind,
    pub(super) country: Option<Country>,
}

/// Looks up a number, written as `+` and digits.
pub(super) fn look_up(dialled: &str) -> Result<Entry, PhoneError> {
    let library = metadata::library(dialled).ok_or(PhoneError::CountryCode)?;
    let number = parse(library, dialled)?;
    let national = get_national_significant_number_owned(&number);
    // A length that is possible only inside one area cannot be dialled from abroad.
    if library.is_possible_number_with_reason(&number) != Ok(NumberLengthType::IsPossible) {
        return Err(PhoneError::Length);
    }
    // Stripping a trunk prefix may expose another one. Such a number has more than one reading.
    if parse(library, &format!("+{}{national}", number.country_code))? != number {
        return Err(PhoneError::Ambiguous);
    }
    let service = SERVICE_CODES.iter().find(|(code, _)| *code == number.country_code);
    if let Some((_, kind)) = service {
        return Err(PhoneError::Type(*kind));
    }
    let kind = kind_of(library.get_number_type(&number)).map_err(PhoneError::Type)?;
    let mut region = library.get_region_for_number(&number);
    if kind == PhoneKind::Unassigned
        && let Some(neighbour) = neighbour(library, number.country_code, &national)
    {
        kind_of(library.get_number_type(&neighbour)).map_err(PhoneError::Type)?;
        region = region.or(library.get_region_for_number(&neighbour));
    }
    let region = region.or_else(|| library.get_region_for_country_code(number.country_code));
    Ok(Entry { calling_code: number.country_code, national, kind, country: region.and_then(country_of) })
}

fn parse(library: &PhoneNumberUtil, dialled: &str) -> Result<PhoneNumber, PhoneError> {
    library.parse(dialled, None).map_err(|error| match error {
        ParseError::InvalidCountryCode => PhoneError::CountryCode,
        ParseError::NotANumber(_) | ParseError::TooShortAfterIdd | ParseError::TooShortNsn | ParseError::TooLongNsn => {
            PhoneError::Length
        }
    })
}

/// A number with the same area code and length as an unassigned one.
fn neighbour(library: &PhoneNumberUtil, calling_code: i32, national: &str) -> Option<PhoneNumber> {
    let (_, area_digits) = AREA_CODE_DIGITS.iter().find(|(code, _)| *code == calling_code)?;
    let area = national.get(..*area_digits)?;
    let subscriber = SUBSCRIBER_DIGITS.get(..national.len() - area.len())?;
    parse(library, &format!("+{calling_code}{area}{subscriber}")).ok()
}

fn kind_of(kind: PhoneNumberType) -> Result<PhoneKind, RefusedKind> {
    match kind {
        PhoneNumberType::FixedLine => Ok(PhoneKind::FixedLine),
        PhoneNumberType::Mobile => Ok(PhoneKind::Mobile),
        PhoneNumberType::FixedLineOrMobile => Ok(PhoneKind::FixedLineOrMobile),
        PhoneNumberType::VoIP => Ok(PhoneKind::Voip),
        PhoneNumberType::Unknown => Ok(PhoneKind::Unassigned),
        PhoneNumberType::PremiumRate => Err(RefusedKind::PremiumRate),
        PhoneNumberType::SharedCost => Err(RefusedKind::SharedCost),
        PhoneNumberType::TollFree => Err(RefusedKind::TollFree),
        PhoneNumberType::Pager => Err(RefusedKind::Pager),
        PhoneNumberType::PersonalNumber => Err(RefusedKind::PersonalNumber),
        PhoneNumberType::UAN => Err(RefusedKind::UniversalAccess),
        PhoneNumberType::VoiceMail => Err(RefusedKind::Voicemail),
    }
}

impl Country {
    /// Whether this binary's metadata has a numbering plan for the country.
    #[must_use]
    pub fn has_numbers(self) -> bool {
        metadata::has_region(self.as_str())
    }
}

/// The country of a region. The global satellite and internet networks have none.
fn country_of(region: Region) -> Option<Country> {
    Country::parse(&region.as_region_str()).ok()
}
