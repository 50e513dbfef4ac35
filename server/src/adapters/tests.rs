//! Do both ways to a registry, through this process and over HTTP, tell and take the same?

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tidegate_compat::{
    CompatibilityLevel, ContextName, Fingerprint, Reference, SchemaId, SchemaKey, SubjectName, Version,
};
use tidegate_lineage::{Blotter, Edge, EdgeKey, Identity, Recorder, Tally, TopicRef};
use tidegate_proxy::{Registered, SchemaSource, SourceError};
use tidegate_registry::{Actor, Candidate, Defaults, Registry};
use tidegate_store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::config::Config;
use crate::http::{self, ConnectionLimits, Health};
use crate::live::Feed;

/// A registry with its HTTP side.
struct Pair {
    registry: Registry,
    url: String,
    stop: CancellationToken,
}

impl Pair {
    async fn start() -> Self {
        Self::with(&Config::default()).await
    }

    async fn with(config: &Config) -> Self {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let registry = Registry::new(store, Defaults::at(CompatibilityLevel::Backward));
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        crate::use_ring();
        let stop = CancellationToken::new();
        let tls = http::Tls::of(&config.http, &stop).unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let health = Health::new(Some(registry.clone()), Vec::new());
        let (offered, around) = (http::Offered::default(), http::Around::from(&config.http));
        let guard = http::guard(&config.auth, Some(&registry), true);
        let monitoring = prometheus::Registry::new();
        let front = http::front(Some(registry.clone()), offered, "main", health, monitoring, around, guard);
        tokio::spawn(http::serve(listener, tls, front, ConnectionLimits::from(&config.http), stop.clone()));
        Self { registry, url, stop }
    }

    async fn register(&self, subject: &str, text: &str, references: &[(&str, &str)]) -> (SchemaId, Fingerprint) {
        let references = references.iter().map(|(name, subject)| Reference {
            name: (*name).to_owned(),
            subject: (*subject).to_owned(),
            version: 1,
        });
        let candidate = Candidate { text: Some(text.into()), references: references.collect(), ..Candidate::default() };
        let actor = Actor { name: "test".into(), origin: "test".into() };
        let stored = self.registry.register(&actor, &SubjectName::parse(subject), candidate, false).await.unwrap();
        (stored.schema.id, stored.schema.fingerprint)
    }

    /// What both ways answer, which must be one thing.
    async fn look_up(&self, context: &ContextName, key: SchemaKey) -> Result<Registered, SourceError> {
        let here = InProcess::new(self.registry.clone()).schema(context, key).await;
        let there = RemoteRegistry::new(&self.url, RemoteCredentials::None, None).unwrap().schema(context, key).await;
        assert_eq!(format!("{here:?}"), format!("{there:?}"));
        here
    }
}

const A: &str = r#"{"type":"record","name":"A","fields":[{"name":"x","type":"int"}]}"#;
const B: &str = r#"{"type":"record","name":"B","fields":[{"name":"a","type":"A"}]}"#;
const C: &str = r#"{"type":"record","name":"C","fields":[{"name":"b","type":"B"},{"name":"a","type":"A"}]}"#;

#[tokio::test]
async fn a_schema_comes_with_all_that_it_stands_on() {
    let pair = Pair::start().await;
    let default = ContextName::default_context();
    pair.register("a", A, &[]).await;
    pair.register("b", B, &[("A", "a")]).await;
    let (id, guid) = pair.register("größe/c", C, &[("B", "b"), ("A", "a")]).await;
    let found = pair.look_up(&default, SchemaKey::Id(id)).await.unwrap();
    assert_eq!(&*found.text, C);
    let names: Vec<_> = found.references.iter().map(|resolved| resolved.name.as_str()).collect();
    assert_eq!(names, ["A", "B"], "what a schema needs comes before it");
    assert_eq!(found.usages, [(SubjectName::parse("größe/c"), Version(1))]);
    let by_guid = pair.look_up(&default, SchemaKey::Guid(guid)).await.unwrap();
    assert_eq!(by_guid.id, id);
}

#[tokio::test]
async fn ids_count_in_their_context() {
    let pair = Pair::start().await;
    let staging = ContextName::parse("staging").unwrap();
    pair.register("other", "\"string\"", &[]).await;
    let (id, guid) = pair.register(":.staging:a", A, &[]).await;
    assert_eq!(id, SchemaId(1));
    assert_eq!(&*pair.look_up(&staging, SchemaKey::Id(id)).await.unwrap().text, A);
    assert_eq!(&*pair.look_up(&staging, SchemaKey::Guid(guid)).await.unwrap().text, A);
    let default = ContextName::default_context();
    let elsewhere = pair.look_up(&default, SchemaKey::Guid(guid)).await.unwrap();
    assert_eq!(elsewhere.usages, [(SubjectName::parse(":.staging:a"), Version(1))], "a GUID means the same everywhere");
    assert_eq!(&*pair.look_up(&default, SchemaKey::Id(id)).await.unwrap().text, "\"string\"");
    assert_eq!(pair.look_up(&default, SchemaKey::Id(SchemaId(9))).await.unwrap_err(), SourceError::NotFound);
}

#[tokio::test]
async fn a_registry_that_is_away_can_not_be_asked() {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let remote = RemoteRegistry::new(&url, RemoteCredentials::None, None).unwrap();
    let answer = remote.schema(&ContextName::default_context(), SchemaKey::Id(SchemaId(1))).await;
    assert!(matches!(answer, Err(SourceError::Unavailable(_))), "{answer:?}");
}

#[tokio::test]
async fn a_registry_that_asks_for_credentials_and_speaks_tls_is_shown_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name).display().to_string();
        std::fs::write(&path, text).unwrap();
        path
    };
    let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) =
        (file("cert.pem", &signed.cert.pem()), file("key.pem", &signed.signing_key.serialize_pem()));
    let flag = |section: &str, key: &str, value: &str| crate::config::Override {
        flag: String::new(),
        section: section.into(),
        key: key.into(),
        value: value.into(),
    };
    let flags = vec![flag("http", "tls_certificate", &certificate), flag("http", "tls_key", &key)];
    let config = Config::load(crate::config::Layers { flags, ..Default::default() }).unwrap();
    let pair = Pair::with(&config).await;
    let (id, _) = pair.register("s", "\"string\"", &[]).await;
    let actor = Actor { name: "test".into(), origin: "test".into() };
    let new = |name: &str, grant: &str| tidegate_registry::NewToken {
        name: name.into(),
        grants: tidegate_registry::Grants::new([tidegate_registry::Grant::parse(grant).unwrap()]),
        expires_in: None,
    };
    let (_, token) = pair.registry.create_token(&actor, new("proxy", "read")).await.unwrap();
    let token_file = file("token", "tdg_not-this-one\n");

    let ask = async |settings: &[(&str, &str)], authorities: Option<&str>| {
        let flags = settings.iter().map(|(key, value)| flag("proxy", key, value)).collect();
        let config = Config::load(crate::config::Layers { flags, ..Default::default() }).unwrap();
        let remote = RemoteRegistry::new(&pair.url, RemoteCredentials::of(&config.proxy), authorities).unwrap();
        // The second answer is one of a client that has lived for a while.
        let first = remote.schema(&ContextName::default_context(), SchemaKey::Id(id)).await.map(|_| ());
        std::fs::write(&token_file, format!("{token}\n")).unwrap();
        (first, remote.schema(&ContextName::default_context(), SchemaKey::Id(id)).await.map(|_| ()))
    };
    let renewed = ask(&[("registry_token", &format!("file:{token_file}"))], Some(&certificate)).await;
    assert!(matches!(&renewed, (Err(SourceError::Unavailable(why)), Ok(())) if why.contains("401")), "{renewed:?}");
    let password = ask(&[("registry_user", "any"), ("registry_password", &token)], Some(&certificate)).await;
    assert_eq!(password, (Ok(()), Ok(())));
    let nobody = ask(&[], Some(&certificate)).await.0;
    assert!(matches!(&nobody, Err(SourceError::Unavailable(why)) if why.contains("registry_token")), "{nobody:?}");
    let stranger = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let untrusted = ask(&[("registry_token", &token)], Some(&file("stranger.pem", &stranger.cert.pem()))).await.0;
    assert!(matches!(untrusted, Err(SourceError::Unavailable(_))), "{untrusted:?}");
    assert!(RemoteRegistry::new(&pair.url, RemoteCredentials::None, Some(&token_file)).is_err(), "no certificate");
    pair.stop.cancel();
}

#[tokio::test]
async fn what_was_counted_arrives_by_both_ways() {
    let pair = Pair::start().await;
    for (cluster, is_remote) in [("here", false), ("there", true)] {
        let recorder = Arc::new(Recorder::new(100));
        let key = EdgeKey {
            identity: Arc::new(Identity { client_id: "shop".into(), ..Identity::default() }),
            topic: TopicRef { cluster: cluster.into(), topic: "orders".into() },
            edge: Edge::Produces { schema: None },
        };
        recorder.add(&key, Tally { records: 3, bytes: 30, refused: 1 }, 1000);
        let counted = Counted { recorder, blotter: Arc::new(Blotter::new(10)) };
        let often = Duration::from_millis(10);
        let flusher = if is_remote {
            Flusher::start(counted, RemoteRegistry::new(&pair.url, RemoteCredentials::None, None).unwrap(), often)
        } else {
            Flusher::start(counted, StoreSink::new(pair.registry.clone(), Feed::default()), often)
        };
        flusher.finish().await;
    }
    let edges = pair.registry.topic_edges("orders", None).await.unwrap();
    let seen: Vec<_> = edges.iter().map(|edge| (&*edge.seen.topic.cluster, edge.seen.records)).collect();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen.contains(&("here", 3)) && seen.contains(&("there", 3)), "{seen:?}");
    pair.stop.cancel();
}
