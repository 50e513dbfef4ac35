//! Do clients and brokers reach each other through TLS, by name, and through a load balancer?

use std::io::ErrorKind;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig};

use super::*;
use crate::pipe::Pipe;
use crate::{Addressing, BrokerNames};

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// An authority, and what it has signed.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        Arc::new(roots)
    }

    fn identity(&self, name: &str, hosts: &[&str]) -> Identity {
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
    }

    /// A server that is known by `gate.example` and more names; only clients of this authority come in if `asks`.
    fn server(&self, asks: bool) -> ServerConfig {
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let builder = if asks {
            let verifier = WebPkiClientVerifier::builder_with_provider(self.roots(), provider).build().unwrap();
            builder.unwrap().with_client_cert_verifier(verifier)
        } else {
            builder.unwrap().with_no_client_auth()
        };
        let (chain, key) = self.identity("gate", &["127.0.0.1", "localhost", "gate.example", "*.gate.example"]);
        builder.with_single_cert(chain, key).unwrap()
    }

    fn client(&self, identity: Option<Identity>) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.roots());
        match identity {
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
            None => builder.with_no_client_auth(),
        }
    }
}

/// A client that speaks TLS.
struct SecureClient(Pipe);

impl SecureClient {
    async fn new(stage: &Stage, config: &ClientConfig, server_name: &'static str) -> std::io::Result<Self> {
        let tcp = TcpStream::connect(stage.proxy.bootstrap()).await?;
        let name = ServerName::try_from(server_name).unwrap();
        let session = ClientConnection::new(Arc::new(config.clone()), name).unwrap();
        Pipe::agree(tcp, session.into()).await.map(Self)
    }

    async fn frame(&self) -> std::io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).await?;
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.0.read_exact(&mut frame).await?;
        Ok(frame)
    }

    async fn ask<Q, A>(&self, key: ApiKey, version: i16, message: &Q) -> std::io::Result<A>
    where
        Q: kafka_protocol::protocol::Encodable + kafka_protocol::protocol::HeaderVersion,
        A: kafka_protocol::protocol::Decodable + kafka_protocol::protocol::HeaderVersion,
    {
        use kafka_protocol::protocol::Decodable;
        self.0.write_all(&request(key, version, 1, message)).await?;
        let mut bytes = Bytes::from(self.frame().await?);
        ResponseHeader::decode(&mut bytes, A::header_version(version)).unwrap();
        Ok(A::decode(&mut bytes, version).unwrap())
    }
}

#[tokio::test]
async fn a_client_is_who_its_certificate_says() {
    let authority = Authority::new();
    let tls = Arc::new(ArcSwap::from_pointee(authority.server(true)));
    let stage = Stage::set_with(vec![policy("orders")], |settings| settings.client_tls = Some(tls)).await;
    let config = authority.client(Some(authority.identity("alice", &[])));
    let client = SecureClient::new(&stage, &config, "gate.example").await.unwrap();
    let asked = produce(1, &[("orders", vec![good(), mixed()])]);
    let answer: ProduceResponse = client.ask(ApiKey::Produce, 9, &asked).await.unwrap();
    assert_eq!(codes(&answer).iter().map(|part| part.2).collect::<Vec<_>>(), [0, 87]);
    let principal = seen(&stage, "orders")[0].identity.principal.to_string();
    assert!(principal.starts_with("User:CN=alice"), "{principal}");
}

#[tokio::test]
async fn who_has_no_certificate_or_speaks_no_tls_stays_outside() {
    let authority = Authority::new();
    let tls = Arc::new(ArcSwap::from_pointee(authority.server(true)));
    let stage = Stage::set_with(vec![], |settings| settings.client_tls = Some(tls)).await;
    let strangers = Authority::new();
    for identity in [None, Some(strangers.identity("mallory", &[]))] {
        // The client believes that all is well until the server's alert arrives.
        let config = authority.client(identity);
        if let Ok(client) = SecureClient::new(&stage, &config, "gate.example").await {
            let asked = MetadataRequest::default();
            client.ask::<_, MetadataResponse>(ApiKey::Metadata, 9, &asked).await.unwrap_err();
        }
    }
    let mut plain = stage.client().await;
    plain.send(&request(ApiKey::Metadata, 9, 1, &MetadataRequest::default())).await;
    // An alert of TLS is no frame.
    assert!(plain.frame().await.is_none());
    assert!(stage.broker.received(ApiKey::Metadata).is_empty());
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_the_next_client() {
    let (old, new) = (Authority::new(), Authority::new());
    let tls = Arc::new(ArcSwap::from_pointee(old.server(false)));
    let given = Arc::clone(&tls);
    let stage = Stage::set_with(vec![], |settings| settings.client_tls = Some(given)).await;
    let first = SecureClient::new(&stage, &old.client(None), "gate.example").await.unwrap();
    tls.store(Arc::new(new.server(false)));
    let refused = SecureClient::new(&stage, &old.client(None), "gate.example").await.map(drop).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidData);
    let second = SecureClient::new(&stage, &new.client(None), "gate.example").await.unwrap();
    for client in [first, second] {
        let _: MetadataResponse = client.ask(ApiKey::Metadata, 9, &MetadataRequest::default()).await.unwrap();
    }
}

#[tokio::test]
async fn brokers_that_speak_tls_are_reached_and_must_be_who_they_are() {
    // The broker that speaks TLS is a proxy itself, which also tells who came.
    let authority = Authority::new();
    let tls = Arc::new(ArcSwap::from_pointee(authority.server(true)));
    let behind = Stage::set_with(vec![policy("orders")], |settings| settings.client_tls = Some(tls)).await;
    let address = behind.proxy.bootstrap().to_string();
    let front = |identity: Option<Identity>, trusted: &Authority| {
        let tls = Arc::new(ArcSwap::from_pointee(trusted.client(identity)));
        let address = address.clone();
        Stage::set_with(vec![], move |settings| {
            settings.brokers = vec![address];
            settings.broker_tls = Some(tls);
        })
    };
    let stage = front(Some(authority.identity("proxy", &[])), &authority).await;
    let mut client = stage.client().await;
    // More than fits into any buffer on the way, and back.
    let records = (0..60_000).map(|at| value(order(&format!("item {at}")))).collect::<Vec<_>>();
    let large = batch(Codec::None, &records);
    assert!(large.len() > 1 << 20);
    let answer = send_produce(&mut client, 9, &produce(1, &[("orders", vec![large.clone()])])).await;
    assert_eq!(codes(&answer)[0].2, 0);
    let asked = produce(1, &[("orders", vec![large])]);
    assert_eq!(behind.broker.received(ApiKey::Produce), [request(ApiKey::Produce, 9, 1, &asked)[4..].to_vec()]);
    *behind.broker.fetch_size.lock() = 3 << 20;
    let answer: FetchResponse = client.ask(ApiKey::Fetch, 12, &FetchRequest::default()).await;
    assert_eq!(answer.responses[0].partitions[1].records.as_ref().unwrap()[..], vec![0xab; 3 << 20]);
    assert!(seen(&behind, "orders")[0].identity.principal.starts_with("User:CN=proxy"));

    let strangers = Authority::new();
    for stage in [front(None, &authority).await, front(Some(strangers.identity("proxy", &[])), &strangers).await] {
        let mut client = stage.client().await;
        client.send(&request(ApiKey::Metadata, 9, 1, &MetadataRequest::default())).await;
        assert_eq!(client.frame().await, None);
    }
}

#[tokio::test]
async fn brokers_may_have_names_instead_of_ports() {
    let authority = Authority::new();
    let tls = Arc::new(ArcSwap::from_pointee(authority.server(false)));
    let stage = Stage::set_with(vec![], |settings| {
        settings.client_tls = Some(tls);
        settings.addressing = Addressing::Names(BrokerNames::new("broker-{id}.gate.example", 9_092).unwrap());
    })
    .await;
    *stage.broker.names_leaders.lock() = true;
    let config = authority.client(None);
    let client = SecureClient::new(&stage, &config, "gate.example").await.unwrap();
    let answer: MetadataResponse = client.ask(ApiKey::Metadata, 9, &MetadataRequest::default()).await.unwrap();
    assert_eq!((answer.brokers[0].host.as_str(), answer.brokers[0].port), ("broker-7.gate.example", 9_092));
    // Another broker is named as the leader. It is nowhere to be reached.
    let answer: FetchResponse = client.ask(ApiKey::Fetch, 16, &FetchRequest::default()).await.unwrap();
    assert_eq!(answer.node_endpoints[0].host.as_str(), "broker-8.gate.example");
    for (name, is_there) in [("broker-7.gate.example", true), ("broker-8.gate.example", false)] {
        let direct = SecureClient::new(&stage, &config, name).await.unwrap();
        let asked = direct.ask::<_, MetadataResponse>(ApiKey::Metadata, 9, &MetadataRequest::default()).await;
        assert_eq!(asked.is_ok(), is_there, "{name}");
    }
}

#[tokio::test]
async fn a_balancer_tells_who_the_client_is() {
    let stage = Stage::set_with(vec![], |settings| settings.proxy_protocol = true).await;
    let mut client = stage.client().await;
    client.send(b"PROXY TCP4 10.1.2.3 10.0.0.1 12345 9092\r\n").await;
    send_produce(&mut client, 9, &produce(1, &[("orders", vec![good()])])).await;
    assert_eq!(&*seen(&stage, "orders")[0].identity.address, "10.1.2.3");
    let mut without = stage.client().await;
    without.send(&request(ApiKey::Metadata, 9, 1, &MetadataRequest::default())).await;
    assert_eq!(without.frame().await, None);
}

#[tokio::test]
async fn expected_brokers_have_open_ports_before_anybody_names_them() {
    let first = free_ports();
    let stage = Stage::set_with(vec![], |settings| {
        settings.addressing = Addressing::Ports(crate::BrokerPorts { first_id: 40, first, last: first + 1 });
        settings.expected_brokers = vec![41];
        settings.brokers = vec!["127.0.0.1:1".to_owned()];
    })
    .await;
    let mut client = Client(TcpStream::connect(("127.0.0.1", first + 1)).await.unwrap());
    client.send(&request(ApiKey::Metadata, 9, 1, &MetadataRequest::default())).await;
    assert_eq!(client.frame().await, None, "no broker is there to be reached");
    TcpStream::connect(("127.0.0.1", first)).await.unwrap_err();
    drop(stage);
}

/// The first of two neighbouring ports that are free now.
fn free_ports() -> u16 {
    loop {
        let one = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
        if one < u16::MAX && is_free(one) && is_free(one + 1) {
            return one;
        }
    }
}
