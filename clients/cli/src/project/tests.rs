//! Does a project file say what it may, and is everything else refused where it stands?

use std::path::Path;

use super::*;
use crate::rules;

fn read(text: &str) -> Result<Project> {
    Project::read(Path::new("tidegate.yaml"), text.to_owned())
}

fn refused(text: &str) -> (String, Option<(u32, u32)>, String) {
    let trouble = read(text).expect_err("it is refused");
    let place = trouble.frames.first().map(|frame| (frame.start.line, frame.start.column));
    (trouble.message, place, trouble.help.unwrap_or_default())
}

#[test]
fn a_full_file_is_taken() {
    let project = read(
        "version: 1\nregistries:\n  prod: { url: 'https://r', token: '${T}' }\ndefault_registry: prod\ncompat: FULL\n\
         subjects:\n  - match: schemas/{domain}/{name}.avsc\n    subject: '{domain}.{name}-value'\n    compat: forward\n    \
         owner: team-{domain}\n    exclude: ['**/draft.avsc']\naccept:\n  - id: 4c1e7a\n    rule: TG108\n    reason: closed\n    \
         until: 2027-02-01\nci: { fail_on: warning }\n",
    )
    .unwrap();
    let (rule, captures) = project.rule_of("schemas/orders/created.avsc").unwrap();
    assert_eq!(rule.subject(&captures, &Root::default()).unwrap(), "orders.created-value");
    assert_eq!(rule.owner(&captures, &Root::default()).unwrap(), "team-orders");
    assert_eq!(rule.level, Some(CompatibilityLevel::Forward));
    assert!(project.rule_of("schemas/orders/draft.avsc").is_none());
    assert_eq!((project.level, project.fail_on), (Some(CompatibilityLevel::Full), Some(Weight::Warning)));
    assert_eq!(project.registry(None).unwrap().0, "prod");
    assert_eq!(project.acceptances.len(), 1);
}

#[test]
fn a_slip_is_shown_where_it_is_with_what_was_meant() {
    let (message, place, help) = refused("version: 1\nsubject:\n  - match: a\n");
    assert_eq!(
        (message.as_str(), help.as_str()),
        ("`subject` is not a key that is known here", "did you mean `subjects`?")
    );
    assert_eq!(place, Some((2, 1)));
    let (_, place, help) = refused("version: 1\ncompat: BACKWRD\n");
    assert_eq!((place, help.as_str()), (Some((2, 9)), "did you mean `BACKWARD`?"));
    let (message, _, help) = refused("version: 1\nsubjects:\n  - match: '{name}.avsc'\n    subject: '{nmae}-value'\n");
    assert_eq!((message.as_str(), help.as_str()), ("nothing fills `{nmae}`", "did you mean `name`?"));
    let error = read("version: 1\nsubjects:\n  - match: 'a.avsc'\n    subject: '{stem}-value'\n").unwrap_err();
    assert!(error.notes[0].starts_with("the pattern captures nothing; of the schema itself"), "{:?}", error.notes);
    let (message, ..) = refused("version: 2\n");
    assert!(message.contains("version 2"), "{message}");
    let (message, _, help) = refused("version: 1\nregistries: { prod: { url: x } }\ndefault_registry: prd\n");
    assert_eq!((message.as_str(), help.as_str()), ("there is no registry `prd`", "did you mean `prod`?"));
    let (message, ..) = refused("version: 1\naccept: [{ id: 4c1e7a, reason: x, until: soon }]\n");
    assert!(message.contains("a day"), "{message}");
}

#[test]
fn the_schema_and_the_parser_know_the_same_keys() {
    let schema = schema();
    let error = read("version: 1\nzzz: 1\n").unwrap_err();
    let label = error.frames[0].label.clone().unwrap();
    let mut known: Vec<&str> = label.trim_start_matches("known: ").split(", ").collect();
    let mut told: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    known.sort_unstable();
    told.sort_unstable();
    assert_eq!(known, told);
}

#[test]
fn what_is_asked_of_schemas_has_levels_and_places() {
    let project = read(
        "version: 1\nlint:\n  use: [recommended]\n  rules:\n    TG601-field-snake-case: error\n    type-pascal-case: off\n    \
         TG605: { level: info, paths: ['schemas/pay/**'] }\ngovernance: { require: [owner] }\n",
    )
    .unwrap();
    let weight = |rule, path| project.asked.weight(rule, path);
    assert_eq!(weight(&rules::FIELD_CASE, "a"), Some(Weight::Error));
    assert_eq!(weight(&rules::TYPE_CASE, "a"), None);
    assert_eq!(weight(&rules::SYMBOL_CASE, "a"), Some(Weight::Warning));
    assert_eq!(weight(&rules::DOC_MISSING, "schemas/pay/a.avsc"), Some(Weight::Info));
    assert_eq!(weight(&rules::DOC_MISSING, "schemas/a.avsc"), None);
    assert_eq!(weight(&rules::OWNER_MISSING, "a"), Some(Weight::Error));
    assert_eq!(weight(&rules::DESCRIPTION_MISSING, "a"), None);
    let told = |text: &str| {
        let (message, place, help) = refused(text);
        assert!(place.is_some(), "{message}");
        (message, help)
    };
    let (message, help) = told("version: 1\nlint: { use: [recomended] }\n");
    assert_eq!(
        (message.as_str(), help.as_str()),
        ("there is no set of rules `recomended`", "did you mean `recommended`?")
    );
    let (message, help) = told("version: 1\nlint: { rules: { field-snake-cse: error } }\n");
    assert_eq!(
        (message.as_str(), help.as_str()),
        ("there is no rule `field-snake-cse`", "did you mean `field-snake-case`?")
    );
    let (message, _) = told("version: 1\nlint: { rules: { TG101: off } }\n");
    assert_eq!(message, "the weight of TG101 is not the project's to say");
    let (_, help) = told("version: 1\nlint: { rules: { TG601: eror } }\n");
    assert_eq!(help, "did you mean `error`?");
    let (message, help) = told("version: 1\nlint: { rules: { TG601: { levl: error } } }\n");
    assert_eq!((message.as_str(), help.as_str()), ("`levl` is not a key that is known here", "did you mean `level`?"));
    let (_, help) = told("version: 1\ngovernance: { require: [ownr] }\n");
    assert_eq!(help, "did you mean `owner`?");
}

#[test]
fn what_use_is_has_limits_and_names() {
    let project = read(
        "version: 1\nregistries: { prod: { url: 'https://r' } }\nusage:\n  window: 30d\n  min_records: 10\n  \
         ignore_clients: ['ci-*']\n  environments: [prod]\n  downgrade: true\n  min_coverage: 0.9\n  on_unknown: warning\n",
    )
    .unwrap();
    let usage = &project.usage;
    assert_eq!((usage.window_in_words().as_str(), usage.min_records, usage.min_coverage), ("last 30 days", 10, 0.9));
    assert!(usage.downgrade && usage.is_unknown_fine && usage.ignores("ci-7"));
    assert!(usage.heeds("prod") && !usage.heeds("staging"));
    let usual = read("version: 1\n").unwrap().usage;
    assert!(!usual.can_downgrade() && usual.heeds("any") && usual.window_in_words() == "last 7 days");
    for (text, told) in [
        ("{ window: soon }", "a window is a time"),
        ("{ min_coverage: 95 }", "a share from 0 to 1"),
        ("{ environments: [prd] }", "there is no registry `prd`"),
        ("{ on_unknown: eror }", "is not a word that is known"),
        ("{ windw: 7d }", "is not a key that is known"),
    ] {
        let (message, place, _) =
            refused(&format!("version: 1\nregistries: {{ prod: {{ url: x }} }}\nusage: {text}\n"));
        assert!(message.contains(told) && place.is_some_and(|(line, _)| line == 3), "{message} {place:?}");
    }
}

#[test]
fn what_is_read_is_declared_once_and_by_names() {
    let project = read(
        "version: 1\nconsumes:\n  application: fraud-scorer\n  owner: team-risk\n  reads:\n    - subject: orders.created-value\n      \
         group: fraud-scorer\n      fields: [customer_id, lines.sku]\n      purpose: scoring\n    - subject: orders.created-value\n      \
         group: lab\n    - subject: money-value\n",
    )
    .unwrap();
    let consumes = project.consumes.unwrap();
    assert_eq!((consumes.application.as_str(), consumes.owner.as_deref()), ("fraud-scorer", Some("team-risk")));
    let told = serde_json::to_string(&consumes.reads.iter().map(|read| &read.told).collect::<Vec<_>>()).unwrap();
    assert_eq!(
        told,
        r#"[{"subject":"orders.created-value","group":"fraud-scorer","fields":["customer_id","lines.sku"],"purpose":"scoring"},{"subject":"orders.created-value","group":"lab"},{"subject":"money-value"}]"#
    );
    for (text, told, line, meant) in [
        ("application: ' '\n  reads: [{ subject: a }]", "an application has a name", 3, ""),
        ("application: a\n  reads: []", "declares nothing", 4, "--remove"),
        ("application: a", "the key `reads` is missing", 3, ""),
        ("application: a\n  reads:\n    - { subject: a }\n    - { subject: a }", "a is here twice", 6, "in one list"),
        (
            "application: a\n  reads:\n    - { subject: a, group: g }\n    - { subject: a, group: g }",
            "with the group g",
            6,
            "",
        ),
        ("application: a\n  reads: [{ subject: a, fields: [] }]", "at least one field", 4, "leave `fields` out"),
        ("application: a\n  reads: [{ subject: a, fields: [b, b] }]", "the field b is here twice", 4, ""),
        ("application: a\n  reads: [{ subject: a, fields: [b..c] }]", "by its path", 4, ""),
        (
            "application: a\n  reads: [{ subject: a, fields: [b], reader_schema: a.avsc }]",
            "which fields are read",
            4,
            "leave `fields` or",
        ),
        ("application: a\n  reads: [{ subject: a, reader_schema: ' ' }]", "is a file", 4, ""),
        ("application: a\n  reads: [{ subjct: a }]", "`subjct` is not a key", 4, "did you mean `subject`?"),
        ("application: a\n  read: [{ subject: a }]", "`read` is not a key", 4, "did you mean `reads`?"),
    ] {
        let (message, place, help) = refused(&format!("version: 1\nconsumes:\n  {text}\n"));
        assert!(message.contains(told) && help.contains(meant), "{text}: {message} {help}");
        assert_eq!(place.map(|(line, _)| line), Some(line), "{text}: {message}");
    }
}

#[test]
fn who_approves_is_named() {
    let project = read("version: 1\napprovals: { acceptances: true, by: [ana@example.com, Bo] }\n").unwrap();
    assert!(project.approvals.acceptances && !project.approvals.weaker_compatibility);
    assert_eq!(project.approvals.by, ["ana@example.com", "Bo"]);
    assert_eq!(read("version: 1\n").unwrap().approvals, Approvals::default());
    for (text, told, meant) in [
        ("{ weaker_compatibility: true }", "nobody could give", "under `by`"),
        ("{ acceptances: true, by: [a, A] }", "A is here twice", ""),
        ("{ acceptances: true, by: [''] }", "has a name", ""),
        ("{ acceptance: true }", "`acceptance` is not a key", "did you mean `acceptances`?"),
        ("{ acceptances: 1, by: [a] }", "", ""),
    ] {
        let (message, place, help) = refused(&format!("version: 1\napprovals: {text}\n"));
        assert!(message.contains(told) && help.contains(meant), "{text}: {message} {help}");
        assert_eq!(place.map(|(line, _)| line), Some(2), "{text}: {message}");
    }
}

#[test]
fn the_schema_takes_what_the_parser_takes() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let sections = serde_json::json!({
        "version": 1,
        "approvals": {"acceptances": true, "weaker_compatibility": false, "by": ["ana@example.com"]},
        "consumes": {"application": "a", "owner": "o", "reads": [{"subject": "s", "group": "g", "fields": ["f"], "purpose": "p"}]},
        "accept": [{"id": "4c1e7a", "reason": "x", "by": "a", "approved_by": "b", "until": "2027-02-01"}],
    });
    assert!(validator.is_valid(&sections));
    // JSON is YAML.
    let project = read(&sections.to_string()).unwrap();
    assert_eq!(project.acceptances[0].approved_by.as_deref(), Some("b"));
    for (pointer, value) in [
        ("/consumes/reads", serde_json::json!([])),
        ("/consumes/reads/0/fields", serde_json::json!([])),
        ("/consumes/application", serde_json::json!("")),
        ("/approvals/acceptances", serde_json::json!("yes")),
    ] {
        let mut wrong = sections.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&wrong) && read(&wrong.to_string()).is_err(), "{pointer}");
    }
}

#[test]
fn settings_come_from_the_file_that_is_extended() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    write(
        "base.yaml",
        "version: 1\nregistries: { prod: { url: 'https://r', ca: ca.pem }, own: { url: 'https://x' } }\ndefault_registry: prod\n\
         compat: FULL\nsubjects: [{ match: '*.avsc', subject: a }]\nlint: { use: [all] }\ngovernance: { require: [owner] }\n\
         ci: { fail_on: never }\nusage: { downgrade: true }\napprovals: { acceptances: true, by: [ana] }\n\
         consumes: { application: base, reads: [{ subject: a }] }\n",
    );
    let path = write(
        "team/tidegate.yaml",
        "version: 1\nextends: ../base.yaml\nregistries: { own: { url: 'https://o' } }\nlint: { use: [] }\n",
    );
    let project = Project::find(Some(&path)).unwrap();
    assert_eq!(project.registry(None).unwrap().0, "prod");
    assert_eq!(project.registry(Some("own")).unwrap().1.url, "https://o");
    let ca = project.registry(None).unwrap().1.ca.clone().unwrap();
    assert!(Path::new(&ca).is_absolute() && ca.ends_with("ca.pem"), "{ca}");
    assert_eq!((project.level, project.fail_on), (Some(CompatibilityLevel::Full), None));
    assert!(project.subjects.is_empty() && !project.asked.has_lint() && project.asked.has_governance());
    assert!(project.usage.downgrade && project.approvals.acceptances && project.consumes.is_none());
    let ring = write("ring.yaml", "version: 1\nextends: ring.yaml\n");
    assert!(Project::find(Some(&ring)).unwrap_err().message.contains("in a ring"));
    for extended in ["/etc/passwd", "../secrets.txt", "nowhere.yaml"] {
        let path = write("one.yaml", &format!("version: 1\nextends: {extended}\n"));
        let trouble = Project::find(Some(&path)).unwrap_err();
        assert_eq!(trouble.frames.first().map(|frame| frame.start.line), Some(2), "{}", trouble.message);
    }
}
