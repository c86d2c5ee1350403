//! The numbering plans, read one country code at a time.
//!
//! `metadata.bin` is the file that the library `rlibphonenumber` carries: a protobuf message with one entry for each
//! region (`PhoneMetadataCollection` of libphonenumber). A new instance needs one number of one country code, so only
//! the entries of that code are read. [`super::entries`] says which bytes these are. `.ci/dependencies` checks that the file is still that of the library.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use prost::bytes::Bytes;

use super::country::Country;
use super::entries::ENTRIES;
use super::region::Region;

pub(super) static FILE: &[u8] = include_bytes!("metadata.bin");
/// By country code.
static PLANS: LazyLock<BTreeMap<i32, OnceLock<Plan>>> =
    LazyLock::new(|| ENTRIES.iter().map(|(code, ..)| (*code, OnceLock::new())).collect());
/// Country codes have one to three digits, and none begins another one.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 1..=3;
/// Why reading the file cannot fail: it is compiled in, and the tests read all of it.
const VALID: &str = "the numbering plans are valid";

/// The numbering plan of one country code.
pub(super) struct Plan {
    pub(super) calling_code: i32,
    /// Each country that shares the code, the main one first. Never empty.
    pub(super) regions: Vec<Region>,
}

impl Plan {
    fn read(calling_code: i32) -> Self {
        let entries = ENTRIES.iter().filter(|(code, ..)| *code == calling_code);
        let bytes = entries.map(|(.., range)| Bytes::from_static(&FILE[range.clone()]));
        Self { calling_code, regions: bytes.map(|entry| Region::decode(entry).expect(VALID)).collect() }
    }
}

/// The plan of a number, written as `+` and digits, and the digits after its country code; `None` if no plan has it.
pub(super) fn plan(dialled: &str) -> Option<(&'static Plan, &str)> {
    let digits = dialled.strip_prefix('+').filter(|digits| !digits.starts_with('0'))?;
    CODE_DIGITS.filter_map(|count| digits.split_at_checked(count)).find_map(|(code, national)| {
        let calling_code = code.parse().ok()?;
        Some((PLANS.get(&calling_code)?.get_or_init(|| Plan::read(calling_code)), national))
    })
}

/// The country code of a country, if it has a numbering plan.
pub(super) fn calling_code(country: Country) -> Option<i32> {
    ENTRIES.iter().find(|(_, region, _)| *region == country.as_str()).map(|(code, ..)| *code)
}

/// Whether a region has a numbering plan.
pub(super) fn has_region(region: &str) -> bool {
    ENTRIES.iter().any(|(_, one, _)| *one == region)
}

/// The main region of every plan.
#[cfg(test)]
pub(super) fn mains() -> impl Iterator<Item = &'static Region> {
    PLANS.keys().map(|code| &plan(&format!("+{code}")).expect(VALID).0.regions[0])
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use prost::Message as _;

    use super::*;

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
        #[prost(bool, tag = "22")]
        main: bool,
    }

    #[test]
    fn the_table_of_entries_is_that_of_the_file() {
        let mut entries: Vec<_> = File::decode(Bytes::from_static(FILE))
            .unwrap()
            .entries
            .into_iter()
            .map(|bytes| (Entry::decode(bytes.clone()).unwrap(), bytes))
            .collect();
        entries.sort_by_key(|(entry, _)| (entry.country_code, !entry.main));
        let mut table = String::new();
        for (Entry { region, country_code, .. }, bytes) in entries {
            let start = bytes.as_ptr().addr() - FILE.as_ptr().addr();
            writeln!(table, "    ({country_code}, {region:?}, {start}..{}),", start + bytes.len()).unwrap();
        }
        let written = include_str!("entries.rs");
        let lines = written.lines().filter(|line| line.starts_with("    (")).map(|line| format!("{line}\n"));
        assert!(lines.collect::<String>() == table, "the lines in `entries.rs` should be:\n{table}");
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
    fn every_country_code_has_a_plan_whose_expressions_can_be_prepared() {
        let (mut regions, mut patterns) = (0, 0);
        for code in PLANS.keys() {
            let dialled = format!("+{code}123");
            let (plan, national) = plan(&dialled).unwrap();
            assert_eq!((plan.calling_code, national), (*code, "123"));
            for region in &plan.regions {
                assert!(has_region(&region.id), "{}", region.id);
                patterns += region.patterns().filter(|is_ready| *is_ready).count();
            }
            regions += plan.regions.len();
        }
        assert!(regions > 250 && patterns > 1500, "{regions} regions, {patterns} expressions");
        assert!(!has_region("ZZ") && !has_region(""));
        for dialled in ["+0", "+014255550100", "+999123456", "14255550100", "+"] {
            assert!(plan(dialled).is_none(), "{dialled}");
        }
    }
}
