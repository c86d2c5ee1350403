//! Directory exports: people and rejects, each with a line number that exists in the file.
use shared::directory::{Format, MAX_LINE_BYTES, MAX_REJECTS, Plan, read};

pub(super) fn run(bytes: &[u8]) {
    let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    let exists = |line: u64| (1..=lines).contains(&usize::try_from(line).expect("a line number fits"));
    for format in [Format::Ldif, Format::Csv] {
        let export = read(bytes, format);
        assert!(export.rejects.len() <= MAX_REJECTS + 1);
        assert!(export.rejects.iter().all(|reject| exists(reject.line) && !reject.rule.is_empty()));
        assert!(export.people.len() + export.skipped <= lines);
        for person in &export.people {
            let one = [&person.display_name, &person.mobile, &person.office, &person.mail, &person.given_name];
            let others = [&person.surname, &person.preferred_language].into_iter().chain(one).flatten();
            for value in others.chain(&person.other_mails).chain([&person.user_name]) {
                assert!(!value.text.is_empty() && value.text.len() <= MAX_LINE_BYTES);
                assert!(exists(value.line) && value.line >= person.line, "a value stands in its entry");
            }
            assert!(person.password.as_ref().is_none_or(|password| !password.expose().starts_with("{SSHA}")));
        }
        let people = export.people.len();
        let plan = Plan::of(export);
        assert!(plan.users.len() <= people && plan.rejects.iter().all(|reject| exists(reject.line)));
    }
}
