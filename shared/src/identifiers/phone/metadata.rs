//! The numbering plans, read one country code at a time.
//!
//! `metadata.bin` is the file that the library `rlibphonenumber` carries: a protobuf message with one entry for each
//! region (`PhoneMetadataCollection` of libphonenumber). The library reads all 254 of them before the first number,
//! which takes four times the time and the memory of the one code that a new instance needs. So the library gets the
//! entries of that code, and the linker drops its own copy of the file. `.ci/dependencies` checks that both are equal.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use prost::Message;
use prost::bytes::Bytes;
use rlibphonenumber::{PhoneMetadataCollection, PhoneNumberUtil};

static FILE: &[u8] = include_bytes!("metadata.bin");
/// By country code.
static PLANS: LazyLock<BTreeMap<i32, Plan>> = LazyLock::new(plans);
/// Country codes have one to three digits, and none begins another one.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 1..=3;

/// The file, without a look into its entries.
#[derive(prost::Message)]
struct File {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    entries: Vec<Bytes>,
}

/// The members of an entry by which it is found.
#[derive(prost::Message)]
struct Entry {
    #[prost(string, tag = "9")]
    region: String,
    #[prost(int32, tag = "10")]
    country_code: i32,
}

/// What the regions with one country code share.
#[derive(Default)]
struct Plan {
    file: File,
    regions: Vec<String>,
    library: OnceLock<PhoneNumberUtil>,
}

fn plans() -> BTreeMap<i32, Plan> {
    let mut plans = BTreeMap::<_, Plan>::new();
    for bytes in File::decode(Bytes::from_static(FILE)).expect(VALID).entries {
        let entry = Entry::decode(bytes.clone()).expect(VALID);
        let plan = plans.entry(entry.country_code).or_default();
        plan.file.entries.push(bytes);
        plan.regions.push(entry.region);
    }
    plans
}

/// Why reading the file cannot fail: it is compiled in, and the tests read all of it.
const VALID: &str = "the numbering plans are valid";

/// The library with the plan of a number, written as `+` and digits; `None` if no plan has the number's country code.
pub(super) fn library(dialled: &str) -> Option<&'static PhoneNumberUtil> {
    let digits = dialled.strip_prefix('+')?;
    let plan = CODE_DIGITS.filter_map(|count| PLANS.get(&digits.get(..count)?.parse().ok()?)).next()?;
    Some(plan.library.get_or_init(|| library_of(&plan.file)))
}

fn library_of(file: &File) -> PhoneNumberUtil {
    let metadata = PhoneMetadataCollection::decode(file.encode_to_vec().as_slice()).expect(VALID);
    PhoneNumberUtil::new_for_metadata(metadata).expect(VALID)
}

/// Whether a region has a numbering plan.
pub(super) fn has_region(region: &str) -> bool {
    PLANS.values().flat_map(|plan| &plan.regions).any(|one| one == region)
}

#[cfg(test)]
mod tests {
    use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneMetadata, PhoneNumberDesc};

    use super::*;

    fn all() -> Vec<PhoneMetadata> {
        PhoneMetadataCollection::decode(FILE).unwrap().metadata
    }

    /// The numbers that the file gives as samples, and some like them that it may not assign.
    #[expect(deprecated, reason = "the library marks what it moves elsewhere before it looks numbers up")]
    fn numbers(region: &PhoneMetadata) -> Vec<String> {
        let kinds: [Option<&PhoneNumberDesc>; 9] = [
            region.fixed_line.as_ref(),
            region.mobile.as_ref(),
            region.toll_free.as_ref(),
            region.premium_rate.as_ref(),
            region.shared_cost.as_ref(),
            region.personal_number.as_ref(),
            region.voip.as_ref(),
            region.pager.as_ref(),
            region.uan.as_ref(),
        ];
        let samples = kinds.into_iter().flatten().filter_map(|kind| kind.example_number.as_deref());
        samples
            .flat_map(|sample| [sample.to_owned(), format!("0{sample}"), sample[1..].to_owned(), format!("1{sample}")])
            .map(|national| format!("+{}{national}", region.country_code()))
            .collect()
    }

    #[test]
    fn one_plan_says_of_a_number_what_all_of_them_say() {
        let whole = &*PHONE_NUMBER_UTIL;
        let mut compared = 0;
        for number in all().iter().flat_map(numbers) {
            let one = library(&number).unwrap();
            let (parsed, expected) = (one.parse(&number, None), whole.parse(&number, None));
            assert_eq!(parsed, expected, "{number}");
            let Ok(parsed) = parsed else { continue };
            assert_eq!(one.get_number_type(&parsed), whole.get_number_type(&parsed), "{number}");
            assert_eq!(one.get_region_for_number(&parsed), whole.get_region_for_number(&parsed), "{number}");
            let (possible, expected) =
                (one.is_possible_number_with_reason(&parsed), whole.is_possible_number_with_reason(&parsed));
            assert_eq!(possible, expected, "{number}");
            let main = |library: &PhoneNumberUtil| library.get_region_for_country_code(parsed.country_code);
            assert_eq!(main(one), main(whole), "{number}");
            compared += 1;
        }
        assert!(compared > 3000, "{compared}");
    }

    #[test]
    fn no_country_code_begins_another() {
        let codes: Vec<_> = PLANS.keys().map(i32::to_string).collect();
        for code in &codes {
            assert!(CODE_DIGITS.contains(&code.len()), "{code}");
            assert_eq!(codes.iter().filter(|other| other.starts_with(code)).count(), 1, "{code}");
        }
    }

    #[test]
    fn every_region_of_the_file_has_a_plan() {
        let regions: Vec<_> = all().into_iter().map(|region| region.id).collect();
        assert!(regions.len() > 250);
        assert!(regions.iter().all(|region| has_region(region)));
        assert!(!has_region("ZZ") && !has_region(""));
        assert!(library("+0").is_none() && library("+999123456").is_none() && library("1").is_none());
    }
}
