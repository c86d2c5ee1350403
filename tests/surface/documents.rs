//! Checks that the tests, files and headings that the documents name exist, and that the README stays short.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Most lines of the README: a stranger reads it before trying anything.
const README_LINES: usize = 150;
/// The number of promises, which are numbered from 1.
const PROMISES: usize = 24;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file below a folder whose name has this ending, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["target", ".git", "node_modules", ".aws-sam"].contains(&name.as_str()) {
            found.extend(files(&path, ending));
        } else if path.is_file() && name.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Whether a source text defines a test of that name, or any test if none is given.
fn defines(source: &str, name: Option<&str>) -> bool {
    let mut attributes = false;
    source.lines().map(str::trim_start).any(|line| {
        if line.starts_with("#[") && line.split(['[', ']', '(']).any(|part| part.ends_with("test")) {
            attributes = true;
        }
        let Some((_, rest)) = line.split_once("fn ") else { return false };
        std::mem::take(&mut attributes)
            && name.is_none_or(|name| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')))
    })
}

/// The source folder of a test's path, by its first part, and the parts below that folder.
fn sources<'a>(root: &Path, path: &'a [&'a str]) -> (PathBuf, &'a [&'a str]) {
    match path[0] {
        "routes" | "promises" | "surface" => (root.join("tests"), path),
        "store" => (root.join("infra/aws/tests/store"), &path[1..]),
        "shared" => (root.join("shared/src"), &path[1..]),
        "aws" | "local" | "rekeyctl" => (root.join("infra").join(path[0]).join("src"), &path[1..]),
        function => (root.join("functions").join(function.replace('_', "-")).join("src"), &path[1..]),
    }
}

/// The sources of one module: its file, and with `below` everything in its folder.
fn texts(folder: &Path, module: &[&str], below: bool) -> Vec<String> {
    let place = module.iter().fold(folder.to_owned(), |place, part| place.join(part));
    let mut paths = vec![place.with_extension("rs")];
    paths.extend(["mod.rs", "lib.rs", "main.rs"].map(|name| place.join(name)));
    if below {
        paths.extend(files(&place, ".rs"));
    }
    paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}

/// Whether the test of a path exists. A path that ends in `*` stands for any test of the module.
fn exists(root: &Path, path: &str) -> bool {
    let parts: Vec<&str> = path.split("::").collect();
    let (folder, parts) = sources(root, &parts);
    let (name, module) = parts.split_last().unwrap();
    if *name == "*" {
        return texts(&folder, module, true).iter().any(|text| defines(text, None));
    }
    // `tests` is either a file of its own, or a module in the file that it tests.
    let inline = module.strip_suffix(&["tests"]).unwrap_or(module);
    [module, inline].iter().any(|module| texts(&folder, module, false).iter().any(|text| defines(text, Some(name))))
}

#[test]
fn every_promise_has_tests_and_every_test_that_is_named_exists() {
    let (root, text) = (root(), include_str!("../README.md"));
    let sections: Vec<&str> = text.split("\n## P").skip(1).collect();
    assert_eq!(sections.len(), PROMISES);
    for (number, section) in (1..).zip(sections) {
        assert!(section.starts_with(&format!("{number} ")), "P{number} is not in its place");
        let named: Vec<&str> = section.lines().filter_map(|line| line.strip_prefix("- `")?.strip_suffix('`')).collect();
        assert!(!named.is_empty(), "no test proves P{number}");
        let gone: Vec<&&str> = named.iter().filter(|path| !exists(&root, path)).collect();
        assert!(gone.is_empty(), "P{number} names tests that do not exist: {gone:#?}");
    }
    for path in include_str!("../../shared/DESIGN.md")
        .split('`')
        .filter(|span| span.starts_with("routes::") || span.starts_with("promises::"))
    {
        assert!(exists(&root, path), "shared/DESIGN.md names a test that does not exist: {path}");
    }
    assert!(!exists(&root, "routes::verify_code::no_such_test"), "the check finds a test that does not exist");
    assert!(!exists(&root, "routes::no_such_module::*"), "the check finds a module that does not exist");
}

/// A document without its code blocks, which contain no links or headings.
fn prose(document: &str) -> String {
    let mut code = false;
    let lines = document.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The anchors of a document's headings.
fn headings(document: &str) -> BTreeSet<String> {
    let prose = prose(document);
    let titles = prose.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let stored = |char: &char| char.is_alphanumeric() || [' ', '-', '_'].contains(char);
    titles.map(|title| title.to_lowercase().chars().filter(stored).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let documents = files(&root(), ".md");
    assert!(documents.len() > 10, "too few documents were found");
    let mut broken = Vec::new();
    for document in &documents {
        let text = fs::read_to_string(document).unwrap();
        for link in prose(&text).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            // Skips links to other hosts, and links to items of a crate, which rustdoc checks.
            if link.contains("://") || link.contains("::") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { document.clone() } else { document.with_file_name(file) };
            let found = target.exists()
                && (heading.is_empty() || headings(&fs::read_to_string(&target).unwrap()).contains(heading));
            if !found {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_path_that_the_documents_name_exists() {
    let root = root();
    let whole = |span: &str| span.chars().all(|char| char.is_ascii_alphanumeric() || "_-./".contains(char));
    let ours = ["functions/", "shared/", "infra/", "tests/", ".ci/", ".github/"];
    for document in files(&root, ".md") {
        let text = fs::read_to_string(&document).unwrap();
        for span in prose(&text).split('`').filter(|span| whole(span) && ours.iter().any(|top| span.starts_with(top))) {
            assert!(root.join(span).exists(), "{} names {span}, which does not exist", document.display());
        }
    }
}

#[test]
fn the_readme_is_short() {
    let lines = include_str!("../../README.md").lines().count();
    assert!(
        lines <= README_LINES,
        "README.md has {lines} lines; the transcript, DESIGN.md and infra/docs take the rest"
    );
}
