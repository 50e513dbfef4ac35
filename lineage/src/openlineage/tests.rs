//! Is every event read as it is meant, and is nothing that a stranger sends able to do harm?

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const KAFKA: &str = "kafka://broker-1:9092";

fn event(more: Value) -> Value {
    let mut event = json!({
        "eventType": "COMPLETE", "eventTime": "2026-02-28T23:59:59.999Z", "producer": "https://example.com/ci",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "019127df-00a2-743c-b714-df7e6dcadb2b"}, "job": {"namespace": "payments", "name": "enrich"},
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn parse(text: &str) -> Result<Declaration, Unusable> {
    super::read(text).map(|told| told.declaration)
}

fn read(event: &Value) -> Declaration {
    parse(&event.to_string()).unwrap()
}

fn dataset(name: &str) -> Entity {
    Entity::Dataset(Named::new(KAFKA, name))
}

fn job(name: &str) -> Entity {
    Entity::Job(Named::new("payments", name))
}

fn flows(told: &Declaration) -> Vec<(Entity, Entity)> {
    told.flows.iter().map(|flow| (flow.from.clone(), flow.to.clone())).collect()
}

/// `from.field>to.field`, with `*` for a whole dataset.
fn columns(told: &Declaration) -> Vec<String> {
    let end = |entity: &Entity, field: &Option<Arc<str>>| {
        format!("{}.{}", entity.named().name, field.as_deref().unwrap_or("*"))
    };
    let shown = |it: &ColumnFlow| format!("{}>{}", end(&it.from, &it.from_field), end(&it.to, &it.to_field));
    told.columns.keys().map(shown).collect()
}

#[test]
fn a_run_flows_from_its_inputs_to_its_outputs() {
    let input = json!({"namespace": KAFKA, "name": "2024.orders", "facets": {
        "schema": {"fields": [{"name": "id", "type": "long"}]}, "own": {"anything": [1, {}]}, "gone": {"_deleted": true},
    }});
    let told = read(&event(json!({
        "inputs": [input], "outputs": [{"namespace": KAFKA, "name": "enriched"}],
        "job": {"namespace": "payments", "name": "enrich", "facets": {"jobType": {"processingType": "STREAMING"}}},
    })));
    assert_eq!(told.at, 1_772_323_199_999);
    assert_eq!(flows(&told), [(dataset("2024.orders"), job("enrich")), (job("enrich"), dataset("enriched"))]);
    let stated = &told.entities[&dataset("2024.orders")];
    assert_eq!(stated["own"].as_deref(), Some(r#"{"anything":[1,{}]}"#));
    assert_eq!((stated.len(), &stated["gone"]), (3, &None));
    assert!(told.entities[&job("enrich")].contains_key("jobType"));
    let [run] = &told.runs[..] else { panic!("{:?}", told.runs) };
    assert_eq!((run.state, &*run.id), (Some(RunState::Complete), "019127df-00a2-743c-b714-df7e6dcadb2b"));
}

#[test]
fn runs_tell_whom_they_belong_to_and_which_period_they_are_for() {
    let above = |name: &str, id: &str| json!({"job": {"namespace": "payments", "name": name}, "run": {"runId": id}});
    let mut parent = above("dag", "p");
    parent["root"] = above("all", "r");
    let facets = json!({"parent": parent, "nominalTime": {"nominalStartTime": "2026-02-28T00:00:00+02:00"}});
    let told = read(&event(json!({"run": {"runId": "x", "facets": facets}, "eventType": null})));
    let ids: Vec<_> = told.runs.iter().map(|run| (&*run.id, run.state, run.parent.as_deref())).collect();
    assert_eq!(ids, [("x", Some(RunState::Other), Some("p")), ("p", None, None), ("r", None, None)]);
    assert_eq!(told.runs[0].nominal_start, millis("2026-02-27T22:00:00"));
    assert!(told.entities.contains_key(&job("dag")) && told.entities.contains_key(&job("all")));
}

#[test]
fn fields_come_from_fields_in_the_old_way_and_in_the_new() {
    let from = |name: &str, field: &str| json!({"namespace": KAFKA, "name": name, "field": field, "type": "DATASET"});
    let mut masked = from("orders", "email");
    masked["transformations"] = json!([{"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": true}]);
    let old = json!({"inputFields": [from("orders", "id")], "transformationType": "MASKED"});
    let told = read(&event(json!({"outputs": [{"namespace": KAFKA, "name": "enriched", "facets": {
        "columnLineage": {"fields": {"hash": {"inputFields": [masked]}, "id": old}, "dataset": [from("orders", "day")]},
        "lineage": {"inputs": [from("rates", "day")], "fields": {"total": {"inputs": [from("rates", "rate")]}}},
    }}]})));
    assert_eq!(
        columns(&told),
        [
            "orders.day>enriched.*",
            "orders.email>enriched.hash",
            "orders.id>enriched.id",
            "rates.day>enriched.*",
            "rates.rate>enriched.total"
        ]
    );
    assert!(told.columns.iter().filter(|(flow, _)| &*flow.from.named().name == "orders").count() == 3);
    let masking = |field: &str| {
        let column = told.columns.iter().find(|(flow, _)| flow.to_field.as_deref() == Some(field));
        column.unwrap().1.iter().all(|how| how.masking)
    };
    assert!(masking("hash") && masking("id"));
    assert!(flows(&told).contains(&(dataset("rates"), job("enrich"))));
    assert!(flows(&told).contains(&(dataset("rates"), dataset("enriched"))), "the pair is told");
    assert!(!flows(&told).contains(&(dataset("orders"), dataset("enriched"))), "and no other pair is made up");
}

#[test]
fn entries_name_jobs_and_datasets_as_they_like() {
    let entries = json!([
        {"type": "JOB", "inputs": [{"type": "DATASET", "namespace": KAFKA, "name": "a", "field": "x"}]},
        {"type": "JOB", "namespace": "payments", "name": "load",
         "inputs": [{"type": "JOB", "namespace": "payments", "name": "transform"}]},
        {"type": "DATASET", "namespace": KAFKA, "name": "made", "inputs": [],
         "fields": {"total": {"inputs": [{"type": "JOB"}]}}},
        {"type": "DATASET", "namespace": KAFKA}, {"type": "TABLE", "namespace": KAFKA, "name": "t"}, 7,
    ]);
    let own = json!({"namespace": "payments", "name": "enrich", "facets": {"lineage": {"entries": entries}}});
    let told = read(&event(json!({ "job": own })));
    let expected = [(dataset("a"), job("enrich")), (job("enrich"), dataset("made")), (job("transform"), job("load"))];
    assert_eq!(flows(&told), expected);
    assert_eq!(columns(&told), ["a.x>enrich.*", "enrich.*>made.total"]);
}

#[test]
fn datasets_speak_for_themselves() {
    let facets = json!({
        "symlinks": {"identifiers": [{"namespace": "hive://m", "name": "db.orders", "type": "TABLE"}, {"name": "x"}]},
        "lineage": {"inputs": [{"type": "DATASET", "namespace": KAFKA, "name": "raw"}]},
        "lifecycleStateChange": {"lifecycleStateChange": "RENAME", "previousIdentifier": {"namespace": KAFKA, "name": "o"}},
    });
    let mut about = event(json!({"dataset": {"namespace": KAFKA, "name": "orders", "facets": facets}}));
    about.as_object_mut().unwrap().retain(|key, _| key != "run" && key != "job");
    let told = read(&about);
    assert_eq!((told.subject, &told.job), (Subject::Dataset, &None));
    assert_eq!(flows(&told), [(dataset("raw"), dataset("orders"))]);
    let other = Named::new("hive://m", "db.orders");
    assert_eq!(told.symlinks, BTreeSet::from([(dataset("orders").named().clone(), other)]));
    assert!(told.entities.contains_key(&dataset("o")));
}

#[test]
fn what_lacks_its_core_is_refused_with_the_reason() {
    let long = "x".repeat(MAX_NAMESPACE + 1);
    for (more, reason) in [
        (json!({"eventTime": null}), "eventTime"),
        (json!({"eventTime": "yesterday"}), "eventTime"),
        (json!({"eventTime": "+262000-01-01T00:00:00Z"}), "eventTime"),
        (json!({"producer": ""}), "producer"),
        (json!({"eventType": "DONE"}), "eventType"),
        (json!({"eventType": 1}), "eventType"),
        (json!({"run": {}}), "run.runId"),
        (json!({"run": "x"}), "run.runId"),
        (json!({"job": {"name": "x"}}), "job.namespace"),
        (json!({"job": {"namespace": long, "name": "x"}}), "job.namespace"),
        (json!({"job": null}), "job"),
        (json!({"inputs": {}}), "inputs"),
        (json!({"inputs": [1]}), "inputs[0].namespace"),
        (json!({"outputs": [{"namespace": "a", "name": ""}]}), "outputs[0].name"),
    ] {
        let refused = parse(&event(more.clone()).to_string()).unwrap_err().to_string();
        assert!(refused.contains(reason), "{more}: {refused}");
    }
    for text in ["", "[]", "7", "{", "{}", "null", &"[".repeat(100_000), &"{\"a\":".repeat(100_000)] {
        assert!(parse(text).is_err());
    }
}

#[test]
fn what_is_kept_is_the_text_without_space() {
    let told = super::read(&format!("{:#}", event(json!({"inputs": [], "own": 1.50})))).unwrap();
    assert_eq!(told.text, event(json!({"inputs": [], "own": 1.50})).to_string());
    let spaced = r#"{"eventTime":"2026-02-28T23:59:59Z","producer":"p","dataset":{"namespace":"n","name":"d",
        "facets":{"own": {"big": 1e999, "precise": 0.10}}}}"#;
    let told = super::read(spaced).unwrap();
    let stated = told.declaration.entities.values().next().unwrap();
    assert_eq!(stated["own"].as_deref(), Some(r#"{"big":1e999,"precise":0.10}"#), "numbers are what they were");
}

#[test]
fn the_last_of_two_members_with_one_name_counts() {
    let text = event(json!({})).to_string();
    let twice = text.replacen('{', r#"{"eventType":"START","job":7,"#, 1);
    assert_eq!(parse(&twice).unwrap(), parse(&text).unwrap());
    let facets = r#"{"symlinks":{"identifiers":[{"namespace":"a","name":"b"}]},"symlinks":{"\u005fdeleted":true}}"#;
    let input = format!(r#","inputs":[{{"namespace":"{KAFKA}","name":"t","facets":{facets}}}]}}"#);
    let told = parse(&format!("{}{input}", text.strip_suffix('}').unwrap())).unwrap();
    assert_eq!((told.symlinks.len(), &told.entities[&dataset("t")]["symlinks"]), (0, &None));
}

#[test]
fn an_event_that_is_too_deep_is_refused() {
    let deep = |levels: usize| {
        let facet = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        event(json!({})).to_string().replacen('{', &format!("{{\"own\":{facet},"), 1)
    };
    assert!(parse(&deep(126)).is_ok());
    assert!(parse(&deep(127)).unwrap_err().to_string().contains("levels"));
}

#[test]
fn namespaces_that_mean_a_cluster_become_one() {
    let input = json!({"namespace": "kafka://proxy:1", "name": "t", "facets": {"columnLineage": {"fields": {"f": {
        "inputFields": [{"namespace": "kafka://proxy:1", "name": "u", "field": "g"}]}}}}});
    let told = read(&event(json!({"inputs": [input.clone()], "outputs": [{"namespace": KAFKA, "name": "t"}]})));
    let told = told.resolved(|namespace| (namespace == "kafka://proxy:1").then(|| KAFKA.into()));
    assert_eq!(told.entities.len(), 3, "{:?}", told.entities.keys());
    assert!(told.flows.contains(&Flow { from: dataset("t"), to: job("enrich"), by: told.job.clone() }));
    assert_eq!(columns(&told), ["u.g>t.f"]);
    assert_eq!(told.columns.keys().next().unwrap().from, dataset("u"));
}

/// Any value at any place of an event.
fn values() -> impl Strategy<Value = Value> {
    let word = prop_oneof!["[a-z]{0,3}", any::<String>(), Just("JOB".to_owned()), Just("DATASET".to_owned())];
    let key = prop_oneof![
        Just("namespace"),
        Just("name"),
        Just("field"),
        Just("fields"),
        Just("inputs"),
        Just("inputFields"),
        Just("type"),
        Just("entries"),
        Just("facets"),
        Just("transformations"),
        Just("identifiers"),
        Just("_deleted"),
        Just("run"),
        Just("runId"),
        Just("job"),
        Just("root"),
        Just("dataset"),
        Just("columnLineage"),
        Just("lineage"),
        Just("symlinks"),
        Just("parent"),
        Just("\0"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|map| Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn hostile_events_are_read_or_refused(
        key in prop_oneof![
            Just("run"), Just("job"), Just("dataset"), Just("inputs"), Just("outputs"), Just("eventType"), Just("eventTime"),
        ],
        value in values(),
    ) {
        let text = event(json!({ key: value })).to_string();
        if let Ok(told) = parse(&text) {
            for entity in told.flows.iter().flat_map(|flow| [&flow.from, &flow.to]) {
                prop_assert!(told.entities.contains_key(entity));
            }
            for entity in told.columns.keys().flat_map(|flow| [&flow.from, &flow.to]) {
                prop_assert!(told.entities.contains_key(entity));
            }
            for entity in told.entities.keys() {
                let Named { namespace, name } = entity.named();
                prop_assert!(!namespace.is_empty() && namespace.len() <= MAX_NAMESPACE && !namespace.contains('\0'));
                prop_assert!(!name.is_empty() && name.len() <= MAX_NAME && !name.contains('\0'));
            }
        }
    }

    #[test]
    fn hostile_facets_make_no_event_unusable(facets in values()) {
        let dataset = json!({"namespace": KAFKA, "name": "t", "facets": facets});
        let told = read(&event(json!({
            "inputs": [dataset.clone()], "outputs": [dataset],
            "run": {"runId": "x", "facets": facets.clone()}, "job": {"namespace": "n", "name": "j", "facets": facets},
        })));
        prop_assert!(told.flows.len() >= 2);
    }

    #[test]
    fn a_changed_byte_does_no_harm(at in 0_usize..300, byte in any::<u8>()) {
        let mut bytes = event(json!({"inputs": [{"namespace": KAFKA, "name": "t"}]})).to_string().into_bytes();
        let length = bytes.len();
        bytes[at % length] = byte;
        let _ = parse(&String::from_utf8_lossy(&bytes));
    }
}
