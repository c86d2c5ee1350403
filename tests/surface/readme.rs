//! Runs the README's example and the transcript against a service with the sample people.

use std::collections::BTreeMap;
use std::process::Command;

use local::Options;
use serde_json::Value;

use crate::support::service::digits;
use crate::support::{Request, Service};

const README: &str = include_str!("../../README.md");
const TRANSCRIPT: &str = include_str!("transcript.md");
/// The address of the service in both documents.
const HOME: &str = "http://127.0.0.1:8080";
/// Members whose values do not differ from run to run.
const CONSTANT: [&str; 10] =
    ["method", "status", "channel", "to", "userName", "code", "title", "detail", "type", "mobilePhone"];

/// One command of the transcript, with its output there.
struct Step {
    command: String,
    printed: String,
}

fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let blocks = TRANSCRIPT.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    for line in blocks.flat_map(str::lines) {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.into(), printed: String::new() }),
            (None, Some(step)) => step.printed += line,
            (None, None) => panic!("output before a command: {line}"),
        }
    }
    steps
}

/// Splits a command into words like a shell: with quotes, and with `$NAME` outside single quotes.
fn words(command: &str, variables: &BTreeMap<String, String>) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut chars = command.chars().peekable();
    while let Some(char) = chars.next() {
        let word = words.last_mut().unwrap();
        match (char, quote) {
            (' ', None) => words.push(String::new()),
            ('\'' | '"', None) => quote = Some(char),
            (char, Some(open)) if char == open => quote = None,
            ('$', None | Some('"')) => {
                let mut name = String::new();
                while let Some(next) = chars.next_if(char::is_ascii_uppercase) {
                    name.push(next);
                }
                word.push_str(variables.get(&name).unwrap_or_else(|| panic!("${name} is not set: {command}")));
            }
            (char, _) => word.push(char),
        }
    }
    assert!(quote.is_none(), "{command}");
    words
}

/// The request that a curl command sends, and whether the command prints the status after the body.
fn curl(command: &str, variables: &BTreeMap<String, String>) -> (Request, bool) {
    let words = words(command, variables);
    let (mut method, mut target, mut body, mut status) = (None, None, None, false);
    let mut headers = Vec::new();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-s" => {}
            "-w" => status = rest.next().unwrap() == "%{http_code}\\n",
            "-X" => method = rest.next().cloned(),
            "-H" => headers.push(rest.next().unwrap().split_once(": ").unwrap()),
            "-d" => body = rest.next().cloned(),
            url => target = Some(url.strip_prefix(HOME).unwrap_or_else(|| panic!("not here: {url}")).to_owned()),
        }
    }
    let method = method.unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.to_owned());
    let mut request = Request::new(&method, &target.unwrap());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if let Some(body) = body {
        request = request.bytes(body.as_bytes());
    }
    (request, status)
}

/// Asserts that a response equals the documented one, except for values that differ from run to run.
fn compare(command: &str, member: &str, written: &Value, seen: &Value) {
    match (written, seen) {
        (Value::Object(written), Value::Object(seen)) => {
            let names = |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(written), names(seen), "{command}");
            for (name, value) in written {
                compare(command, name, value, &seen[name]);
            }
        }
        (Value::Array(written), Value::Array(seen)) => {
            assert_eq!(written.len(), seen.len(), "{command}");
            written.iter().zip(seen).for_each(|(written, seen)| compare(command, member, written, seen));
        }
        // A text that is shortened in the document, or that differs from run to run.
        (Value::String(text), Value::String(seen)) if text.contains('…') || !CONSTANT.contains(&member) => {
            let differs = text.contains('…') || member == "accessToken" || member == "@odata.context";
            assert!(differs || text.len() == seen.len(), "{command}: {member}: {text} and {seen}");
        }
        (written, seen) => assert_eq!(written, seen, "{command}: {member}"),
    }
}

#[service_test]
async fn the_transcript_is_true() {
    let service = Service::with(&Options { sample: true, ..Options::default() }).await;
    let mut variables = BTreeMap::new();
    let mut last = Value::Null;
    let steps = steps();
    assert!(steps.iter().filter(|step| step.printed == "204").count() == 4, "three resets and a change are shown");
    for step in steps {
        if !step.command.starts_with("curl ") {
            let (name, value) = step.command.split_once('=').expect("a variable");
            let (written, what) = value.split_once(" # the ").expect("a variable says where it is from");
            let of = what.split(' ').next().unwrap();
            let seen = if of == "digits" { digits(&last[0]) } else { last[of].as_str().unwrap().to_owned() };
            assert!(of == "accessToken" || written.len() == seen.len(), "{}", step.command);
            variables.insert(name.to_owned(), seen);
            continue;
        }
        let (request, status) = curl(&step.command, &variables);
        let reply = service.send(request).await;
        if status {
            assert_eq!(String::from_utf8_lossy(&reply.body).into_owned() + &reply.status.to_string(), step.printed);
            continue;
        }
        last = reply.json();
        compare(&step.command, "", &serde_json::from_str(&step.printed).expect("JSON is written down"), &last);
    }
}

/// The blocks of the README's example that are written in one language.
fn example(language: &str) -> Vec<&'static str> {
    let (_, section) = README.split_once("\n## The API by example\n").expect("the README shows an example");
    let (section, _) = section.split_once("\n## ").unwrap();
    let blocks = section.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// Asserts that a block can be pasted into every shell. Interactive shells and zsh expand more than a bash script does.
fn can_be_pasted(block: &str) {
    for line in block.lines() {
        assert!(!line.starts_with("$ "), "a prompt is pasted as a command: {line}");
        let mut quote = None;
        for char in line.chars() {
            match quote {
                Some(open) if char == open => quote = None,
                None if ['\'', '"'].contains(&char) => quote = Some(char),
                None => assert!(!"?*[]~^!#".contains(char), "zsh expands or refuses an unquoted {char}: {line}"),
                Some(_) => assert!(char != '!', "an interactive shell expands {char}: {line}"),
            }
        }
        assert!(quote.is_none(), "a quote continues on the next line: {line}");
    }
}

#[service_test]
async fn the_readmes_example_can_be_pasted_and_is_true() {
    let service = Service::with(&Options { sample: true, ..Options::default() }).await;
    let (blocks, outputs) = (example("sh"), example("json"));
    let [written] = outputs[..] else { panic!("one output is shown") };
    blocks.iter().for_each(|block| can_be_pasted(block));
    let script = blocks.concat().replace(HOME, &service.running.url());
    assert!(script.contains(&service.running.url()), "the example is run against the test's own service");

    let shell = move || Command::new("bash").args(["-euo", "pipefail", "-c", &script]).output().unwrap();
    let output = tokio::task::spawn_blocking(shell).await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    let message = printed.strip_suffix("204\n").expect("the password is set");
    let (written, seen) = (serde_json::from_str(written).unwrap(), serde_json::from_str(message).unwrap());
    compare("the outbox", "", &written, &seen);

    let changed = service.check("adele@contoso.example", "walrus plays the accordion").await;
    changed.expect(200);
}
