//! User names: every spelling has the same canonical form, and a look-alike never has it.

use shared::identifiers::user_name::UserName;

use crate::text_of;

pub(super) fn run(bytes: &[u8]) {
    let text = text_of(bytes);
    let Ok(name) = UserName::parse(text) else { return };
    assert_eq!(UserName::parse(name.canonical()).as_ref(), Ok(&name), "the canonical form is its own");
    if let Ok(shouted) = UserName::parse(&name.canonical().to_uppercase()) {
        assert_eq!(shouted, name, "case does not matter");
    }
    let typed = text.split_once('@').expect("a name has an @").0;
    assert_eq!(typed.is_ascii(), name.local_part().is_ascii(), "nothing turns into an ASCII name");
    assert!(name.canonical().chars().count() <= 113);
    assert_eq!(name.canonical().matches('@').count(), 1);
}
