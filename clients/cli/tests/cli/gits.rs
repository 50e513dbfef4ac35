//! Can every shape of repository be compared with?

use crate::repo::{CHANNEL, ID, NOTE, Repo, git, record, run};

fn changed() -> Repo {
    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.commit("one");
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    repo
}

#[test]
fn a_working_copy_is_compared_with_commits_branches_and_tags() {
    let repo = changed();
    repo.git(&["tag", "v1"]);
    for revision in ["HEAD", "main", "v1", "refs/heads/main"] {
        let ran = repo.run(&["check", "--against", &format!("git:{revision}")]);
        assert_eq!(ran.code, 1, "{revision}: {}{}", ran.out, ran.err);
        assert!(
            ran.out.contains(&format!("git:{revision}:schemas/a/order.avsc")) || ran.out.contains("TG101"),
            "{}",
            ran.out
        );
    }
    repo.commit("two");
    assert_eq!(repo.run(&["check", "--against", "git:HEAD"]).code, 0);
    assert_eq!(repo.run(&["check", "--against", "git:HEAD~1"]).code, 1);
}

#[test]
fn where_a_branch_began_can_be_meant() {
    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.commit("one");
    repo.git(&["checkout", "-q", "-b", "feature"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    repo.write("schemas/a/new.avsc", record("New", &[ID]));
    repo.commit("two");
    repo.git(&["checkout", "-q", "feature"]);
    let ran = repo.run(&["check", "--against", "git:main", "--fail-on", "warning"]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let ran = repo.run(&["check", "--against", "git:main...", "--fail-on", "warning"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn a_detached_head_and_a_second_worktree_are_as_good() {
    let repo = changed();
    repo.commit("two");
    repo.git(&["checkout", "-q", "--detach"]);
    assert_eq!(repo.run(&["check", "--against", "git:HEAD~1"]).code, 1);
    let other = tempfile::tempdir().expect("a folder");
    let place = other.path().join("wt");
    repo.git(&["worktree", "add", "-q", place.to_str().expect("a path"), "main"]);
    assert_eq!(run(&place, &["check", "--against", "git:main~1"], &[]).code, 1);
}

#[test]
fn a_shallow_clone_says_what_to_fetch() {
    let repo = changed();
    repo.commit("two");
    let other = tempfile::tempdir().expect("a folder");
    let url = format!("file://{}", repo.path().display());
    git(other.path(), &["clone", "-q", "--depth=1", &url, "clone"]);
    let clone = other.path().join("clone");
    let ran = run(&clone, &["check", "--against", "git:HEAD~1"], &[]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("git fetch --unshallow origin"), "{}", ran.err);
    let ran = run(&clone, &["check", "--against", "git:origin/release"], &[]);
    assert!(ran.err.contains("git fetch --depth=1 origin release"), "{}", ran.err);
    git(&clone, &["fetch", "-q", "--unshallow", "origin"]);
    assert_eq!(run(&clone, &["check", "--against", "git:HEAD~1"], &[]).code, 1);
}

#[test]
fn schemas_in_submodules_are_schemas() {
    let module = Repo::with_git();
    module.write("a/order.avsc", record("Order", &[ID]));
    // With a project file of its own it would be for itself.
    std::fs::remove_file(module.at("tidegate.yaml")).expect("it was there");
    module.commit("one");
    let repo = Repo::with_git();
    repo.git(&["submodule", "add", "-q", module.path().to_str().expect("a path"), "schemas"]);
    repo.commit("one");
    assert_eq!(repo.run(&["check", "--against", "git:HEAD"]).code, 0);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let ran = repo.run(&["check", "--against", "git:HEAD"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("TG101"), "{}", ran.out);
}

#[test]
fn a_renamed_file_is_a_subject_gone_and_a_new_one_unless_the_schema_names_it() {
    let repo = changed();
    std::fs::rename(repo.at("schemas/a/order.avsc"), repo.at("schemas/a/renamed.avsc")).expect("a rename");
    let ran = repo.run(&["check", "--against", "git:HEAD"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("TG415") && ran.out.contains("new subject"), "{}", ran.out);
    repo.write(
        "tidegate.yaml",
        "version: 1\nsubjects:\n  - match: schemas/**/*.avsc\n    subject: '{record.fullname}'\n",
    );
    let ran = repo.run(&["check", "--against", "git:HEAD"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("TG101") && !ran.out.contains("TG415"), "{}", ran.out);
}

#[test]
fn a_project_below_the_root_of_the_repository_sees_its_own_files() {
    let repo = Repo::with_git();
    repo.write("team/tidegate.yaml", crate::repo::PROJECT);
    repo.write("team/schemas/a/order.avsc", record("Order", &[ID]));
    repo.write("schemas/a/order.avsc", record("Order", &[NOTE]));
    repo.commit("one");
    repo.write("team/schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    let ran = run(&repo.at("team"), &["check", "--against", "git:HEAD", "--format", "json"], &[]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("a report");
    assert_eq!(report["subjects"].as_array().map(Vec::len), Some(1), "{report:#}");
    assert_eq!(report["findings"][0]["file"], "schemas/a/order.avsc");
    // From a folder below, the project file is found and paths are those of the folder.
    let ran = run(&repo.at("team/schemas/a"), &["check", "order.avsc", "--against", "git:HEAD"], &[]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
}

#[test]
fn without_git_and_without_such_a_revision_nothing_is_judged() {
    let repo = Repo::new();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    let ran = repo.run(&["check", "--against", "git:main"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no git repository"), "{}", ran.err);
    let repo = changed();
    for revision in ["nonsense", "--upload-pack=x", "HEAD:schemas"] {
        let ran = repo.run(&["check", "--against", &format!("git:{revision}")]);
        assert_eq!(ran.code, 2, "{revision}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn only_what_changed_is_looked_at_when_that_is_asked_for() {
    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.write("schemas/a/broken.avsc", "no schema");
    let changed = ["check", "--changed", "--offline", "--against", "git:HEAD"];
    assert_eq!(repo.run(&["check", "--changed", "--against", "none"]).code, 1, "everything is new before a commit");
    let ran = repo.run(&["check", "--against", "git:HEAD"]);
    assert!(ran.code == 2 && ran.told().contains("nothing is committed here yet"), "{}", ran.err);
    assert!(!ran.err.contains("git fetch"), "{}", ran.err);
    repo.commit("one");
    let ran = repo.run(&changed);
    assert!(ran.code == 0 && ran.out.contains("No file was changed"), "{}{}", ran.out, ran.err);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, NOTE]));
    repo.write("schemas/a/new.avsc", record("New", &[ID]));
    let ran = repo.run(&changed);
    assert!(ran.code == 0 && ran.out.contains("Checked 2 schemas"), "{}{}", ran.out, ran.err);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    assert_eq!(repo.run(&changed).code, 1);
    std::fs::remove_file(repo.at("schemas/a/order.avsc")).expect("it was there");
    let ran = repo.run(&changed);
    assert!(ran.code == 0 && ran.out.contains("the subject a.order-value has no file any more"), "{}", ran.out);
}

#[test]
fn what_stood_on_a_file_that_is_gone_is_looked_at() {
    let repo = Repo::with_git();
    repo.write("schemas/a/money.avsc", record("Money", &[ID]));
    repo.write("schemas/a/order.avsc", record("Order", &[r#"{ "name": "total", "type": "shop.Money" }"#]));
    repo.write("schemas/a/other.avsc", record("Other", &[ID]));
    repo.commit("one");
    repo.git(&["rm", "-q", "schemas/a/money.avsc"]);
    for more in [&[][..], &["--staged"]] {
        let ran = repo.run(&[&["check", "--changed", "--against", "git:HEAD"], more].concat());
        assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
        assert!(ran.out.contains("TG412") && ran.out.contains("TG415"), "{}", ran.out);
        assert!(ran.out.contains("Checked 1 schema against git:HEAD") && ran.out.contains("1 removed"), "{}", ran.out);
    }
}

#[test]
fn what_a_branch_changed_is_what_it_has_committed_as_well() {
    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.write("schemas/a/other.avsc", record("Other", &[ID]));
    repo.commit("one");
    repo.git(&["checkout", "-q", "-b", "feature"]);
    repo.write("schemas/a/order.avsc", record("Order", &[ID, CHANNEL]));
    repo.commit("two");
    let changed = |grounds: &[&str]| repo.run(&[&["check", "--changed"], grounds].concat());
    for ground in ["git:main", "git:main...", "git:HEAD~1"] {
        let ran = changed(&["--against", ground]);
        assert!(ran.code == 1 && ran.out.contains("Checked 1 schema against"), "{ground}: {}{}", ran.out, ran.err);
    }
    // Of several, what differs from one of them.
    assert_eq!(changed(&["--against", "git:HEAD", "--against", "git:main"]).code, 1);
    let ran = changed(&["--against", "git:HEAD"]);
    assert!(ran.code == 0 && ran.out.contains("No file was changed since HEAD."), "{}{}", ran.out, ran.err);
    // What main did since is no change of the branch where the branch began, and one beside its tip.
    repo.git(&["checkout", "-q", "main"]);
    repo.write("schemas/a/other.avsc", record("Other", &[ID, NOTE]));
    repo.commit("three");
    repo.git(&["checkout", "-q", "feature"]);
    let ran = changed(&["--against", "git:main..."]);
    assert!(ran.code == 1 && ran.out.contains("Checked 1 schema against"), "{}{}", ran.out, ran.err);
    let ran = changed(&["--against", "git:main"]);
    assert!(ran.out.contains("Checked 2 schemas against"), "{}{}", ran.out, ran.err);
    // What is not committed comes along, even where it is what main has.
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.write("schemas/a/new.avsc", record("New", &[ID]));
    let ran = changed(&["--against", "git:main..."]);
    assert!(ran.code == 0 && ran.out.contains("Checked 2 schemas against"), "{}{}", ran.out, ran.err);
    let (ran, whole) = (changed(&["--against", "git:nowhere"]), repo.run(&["check", "--against", "git:nowhere"]));
    assert_eq!((ran.code, ran.err), (2, whole.err));
}

#[test]
fn another_project_file_concerns_every_schema() {
    let repo = Repo::with_git();
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.commit("one");
    repo.write("tidegate.yaml", format!("governance: {{ require: [owner] }}\n{}", crate::repo::PROJECT));
    let ran = repo.run(&["check", "--changed", "--against", "git:HEAD"]);
    assert!(ran.code == 1 && ran.out.contains("TG701"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_git_ignores_is_no_schema() {
    let repo = Repo::with_git();
    repo.write(".gitignore", "schemas/out/\n");
    repo.write("schemas/out/order.avsc", "not a schema");
    repo.write("schemas/a/order.avsc", record("Order", &[ID]));
    repo.commit("one");
    assert_eq!(repo.run(&["check", "--against", "git:HEAD"]).code, 0);
}
