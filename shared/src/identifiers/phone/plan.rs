//! What the numbering plan says about a number: its country, its kind, and whether it is assigned at all.
//!
//! Only text that [`super::grammar`] has accepted is read: `+` and at most 25 ASCII digits.

use super::country::Country;
use super::error::{PhoneError, RefusedKind};
use super::kind::PhoneKind;
use super::metadata::{self, Plan};
use super::region::{Length, Region};

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
/// Fewest and most digits of a national number (libphonenumber; ITU-T E.164 allows fewer).
const NATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 2..=17;
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
    let (plan, digits) = metadata::plan(dialled).ok_or(PhoneError::CountryCode)?;
    let national = plan.parse(digits)?;
    // A length that is possible only inside one area cannot be dialled from abroad.
    if plan.main().length(&national) != Length::Possible {
        return Err(PhoneError::Length);
    }
    // Stripping a trunk prefix may expose another one. Such a number has more than one reading.
    if plan.parse(&national)? != national {
        return Err(PhoneError::Ambiguous);
    }
    if let Some((_, kind)) = SERVICE_CODES.iter().find(|(code, _)| *code == plan.calling_code) {
        return Err(PhoneError::Type(*kind));
    }
    let mut region = plan.region(&national);
    let kind = kind_in(region, &national)?;
    if kind == PhoneKind::Unassigned
        && let Some(neighbour) = plan.neighbour(&national)
    {
        let neighbours = plan.region(&neighbour);
        kind_in(neighbours, &neighbour)?;
        region = region.or(neighbours);
    }
    let country = Country::parse(&region.unwrap_or(plan.main()).id).ok();
    Ok(Entry { calling_code: plan.calling_code, national, kind, country })
}

impl Plan {
    pub(super) fn main(&self) -> &Region {
        &self.regions[0]
    }

    /// The national number that the digits after a country code give.
    pub(super) fn parse(&self, digits: &str) -> Result<String, PhoneError> {
        if digits.len() < *NATIONAL_DIGITS.start() {
            return Err(PhoneError::Length);
        }
        let mut national = self.main().without_prefix(digits);
        if matches!(self.main().length(&national), Length::LocalOnly | Length::Impossible) {
            digits.clone_into(&mut national);
        }
        if NATIONAL_DIGITS.contains(&national.len()) { Ok(national) } else { Err(PhoneError::Length) }
    }

    /// The country that a number belongs to. A code with one country gives it even numbers that it does not have.
    pub(super) fn region(&self, national: &str) -> Option<&Region> {
        match &*self.regions {
            [only] => Some(only),
            regions => regions.iter().find(|region| region.has(national)),
        }
    }

    /// A number with the same area code and length as an unassigned one.
    fn neighbour(&self, national: &str) -> Option<String> {
        let (_, area_digits) = AREA_CODE_DIGITS.iter().find(|(code, _)| *code == self.calling_code)?;
        let area = national.get(..*area_digits)?;
        let subscriber = SUBSCRIBER_DIGITS.get(..national.len() - area.len())?;
        self.parse(&format!("{area}{subscriber}")).ok()
    }
}

/// The kind of a number in its region. The plan of a code that has several does not assign a number without one.
pub(super) fn kind_in(region: Option<&Region>, national: &str) -> Result<PhoneKind, PhoneError> {
    region.map_or(Ok(PhoneKind::Unassigned), |region| region.kind_of(national)).map_err(PhoneError::Type)
}

impl Country {
    /// Whether this binary's metadata has a numbering plan for the country.
    #[must_use]
    pub fn has_numbers(self) -> bool {
        metadata::has_region(self.as_str())
    }
}
