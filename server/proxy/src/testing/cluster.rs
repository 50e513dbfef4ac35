//! What does a broker look like from the proxy? A small one, which remembers what reached it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::fetch_response::NodeEndpoint as FetchEndpoint;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::metadata_response::{MetadataResponseBroker, MetadataResponseTopic};
use kafka_protocol::messages::produce_response::{NodeEndpoint, PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};
use parking_lot::Mutex;
use tidegate_lineage::{Blotter, Recorder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::Map;
use crate::dead_letter::{DeadLetter, DeadLetters, Undelivered};
use crate::schemas::Boxed;
use crate::{Outside, Proxy, ProxySettings, TopicPolicy};

/// A broker's real host name. Nothing that a client sees may contain it, except by intent.
pub(crate) const REAL_HOST: &str = "localhost";

/// A topic id that the broker gives to `orders`.
pub(crate) const ORDERS_ID: [u8; 16] = [9; 16];

/// A broker of one node, number 7, which calls itself [`REAL_HOST`].
pub(crate) struct Broker {
    pub(crate) address: SocketAddr,
    /// Frames as they arrived, without their length.
    pub(crate) received: Mutex<Vec<Vec<u8>>>,
    /// Whether Produce and Fetch answers name new leaders.
    pub(crate) names_leaders: Mutex<bool>,
    /// Size of the records in Fetch answers.
    pub(crate) fetch_size: Mutex<usize>,
    /// How long the broker takes to answer a request of this kind.
    pub(crate) delay: Mutex<Option<(ApiKey, Duration)>>,
    offset: AtomicI64,
}

impl Broker {
    pub(crate) async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let broker = Arc::new(Self {
            address: listener.local_addr().unwrap(),
            received: Mutex::default(),
            names_leaders: Mutex::default(),
            fetch_size: Mutex::new(100),
            delay: Mutex::default(),
            offset: AtomicI64::new(0),
        });
        let accepting = Arc::clone(&broker);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let broker = Arc::clone(&accepting);
                tokio::spawn(async move { broker.serve(stream).await });
            }
        });
        broker
    }

    /// Frames of one kind that reached the broker from clients.
    pub(crate) fn received(&self, key: ApiKey) -> Vec<Vec<u8>> {
        let is_asked_for = |frame: &&Vec<u8>| {
            frame[..2] == (key as i16).to_be_bytes() && !frame.windows(14).any(|part| part == b"tidegate-probe")
        };
        self.received.lock().iter().filter(is_asked_for).cloned().collect()
    }

    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut bare = 0;
        loop {
            let length = stream.read_u32().await.ok()?;
            let mut frame = vec![0; length as usize];
            stream.read_exact(&mut frame).await.ok()?;
            self.received.lock().push(frame.clone());
            if bare > 0 {
                bare -= 1;
                stream.write_all(&[0; 4]).await.ok()?;
                continue;
            }
            let (key, version) = (i16::from_be_bytes([frame[0], frame[1]]), i16::from_be_bytes([frame[2], frame[3]]));
            bare = i32::from(key == 17 && version == 0);
            let delay = self.delay.lock().filter(|(slow, _)| *slow as i16 == key).map(|(_, delay)| delay);
            if let Some(delay) = delay {
                tokio::time::sleep(delay).await;
            }
            if let Some(answer) = self.answer(key, version, frame) {
                stream.write_all(&answer).await.ok()?;
            }
        }
    }

    fn answer(&self, key: i16, version: i16, frame: Vec<u8>) -> Option<Vec<u8>> {
        let key = ApiKey::try_from(key).ok()?;
        let mut bytes = Bytes::from(frame);
        if key == ApiKey::Produce && version < 3 {
            return None;
        }
        let header = RequestHeader::decode(&mut bytes, key.request_header_version(version)).unwrap();
        let id = header.correlation_id;
        let host = StrBytes::from_static_str(REAL_HOST);
        let port = i32::from(self.address.port());
        match key {
            ApiKey::ApiVersions => {
                let api = |(key, min, max)| {
                    ApiVersion::default().with_api_key(key).with_min_version(min).with_max_version(max)
                };
                let keys = [(0, 0, 13), (1, 4, 18), (3, 0, 13), (18, 0, 4), (55, 0, 2), (78, 1, 2)].map(api).to_vec();
                Some(encode(id, version, &ApiVersionsResponse::default().with_api_keys(keys)))
            }
            ApiKey::Metadata => {
                let broker =
                    MetadataResponseBroker::default().with_node_id(BrokerId(7)).with_host(host).with_port(port);
                let topic = MetadataResponseTopic::default()
                    .with_name(Some(TopicName(StrBytes::from_static_str("orders"))))
                    .with_topic_id(if version >= 10 { uuid::Uuid::from_bytes(ORDERS_ID) } else { uuid::Uuid::nil() });
                let answer = MetadataResponse::default().with_brokers(vec![broker]).with_topics(vec![topic]);
                Some(encode(id, version, &answer))
            }
            ApiKey::FindCoordinator if version < 4 => {
                let answer = FindCoordinatorResponse::default().with_node_id(BrokerId(7)).with_host(host);
                Some(encode(id, version, &answer.with_port(port)))
            }
            ApiKey::FindCoordinator => {
                let found = Coordinator::default().with_node_id(BrokerId(7)).with_host(host).with_port(port);
                let lost = Coordinator::default().with_node_id(BrokerId(-1)).with_port(-1).with_error_code(15);
                let answer = FindCoordinatorResponse::default().with_coordinators(vec![found, lost]);
                Some(encode(id, version, &answer))
            }
            ApiKey::DescribeCluster => {
                let asked = DescribeClusterRequest::decode(&mut bytes, version).unwrap();
                let broker =
                    DescribeClusterBroker::default().with_broker_id(BrokerId(7)).with_host(host).with_port(port);
                let answer = DescribeClusterResponse::default()
                    .with_endpoint_type(asked.endpoint_type)
                    .with_brokers(vec![broker]);
                Some(encode(id, version, &answer))
            }
            ApiKey::Produce => self.produce(id, version, &mut bytes),
            ApiKey::Fetch => Some(self.fetch(id, version)),
            ApiKey::ShareFetch => Some(self.share_fetch(id, version)),
            ApiKey::ShareAcknowledge => {
                let named = share_acknowledge_response::NodeEndpoint::default()
                    .with_node_id(BrokerId(8))
                    .with_host(host)
                    .with_port(1);
                let answer = ShareAcknowledgeResponse::default();
                let named = if *self.names_leaders.lock() { vec![named] } else { vec![] };
                Some(encode(id, version, &answer.with_node_endpoints(named)))
            }
            ApiKey::ShareGroupHeartbeat => Some(encode(id, version, &ShareGroupHeartbeatResponse::default())),
            ApiKey::InitProducerId => Some(encode(id, version, &InitProducerIdResponse::default())),
            ApiKey::SaslHandshake => Some(encode(id, version, &SaslHandshakeResponse::default())),
            ApiKey::SaslAuthenticate => Some(encode(id, version, &SaslAuthenticateResponse::default())),
            ApiKey::JoinGroup => Some(encode(id, version, &JoinGroupResponse::default())),
            ApiKey::OffsetCommit => Some(encode(id, version, &OffsetCommitResponse::default())),
            ApiKey::TxnOffsetCommit => Some(encode(id, version, &TxnOffsetCommitResponse::default())),
            ApiKey::EndTxn => Some(encode(id, version, &EndTxnResponse::default())),
            ApiKey::ConsumerGroupHeartbeat => Some(encode(id, version, &ConsumerGroupHeartbeatResponse::default())),
            _ => None,
        }
    }

    fn produce(&self, id: i32, version: i16, bytes: &mut Bytes) -> Option<Vec<u8>> {
        let asked = ProduceRequest::decode(bytes, version).unwrap();
        let partition = |index| {
            let offset = self.offset.fetch_add(1, Ordering::SeqCst);
            PartitionProduceResponse::default().with_index(index).with_base_offset(offset)
        };
        // In another order than asked, as Kafka does.
        let topics = asked.topic_data.iter().rev().map(|topic| {
            let partitions = topic.partition_data.iter().map(|data| partition(data.index)).collect();
            let answer = TopicProduceResponse::default().with_partition_responses(partitions);
            if version >= 13 { answer.with_topic_id(topic.topic_id) } else { answer.with_name(topic.name.clone()) }
        });
        let mut answer = ProduceResponse::default().with_responses(topics.collect());
        if *self.names_leaders.lock() && version >= 10 {
            let host = StrBytes::from_static_str(REAL_HOST);
            let node = NodeEndpoint::default().with_node_id(BrokerId(8)).with_host(host).with_port(1);
            answer = answer.with_node_endpoints(vec![node]);
        }
        (asked.acks != 0).then(|| encode(id, version, &answer))
    }

    fn share_fetch(&self, id: i32, version: i16) -> Vec<u8> {
        use kafka_protocol::messages::share_fetch_response::*;
        let records = Bytes::from(vec![0xab; *self.fetch_size.lock()]);
        let acquired = AcquiredRecords::default().with_last_offset(9).with_delivery_count(1);
        let data = PartitionData::default().with_records(Some(records)).with_acquired_records(vec![acquired]);
        let topic = ShareFetchableTopicResponse::default()
            .with_topic_id(uuid::Uuid::from_bytes(ORDERS_ID))
            .with_partitions(vec![data]);
        let mut answer = ShareFetchResponse::default().with_responses(vec![topic]);
        if *self.names_leaders.lock() {
            let host = StrBytes::from_static_str(REAL_HOST);
            let node = NodeEndpoint::default().with_node_id(BrokerId(8)).with_host(host).with_port(1);
            answer = answer.with_node_endpoints(vec![node]);
        }
        encode(id, version, &answer)
    }

    fn fetch(&self, id: i32, version: i16) -> Vec<u8> {
        use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
        let size = *self.fetch_size.lock();
        let data = |index| {
            PartitionData::default().with_partition_index(index).with_records(Some(Bytes::from(vec![0xab; size])))
        };
        let mut topic = FetchableTopicResponse::default().with_partitions(vec![data(0), data(1)]);
        topic = if version >= 13 {
            topic.with_topic_id(uuid::Uuid::from_bytes(ORDERS_ID))
        } else {
            topic.with_topic(TopicName(StrBytes::from_static_str("orders")))
        };
        let mut answer = FetchResponse::default().with_responses(vec![topic]);
        if *self.names_leaders.lock() && version >= 16 {
            let host = StrBytes::from_static_str(REAL_HOST);
            let node = FetchEndpoint::default().with_node_id(BrokerId(8)).with_host(host).with_port(1);
            answer = answer.with_node_endpoints(vec![node]);
        }
        encode(id, version, &answer)
    }
}

/// An answer's frame.
pub(crate) fn encode<M: Encodable + HeaderVersion>(correlation: i32, version: i16, message: &M) -> Vec<u8> {
    let mut out = BytesMut::from(&[0; 4][..]);
    let header = ResponseHeader::default().with_correlation_id(correlation);
    header.encode(&mut out, M::header_version(version)).unwrap();
    message.encode(&mut out, version).unwrap();
    framed(out)
}

/// A request's frame, from the client `shop`.
pub(crate) fn request<M: Encodable + HeaderVersion>(
    key: ApiKey,
    version: i16,
    correlation: i32,
    message: &M,
) -> Vec<u8> {
    let mut out = BytesMut::from(&[0; 4][..]);
    let header = RequestHeader::default()
        .with_request_api_key(key as i16)
        .with_request_api_version(version)
        .with_correlation_id(correlation)
        .with_client_id(Some(StrBytes::from_static_str("shop")));
    header.encode(&mut out, M::header_version(version)).unwrap();
    message.encode(&mut out, version).unwrap();
    framed(out)
}

fn framed(mut out: BytesMut) -> Vec<u8> {
    let length = u32::try_from(out.len() - 4).unwrap();
    out[..4].copy_from_slice(&length.to_be_bytes());
    out.to_vec()
}

/// Dead letters that are only kept, and a queue that can be full.
#[derive(Default)]
pub(crate) struct Letters {
    pub(crate) written: Mutex<Vec<DeadLetter>>,
    pub(crate) is_full: AtomicBool,
}

impl DeadLetters for Letters {
    fn post(&self, letter: DeadLetter) -> Result<(), Undelivered> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(Undelivered::Full);
        }
        self.written.lock().push(letter);
        Ok(())
    }

    fn deliver(&self, letters: Vec<DeadLetter>) -> Boxed<'_, Result<(), Undelivered>> {
        let delivered = letters.into_iter().try_for_each(|letter| self.post(letter));
        Box::pin(async move { delivered })
    }
}

/// A broker, a proxy before it, and a registry beside it.
pub(crate) struct Stage {
    pub(crate) broker: Arc<Broker>,
    pub(crate) map: Arc<Map>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) blotter: Arc<Blotter>,
    pub(crate) letters: Arc<Letters>,
    pub(crate) stop: CancellationToken,
    pub(crate) proxy: Proxy,
}

impl Stage {
    pub(crate) async fn set(policies: Vec<TopicPolicy>) -> Self {
        Self::set_with(policies, |_| ()).await
    }

    /// A stage whose proxy has other settings.
    pub(crate) async fn set_with(policies: Vec<TopicPolicy>, change: impl FnOnce(&mut ProxySettings)) -> Self {
        let broker = Broker::start().await;
        let (map, recorder, stop) = (Map::orders(), Arc::new(Recorder::new(1_000)), CancellationToken::new());
        let mut settings = ProxySettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            addressing: crate::Addressing::Ports(crate::BrokerPorts::after(0)),
            expected_brokers: vec![],
            client_tls: None,
            broker_tls: None,
            proxy_protocol: false,
            advertised_host: Some("gate.example".to_owned()),
            brokers: vec![broker.address.to_string()],
            cluster: "main".to_owned(),
            lookup_deadline: Duration::from_millis(500),
            max_frame: 4 << 20,
            max_batch: 8 << 20,
            max_connections: 16,
            idle_timeout: Duration::from_secs(60),
            drain: Duration::from_secs(10),
            trace_sample: 1,
            policies,
            cannot_create_topics: None,
        };
        change(&mut settings);
        let (blotter, letters) = (Arc::new(Blotter::new(100)), Arc::new(Letters::default()));
        let outside = Outside {
            source: map.clone(),
            recorder: recorder.clone(),
            blotter: blotter.clone(),
            dead_letters: Some(letters.clone()),
        };
        let proxy = Proxy::start(settings, outside, stop.clone()).await.unwrap();
        Self { broker, map, recorder, blotter, letters, stop, proxy }
    }

    /// The same world for another proxy.
    pub(crate) fn outside(&self) -> Outside {
        let (source, recorder, blotter) = (self.map.clone(), self.recorder.clone(), self.blotter.clone());
        Outside { source, recorder, blotter, dead_letters: Some(self.letters.clone()) }
    }

    pub(crate) async fn client(&self) -> Client {
        Client(TcpStream::connect(self.proxy.bootstrap()).await.unwrap())
    }
}

/// A client that speaks frames.
pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    pub(crate) async fn send(&mut self, frame: &[u8]) {
        self.0.write_all(frame).await.unwrap();
    }

    /// The next frame without its length; `None` when the other side has closed.
    pub(crate) async fn frame(&mut self) -> Option<Vec<u8>> {
        let reading = async {
            let length = self.0.read_u32().await.ok()?;
            let mut frame = vec![0; length as usize];
            self.0.read_exact(&mut frame).await.ok()?;
            Some(frame)
        };
        tokio::time::timeout(Duration::from_secs(10), reading).await.expect("no answer came")
    }

    /// The next answer and its correlation id.
    pub(crate) async fn answer<M: Decodable + HeaderVersion>(&mut self, version: i16) -> (i32, M) {
        let mut bytes = Bytes::from(self.frame().await.expect("the proxy closed"));
        let header = ResponseHeader::decode(&mut bytes, M::header_version(version)).unwrap();
        let message = M::decode(&mut bytes, version).unwrap();
        assert!(bytes.is_empty(), "bytes are left over after the answer");
        (header.correlation_id, message)
    }

    pub(crate) async fn ask<Q, A>(&mut self, key: ApiKey, version: i16, message: &Q) -> A
    where
        Q: Encodable + HeaderVersion,
        A: Decodable + HeaderVersion,
    {
        self.send(&request(key, version, 1, message)).await;
        self.answer(version).await.1
    }
}
