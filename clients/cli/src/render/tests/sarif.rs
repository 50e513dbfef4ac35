//! Is what code scanning gets SARIF, by the schema of the standard itself?

use super::*;

#[test]
fn every_result_of_sarif_has_its_fingerprint() {
    let log: Value = serde_json::from_str(&Format::Sarif.render(&mixed(), &Terminal::plain(80)).unwrap()).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(!results.is_empty());
    assert!(results.iter().all(|result| result["partialFingerprints"]["tidegate/v1"].is_string()));
}

/// The schema of the standard itself; the notice beside it says whose it is.
fn schema_of_sarif() -> jsonschema::Validator {
    let mut schema: Value = serde_json::from_str(include_str!("sarif/sarif-schema-2.1.0.json")).unwrap();
    // It has a pattern with a bracket too many, which is no regular expression.
    for definition in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{definition}/properties/language"));
        language.and_then(Value::as_object_mut).unwrap().remove("pattern").unwrap();
    }
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[test]
fn sarif_obeys_its_schema() {
    let validator = schema_of_sarif();
    let everything = report(&examples(), "");
    for report in [mixed(), awaiting(), everything] {
        let log: Value = serde_json::from_str(&Format::Sarif.render(&report, &Terminal::plain(80)).unwrap()).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn the_schema_of_sarif_would_find_a_slip() {
    let validator = schema_of_sarif();
    let log: Value = serde_json::from_str(&Format::Sarif.render(&awaiting(), &Terminal::plain(80)).unwrap()).unwrap();
    for (pointer, wrong) in [
        ("/version", Value::from("2.1")),
        ("/runs/0/results/0/level", Value::from("fatal")),
        ("/runs/0/results/0/suppressions/0/status", Value::from("waiting")),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", Value::from("a b")),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", Value::from(0)),
        ("/runs/0/tool/driver/rules/0/helpUri", Value::from("not a URI")),
    ] {
        let mut log = log.clone();
        *log.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = wrong;
        assert!(!validator.is_valid(&log), "{pointer}");
    }
}
