use super::*;
use crate::policy::Policy;
use crate::testing::Samples;

fn places(account: &Account, index: Index) -> Vec<String> {
    let suffix = format!("#{}", account.id.as_str());
    let entries = account.index_entries().into_iter().filter(|entry| entry.index == index);
    entries.map(|entry| entry.place.strip_suffix(&suffix).unwrap_or(&entry.place).to_owned()).collect()
}

fn named(names: [&str; 3]) -> Account {
    let mut account = Samples::default().account("adele@contoso.example");
    for (field, name) in [ProfileField::DisplayName, ProfileField::GivenName, ProfileField::Surname].iter().zip(names) {
        account.profile.insert(*field, name.to_owned());
    }
    account
}

#[test]
fn a_name_is_found_from_each_of_its_words_on() {
    for (names, expected) in [
        (["Ada King Lovelace", "Ada", "Lovelace"], &["ada king lovelace", "king lovelace", "lovelace"][..]),
        (["Lovelace, Ada (IT)", "Ada", "Lovelace"], &["ada it", "it", "lovelace ada it"]),
        (
            ["Renée O'Neil-Şahin", "Renée", "O'Neil-Şahin"],
            &["neil sahin", "o neil sahin", "renee o neil sahin", "sahin"],
        ),
        (["Łukasz Ørsted", "Lukasz", "Ørsted"], &["lukasz orsted", "orsted"]),
        (["The Boss", "Bruce", "Springsteen"], &["boss", "bruce", "springsteen", "the boss"]),
        (["山田 太郎", "太郎", "山田"], &["太郎", "山田 太郎"]),
        (["Adams", "Ada", "Adams"], &["ada", "adams"]),
        (["Conan O’Brien", "Conan", "O'Brien"], &["brien", "conan o brien", "o brien"]),
        (["דָּוִד", "", ""], &["דוד"]),
        (["🙂", "-", "!"], &[]),
    ] {
        assert_eq!(places(&named(names), Index::Name), expected, "{names:?}");
    }
    let long = "Dr. Maria José de la Cruz y García-López von Habsburg Lothringen";
    let found = places(&named([long, "", ""]), Index::Name);
    assert_eq!(found.len(), 12, "each word is there once: {found:?}");
    let expected = ["lopez", "von", "lothringen", "garcia lopez von habsburg lothringen"];
    assert!(expected.iter().all(|text| found.contains(&(*text).to_owned())), "{found:?}");
    let wide = named([&"𝔘".repeat(256), "b", "c"]);
    assert!(wide.index_entries().iter().all(|entry| entry.place.len() <= 1024));
}

#[test]
fn a_full_account_has_an_entry_for_each_value() {
    let account = Account { enabled: false, ..Samples::default().full_account("adele@contoso.example") };
    assert_eq!(places(&account, Index::Disabled), ["adele@contoso.example"]);
    let phones = [Slot::MobilePhone, Slot::BusinessPhones].map(|slot| account.contacts.get(slot).unwrap());
    let numbers: BTreeSet<String> = phones.iter().map(|contact| contact.value.identity()).collect();
    assert!(places(&account, Index::Phone).into_iter().eq(numbers), "without spaces and extensions");
    let others = account.contacts.all(Slot::OtherMails).iter().map(|contact| contact.value.identity());
    let others: BTreeSet<String> = others.collect();
    assert!(others.len() == 2 && places(&account, Index::OtherMail).into_iter().eq(others));
    assert_eq!(places(&account, Index::Mail), ["adele.vance@contoso.example"]);
    let enabled = Account { enabled: true, ..account };
    assert_eq!(places(&enabled, Index::Disabled), [""; 0]);
}

#[test]
fn the_longest_unconfirmed_come_first_and_the_range_ends_with_its_moment() {
    let mut account = Samples::default().account("adele@contoso.example");
    let at = |seconds: u64| Moment::from_seconds(1_700_000_000 + seconds);
    account.confirmed_at = Some(at(9));
    assert_eq!(account.unconfirmed_entry(), None, "there is nothing to confirm");
    let number = account.on_file(ContactType::MobilePhone).unwrap().value.clone();
    account.register(number, ContactType::MobilePhone, &Policy::default(), at(0));
    account.confirmed_at = Some(at(10));
    let is_in = |account: &Account, seconds| account.place_in(&IndexRange::unconfirmed_since(at(seconds))).is_some();
    assert_eq!([9, 10, 11].map(|seconds| is_in(&account, seconds)), [false, true, true]);
    let first = account.unconfirmed_entry().unwrap();
    account.enabled = false;
    assert_eq!(account.unconfirmed_entry(), None);
    account.enabled = true;
    account.confirmed_at = Some(at(11));
    assert!(first.place < account.unconfirmed_entry().unwrap().place);
}

#[test]
fn a_range_holds_what_it_is_named_after_and_nothing_else() {
    let ada = named(["Ada King Lovelace", "Ada", "Lovelace"]);
    let is_in = |range: Option<IndexRange>| range.and_then(|range| ada.place_in(&range)).is_some();
    for text in ["ada", "ADA", "ada king", "Ada  King-Lovelace", "king", "king lovelace", "lovelace"] {
        assert!(is_in(IndexRange::name(text)) && is_in(IndexRange::name_beginning(text)), "{text}");
    }
    for text in ["a", "ada k", "lovel", "king l"] {
        assert!(!is_in(IndexRange::name(text)) && is_in(IndexRange::name_beginning(text)), "{text}");
    }
    for text in ["dam", "adam", "ada lovelace", "lovelace ada", "lovelaces"] {
        assert!(!is_in(IndexRange::name(text)) && !is_in(IndexRange::name_beginning(text)), "{text}");
    }
    assert_eq!((IndexRange::name(" - "), IndexRange::name_beginning("")), (None, None));
    let long = named([&"x".repeat(200), "y", &"𝔘".repeat(64)]);
    assert!(long.place_in(&IndexRange::name(&"x".repeat(200)).unwrap()).is_some());
    let cut = "ｗ".repeat(256);
    let wide = named([&"Ｗ".repeat(256), "y", "z"]);
    assert!(wide.place_in(&IndexRange::name(&cut).unwrap()).is_some());
}

#[test]
fn a_range_of_a_whole_text_tells_it_and_no_other_range_does() {
    assert_eq!(IndexRange::equal(Index::OtherMail, "a#b@c.example").whole_text(), Some("a#b@c.example"));
    let number = Phone::parse("+1 4255550100x7").unwrap();
    assert_eq!(IndexRange::phone(&number).whole_text(), Some("+14255550100"));
    let others =
        [IndexRange::whole(Index::Phone), IndexRange::beginning(Index::Mail, "ada"), IndexRange::name("ada").unwrap()];
    for range in others {
        assert_eq!(range.whole_text(), None, "{range:?}");
    }
}

#[test]
fn an_account_has_one_first_place_in_a_range() {
    let ada = named(["Ada Adams", "Ada", "Adams"]);
    let place = ada.place_in(&IndexRange::name_beginning("ad").unwrap()).unwrap();
    assert_eq!(place, format!("ada adams#{}", ada.id.as_str()));
    let name = ada.place_in(&IndexRange::whole(Index::UserName));
    assert_eq!(name.as_deref(), Some("adele@contoso.example"));
    assert_eq!(ada.place_in(&IndexRange::beginning(Index::UserName, "b")), None);
}
