//! Layers, errors and the sample file.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use tidegate_compat::policy::{Mode, SubjectNaming};

use super::setting::ByteSize;
use super::*;

fn file(text: &str) -> (tempfile::NamedTempFile, PathBuf) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().to_owned();
    (file, path)
}

fn variable(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn brokers(config: &Config) -> Vec<String> {
    config.proxy.brokers.iter().map(ToString::to_string).collect()
}

fn flag(flag: &str, section: &str, key: &str, value: &str) -> Override {
    Override { flag: flag.into(), section: section.into(), key: key.into(), value: value.into() }
}

#[test]
fn the_sample_is_a_valid_file_that_changes_nothing() {
    let (_keep, path) = file(&sample());
    let config = Config::load(Layers { file: Some(path), ..Layers::default() });
    assert_eq!(config.unwrap(), Config::default());
}

#[test]
fn the_sample_shows_every_field_with_its_doc() {
    let sample = sample();
    for expected in ["listen: 127.0.0.1:8081", "max_body: 4MiB", "when_undecidable: closed", "# Larger request bodies"]
    {
        assert!(sample.contains(expected), "{expected}\n{sample}");
    }
}

#[test]
fn flags_win_over_variables_and_those_over_the_file() {
    let (_keep, path) = file("http:\n  listen: 127.0.0.1:1\n  max_body: 1KiB\nstore:\n  url: 'sqlite::memory:'\n");
    let config = Config::load(Layers {
        file: Some(path),
        environment: vec![variable("TIDEGATE_HTTP__LISTEN", "0.0.0.0:2"), variable("TIDEGATE_HTTP__MAX_BODY", "2KiB")],
        flags: vec![flag("--listen", "http", "listen", "0.0.0.0:3")],
    })
    .unwrap();
    assert_eq!(config.http.listen.port(), 3);
    assert_eq!(config.http.max_body, ByteSize(2048));
    assert_eq!(config.store.url, "sqlite::memory:");
    assert_eq!(config.http.request_timeout, Duration::from_secs(30));
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let (_keep, path) = file("http:\n  listen: nowhere\n  lisen: 127.0.0.1:1\nlineage:\n  capacity: many\nhtpp: {}\n");
    let name = path.display().to_string();
    let problems = Config::load(Layers {
        file: Some(path),
        environment: vec![
            variable("TIDEGATE_TELEMETRY__LOG_FORMAT", "xml"),
            variable("TIDEGATE_HTTP_LISTEN", "127.0.0.1:1"),
            variable("TIDEGATE_URL", "of another tool"),
        ],
        flags: vec![flag("--set", "proxy", "max_frame", "big")],
    })
    .unwrap_err()
    .to_string();
    for expected in [
        format!("{name}:2: 'nowhere' is not an IP address"),
        format!("{name}:3: unknown key 'lisen' in 'http'; known: listen"),
        format!("{name}:5: 'many' is not a whole number"),
        "unknown key 'htpp'".to_owned(),
        "variable TIDEGATE_TELEMETRY__LOG_FORMAT: 'xml' is not one of human, json".to_owned(),
        "is TIDEGATE_HTTP__LISTEN meant?".to_owned(),
        "flag --set: 'big' is not a size".to_owned(),
    ] {
        assert!(problems.contains(&expected), "missing {expected}\n{problems}");
    }
    assert_eq!(problems.lines().count(), 7, "{problems}");
}

#[test]
fn policies_are_read_from_the_file_and_from_a_variable() {
    let yaml =
        "proxy:\n  brokers: [a:1, b:2]\n  policies:\n    - topics: orders.*\n      mode: shadow\n    - topics: '*'\n";
    let (_keep, path) = file(yaml);
    let mut layers = Layers { file: Some(path), ..Layers::default() };
    let config = Config::load(layers.clone()).unwrap();
    assert_eq!(brokers(&config), ["a:1", "b:2"]);
    assert_eq!(config.proxy.policies[0].mode, Mode::Shadow);
    assert_eq!(config.proxy.policies[1], PolicyConfig { topics: "*".into(), ..PolicyConfig::default() });

    layers.environment = vec![
        variable("TIDEGATE_PROXY__POLICIES", "[{topics: x, subject: record_name, key: true}]"),
        variable("TIDEGATE_PROXY__BROKERS", "c:3, d:4"),
    ];
    let config = Config::load(layers).unwrap();
    assert_eq!(brokers(&config), ["c:3", "d:4"]);
    assert_eq!(config.proxy.policies.len(), 1);
    assert_eq!(config.proxy.policies[0].subject, SubjectNaming::RecordName);
}

#[test]
fn off_is_a_word_and_not_a_boolean() {
    let (_keep, path) = file("proxy:\n  policies:\n    - topics: x\n      mode: off\n      key: true\n");
    let mut layers = Layers { file: Some(path), ..Layers::default() };
    let policies = Config::load(layers.clone()).unwrap().proxy.policies;
    assert_eq!((policies[0].mode, policies[0].key), (Mode::Off, true));
    layers.environment = vec![variable("TIDEGATE_PROXY__POLICIES", "[{topics: y, mode: off}]")];
    assert_eq!(Config::load(layers).unwrap().proxy.policies[0].mode, Mode::Off);
}

#[test]
fn broken_yaml_and_a_missing_file_are_told() {
    let (_keep, path) = file("http: [\n");
    let problems = Config::load(Layers { file: Some(path), ..Layers::default() }).unwrap_err().to_string();
    assert!(problems.contains("not valid YAML"), "{problems}");
    let missing = Layers { file: Some("/nonexistent/tidegate.yaml".into()), ..Layers::default() };
    assert!(Config::load(missing).unwrap_err().to_string().contains("can't read"));
}

#[test]
fn a_policy_without_a_usable_pattern_is_a_mistake() {
    let (_keep, path) = file("proxy:\n  policies:\n    - mode: off\n    - topics: 'a['\n      context: 'a:b'\n");
    let problems = Config::load(Layers { file: Some(path), ..Layers::default() }).unwrap_err().to_string();
    assert!(problems.contains(":3: a policy needs 'topics'"), "{problems}");
    assert!(problems.contains(":4: 'topics': the pattern 'a[' is not valid"), "{problems}");
    assert!(problems.contains(":5: 'a:b' is not a context"), "{problems}");
}
