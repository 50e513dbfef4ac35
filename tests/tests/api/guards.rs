//! Reserved names, secrets in the database, and what the operator has decided for the whole server.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Database, Setup, TestRegistry, run_to_end};

use crate::schemas::{first, order, second};

const PATH: &str = "/subjects/orders-value/versions";
const SECRET: &str = "correct horse battery staple";
const VALUE: &str = "hunter2-is-the-password";

fn reserving(schema: &str, names: &str) -> Value {
    json!({"schema": schema, "metadata": {"properties": {"confluent:reserved": names}}})
}

fn with_password() -> Value {
    let metadata = json!({"properties": {"password": VALUE, "owner": "shop"}, "sensitive": ["password"]});
    json!({"schema": first(), "metadata": metadata})
}

async fn a_reserved_name_is_kept_and_never_used(registry: TestRegistry) {
    registry.put("/config/orders-value", &json!({"compatibility": "NONE", "validateFields": true})).await.ok();
    registry.post(PATH, &reserving(&first(), "id")).await.refused(40901);
    registry.post(PATH, &reserving(&first(), "customer,note")).await.ok();
    let message = registry.post(PATH, &reserving(&second(), "customer,note")).await.refused(40901);
    assert!(message.contains("FIELD_CONFLICTS_WITH_RESERVED_FIELD") && message.contains("TG402"), "{message}");
    assert!(message.contains("{validateFields: 'true', compatibility: 'NONE'}"), "{message}");
    let message = registry.post(PATH, &reserving(&first(), "note")).await.refused(40901);
    assert!(message.contains("RESERVED_FIELD_REMOVED") && message.contains("'customer'"), "{message}");

    let check = "/compatibility/subjects/orders-value/versions/latest?verbose=true";
    let checked = registry.post(check, &reserving(&first(), "note")).await.ok();
    assert_eq!(checked["is_compatible"], false);
    let messages = checked["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2, "{messages:#?}");
    assert_eq!(messages[1], "{validateFields: 'true', compatibility: 'NONE'}");
    let inherits = registry.post(check, &json!({"schema": order(&[("id", "\"int\"")])})).await.ok();
    assert_eq!(inherits, json!({"is_compatible": true, "messages": []}));
    registry.post(&format!("{PATH}?force=true"), &reserving(&second(), "")).await.ok();
}

async fn rules_about_names_are_listed_and_explained(registry: TestRegistry) {
    let rules = registry.get("/govern/v1/rules").await.ok();
    let codes: Vec<_> = rules.as_array().unwrap().iter().filter_map(|rule| rule["rule"].as_str()).collect();
    assert!(codes.ends_with(&["TG401", "TG402"]), "{codes:?}");
    registry.put("/config", &json!({"validateFields": true})).await.ok();
    let body =
        json!({"subject": "orders-value", "schema": first(), "metadata": {"properties": {"confluent:reserved": "id"}}});
    let explained = registry.post("/govern/v1/explain", &body).await.ok();
    assert_eq!((&explained["isCompatible"], &explained["passes"]), (&json!(false), &json!([])));
    assert_eq!(explained["findings"][0]["rule"], "TG402");
    assert_eq!(explained["findings"][0]["candidate"]["path"], "/fields/0");
}

async fn names_with_two_dollars_are_refused_where_fields_are_validated(registry: TestRegistry) {
    let body = json!({"schemaType": "JSON", "schema": r#"{"type":"object","properties":{"$$a":{"type":"string"}}}"#});
    registry.post("/subjects/free/versions", &body).await.ok();
    registry.put("/config", &json!({"validateFields": true})).await.ok();
    registry.post(PATH, &body).await.refused(42201);
    let verbose = registry.post("/compatibility/subjects/s/versions?verbose=true", &body).await.ok();
    assert_eq!(verbose["is_compatible"], false);
    registry.post("/compatibility/subjects/s/versions", &body).await.refused(42201);
    registry.post("/subjects/free/versions", &body).await.ok();
}

async fn a_secret_property_makes_the_same_schema_with_and_without_a_secret(registry: TestRegistry) {
    let plain = registry.post(PATH, &with_password()).await.ok();
    registry.post(PATH, &with_password()).await.ok();
    assert_eq!(registry.log().matches("stored in clear").count(), 1, "told once");
    let sealed = Setup::on(Database::Sqlite).set(&format!("registry.metadata_secret={SECRET}")).start().await;
    let answer = sealed.post(PATH, &with_password()).await.ok();
    assert_eq!((&answer["guid"], &answer["metadata"]), (&plain["guid"], &with_password()["metadata"]));
    assert_eq!(sealed.post("/subjects/orders-value", &with_password()).await.ok()["version"], 1);
    let by = format!("{PATH}/1");
    let found = sealed.get("/subjects/orders-value/metadata?key=password&value=hunter2-is-the-password").await.ok();
    assert_eq!((&found["version"], &sealed.get(&by).await.ok()["metadata"]), (&json!(1), &answer["metadata"]));
    let config = json!({"overrideMetadata": {"properties": {"token": VALUE}, "sensitive": ["token"]}});
    sealed.put("/config/orders-value", &config).await.ok();
    assert_eq!(sealed.get("/config/orders-value").await.ok()["overrideMetadata"], config["overrideMetadata"]);
    assert!(!sealed.log().contains(SECRET) && !sealed.log().contains(VALUE));
}

on_both_databases!(
    a_reserved_name_is_kept_and_never_used,
    rules_about_names_are_listed_and_explained,
    names_with_two_dollars_are_refused_where_fields_are_validated,
    a_secret_property_makes_the_same_schema_with_and_without_a_secret,
);

/// Tells a story about a registry with other settings, on each database.
async fn on_each(settings: &[&str], story: impl AsyncFn(TestRegistry)) {
    for database in [Database::Sqlite, Database::Postgres] {
        if database.is_there() {
            let setup = settings.iter().fold(Setup::on(database), |setup, setting| setup.set(setting));
            story(setup.start().await).await;
        }
    }
}

#[tokio::test]
async fn sealed_values_outlive_a_restart() {
    let secret = format!("registry.metadata_secret={SECRET}");
    on_each(&[&secret], async |mut registry| {
        registry.post(PATH, &with_password()).await.ok();
        registry.crash_and_restart().await;
        assert_eq!(registry.get("/schemas/ids/1").await.ok()["metadata"], with_password()["metadata"]);
    })
    .await;
}

#[tokio::test]
async fn a_server_without_the_secret_says_what_it_lacks_and_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite://{}", folder.path().join("t.db").display());
    let set = format!("store.url={store}");
    let registry = Setup::on_store(&store).variable("TIDEGATE_REGISTRY__METADATA_SECRET", SECRET).start().await;
    registry.post(PATH, &with_password()).await.ok();
    registry.stop().await;
    for extra in [[].as_slice(), &["--set", "registry.metadata_secret=another secret than that"]] {
        let arguments = [&["serve", "--listen", "127.0.0.1:0", "--set", &set], extra].concat();
        let (code, _, stderr) = run_to_end(&arguments, &[]).await;
        assert_eq!(code, Some(1), "{stderr}");
        assert!(stderr.contains("registry.metadata_secret") && !stderr.contains(VALUE), "{stderr}");
    }
}

#[tokio::test]
async fn secrets_are_shown_nowhere() {
    let short = run_to_end(&["config", "--check", "--set", "registry.metadata_secret=too short"], &[]).await;
    assert_eq!(short.0, Some(2));
    assert!(short.2.contains("at least 16 characters") && !short.2.contains("too short"), "{}", short.2);
    let alone = [("TIDEGATE_REGISTRY__METADATA_OLD_SECRETS", "correct horse battery, staple of the old year")];
    let (code, _, stderr) = run_to_end(&["serve", "--listen", "127.0.0.1:0"], &alone).await;
    assert_eq!(code, Some(2));
    assert!(stderr.contains("metadata_old_secrets needs") && !stderr.contains("horse"), "{stderr}");
}

#[tokio::test]
async fn modes_can_be_fixed() {
    on_each(&["registry.mode_mutability=false"], async |registry| {
        for path in ["/mode", "/mode/s"] {
            registry.put(path, &json!({"mode": "READONLY"})).await.refused(42205);
            registry.delete(path).await.refused(42205);
        }
        assert_eq!(registry.get("/mode").await.ok(), json!({"mode": "READWRITE"}));
    })
    .await;
}

#[tokio::test]
async fn the_empty_subject_can_be_refused() {
    let path = "/subjects/:.:/versions";
    on_each(&["registry.reject_empty_subject=true"], async |registry| {
        registry.post(path, &json!({"schema": first()})).await.refused(42208);
        registry.post("/contexts/ctx/subjects/:.ctx:/versions", &json!({"schema": first()})).await.refused(42208);
        registry.register("s", &first()).await;
    })
    .await;
    on_each(&[], async |registry| {
        registry.post(path, &json!({"schema": first()})).await.ok();
    })
    .await;
}

#[tokio::test]
async fn a_name_that_leads_to_two_schemas_can_be_an_error() {
    on_each(&["registry.strict_reference_versions=true"], async |registry| {
        registry.put("/config", &json!({"compatibility": "NONE"})).await.ok();
        let inner =
            |kind: &str| json!({"type": "record", "name": "I", "fields": [{"name": "a", "type": kind}]}).to_string();
        registry.register("inner", &inner("int")).await;
        registry.register("inner", &inner("long")).await;
        let to = |version: i32| json!({"name": "I", "subject": "inner", "version": version});
        let body = |versions: [i32; 2]| json!({"schema": order(&[("i", "\"I\"")]), "references": versions.map(to)});
        registry.post(PATH, &body([1, 2])).await.refused(42201);
        registry.post(PATH, &body([2, -1])).await.ok();
    })
    .await;
}

#[tokio::test]
async fn headers_of_the_operator_are_on_every_answer() {
    let headers = r#"http.response_headers=["X-XSS-Protection: 1; mode=block", "Cache-Control: no-cache, no-store", "X-A: 1", "X-A: 2"]"#;
    on_each(&[headers, "http.nosniff=true"], async |registry| {
        let registered = registry.post(PATH, &json!({"schema": first()})).await;
        let mut answers = vec![registered];
        // Found; not found; no such path; a path that is refused at the door; our own doors.
        for path in ["/subjects", "/schemas/ids/7", "/nowhere", "/contexts/a:b/subjects", "/health/live", "/metrics"] {
            answers.push(registry.get(path).await);
        }
        answers.push(registry.post("/subjects", &json!({})).await);
        answers.push(registry.send(reqwest::Method::GET, "/subjects", &[("accept", "text/html")], None).await);
        answers.push(registry.delete("/contexts/nothing").await);
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [200, 200, 404, 404, 400, 200, 200, 405, 406, 204]);
        for answer in answers {
            assert_eq!(answer.header("x-xss-protection"), "1; mode=block", "{answer}");
            assert_eq!(answer.header("cache-control"), "no-cache, no-store");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.headers.get_all("x-a").iter().count(), 2);
        }
    })
    .await;
    on_each(&[], async |registry| {
        let answer = registry.get("/subjects").await;
        assert_eq!(answer.header("x-content-type-options"), "", "none unless asked for");
    })
    .await;
    let own = run_to_end(&["config", "--check", "--set", "http.response_headers=Content-Type: text/html"], &[]).await;
    assert_eq!(own.0, Some(2), "{}", own.2);
    assert!(own.2.contains("sets content-type itself"), "{}", own.2);
}
