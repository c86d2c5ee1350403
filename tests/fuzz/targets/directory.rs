//! Directory exports: people and findings, each with a line number that exists in the file.
use shared::directory::{Format, MAX_FINDINGS, MAX_LINE_BYTES, Options, Plan, read};
use shared::identifiers::phone::Country;

pub(super) fn run(bytes: &[u8]) {
    let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    let exists = |line: u64| (1..=lines).contains(&usize::try_from(line).expect("a line number fits"));
    let options = Options {
        no_contacts: true,
        empty_clears: true,
        mail_as_contact: true,
        default_country: Country::parse("GB").ok(),
        ..Options::default()
    };
    for format in [Format::Ldif, Format::Csv] {
        let export = read(bytes, format, &options);
        assert!(export.findings.iter().count() <= MAX_FINDINGS + 1);
        assert!(export.findings.iter().all(|finding| exists(finding.line) && !finding.rule.is_empty()));
        assert!(export.people.len() + export.findings.skipped() <= lines);
        for person in &export.people {
            let phones = [&person.mobile, &person.office].into_iter().flatten().flatten();
            let texts = person.profile.iter().filter_map(|(_, value)| value.as_ref());
            let mails = person.other_mails.iter().flatten();
            for value in phones.chain(texts).chain(mails).chain([&person.user_name]) {
                // Bytes of UTF-16, and those that csvde writes in hexadecimal, become longer in UTF-8.
                assert!(!value.text.is_empty() && value.text.len() <= 3 * MAX_LINE_BYTES);
                assert!(exists(value.line) && value.line >= person.line, "a value stands in its entry");
            }
            assert!(person.password.as_ref().is_none_or(|password| !password.expose().starts_with("{SSHA}")));
        }
        let people = export.people.len();
        let plan = Plan::of(export, format, &options);
        assert!(plan.users.len() <= people && plan.findings.iter().all(|finding| exists(finding.line)));
    }
}
