//! Who may use the registry: users and tokens with grants, and nobody else once there are any.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use tidegate_tests::on_both_databases;
use tidegate_tests::registry::{Answer, Database, Setup, TestRegistry, client, run_to_end, run_with_input, trusting};

use crate::schemas::{first, second};

/// An Argon2 hash of `wonderland`, a cheap one.
const ALICE: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$kQ6BFyi2aB3HLX0eIcKid7LCZBJ1gTdwfvgnlmj/OqI";

/// A caller with the same credentials in each request.
struct Caller<'a> {
    registry: &'a TestRegistry,
    authorization: Option<String>,
}

impl<'a> Caller<'a> {
    fn nobody(registry: &'a TestRegistry) -> Self {
        Self { registry, authorization: None }
    }

    fn bearer(registry: &'a TestRegistry, token: &str) -> Self {
        Self { registry, authorization: Some(format!("Bearer {token}")) }
    }

    fn basic(registry: &'a TestRegistry, user: &str, password: &str) -> Self {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        Self { registry, authorization: Some(format!("Basic {encoded}")) }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let headers: Vec<_> = self.authorization.iter().map(|value| ("authorization", value.as_str())).collect();
        self.registry.send(method, path, &headers, body.map(|body| body.to_string())).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    async fn register(&self, subject: &str, schema: &str) -> Answer {
        self.post(&format!("/subjects/{subject}/versions"), json!({ "schema": schema })).await
    }

    /// Makes a token and answers it.
    async fn token(&self, name: &str, grants: &[&str]) -> String {
        let answer = self.post("/govern/v1/tokens", json!({"name": name, "grants": grants})).await.ok();
        answer["token"].as_str().unwrap().to_owned()
    }
}

async fn the_first_token_locks_the_door(registry: TestRegistry) {
    let nobody = Caller::nobody(&registry);
    nobody.register("orders-value", &first()).await.ok();
    nobody.put("/config", json!({"compatibility": "FULL"})).await.ok();
    let admin = nobody.token("steward", &["admin"]).await;
    let admin = Caller::bearer(&registry, &admin);

    for path in ["/", "/subjects", "/schemas/ids/1", "/config", "/govern/v1/tokens", "/schemas/types"] {
        let answer = nobody.get(path).await;
        let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
        assert!(challenges.len() == 2 && challenges[0].to_str().unwrap().starts_with("Basic realm="), "{answer}");
        assert!(!answer.header("x-request-id").is_empty());
        answer.refused(401);
        admin.get(path).await.ok();
    }
    nobody.register("orders-value", &second()).await.refused(401);
    for open in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(nobody.get(open).await.status, 200, "{open}");
    }
    nobody.get("/nowhere").await.refused(404);
    nobody.delete("/schemas/types").await.refused(405);

    let wrong = [
        Caller::bearer(&registry, "tdg_0123456789abcdefghijABCDEFGHIJ0123456789abc"),
        Caller::bearer(&registry, ""),
        Caller::basic(&registry, "steward", "steward"),
        Caller { registry: &registry, authorization: Some("Digest username=x".into()) },
        Caller { registry: &registry, authorization: Some("Basic ***".into()) },
    ];
    for caller in wrong {
        caller.get("/subjects").await.refused(401);
    }

    let listed = admin.get("/govern/v1/tokens").await.ok();
    assert_eq!(listed[0]["name"], "steward");
    assert_eq!(listed[0]["createdBy"], "anonymous");
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert!(!listed.to_string().contains("tdg_"), "{listed}");
    assert!(!registry.log().contains("tdg_"), "tokens are not logged");
}

async fn a_token_may_what_it_was_given_and_no_more(registry: TestRegistry) {
    let nobody = Caller::nobody(&registry);
    assert_eq!(nobody.get("/govern/v1/whoami").await.ok(), json!({"grants": ["admin"]}), "as long as the door is open");
    nobody.register("orders-value", &first()).await.ok();
    nobody.register("payments-value", "\"string\"").await.ok();
    nobody.register(":.staging:stock-value", &first()).await.ok();
    let admin = nobody.token("steward", &["admin"]).await;
    let admin = Caller::bearer(&registry, &admin);
    let team = admin.token("team", &["write orders-", "read :.staging:"]).await;
    let team = Caller::bearer(&registry, &team);

    assert_eq!(
        team.get("/govern/v1/whoami").await.ok(),
        json!({"name": "team", "grants": ["write orders-", "read :.staging:"]})
    );
    assert_eq!(admin.get("/govern/v1/whoami").await.ok()["name"], "steward");
    nobody.get("/govern/v1/whoami").await.refused(401);

    // Its own subjects.
    team.register("orders-value", &second()).await.ok();
    team.get("/subjects/orders-value/versions/latest").await.ok();
    team.post("/compatibility/subjects/orders-value/versions", json!({"schema": first()})).await.ok();
    team.put("/config/orders-value", json!({"compatibility": "FULL"})).await.ok();
    team.get("/mode").await.ok();

    // What it may only read.
    team.get("/subjects/:.staging:stock-value/versions/1").await.ok();
    team.get("/contexts/staging/subjects").await.ok();
    let message = team.register(":.staging:stock-value", &second()).await.refused(40301);
    assert!(
        message.contains("team") && message.contains("write") && message.contains(":.staging:stock-value"),
        "{message}"
    );
    team.get("/config/:.staging:?defaultToGlobal=true").await.ok();
    team.put("/config/:.staging:", json!({"compatibility": "NONE"})).await.refused(40301);

    let subjects = json!({"subjects": ["payments-value", "orders-value", ":.staging:stock-value"]});
    let told = team.post("/govern/v1/settings", subjects.clone()).await.ok();
    let told: Vec<_> = told["settings"].as_array().unwrap().iter().map(|it| it["subject"].clone()).collect();
    assert_eq!(told, ["orders-value", ":.staging:stock-value"]);
    nobody.post("/govern/v1/settings", subjects).await.refused(401);

    // What is not its own.
    team.get("/subjects/payments-value/versions").await.refused(40301);
    team.post("/subjects/payments-value", json!({"schema": "\"string\""})).await.refused(40301);
    team.delete("/subjects/payments-value").await.refused(40301);
    team.put("/config", json!({"compatibility": "NONE"})).await.refused(40301);
    team.put("/mode", json!({"mode": "READONLY"})).await.refused(40301);
    team.delete("/contexts/.staging").await.refused(40301);
    team.get("/govern/v1/tokens").await.refused(40301);
    team.get("/govern/v1/lineage/topics/payments").await.refused(40301);
    team.get("/govern/v1/lineage/topics/orders").await.ok();
    team.post("/govern/v1/lineage/observations", json!({"observations": []})).await.refused(40301);
    let explain = json!({"subject": "payments-value", "schema": "\"int\""});
    team.post("/govern/v1/explain", explain).await.refused(40301);

    // Listings and ids.
    assert_eq!(team.get("/subjects").await.ok(), json!([":.staging:stock-value", "orders-value"]));
    assert_eq!(team.get("/contexts").await.ok(), json!([".", ".staging"]));
    let listed = team.get("/schemas?subjectPrefix=:*:").await.ok();
    assert_eq!(listed.as_array().unwrap().len(), 3, "{listed}");
    team.get("/schemas/ids/1").await.ok();
    team.get("/schemas/ids/2").await.refused(40301);
    team.get("/schemas/ids/2/schema").await.refused(40301);
    team.get("/schemas/ids/2/versions").await.refused(40301);
    team.get("/schemas/ids/99").await.refused(40403);
    assert_eq!(team.get("/schemas/ids/1?subject=:.staging:").await.ok()["subject"], ":.staging:stock-value");
    let guid = admin.get("/schemas/ids/2").await.ok()["guid"].as_str().unwrap().to_owned();
    team.get(&format!("/schemas/guids/{guid}")).await.refused(40301);
    assert_eq!(team.get(&format!("/schemas/guids/{guid}/ids")).await.ok(), json!([]));
}

async fn nothing_leads_around_a_grant(registry: TestRegistry) {
    let nobody = Caller::nobody(&registry);
    nobody.register("payments-value", &first()).await.ok();
    nobody.register(":.other:hidden-value", &first()).await.ok();
    nobody.put("/config/orders-alias", json!({"alias": "payments-value"})).await.ok();
    let admin = nobody.token("steward", &["admin"]).await;
    let admin = Caller::bearer(&registry, &admin);
    let team = admin.token("team", &["write orders-", "read hidden-"]).await;
    let team = Caller::bearer(&registry, &team);

    // An alias is as good as its target.
    team.get("/subjects/orders-alias/versions").await.refused(40301);
    team.register("orders-alias", &second()).await.refused(40301);
    // An unqualified name is answered for by another context.
    team.get("/subjects/hidden-value/versions/1").await.refused(40301);
    team.get("/subjects/hidden-value/versions/1/referencedby").await.refused(40301);
    team.post("/subjects/hidden-value", json!({"schema": first()})).await.refused(40301);
    // The prefix of a context, and every spelling of it.
    for path in ["/contexts/.other/subjects/hidden-value/versions/1", "/subjects/%3A.other%3Ahidden-value/versions/1"] {
        team.get(path).await.refused(40301);
    }
    team.get("/subjects//versions").await.refused(40301);
    // What a schema stands on.
    let reference = json!([{"name": "shop.Order", "subject": "payments-value", "version": 1}]);
    let body = json!({"schema": "\"shop.Order\"", "references": reference});
    team.post("/subjects/orders-value/versions", body.clone()).await.refused(40301);
    team.post("/subjects/orders-value", body.clone()).await.refused(40301);
    team.post("/compatibility/subjects/orders-value/versions", body.clone()).await.refused(40301);
    team.post("/govern/v1/explain", json!({"schema": "\"shop.Order\"", "references": reference, "against": []}))
        .await
        .refused(40301);
    // HEAD is as good as GET.
    let head = async |caller: &Caller<'_>, path: &str| {
        let mut request = client(trusting(None)).head(format!("{}{path}", registry.url()));
        if let Some(value) = &caller.authorization {
            request = request.header("authorization", value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(head(&team, "/subjects/payments-value/versions").await, 403);
    assert_eq!(head(&nobody, "/subjects").await, 401);
    assert_eq!(head(&admin, "/subjects").await, 200);
}

async fn a_token_ends_when_it_is_revoked(registry: TestRegistry) {
    let nobody = Caller::nobody(&registry);
    let admin = nobody.token("steward", &["admin"]).await;
    let admin = Caller::bearer(&registry, &admin);
    let token = admin.token("ci", &["read"]).await;
    let callers = [
        Caller::bearer(&registry, &token),
        // Many clients know nothing but user and password.
        Caller::basic(&registry, "token", &token),
        Caller::basic(&registry, "", &token),
    ];
    for caller in &callers {
        caller.get("/subjects").await.ok();
    }
    admin.post("/govern/v1/tokens", json!({"name": "ci", "grants": ["read"]})).await.refused(40991);
    admin.post("/govern/v1/tokens", json!({"name": "x", "grants": ["own"]})).await.refused(422);
    admin.post("/govern/v1/tokens", json!({"name": "x"})).await.refused(400);
    let brief = json!({"name": "brief", "grants": ["read"], "expiresInSeconds": 1});
    let brief = admin.post("/govern/v1/tokens", brief).await.ok();
    let brief = Caller::bearer(&registry, brief["token"].as_str().unwrap());
    brief.get("/subjects").await.ok();
    assert_eq!(admin.delete("/govern/v1/tokens/ci").await.status, 204);
    for caller in &callers {
        caller.get("/subjects").await.refused(401);
    }
    admin.delete("/govern/v1/tokens/ci").await.refused(40491);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    brief.get("/subjects").await.refused(401);
    assert_eq!(admin.delete("/govern/v1/tokens/steward").await.status, 204);
    nobody.get("/subjects").await.refused(401);
}

on_both_databases!(
    the_first_token_locks_the_door,
    a_token_may_what_it_was_given_and_no_more,
    nothing_leads_around_a_grant,
    a_token_ends_when_it_is_revoked,
);

fn with_alice(anonymous: &str) -> Setup {
    let users = format!("[{{name: alice, password: '{ALICE}', grants: ['write orders-', read]}}]");
    Setup::on(Database::Sqlite).set(&format!("auth.users={users}")).set(&format!("auth.anonymous={anonymous}"))
}

#[tokio::test]
async fn a_user_logs_in_with_a_password() {
    let registry = with_alice("").start().await;
    let alice = Caller::basic(&registry, "alice", "wonderland");
    alice.register("orders-value", &first()).await.ok();
    alice.register("payments-value", &first()).await.refused(40301);
    alice.get("/subjects/payments-value/versions").await.refused(40401);
    for (user, password) in [("alice", "wrong"), ("bob", "wonderland"), ("alice", ""), ("", "wonderland")] {
        Caller::basic(&registry, user, password).get("/subjects").await.refused(401);
    }
    Caller::nobody(&registry).get("/subjects").await.refused(401);
    Caller::bearer(&registry, "wonderland").get("/subjects").await.refused(401);
}

#[tokio::test]
async fn guessing_is_slowed_down_without_locking_anybody_out() {
    let registry = with_alice("").start().await;
    let alice = Caller::basic(&registry, "alice", "wonderland");
    alice.get("/subjects").await.ok();
    let mut last = Vec::new();
    for guess in 0..12 {
        last.push(Caller::basic(&registry, "alice", &format!("guess{guess}")).get("/subjects").await);
    }
    assert_eq!(last.iter().filter(|answer| answer.status == 401).count(), 10);
    let slowed = last.pop().unwrap();
    assert_eq!(slowed.header("retry-after"), "6");
    slowed.refused(429);
    alice.get("/subjects").await.ok();
}

#[tokio::test]
async fn callers_without_credentials_may_what_the_operator_says() {
    let registry = with_alice("read").start().await;
    let nobody = Caller::nobody(&registry);
    nobody.get("/subjects").await.ok();
    nobody.register("orders-value", &first()).await.refused(401);
    Caller::basic(&registry, "alice", "wrong").get("/subjects").await.refused(401);
    Caller::basic(&registry, "alice", "wonderland").register("orders-value", &first()).await.ok();
    assert_eq!(nobody.get("/schemas/ids/1").await.ok()["subject"], "orders-value");
}

#[tokio::test]
async fn a_large_body_from_a_stranger_is_answered_all_the_same() {
    let registry = with_alice("").start().await;
    let body = json!({"schema": "x".repeat(3 << 20)});
    Caller::nobody(&registry).post("/subjects/s/versions", body).await.refused(401);
}

#[tokio::test]
async fn metrics_are_closed_where_the_operator_closes_them() {
    let registry = with_alice("none").set("auth.metrics=read").start().await;
    Caller::nobody(&registry).get("/metrics").await.refused(401);
    assert_eq!(Caller::basic(&registry, "alice", "wonderland").get("/metrics").await.status, 200);
    assert_eq!(Caller::nobody(&registry).get("/health/ready").await.status, 200);
}

#[tokio::test]
async fn where_others_can_reach_it_somebody_must_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite://{}", folder.path().join("t.db").display());
    let serve = ["serve", "--listen", "0.0.0.0:0", "--store", &store];
    let (code, _, stderr) = run_to_end(&serve, &[]).await;
    assert_eq!(code, Some(2), "{stderr}");
    for part in ["0.0.0.0", "token create", "auth.users", "auth.anonymous", "docs/security.md"] {
        assert!(stderr.contains(part), "{part}\n{stderr}");
    }
    let registry = Setup::on(Database::Sqlite).listen("0.0.0.0:0").set("auth.anonymous=write").start().await;
    let nobody = Caller::nobody(&registry);
    nobody.register("s", &first()).await.ok();
    nobody.put("/config", json!({"compatibility": "NONE"})).await.refused(401);
    let registry = with_alice("").listen("0.0.0.0:0").start().await;
    Caller::nobody(&registry).get("/metrics").await.refused(401);
    assert_eq!(Caller::basic(&registry, "alice", "wonderland").get("/metrics").await.status, 200);
}

#[tokio::test]
async fn an_operator_makes_the_first_token_beside_the_server() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    let run = async |arguments: &[&str]| {
        let (code, stdout, stderr) = run_to_end(&[arguments, &["--store", registry.store()]].concat(), &[]).await;
        (code, stdout, stderr)
    };
    registry.get("/subjects").await.ok();
    let create = ["token", "create", "ci", "--grant", "write orders-", "--grant", "read", "--expires", "90d"];
    let (code, token, stderr) = run(&create).await;
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("'ci'") && stderr.contains("write orders-") && !stderr.contains("tdg_"), "{stderr}");
    let ci = Caller::bearer(&registry, token.trim());
    let (_, listed, _) = run(&["token", "list"]).await;
    assert!(listed.contains("ci\twrite orders-, read") && listed.contains("by operator"), "{listed}");

    // The running server notices within a second or so.
    let mut locked = false;
    for _ in 0..100 {
        locked = registry.get("/subjects").await.status == 401;
        if locked {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(locked);
    ci.register("orders-value", &first()).await.ok();

    let (code, stdout, _) = run(&["token", "revoke", "ci"]).await;
    assert_eq!((code, stdout.contains("is over")), (Some(0), true), "{stdout}");
    let (code, _, stderr) = run(&["token", "revoke", "ci"]).await;
    assert!(code == Some(1) && stderr.contains("no token 'ci'"), "{stderr}");
    let (code, _, stderr) = run(&["token", "create", "ci", "--grant", "everything"]).await;
    assert!(code == Some(2) && stderr.contains("rights are"), "{stderr}");
}

#[tokio::test]
async fn the_server_hashes_passwords_for_its_configuration() {
    let (code, hash, stderr) = run_with_input(&["auth", "hash"], &[], "looking glass\n").await;
    assert_eq!(code, Some(0), "{stderr}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hash");
    std::fs::write(&file, &hash).unwrap();
    let users = format!("[{{name: bob, password: 'file:{}', grants: [admin]}}]", file.display());
    let registry = Setup::on(Database::Sqlite).set(&format!("auth.users={users}")).start().await;
    let bob = Caller::basic(&registry, "bob", "looking glass");
    for _ in 0..2 {
        bob.put("/config", json!({"compatibility": "FULL"})).await.ok();
    }
    let (code, _, stderr) = run_with_input(&["auth", "hash"], &[], "\n").await;
    assert!(code == Some(1) && stderr.contains("no password"), "{stderr}");
}
