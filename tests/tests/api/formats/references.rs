//! Schemas that stand on others, in each language by its own kind of name.

use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::TestRegistry;

use super::{avro, json_schema, protobuf, register, standing_on};

/// Three schemas of one language, each standing on the one before.
struct Tower {
    kind: &'static str,
    country: &'static str,
    address: &'static str,
    customer: &'static str,
    /// What the address calls the country, and the customer the address.
    names: [&'static str; 2],
    /// A word that a text must have which has nothing of the country in it.
    missing: &'static str,
}

const TOWERS: [Tower; 3] = [
    Tower {
        kind: "AVRO",
        country: r#"{"type":"enum","name":"Country","namespace":"shop","symbols":["DK","SE"]}"#,
        address: r#"{"type":"record","name":"Address","namespace":"shop","fields":[{"name":"country","type":"shop.Country"}]}"#,
        customer: r#"{"type":"record","name":"Customer","namespace":"shop","fields":[{"name":"home","type":"shop.Address"},{"name":"born","type":"shop.Country"}]}"#,
        names: ["shop.Country", "shop.Address"],
        missing: "shop.Country",
    },
    Tower {
        kind: "PROTOBUF",
        country: "syntax = \"proto3\"; package shop; enum Country { UNKNOWN = 0; DK = 1; SE = 2; }",
        address: "syntax = \"proto3\"; package shop; import \"shop/country.proto\"; message Address { Country country = 1; }",
        customer: "syntax = \"proto3\"; package shop; import \"shop/address.proto\"; import \"shop/country.proto\"; \
                   message Customer { Address home = 1; shop.Country born = 2; }",
        names: ["shop/country.proto", "shop/address.proto"],
        missing: "shop/country.proto",
    },
    Tower {
        kind: "JSON",
        country: r#"{"enum":["DK","SE"]}"#,
        address: r#"{"type":"object","properties":{"country":{"$ref":"https://shop.example/country.json"}}}"#,
        customer: r#"{"type":"object","properties":{"home":{"$ref":"address.json"},"born":{"$ref":"https://shop.example/country.json#"}}}"#,
        names: ["https://shop.example/country.json", "address.json"],
        missing: "https://shop.example/country.json",
    },
];

impl Tower {
    fn request(&self, text: &str, references: &[(&str, &str, i32)]) -> Value {
        standing_on(super::schema(self.kind, text), references)
    }

    /// Registers the country and the address.
    async fn build(&self, registry: &TestRegistry) {
        let country = self.subject("country");
        register(registry, &country, &self.request(self.country, &[])).await.ok();
        let address = self.request(self.address, &[(self.names[0], &country, 1)]);
        register(registry, &self.subject("address"), &address).await.ok();
    }

    /// The customer with both references, the country's with this version.
    fn customer(&self, version: i32) -> Value {
        let (address, country) = (self.subject("address"), self.subject("country"));
        self.request(self.customer, &[(self.names[1], &address, version), (self.names[0], &country, version)])
    }

    fn subject(&self, what: &str) -> String {
        format!("{}-{what}", self.kind.to_lowercase())
    }
}

async fn schemas_stand_on_others_two_levels_deep(registry: TestRegistry) {
    for tower in &TOWERS {
        tower.build(&registry).await;
        let subject = tower.subject("customer");
        let answer = register(&registry, &subject, &tower.customer(1)).await.ok();
        let references = json!([
            {"name": tower.names[1], "subject": tower.subject("address"), "version": 1},
            {"name": tower.names[0], "subject": tower.subject("country"), "version": 1},
        ]);
        assert_eq!(answer["references"], references);
        let id = &answer["id"];
        assert_eq!(registry.get(&format!("/schemas/ids/{id}")).await.ok()["references"], references);
        let again = register(&registry, &subject, &tower.customer(1)).await.ok();
        assert_eq!((&again["id"], &again["version"]), (id, &json!(1)));
        let found = registry.post(&format!("/subjects/{subject}"), &tower.customer(1)).await.ok();
        assert_eq!((&found["id"], &found["references"]), (id, &references));
        let path = format!("/compatibility/subjects/{subject}/versions/latest");
        assert_eq!(registry.post(&path, &tower.customer(1)).await.ok()["is_compatible"], true, "{}", tower.kind);
    }
}

async fn latest_is_stored_as_a_number(registry: TestRegistry) {
    for tower in &TOWERS {
        tower.build(&registry).await;
        let answer = register(&registry, &tower.subject("customer"), &tower.customer(-1)).await.ok();
        let versions: Vec<_> = answer["references"].as_array().unwrap().iter().map(|one| &one["version"]).collect();
        assert_eq!(versions, [1, 1], "{}", tower.kind);
        let again = register(&registry, &tower.subject("customer"), &tower.customer(1)).await.ok();
        assert_eq!(again["id"], answer["id"]);
    }
}

async fn what_others_stand_on_knows_it_and_can_not_go(registry: TestRegistry) {
    for tower in &TOWERS {
        tower.build(&registry).await;
        let customer = register(&registry, &tower.subject("customer"), &tower.customer(1)).await.ok();
        let address = registry.get(&format!("/subjects/{}/versions/1", tower.subject("address"))).await.ok();
        let country = tower.subject("country");
        let referrers = registry.get(&format!("/subjects/{country}/versions/1/referencedby")).await.ok();
        assert_eq!(referrers, json!([address["id"], customer["id"]]), "{}", tower.kind);
        registry.delete(&format!("/subjects/{country}/versions/1")).await.refused(42206);
        registry.delete(&format!("/subjects/{}", tower.subject("customer"))).await.ok();
        registry.delete(&format!("/subjects/{country}")).await.refused(42206);
    }
}

async fn a_reference_that_is_missing_is_named(registry: TestRegistry) {
    for tower in &TOWERS {
        tower.build(&registry).await;
        let subject = tower.subject("customer");
        let told = register(&registry, &subject, &tower.request(tower.address, &[])).await.refused(42201);
        assert!(told.contains(tower.missing) && told.contains("line 1, column "), "{}: {told}", tower.kind);
        let country = tower.subject("country");
        for (target, version) in [("nowhere", 1), (&country, 2)] {
            let request = tower.request(tower.address, &[(tower.names[0], target, version)]);
            let told = register(&registry, &subject, &request).await.refused(42201);
            assert!(told.contains(target), "{}: {told}", tower.kind);
        }
        // In Avro the text of what is referred to has the names; elsewhere the reference gives it one.
        let request = tower.request(tower.address, &[("another name", &country, 1)]);
        let answer = register(&registry, &subject, &request).await;
        match tower.kind {
            "AVRO" => drop(answer.ok()),
            _ => assert!(answer.refused(42201).contains(tower.missing)),
        }
    }
}

async fn a_reference_to_another_language_is_refused_with_the_reason(registry: TestRegistry) {
    for tower in &TOWERS {
        tower.build(&registry).await;
    }
    for (tower, other) in [(0, 1), (1, 2), (2, 0)].map(|(one, other)| (&TOWERS[one], &TOWERS[other])) {
        let request = tower.request(tower.address, &[(tower.names[0], &other.subject("country"), 1)]);
        let told = register(&registry, "mixed", &request).await.refused(42201);
        assert!(told.contains(other.kind), "{} on {}: {told}", tower.kind, other.kind);
    }
}

async fn a_file_that_imports_publicly_passes_on_what_it_imports(registry: TestRegistry) {
    let base = "syntax = \"proto3\"; package shop; message Money { int64 cents = 1; }";
    register(&registry, "money", &protobuf(base)).await.ok();
    let hub = "syntax = \"proto3\"; import public \"money.proto\";";
    register(&registry, "hub", &standing_on(protobuf(hub), &[("money.proto", "money", 1)])).await.ok();
    let private = "syntax = \"proto3\"; import \"money.proto\"; message Wallet { shop.Money all = 1; }";
    register(&registry, "wallet", &standing_on(protobuf(private), &[("money.proto", "money", 1)])).await.ok();

    let user = "syntax = \"proto3\"; import \"hub.proto\"; message Price { shop.Money net = 1; }";
    register(&registry, "price", &standing_on(protobuf(user), &[("hub.proto", "hub", 1)])).await.ok();
    let user = "syntax = \"proto3\"; import \"wallet.proto\"; message Price { shop.Purse net = 1; }";
    let told = register(&registry, "s", &standing_on(protobuf(user), &[("wallet.proto", "wallet", 1)])).await;
    let told = told.refused(42201);
    assert!(told.contains("shop.Purse"), "{told}");
}

async fn a_json_reference_may_point_into_another_schema(registry: TestRegistry) {
    let common =
        r#"{"definitions":{"amount":{"type":"number","minimum":0}},"$defs":{"iban":{"type":"string","maxLength":34}}}"#;
    register(&registry, "common", &json_schema(common)).await.ok();
    let user = |pointer: &str| {
        let text = format!(r#"{{"type":"object","properties":{{"x":{{"$ref":"common.json{pointer}"}}}}}}"#);
        standing_on(json_schema(&text), &[("common.json", "common", 1)])
    };
    for (subject, pointer) in [("a", "#/definitions/amount"), ("b", "#/$defs/iban"), ("c", "#"), ("d", "")] {
        register(&registry, subject, &user(pointer)).await.ok();
    }
    let told = register(&registry, "e", &user("#/definitions/nothing")).await.refused(42201);
    assert!(told.contains("common.json#/definitions/nothing"), "{told}");
}

async fn nothing_is_fetched_from_the_network(registry: TestRegistry) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let uri = format!("http://{}/address.json", listener.local_addr().unwrap());
    let text = format!(r#"{{"type":"object","properties":{{"home":{{"$ref":"{uri}"}}}}}}"#);
    let told = register(&registry, "s", &json_schema(&text)).await.refused(42201);
    assert!(told.contains(&uri), "{told}");
    assert!(listener.accept().is_err(), "somebody called");
}

async fn avro_with_references_can_be_shown_resolved(registry: TestRegistry) {
    let tower = &TOWERS[0];
    tower.build(&registry).await;
    let id = register(&registry, "avro-customer", &tower.customer(1)).await.ok()["id"].clone();
    let resolved = registry.get(&format!("/schemas/ids/{id}?format=resolved")).await.ok();
    let text = resolved["schema"].as_str().unwrap();
    assert!(text.contains("\"symbols\":[\"DK\",\"SE\"]"), "{text}");
    let alone = register(&registry, "alone", &avro(text)).await.ok();
    assert!(alone.get("references").is_none());
    // Whoever sends all in one text means the same schema.
    let found = registry.post("/subjects/avro-customer", &avro(text)).await.ok();
    assert_eq!(found["id"], id);
}

async fn the_schema_of_a_reference_may_have_changed_for_the_worse(registry: TestRegistry) {
    let cases = [
        (
            avro(r#"{"type":"record","name":"A","fields":[{"name":"x","type":"long"}]}"#),
            avro(r#"{"type":"record","name":"A","fields":[{"name":"x","type":"string"}]}"#),
            avro(r#"{"type":"record","name":"B","fields":[{"name":"a","type":"A"}]}"#),
            "A",
            "TYPE_MISMATCH",
        ),
        (
            protobuf("syntax = \"proto3\"; message A { int64 x = 1; }"),
            protobuf("syntax = \"proto3\"; message A { string x = 1; }"),
            protobuf("syntax = \"proto3\"; import \"a.proto\"; message B { A a = 1; }"),
            "a.proto",
            "FIELD_NAMED_TYPE_CHANGED",
        ),
        (
            json_schema(r#"{"type":"object","properties":{"x":{"type":"number"}}}"#),
            json_schema(r#"{"type":"object","properties":{"x":{"type":"string"}}}"#),
            json_schema(r#"{"type":"object","properties":{"a":{"$ref":"a.json"}}}"#),
            "a.json",
            "TYPE_CHANGED",
        ),
    ];
    for (number, (first, worse, user, name, error)) in cases.into_iter().enumerate() {
        let (base, subject) = (format!("base-{number}"), format!("user-{number}"));
        registry.put(&format!("/config/{base}"), &json!({"compatibility": "NONE"})).await.ok();
        register(&registry, &base, &first).await.ok();
        register(&registry, &base, &worse).await.ok();
        register(&registry, &subject, &standing_on(user.clone(), &[(name, &base, 1)])).await.ok();
        let told = register(&registry, &subject, &standing_on(user, &[(name, &base, 2)])).await.refused(40901);
        assert!(told.contains(error), "{told}");
    }
}

on_both_databases!(
    schemas_stand_on_others_two_levels_deep,
    latest_is_stored_as_a_number,
    what_others_stand_on_knows_it_and_can_not_go,
    a_reference_that_is_missing_is_named,
    a_reference_to_another_language_is_refused_with_the_reason,
    a_file_that_imports_publicly_passes_on_what_it_imports,
    a_json_reference_may_point_into_another_schema,
    nothing_is_fetched_from_the_network,
    avro_with_references_can_be_shown_resolved,
    the_schema_of_a_reference_may_have_changed_for_the_worse,
);
