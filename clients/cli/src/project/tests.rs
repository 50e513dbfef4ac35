//! Does a project file say what it may, and is everything else refused where it stands?

use std::path::Path;

use super::*;

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
