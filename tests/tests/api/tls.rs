//! TLS: who is spoken to, and how does a new certificate come in without anybody noticing?

use std::path::Path;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use reqwest::{Client, Identity, tls};
use serde_json::json;
use tidegate_tests::registry::{Database, Setup, TestRegistry, client, run_to_end, trusting};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::schemas::first;

/// Somebody who signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for this machine, and its key.
    fn sign(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

fn put(folder: &Path, (certificate, key): &(String, String)) {
    std::fs::write(folder.join("key.pem"), key).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate).unwrap();
}

fn setup(folder: &Path, authority: &Authority) -> Setup {
    let file = |name: &str| folder.join(name).display().to_string();
    Setup::on(Database::Sqlite)
        .set(&format!("http.tls_certificate={}", file("cert.pem")))
        .set(&format!("http.tls_key={}", file("key.pem")))
        .trusting(&authority.pem)
}

/// Whether a new connection succeeds for somebody who trusts this authority.
async fn is_trusted(registry: &TestRegistry, authority: &Authority) -> bool {
    client(trusting(Some(&authority.pem))).get(registry.url()).send().await.is_ok()
}

async fn eventually(what: impl AsyncFn() -> bool) {
    for _ in 0..200 {
        if what().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not come about");
}

#[tokio::test]
async fn it_is_served_over_tls_and_nothing_else() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("ours"));
    put(folder.path(), &authority.sign());
    let registry = setup(folder.path(), &authority).set("http.idle_timeout=400ms").start().await;
    assert!(registry.url().starts_with("https://"));
    assert_eq!(registry.register("s", &first()).await, 1);
    for version in [tls::Version::TLS_1_2, tls::Version::TLS_1_3] {
        let builder = trusting(Some(&authority.pem)).min_tls_version(version).max_tls_version(version);
        let answer = client(builder).get(registry.url()).send().await.unwrap();
        assert_eq!(answer.version(), reqwest::Version::HTTP_11);
    }
    assert!(!is_trusted(&registry, &Authority::new("another")).await);

    let mut plain = TcpStream::connect(registry.address()).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    // Whoever says nothing is let go.
    let mut silent = TcpStream::connect(registry.address()).await.unwrap();
    let gone = tokio::time::timeout(Duration::from_secs(20), silent.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(gone, Ok(0) | Err(_)), "{gone:?}");
    let metrics = registry.get("/metrics").await.text;
    let failures = metrics.lines().find(|line| line.starts_with("tidegate_http_tls_handshake_failures_total"));
    assert!(failures.is_some_and(|line| !line.ends_with(" 0")), "{failures:?}");
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_and_a_bad_one_is_not() {
    let (folder, old, new) = (tempfile::tempdir().unwrap(), Authority::new("old"), Authority::new("new"));
    put(folder.path(), &old.sign());
    let registry = setup(folder.path(), &old).start().await;
    registry.get("/subjects").await.ok();

    // A certificate without its key, as between the writing of two files.
    let next = new.sign();
    std::fs::write(folder.path().join("cert.pem"), &next.0).unwrap();
    registry.hang_up();
    eventually(async || registry.log().contains("the new certificate can't be used")).await;
    assert!(is_trusted(&registry, &old).await);
    let metrics = registry.get("/metrics").await.text;
    assert!(
        metrics.lines().any(|line| line.starts_with("tidegate_http_tls_reload_failures_total") && line.ends_with(" 1"))
    );
    std::fs::write(folder.path().join("key.pem"), "nonsense").unwrap();
    registry.hang_up();
    eventually(async || registry.log().contains("no private key")).await;
    assert!(is_trusted(&registry, &old).await);

    put(folder.path(), &next);
    registry.hang_up();
    eventually(async || is_trusted(&registry, &new).await).await;
    assert!(!is_trusted(&registry, &old).await, "new connections get the new certificate");
    // The connection of this client is as old as the old certificate.
    registry.get("/subjects").await.ok();
}

#[tokio::test]
async fn files_are_looked_at_without_being_asked() {
    let (folder, old, new) = (tempfile::tempdir().unwrap(), Authority::new("old"), Authority::new("new"));
    put(folder.path(), &old.sign());
    let registry = setup(folder.path(), &old).start().await;
    put(folder.path(), &new.sign());
    tokio::time::sleep(Duration::from_secs(10)).await;
    eventually(async || is_trusted(&registry, &new).await).await;
}

#[tokio::test]
async fn callers_may_have_to_show_a_certificate() {
    let (folder, server, callers) = (tempfile::tempdir().unwrap(), Authority::new("server"), Authority::new("callers"));
    put(folder.path(), &server.sign());
    let file = folder.path().join("callers.pem");
    std::fs::write(&file, &callers.pem).unwrap();
    let setup = setup(folder.path(), &server).set(&format!("http.tls_client_ca={}", file.display()));
    let registry = setup.start().await;
    let with = |(certificate, key): (String, String)| -> Client {
        let identity = Identity::from_pem(format!("{certificate}{key}").as_bytes()).unwrap();
        client(trusting(Some(&server.pem)).identity(identity))
    };
    assert!(!is_trusted(&registry, &server).await);
    assert!(with(server.sign()).get(registry.url()).send().await.is_err());
    let answer = with(callers.sign()).get(format!("{}/subjects", registry.url())).send().await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap(), json!([]));
}

#[tokio::test]
async fn what_can_not_be_served_is_told_at_the_start() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("ours"));
    put(folder.path(), &(authority.sign().0, authority.sign().1));
    let file = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(file("empty.pem"), "").unwrap();
    let start = async |certificate: &str, key: &str| {
        let certificate = format!("http.tls_certificate={certificate}");
        let key = format!("http.tls_key={key}");
        let mut arguments =
            vec!["serve", "--listen", "127.0.0.1:0", "--store", "sqlite::memory:", "--set", &certificate];
        if key != "http.tls_key=" {
            arguments.extend(["--set", &key]);
        }
        let (code, _, stderr) = run_to_end(&arguments, &[]).await;
        assert_eq!(code, Some(2), "{stderr}");
        stderr
    };
    for (certificate, key, complaint) in [
        (file("cert.pem"), file("key.pem"), "can't be used together"),
        (file("nowhere.pem"), file("key.pem"), "can't be read"),
        (file("empty.pem"), file("key.pem"), "no certificate"),
        (file("cert.pem"), file("empty.pem"), "no private key"),
        (file("cert.pem"), String::new(), "http.tls_key beside it"),
    ] {
        let told = start(&certificate, &key).await;
        assert!(told.contains(complaint), "{complaint}\n{told}");
    }
}
