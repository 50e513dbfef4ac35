//! Do files become the right documents, in the right order?

use std::path::Path;

use super::*;

fn library(files: &[(&str, &str)]) -> Library {
    let text = "version: 1\nsubjects:\n  - match: '**/{name}.avsc'\n    subject: '{record.fullname}'\n  \
                - match: '**/{name}.proto'\n    subject: '{name}'\n  - match: '**/{name}.json'\n    subject: '{name}'\n";
    let project = Project::read(Path::new("tidegate.yaml"), text.to_owned()).unwrap();
    let file = |(path, text): &(&str, &str)| TreeFile {
        path: (*path).to_owned(),
        content: Content::of(text.as_bytes().to_vec()),
    };
    Library::of(&project, files.iter().map(file).collect())
}

fn record(name: &str, fields: &[&str]) -> String {
    let fields: Vec<_> =
        fields.iter().zip(0..).map(|(of, at)| format!(r#"{{"name":"f{at}","type":"{of}"}}"#)).collect();
    format!(r#"{{"type":"record","name":"{name}","namespace":"n","fields":[{}]}}"#, fields.join(","))
}

#[test]
fn what_others_need_comes_before_them() {
    let (a, b, c) = (record("A", &["B", "C"]), record("B", &["n.C"]), record("C", &["x.Elsewhere"]));
    let library = library(&[("a.avsc", &a), ("b.avsc", &b), ("c.avsc", &c)]);
    let subjects: Vec<_> = library.order.iter().map(|at| library.documents[*at].subject.as_str()).collect();
    assert_eq!(subjects, ["n.C", "n.B", "n.A"]);
    assert!(library.flaws.is_empty(), "{:?}", library.flaws);
    let closure = library.closure(library.position("n.A").unwrap());
    assert_eq!(closure.here.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["n.C", "n.B"]);
    assert_eq!(closure.elsewhere[0].written, "x.Elsewhere");
    let changed = HashSet::from([library.position("n.C").unwrap()]);
    assert_eq!(library.with_referrers(&changed).len(), 3);
}

#[test]
fn rings_are_found_once_and_left_out() {
    let (a, b, c) = (record("A", &["B"]), record("B", &["A"]), record("C", &["string"]));
    let library = library(&[("a.avsc", &a), ("b.avsc", &b), ("c.avsc", &c)]);
    assert_eq!(library.flaws, [Flaw::Cycle(vec![0, 1])]);
    assert_eq!(library.order, [2]);
}

#[test]
fn imports_and_refs_find_their_files() {
    let money = "syntax = \"proto3\"; package common; message Money { int64 units = 1; }";
    let order = "syntax = \"proto3\"; import \"common/money.proto\"; message Order { common.Money total = 1; }";
    let library_ = library(&[("proto/common/money.proto", money), ("proto/shop/order.proto", order)]);
    assert_eq!(library_.documents[1].links[0].target, Target::Here(0));
    let library_ = library(&[("s/a.json", r#"{"$ref":"../t/b.json#/x"}"#), ("t/b.json", "{}")]);
    assert_eq!(library_.documents[0].links[0].target, Target::Here(1));
}

#[test]
fn flaws_of_files_are_told() {
    let a = record("A", &[]);
    let library_ = library(&[("a.avsc", &a), ("b.avsc", &a), ("c.avsc", r#""string""#)]);
    let told = library_.flaws.iter().map(|flaw| match flaw {
        Flaw::Claimed { subject, .. } => subject.as_str(),
        Flaw::Nameless { lacks, .. } => lacks.as_str(),
        _ => "",
    });
    assert_eq!(told.collect::<Vec<_>>(), ["n.A", "record.fullname"]);
    let file = TreeFile { path: "x.avsc".into(), content: Content::of(vec![0xff]) };
    let text = "version: 1\nsubjects: [{ match: '{name}.avsc', subject: '{name}' }]\n";
    let project = Project::read(Path::new("tidegate.yaml"), text.to_owned()).unwrap();
    assert!(matches!(Library::of(&project, vec![file]).flaws.as_slice(), [Flaw::Unreadable { .. }]));
}

#[test]
fn the_contract_beside_a_schema_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = "version: 1\nsubjects: [{ match: '*.avsc', subject: 'a' }]\n".to_owned();
    let project = Project::read(&folder.path().join("tidegate.yaml"), text).unwrap();
    let place = folder.path().join("order.contract.json");
    std::fs::write(&place, r#"{"metadata":{"properties":{"tier":"1"}}}"#).unwrap();
    let content = Content::of(record("A", &[]).into_bytes());
    let library = Library::of(&project, vec![TreeFile { path: "order.avsc".to_owned(), content }]);
    let document = &library.documents[0];
    let first = document.beside(&project).unwrap();
    std::fs::remove_file(&place).unwrap();
    assert_eq!(document.beside(&project).unwrap(), first);
    assert!(document.contract(&project).unwrap().metadata.is_some());
}
