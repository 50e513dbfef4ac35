//! Is every file in order? What no compiler and no formatter looks at.

use std::fs;
use std::path::{Path, PathBuf};

/// Made, fetched or private: not ours to judge.
const NOT_OURS: &[&str] = &["target", ".git", ".cache", ".venv", "node_modules", "__pycache__", "tidegate-data", "lib"];

#[test]
fn every_rust_file_says_first_which_question_it_answers() {
    for file in files("rs") {
        let text = read(&file);
        assert!(text.starts_with("//! "), "{} does not open with a `//!` line", file.display());
    }
}

#[test]
fn every_python_file_says_first_which_question_it_answers() {
    for file in files("py") {
        let text = read(&file);
        let text = text.strip_prefix("#!/usr/bin/env python3\n").unwrap_or(&text);
        assert!(text.starts_with("\"\"\""), "{} does not open with a docstring", file.display());
    }
}

#[test]
fn modules_are_a_file_beside_their_folder() {
    let old_style = files("rs").into_iter().find(|file| file.ends_with("mod.rs"));
    assert_eq!(old_style, None, "use foo.rs and foo/ instead");
}

#[test]
fn nothing_is_left_to_be_done_later() {
    // Written in halves, so that this file does not find itself.
    let notes = [("TO", "DO"), ("FIX", "ME"), ("XX", "X:"), ("todo", "!("), ("unimplemented", "!("), ("dbg", "!(")];
    for file in ["rs", "py", "sql", "md", "toml", "yaml", "yml"].into_iter().flat_map(files) {
        let text = read(&file);
        for (head, tail) in notes {
            assert!(!text.contains(&format!("{head}{tail}")), "{} has a {head}{tail}", file.display());
        }
    }
}

#[test]
fn no_file_depends_on_where_the_checkout_lies() {
    let places = [("/wo", "rk/"), ("/ho", "me/"), ("/ro", "ot/"), ("/Us", "ers/")];
    for file in ["rs", "py", "toml", "yaml", "yml", "md", "sql"].into_iter().flat_map(files) {
        let text = read(&file);
        for (head, tail) in places {
            let found = text.lines().find(|line| line.contains(&format!("{head}{tail}")));
            assert_eq!(found, None, "{} names an absolute path", file.display());
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for file in files("md") {
        let folder = file.parent().expect("a file is in a folder");
        for target in links(&read(&file)) {
            let path = target.split('#').next().unwrap_or_default();
            let is_there = path.is_empty() || path.contains("://") || folder.join(path).exists();
            assert!(is_there, "{} links to {target}, which is not there", file.display());
        }
    }
}

#[test]
fn migrations_are_numbered_without_a_gap() {
    let mut names: Vec<_> =
        files("sql").into_iter().filter(|file| file.starts_with(root().join("migrations"))).collect();
    names.sort();
    for (number, file) in (1..).zip(&names) {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        assert!(name.starts_with(&format!("{number:04}_")), "{name} should be number {number:04}");
    }
    assert!(!names.is_empty());
}

/// The targets of `[text](target)`.
fn links(markdown: &str) -> impl Iterator<Item = &str> {
    markdown.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the checkout is there")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn files(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder can be read").flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if NOT_OURS.iter().any(|other| name == *other) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found
}
