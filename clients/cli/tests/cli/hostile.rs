//! What if names, links and contents mean harm?

use crate::repo::{CHANNEL, ID, Repo, record};

#[test]
#[cfg(unix)]
fn names_of_files_can_say_anything() {
    let repo = Repo::with_git();
    let names = ["a b", "ä", "-rf", "$(x)", "'\"", "a\nb", "\u{1b}[2J", "%0A::error::", "{name}", "*"];
    for name in names {
        repo.write(&format!("schemas/d/{name}.avsc"), record("Order", &[ID]));
    }
    repo.commit("one");
    for name in names {
        repo.write(&format!("schemas/d/{name}.avsc"), record("Order", &[r#"{ "name": "id", "type": "string" }"#]));
    }
    for format in ["text", "json", "github", "gitlab", "sarif", "junit", "markdown"] {
        let ran = repo.run(&["check", "--against", "git:HEAD", "--format", format]);
        assert_eq!(ran.code, 1, "{format}: {}{}", ran.out, ran.err);
        assert!(!ran.out.contains('\u{1b}'), "{format}: {}", ran.out);
        if format == "github" {
            assert_eq!(ran.out.lines().count(), names.len(), "{}", ran.out);
        }
    }
    let ran = repo.run(&["check", "--against", "git:HEAD", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("a report");
    assert_eq!(report["summary"]["errors"].as_u64(), Some(names.len() as u64));
}

#[test]
#[cfg(unix)]
fn links_do_not_lead_out_of_the_project() {
    use std::os::unix::fs::symlink;
    let repo = Repo::new();
    let outside = tempfile::tempdir().expect("a folder");
    let secret = outside.path().join("secret.avsc");
    std::fs::write(&secret, "TOP SECRET").expect("a file");
    repo.write("schemas/a/real.avsc", record("Real", &[ID]));
    std::fs::create_dir_all(repo.at("schemas/b")).expect("a folder");
    symlink(&secret, repo.at("schemas/b/out.avsc")).expect("a link");
    symlink(repo.at("schemas/a/real.avsc"), repo.at("schemas/b/in.avsc")).expect("a link");
    symlink("nowhere", repo.at("schemas/b/broken.avsc")).expect("a link");
    symlink("loop.avsc", repo.at("schemas/b/loop.avsc")).expect("a link");
    symlink(repo.path(), repo.at("schemas/round")).expect("a link");
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("TOP SECRET") && ran.out.contains("leads out of the project"), "{}", ran.out);
    assert_eq!(ran.out.matches("error[TG002]").count(), 3, "{}", ran.out);
}

#[test]
#[cfg(unix)]
fn links_in_a_commit_lead_to_files_of_that_commit() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().expect("a folder");
    let secret = outside.path().join("secret.avsc");
    std::fs::write(&secret, record("Secret", &[ID])).expect("a file");
    let repo = Repo::with_git();
    repo.write("schemas/a/real.avsc", record("Order", &[ID]));
    std::fs::create_dir_all(repo.at("schemas/b")).expect("a folder");
    symlink("../a/real.avsc", repo.at("schemas/b/in.avsc")).expect("a link");
    symlink("in.avsc", repo.at("schemas/b/twice.avsc")).expect("a link");
    symlink(&secret, repo.at("schemas/b/out.avsc")).expect("a link");
    symlink("loop.avsc", repo.at("schemas/b/loop.avsc")).expect("a link");
    repo.commit("one");
    repo.write("schemas/a/real.avsc", record("Order", &[ID, CHANNEL]));
    for more in [&[][..], &["--staged"]] {
        if !more.is_empty() {
            repo.git(&["add", "-A"]);
        }
        let ran = repo.run(&[&["check", "--against", "git:HEAD"], more].concat());
        assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
        // Through a link, and through two, the same change is seen.
        for subject in ["a.real-value", "b.in-value", "b.twice-value"] {
            let is_told = ran.out.lines().any(|line| line.starts_with(subject) && line.contains("1 error"));
            assert!(is_told, "{subject} {more:?}: {}", ran.out);
        }
        assert!(!ran.out.contains("Secret") && ran.told().contains("it is a link that leads"), "{more:?}: {}", ran.out);
    }
}

#[test]
#[cfg(unix)]
fn examples_and_contracts_are_files_of_the_project() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().expect("a folder");
    let secret = outside.path().join("secret");
    std::fs::write(&secret, r#"{"TOP SECRET": 1}"#).expect("a file");
    let repo = Repo::new();
    for name in ["endless", "pipe", "out", "contract"] {
        repo.write(&format!("schemas/a/{name}.avsc"), record("Order", &[ID]));
    }
    symlink("/dev/zero", repo.at("schemas/a/endless.ok.json")).expect("a link");
    symlink(&secret, repo.at("schemas/a/out.ok.json")).expect("a link");
    symlink(&secret, repo.at("schemas/a/contract.contract.json")).expect("a link");
    let made = std::process::Command::new("mkfifo").arg(repo.at("schemas/a/pipe.ok.json")).status();
    assert!(made.is_ok_and(|status| status.success()), "a pipe");
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert_eq!(
        (ran.out.matches("error[TG501]").count(), ran.out.matches("error[TG503]").count()),
        (3, 1),
        "{}",
        ran.out
    );
    assert!(ran.told().contains("leads out of the project") && ran.told().contains("it is no file"), "{}", ran.out);
    assert!(!ran.told().contains("TOP SECRET"), "{}", ran.out);
}

#[test]
fn contents_can_be_anything() {
    let repo = Repo::new();
    repo.write("schemas/a/binary.avsc", [0xff, 0xfe, 0x00]);
    repo.write("schemas/a/deep.avsc", "[".repeat(100_000));
    repo.write("schemas/a/empty.avsc", "");
    repo.write("schemas/a/line.avsc", format!("{{\"type\":\"record\",\"name\":\"{}\"", "x".repeat(200_000)));
    repo.write("schemas/a/bom.avsc", format!("\u{feff}{}", record("Bom", &[ID])));
    let ran = repo.run(&["check", "--against", "none"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.len() < 100_000, "{}", ran.out.len());
    assert!(ran.out.contains("it is not UTF-8") && !ran.out.contains("a.bom-value  "), "{}", ran.out);
}

#[test]
fn a_project_file_can_be_anything() {
    let repo = Repo::new();
    for text in
        ["", "\u{0}", "[", "version: [1]", "version: 1\nsubjects: 3", "a: &a [*a, *a]", "version: 1\nversion: 1\n"]
    {
        repo.write("tidegate.yaml", text);
        let ran = repo.run(&["check", "--against", "none"]);
        assert_eq!(ran.code, 2, "{text:?}: {}{}", ran.out, ran.err);
        assert!(!ran.err.contains("panicked"), "{text:?}: {}", ran.err);
    }
}
