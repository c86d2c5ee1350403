use clap::CommandFactory;
use clap::error::ErrorKind;
use serde_json::json;

use super::*;

fn parse(line: &str) -> Result<Options, clap::Error> {
    Options::try_parse_from(line.split(' '))
}

#[test]
fn every_command_is_read() {
    Options::command().debug_assert();
    let options = parse("rekeyctl --url https://a.example import people.csv --dry-run --rejects r.csv").unwrap();
    assert_eq!(options.url.as_deref(), Some("https://a.example"));
    let Command::Import(import) = options.command else { panic!("{:?}", options.command) };
    assert!(import.dry_run && import.file.ends_with("people.csv") && import.rejects.unwrap().ends_with("r.csv"));

    let line = "rekeyctl users --filter a --limit 5 --output csv --columns id,mail --url https://a.example";
    let options = parse(line).unwrap();
    assert!(options.url.is_some() && options.output == Output::Csv, "global options may stand after the command");
    let Command::Users(users) = options.command else { panic!("{:?}", options.command) };
    assert_eq!((users.filter.as_deref(), users.limit, users.page_size), (Some("a"), Some(5), 100));
    assert_eq!(users.columns.columns, ["id", "mail"]);

    let line = "rekeyctl set a@b.example otherMails=x@y.example,z@y.example mobilePhone=";
    let Command::Set(set) = parse(line).unwrap().command else { panic!("not set") };
    let values: Vec<_> = set.properties.iter().map(|one| (one.property, one.value.clone())).collect();
    assert_eq!(values, [("otherMails", json!(["x@y.example", "z@y.example"])), ("mobilePhone", json!(null))]);

    let Command::Audit(audit) = parse("rekeyctl audit --from 2026-11-21T00:00:00Z --file a.csv").unwrap().command
    else {
        panic!("not audit")
    };
    assert_eq!((audit.file.is_some(), audit.from.as_deref()), (true, Some("2026-11-21T00:00:00Z")));
    for line in [
        "rekeyctl find ada lovelace",
        "rekeyctl create a@b.example displayName=Ada --from password.txt",
        "rekeyctl create a@b.example",
        "rekeyctl methods list a@b.example",
        "rekeyctl methods add a@b.example alternateMobile +14255550100",
        "rekeyctl methods change a@b.example email x@y.example",
        "rekeyctl methods remove a@b.example office",
        "rekeyctl password a@b.example --ask",
        "rekeyctl report --only overdue",
        "rekeyctl policy get --output json",
        "rekeyctl policy diff policy.json",
        "rekeyctl policy set policy.json",
        "rekeyctl policy bound",
        "rekeyctl completion bash",
        "rekeyctl completion zsh",
        "rekeyctl completion fish",
        "rekeyctl show a@b.example",
    ] {
        assert!(parse(line).is_ok(), "{line}");
    }
}

#[test]
fn an_id_may_begin_with_a_hyphen_and_flags_behind_it_are_read() {
    const ID: &str = "-AAAAAAAAAAAAAAAAAAAAA";
    let options = parse(&format!("rekeyctl show {ID} --url https://a.example")).unwrap();
    assert!(matches!(options.command, Command::Show(One { user }) if user == ID));
    assert_eq!(options.url.as_deref(), Some("https://a.example"));
    let options = parse(&format!("rekeyctl set {ID} mobilePhone= --url https://a.example")).unwrap();
    let Command::Set(set) = options.command else { panic!("{:?}", options.command) };
    assert_eq!((set.user.user.as_str(), set.properties[0].property), (ID, "mobilePhone"));
    assert_eq!(options.url.as_deref(), Some("https://a.example"));
    let options = parse(&format!("rekeyctl audit --user {ID} --output csv")).unwrap();
    let Command::Audit(audit) = options.command else { panic!("{:?}", options.command) };
    assert_eq!((audit.user.as_deref(), options.output), (Some(ID), Output::Csv));
    let options = parse("rekeyctl show -ann@b.example").unwrap();
    assert!(matches!(options.command, Command::Show(One { user }) if user == "-ann@b.example"));
    let help = parse("rekeyctl show --help").unwrap_err();
    assert_eq!(help.kind(), ErrorKind::DisplayHelp);
}

#[test]
fn what_cannot_be_is_refused() {
    for line in [
        "rekeyctl",
        "rekeyctl import",
        "rekeyctl find",
        "rekeyctl users --limit 0",
        "rekeyctl users --page-size 1000",
        "rekeyctl users --columns a/b",
        "rekeyctl audit --page-size 1001",
        "rekeyctl show",
        "rekeyctl show --json",
        "rekeyctl show -x",
        "rekeyctl set --all a@b.example mobilePhone=",
        "rekeyctl audit --user --output csv",
        "rekeyctl set a@b.example",
        "rekeyctl set a@b.example mobilePhone",
        "rekeyctl set a@b.example passwordProfile=x",
        "rekeyctl create displayName=Ada --password secret-of-mine",
        "rekeyctl methods",
        "rekeyctl methods add a@b.example mobile",
        "rekeyctl methods add a@b.example pager 1",
        "rekeyctl password a@b.example --ask --from x",
        "rekeyctl report --only all",
        "rekeyctl audit --output xml",
        "rekeyctl policy",
        "rekeyctl policy set",
        "rekeyctl policy bound 8",
        "rekeyctl completion",
        "rekeyctl audit --from yesterday",
        "rekeyctl users --token secret-of-mine",
    ] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn a_token_on_the_command_line_is_not_repeated() {
    for line in [
        "rekeyctl users --token secret-of-mine",
        "rekeyctl users --token=secret-of-mine",
        "rekeyctl --token secret-of-mine users",
        "rekeyctl show --token secret-of-mine a@b.example",
        "rekeyctl show --token=secret-of-mine",
        "rekeyctl set --token secret-of-mine a@b.example mobilePhone=",
    ] {
        let message = parse(line).unwrap_err().to_string();
        assert!(message.contains("--token-file") && !message.contains("secret-of-mine"), "{line}: {message}");
    }
}

#[test]
fn a_password_on_the_command_line_is_not_repeated() {
    for line in ["rekeyctl set a@b.example passwordProfile=hunter2", "rekeyctl create a@b.example password=hunter2"] {
        let message = parse(line).unwrap_err().to_string();
        assert!(message.contains("--from") && !message.contains("hunter2"), "{message}");
    }
    let message = parse("rekeyctl set a@b.example isAdmin=maybe").unwrap_err().to_string();
    assert!(message.contains("isAdmin takes true or false") && !message.contains("maybe"), "{message}");
}

#[test]
fn every_command_has_help() {
    for command in Options::command().get_subcommands() {
        assert!(command.get_about().is_some(), "{}", command.get_name());
    }
    let mut help = Options::command();
    let help = help.render_long_help().to_string();
    assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{help}");
}
