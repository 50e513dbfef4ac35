//! Does the hook of git stop what would break something, and nothing else? With real commits.

use std::path::Path;
use std::process::Command;

use crate::repo::{CHANNEL, ID, NOTE, PROJECT, Repo, record, run};

/// What a commit with the hook comes to, and what is told.
fn commit(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let tool = crate::repo::tool();
    let binary = tool.parent().expect("a folder");
    let path = std::env::var("PATH").expect("a path");
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "TIDEGATE_URL"] {
        command.env_remove(name);
    }
    let output = command
        .current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "x"])
        .args(arguments)
        .env("PATH", format!("{}:{path}", binary.display()))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git is installed");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn what_is_staged_counts_and_not_what_lies_on_the_disk() {
    let repo = Repo::with_git();
    assert_eq!(repo.run(&["hook", "install"]).code, 0);
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.git(&["add", "-A"]);
    let (is_taken, told) = commit(repo.path(), &[]);
    assert!(is_taken, "before the first commit there is nothing to compare with: {told}");
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    repo.git(&["add", "-A"]);
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let (is_taken, told) = commit(repo.path(), &[]);
    assert!(!is_taken && told.contains("TG101"), "the break is staged: {told}");
    let ran = repo.run(&["check", "--staged", "--against", "git:HEAD"]);
    assert!(ran.code == 1 && ran.out.contains("TG101"), "{}{}", ran.out, ran.err);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    repo.git(&["add", "-A"]);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    repo.write("schemas/a/new.avsc", "no schema");
    let (is_taken, told) = commit(repo.path(), &[]);
    assert!(is_taken, "the break is not staged: {told}");
    // Git makes an index of its own for a commit of everything.
    let (is_taken, told) = commit(repo.path(), &["-a"]);
    assert!(!is_taken && told.contains("TG101"), "{told}");
    // What goes is gone, and nothing can be read of it.
    repo.git(&["checkout", "-q", "schemas/a/order.avsc"]);
    repo.git(&["rm", "-q", "schemas/a/order.avsc"]);
    assert!(commit(repo.path(), &[]).0);
    repo.write(".git/hooks/pre-commit", "#!/bin/sh\n");
    assert_eq!(repo.run(&["hook", "install"]).code, 2, "it is somebody else's");
}

#[test]
fn projects_below_the_root_of_the_repository_are_found_each() {
    let repo = Repo::with_git();
    std::fs::remove_file(repo.at("tidegate.yaml")).expect("it was there");
    assert_eq!(repo.run(&["hook", "install"]).code, 2, "without a project every commit would be stopped");
    for team in ["team", "the other's"] {
        repo.write(&format!("{team}/tidegate.yaml"), PROJECT);
        repo.write(&format!("{team}/schemas/a/order.avsc"), record("Order", &[ID]));
        for _ in 0..2 {
            let ran = run(&repo.at(&format!("{team}/schemas")), &["hook", "install"], &[]);
            assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        }
    }
    assert_eq!(repo.read(".git/hooks/pre-commit").matches("\ncheck './").count(), 2);
    repo.git(&["add", "-A"]);
    let (is_taken, told) = commit(&repo.at("team"), &[]);
    assert!(is_taken, "{told}");
    // In a second worktree git tells hooks where the repository is.
    let other = tempfile::tempdir().expect("a folder");
    let place = other.path().join("wt");
    repo.git(&["worktree", "add", "-q", place.to_str().expect("a path"), "-b", "feature"]);
    for folder in [repo.path(), place.as_path()] {
        for team in ["team", "the other's"] {
            let file = folder.join(team).join("schemas/a/order.avsc");
            std::fs::write(&file, record("Order", &[ID, CHANNEL])).expect("a file");
            crate::repo::git(folder, &["add", "-A"]);
            let (is_taken, told) = commit(folder, &[]);
            assert!(!is_taken && told.contains("TG101"), "{folder:?} {team}: {told}");
            crate::repo::git(folder, &["reset", "-q", "--hard"]);
        }
    }
}
