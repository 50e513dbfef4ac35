//! Does a whole session behave, between a real client connection and a broker of the tests?

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{TopicName as Name, *};
use kafka_protocol::protocol::StrBytes;
use tidegate_lineage::{Edge, Observation};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::codec::Codec;
use crate::testing::cluster::{Client, ORDERS_ID, REAL_HOST, Stage, request};
use crate::testing::{CODECS, Dice, ORDER_ID, OTHER_ID, Rec, batch, broken, order, order_as, policy, value};
use crate::{Mode, Policies, TopicPolicy, Undecidable};

mod newest;
mod secure;
mod slow;

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// A request for topics, each with the batches of its partitions 0, 1, 2 …
fn produce(acks: i16, topics: &[(&str, Vec<Vec<u8>>)]) -> ProduceRequest {
    let topics = topics.iter().map(|(name, batches)| {
        let data = batches.iter().enumerate().map(|(index, records)| {
            let index = i32::try_from(index).unwrap();
            PartitionProduceData::default().with_index(index).with_records(Some(Bytes::from(records.clone())))
        });
        TopicProduceData::default().with_name(Name(text(name))).with_partition_data(data.collect())
    });
    ProduceRequest::default().with_acks(acks).with_timeout_ms(1_000).with_topic_data(topics.collect())
}

fn good() -> Vec<u8> {
    batch(Codec::None, &[value(order("a")), value(order("b"))])
}

fn mixed() -> Vec<u8> {
    batch(Codec::None, &[value(order("a")), value(broken("b")), value(order("c"))])
}

/// Topic, partition and error code of each part of an answer.
fn codes(answer: &ProduceResponse) -> Vec<(String, i32, i16)> {
    let parts = answer.responses.iter().flat_map(|topic| {
        topic.partition_responses.iter().map(|part| (topic.name.to_string(), part.index, part.error_code))
    });
    parts.collect()
}

async fn send_produce(client: &mut Client, version: i16, request: &ProduceRequest) -> ProduceResponse {
    client.ask(ApiKey::Produce, version, request).await
}

fn seen(stage: &Stage, topic: &str) -> Vec<Observation> {
    stage.recorder.drain().into_iter().filter(|seen| &*seen.topic.topic == topic).collect()
}

#[tokio::test]
async fn good_requests_reach_the_broker_byte_for_byte_in_every_version_and_codec() {
    let stage = Stage::set(vec![policy("orders")]).await;
    let mut client = stage.client().await;
    let mut sent = Vec::new();
    for version in 3..=12 {
        for codec in CODECS {
            let batch = batch(codec, &[value(order("a")), Rec::default()]);
            let frame = request(ApiKey::Produce, version, 5, &produce(-1, &[("orders", vec![batch.clone(), batch])]));
            client.send(&frame).await;
            let (correlation, answer) = client.answer::<ProduceResponse>(version).await;
            assert_eq!(correlation, 5);
            assert_eq!(codes(&answer), [("orders".to_owned(), 0, 0), ("orders".to_owned(), 1, 0)], "version {version}");
            sent.push(frame[4..].to_vec());
        }
    }
    assert_eq!(stage.broker.received(ApiKey::Produce), sent);
}

#[tokio::test]
async fn bad_partitions_are_refused_and_their_neighbours_pass_in_every_version() {
    let stage = Stage::set(vec![policy("orders"), policy("bills")]).await;
    let mut client = stage.client().await;
    for version in 3..=12 {
        let asked = produce(
            -1,
            &[
                ("orders", vec![good(), mixed(), good()]),
                ("free", vec![b"not even a batch".to_vec()]),
                ("bills", vec![good()]),
            ],
        );
        let answer = send_produce(&mut client, version, &asked).await;
        let expected = [("orders", 0, 0), ("orders", 1, 87), ("orders", 2, 0), ("free", 0, 0), ("bills", 0, 87)];
        assert_eq!(codes(&answer), expected.map(|(topic, part, code)| (topic.to_owned(), part, code)), "{version}");
        let refused = &answer.responses[0].partition_responses[1];
        assert_eq!(refused.base_offset, -1);
        if version >= 8 {
            let errors: Vec<_> = refused.record_errors.iter().map(|error| error.batch_index).collect();
            assert_eq!(errors, [1]);
            assert!(
                refused.record_errors[0]
                    .batch_index_error_message
                    .as_ref()
                    .is_some_and(|told| told.starts_with("value: "))
            );
            assert!(refused.error_message.as_ref().is_some_and(|told| told.starts_with("record 1: ")));
        }
        // What reached the broker is the request without the refused parts.
        let kept =
            produce(-1, &[("orders", vec![good(), vec![], good()]), ("free", vec![b"not even a batch".to_vec()])]);
        let mut kept = kept;
        kept.topic_data[0].partition_data.remove(1);
        let received = stage.broker.received(ApiKey::Produce).pop().unwrap();
        assert_eq!(received, request(ApiKey::Produce, version, 1, &kept)[4..], "{version}");
    }
}

#[tokio::test]
async fn a_request_in_which_everything_is_bad_never_reaches_the_broker() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    for version in 3..=12 {
        let answer = send_produce(&mut client, version, &produce(1, &[("orders", vec![mixed(), mixed()])])).await;
        assert_eq!(codes(&answer).iter().map(|part| part.2).collect::<Vec<_>>(), [87, 87]);
    }
    assert!(stage.broker.received(ApiKey::Produce).is_empty());
}

#[tokio::test]
async fn answers_keep_the_order_of_requests_whoever_gives_them() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    let mut all = Vec::new();
    for correlation in 0..600 {
        let batch = if correlation % 3 == 0 { mixed() } else { good() };
        all.extend(request(ApiKey::Produce, 9, correlation, &produce(-1, &[("orders", vec![batch])])));
    }
    let (mut reads, mut writes) = client.0.into_split();
    let writing = tokio::spawn(async move { writes.write_all(&all).await.map(|()| writes) });
    for expected in 0..600 {
        use tokio::io::AsyncReadExt;
        let length = reads.read_u32().await.unwrap();
        let mut frame = vec![0; length as usize];
        reads.read_exact(&mut frame).await.unwrap();
        assert_eq!(frame[..4], i32::to_be_bytes(expected));
    }
    writing.await.unwrap().unwrap();
    client = stage.client().await;
    assert_eq!(codes(&send_produce(&mut client, 9, &produce(-1, &[("orders", vec![good()])])).await)[0].2, 0);
}

#[tokio::test]
async fn without_acks_bad_batches_are_dropped_and_good_ones_pass() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    client.send(&request(ApiKey::Produce, 9, 1, &produce(0, &[("orders", vec![mixed()])]))).await;
    client.send(&request(ApiKey::Produce, 9, 2, &produce(0, &[("orders", vec![mixed(), good()])]))).await;
    client.send(&request(ApiKey::Produce, 9, 3, &produce(0, &[("orders", vec![good()])]))).await;
    // The next answer is that of the next request which has one.
    let answer = send_produce(&mut client, 9, &produce(1, &[("orders", vec![good()])])).await;
    assert_eq!(codes(&answer)[0].2, 0);
    let received = stage.broker.received(ApiKey::Produce);
    let correlations: Vec<_> = received.iter().map(|frame| frame[7]).collect();
    assert_eq!(correlations, [2, 3, 1]);
    let refused: u64 = seen(&stage, "orders").iter().map(|seen| seen.refused).sum();
    assert_eq!(refused, 2);
}

#[tokio::test]
async fn produce_versions_too_old_to_check_are_refused_on_checked_topics_only() {
    let stage = Stage::set(vec![policy("orders")]).await;
    let mut client = stage.client().await;
    // Version 2 by hand: acks, timeout, one topic, one partition, four bytes.
    let frame = |topic: &str| {
        let mut frame = vec![0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 9, 0xff, 0xff, 0, 1, 0, 0, 0, 9, 0, 0, 0, 1];
        frame.extend_from_slice(&u16::try_from(topic.len()).unwrap().to_be_bytes());
        frame.extend_from_slice(topic.as_bytes());
        frame.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 4, 1, 2, 3, 4]);
        crate::wire::seal(&mut frame);
        frame
    };
    client.send(&frame("orders")).await;
    let answer = client.frame().await.unwrap();
    let tail = [&[0, 0, 0, 3, 0, 35][..], &[0xff; 16], &[0; 4]].concat();
    assert!(answer.ends_with(&tail), "{answer:?}");
    assert!(stage.broker.received(ApiKey::Produce).is_empty());
    client.send(&frame("free")).await;
    while stage.broker.received(ApiKey::Produce).is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.broker.received(ApiKey::Produce), [frame("free")[4..].to_vec()]);
}

#[tokio::test]
async fn shadow_mode_counts_and_refuses_nothing() {
    let stage = Stage::set(vec![TopicPolicy { mode: Mode::Shadow, ..policy("*") }]).await;
    let mut client = stage.client().await;
    let answer = send_produce(&mut client, 9, &produce(1, &[("orders", vec![mixed()])])).await;
    assert_eq!(codes(&answer)[0].2, 0);
    let seen = seen(&stage, "orders");
    assert_eq!((seen[0].records, seen[0].refused), (3, 1));
}

#[tokio::test]
async fn a_changed_policy_holds_on_an_open_connection_within_two_seconds() {
    let stage = Stage::set(vec![]).await;
    let mut client = stage.client().await;
    let bad = produce(1, &[("orders", vec![mixed()])]);
    assert_eq!(codes(&send_produce(&mut client, 9, &bad).await)[0].2, 0);
    *stage.map.policies.lock() = Policies { revision: 1, policies: vec![policy("orders")] };
    let began = std::time::Instant::now();
    while codes(&send_produce(&mut client, 9, &bad).await)[0].2 == 0 {
        assert!(began.elapsed() < Duration::from_secs(2), "the new policy does not hold");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    *stage.map.policies.lock() = Policies { revision: 2, policies: vec![] };
    let began = std::time::Instant::now();
    while codes(&send_produce(&mut client, 9, &bad).await)[0].2 != 0 {
        assert!(began.elapsed() < Duration::from_secs(2), "the old policy still holds");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(stage.proxy.knows_policies());
}

#[tokio::test]
async fn an_undecidable_batch_follows_the_policy() {
    let open = TopicPolicy { when_undecidable: Undecidable::Open, ..policy("open") };
    let stage = Stage::set(vec![open, policy("*")]).await;
    stage.map.is_away.store(true, Ordering::SeqCst);
    let mut client = stage.client().await;
    let answer = send_produce(&mut client, 9, &produce(1, &[("open", vec![good()]), ("orders", vec![good()])])).await;
    assert_eq!(codes(&answer).iter().map(|part| part.2).collect::<Vec<_>>(), [0, 19]);
    let told = answer.responses[1].partition_responses[0].error_message.clone().unwrap();
    assert!(told.contains("no route to the registry"), "{told}");
    // The producer tries again, and meanwhile the registry is back.
    stage.map.is_away.store(false, Ordering::SeqCst);
    let answer = send_produce(&mut client, 9, &produce(1, &[("orders", vec![good()])])).await;
    assert_eq!(codes(&answer)[0].2, 0);
}

#[tokio::test]
async fn no_address_of_a_broker_reaches_a_client() {
    let stage = Stage::set(vec![]).await;
    let mut client = stage.client().await;
    let mut port = None;
    for version in 0..=13 {
        let topics = if version == 0 { Some(vec![]) } else { None };
        let asked = MetadataRequest::default().with_topics(topics);
        let answer: MetadataResponse = client.ask(ApiKey::Metadata, version, &asked).await;
        let broker = &answer.brokers[0];
        assert_eq!((broker.node_id.0, broker.host.as_str()), (7, "gate.example"), "{version}");
        assert_eq!(*port.get_or_insert(broker.port), broker.port, "the port stays the same");
    }
    for version in 0..=6 {
        let asked = FindCoordinatorRequest::default();
        let answer: FindCoordinatorResponse = client.ask(ApiKey::FindCoordinator, version, &asked).await;
        let (host, found) = match answer.coordinators.first() {
            Some(first) => (first.host.clone(), first.port),
            None => (answer.host.clone(), answer.port),
        };
        assert_eq!((host.as_str(), Some(found)), ("gate.example", port), "{version}");
        assert!(answer.coordinators.get(1).is_none_or(|lost| lost.port == -1 && lost.host.is_empty()));
    }
    for version in 0..=2 {
        let asked = DescribeClusterRequest::default();
        let answer: DescribeClusterResponse = client.ask(ApiKey::DescribeCluster, version, &asked).await;
        assert_eq!((answer.brokers[0].host.as_str(), Some(answer.brokers[0].port)), ("gate.example", port));
    }
    let controllers = DescribeClusterRequest::default().with_endpoint_type(2);
    let answer: DescribeClusterResponse = client.ask(ApiKey::DescribeCluster, 1, &controllers).await;
    assert!(answer.brokers.is_empty());
}

#[tokio::test]
async fn new_leaders_are_named_by_our_addresses() {
    let stage = Stage::set(vec![policy("*")]).await;
    *stage.broker.names_leaders.lock() = true;
    let mut client = stage.client().await;
    for version in 10..=12 {
        for batches in [vec![good()], vec![good(), mixed()]] {
            let answer = send_produce(&mut client, version, &produce(1, &[("orders", batches)])).await;
            let node = &answer.node_endpoints[0];
            assert_eq!((node.node_id.0, node.host.as_str()), (8, "gate.example"));
            assert_ne!(node.port, 1);
        }
    }
    for version in 16..=18 {
        let answer: FetchResponse = client.ask(ApiKey::Fetch, version, &FetchRequest::default()).await;
        assert_eq!(answer.node_endpoints[0].host.as_str(), "gate.example", "{version}");
        assert_eq!(answer.responses[0].partitions[1].records.as_ref().unwrap().len(), 100);
    }
}

#[tokio::test]
async fn a_long_fetch_answer_streams_and_blanks_addresses_that_can_not_be_replaced() {
    let stage = Stage::set(vec![]).await;
    *stage.broker.names_leaders.lock() = true;
    *stage.broker.fetch_size.lock() = 3 << 20;
    let mut client = stage.client().await;
    client.send(&request(ApiKey::Fetch, 16, 1, &FetchRequest::default())).await;
    let mut frame = Bytes::from(client.frame().await.unwrap());
    assert!(!frame.windows(REAL_HOST.len()).any(|part| part == REAL_HOST.as_bytes()));
    use kafka_protocol::protocol::Decodable;
    ResponseHeader::decode(&mut frame, 1).unwrap();
    let answer = FetchResponse::decode(&mut frame, 16).unwrap();
    assert!(answer.node_endpoints.is_empty());
    assert_eq!(answer.responses[0].partitions[1].records.as_ref().unwrap().len(), 3 << 20);
}

#[tokio::test]
async fn a_brokers_port_leads_to_that_broker() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    let answer: MetadataResponse = client.ask(ApiKey::Metadata, 12, &MetadataRequest::default()).await;
    let port = u16::try_from(answer.brokers[0].port).unwrap();
    let mut direct = Client(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    let answer = send_produce(&mut direct, 9, &produce(1, &[("orders", vec![good(), mixed()])])).await;
    assert_eq!(codes(&answer).iter().map(|part| part.2).collect::<Vec<_>>(), [0, 87]);
}

#[tokio::test]
async fn versions_are_cut_down_to_what_is_understood() {
    let stage = Stage::set(vec![]).await;
    let mut client = stage.client().await;
    let asked = ApiVersionsRequest::default()
        .with_client_software_name(text("librdkafka"))
        .with_client_software_version(text("2.12.1"));
    let answer: ApiVersionsResponse = client.ask(ApiKey::ApiVersions, 4, &asked).await;
    let ranges: Vec<_> = answer.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version)).collect();
    assert_eq!(ranges, [(0, 0, 13), (1, 4, 18), (3, 0, 13), (18, 0, 4), (55, 0, 1), (78, 1, 2)]);

    // A version from the future is answered in the oldest format, without asking the broker.
    let asked_before = stage.broker.received(ApiKey::ApiVersions).len();
    client.send(&[0, 0, 0, 10, 0, 18, 0, 99, 0, 0, 0, 5, 0xff, 0xff]).await;
    assert_eq!(client.frame().await.unwrap(), [0, 0, 0, 5, 0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 4]);
    assert_eq!(stage.broker.received(ApiKey::ApiVersions).len(), asked_before);
}

#[tokio::test]
async fn requests_that_are_not_advertised_end_the_connection() {
    let stage = Stage::set(vec![policy("*")]).await;
    for (key, version) in [(0u8, 14u8), (55, 2), (78, 3), (80, 0), (99, 0), (3, 14)] {
        let mut client = stage.client().await;
        client.send(&[0, 0, 0, 10, 0, key, 0, version, 0, 0, 0, 5, 0xff, 0xff]).await;
        assert_eq!(client.frame().await, None, "{key} {version}");
    }
    assert!(stage.broker.received(ApiKey::Produce).is_empty());
}

#[tokio::test]
async fn sasl_passes_through_and_tells_who_it_is() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    let asked = SaslHandshakeRequest::default().with_mechanism(text("PLAIN"));
    let _: SaslHandshakeResponse = client.ask(ApiKey::SaslHandshake, 1, &asked).await;
    let asked = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from_static(b"\0alice\0secret"));
    let _: SaslAuthenticateResponse = client.ask(ApiKey::SaslAuthenticate, 2, &asked).await;
    send_produce(&mut client, 9, &produce(1, &[("orders", vec![good()])])).await;
    let seen = seen(&stage, "orders");
    assert_eq!((&*seen[0].identity.principal, &*seen[0].identity.client_id), ("User:alice", "shop"));
}

#[tokio::test]
async fn sasl_tokens_without_a_header_pass_after_an_old_handshake() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    let asked = SaslHandshakeRequest::default().with_mechanism(text("PLAIN"));
    let _: SaslHandshakeResponse = client.ask(ApiKey::SaslHandshake, 0, &asked).await;
    client.send(b"\0\0\0\x0d\0alice\0secret").await;
    assert_eq!(client.frame().await, Some(vec![]));
    // What follows is judged again.
    let answer = send_produce(&mut client, 9, &produce(1, &[("orders", vec![mixed()])])).await;
    assert_eq!(codes(&answer)[0].2, 87);
    assert_eq!(&*seen(&stage, "orders")[0].identity.principal, "User:alice");
}

#[tokio::test]
async fn an_old_handshake_with_no_known_end_is_refused() {
    let stage = Stage::set(vec![]).await;
    let mut client = stage.client().await;
    let asked = SaslHandshakeRequest::default().with_mechanism(text("AWS_MSK_IAM"));
    client.send(&request(ApiKey::SaslHandshake, 0, 1, &asked)).await;
    assert_eq!(client.frame().await, None);
}

#[tokio::test]
async fn frames_that_can_not_be_are_refused_before_memory_is_taken() {
    let stage = Stage::set(vec![]).await;
    for hostile in [
        &[0x16, 0x03, 0x01, 0x02, 0x00][..],
        &[0x7f, 0xff, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0xff],
        &[0, 0, 0, 2, 0, 3],
        b"GET / HTTP/1.1\r\n\r\n",
    ] {
        let mut client = stage.client().await;
        client.send(hostile).await;
        assert_eq!(client.frame().await, None, "{hostile:?}");
    }
}

#[tokio::test]
async fn a_promised_length_costs_nothing_until_bytes_arrive() {
    let stage = Stage::set(vec![policy("*")]).await;
    // Hostile counts in a whole frame: an array of two billion topics.
    let mut client = stage.client().await;
    let mut frame = vec![0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9, 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0, 9];
    frame.extend_from_slice(&i32::MAX.to_be_bytes());
    crate::wire::seal(&mut frame);
    client.send(&frame).await;
    assert_eq!(client.frame().await, None);
}

#[tokio::test]
async fn lineage_tells_producers_by_schema() {
    let stage = Stage::set(vec![policy("orders")]).await;
    let mut client = stage.client().await;
    let records = [value(order("a")), value(order("b")), Rec::default()];
    send_produce(&mut client, 9, &produce(1, &[("orders", vec![batch(Codec::Zstd, &records)])])).await;
    send_produce(&mut client, 9, &produce(1, &[("free", vec![good()])])).await;
    let other = batch(Codec::None, &[value(order_as(OTHER_ID, "x"))]);
    send_produce(&mut client, 9, &produce(1, &[("orders", vec![other])])).await;
    let mut orders = Vec::new();
    let mut free = Vec::new();
    for seen in stage.recorder.drain() {
        if &*seen.topic.topic == "orders" { orders.push(seen) } else { free.push(seen) }
    }
    let count = |id| {
        let matches = |seen: &&Observation| matches!(&seen.edge, Edge::Produces { schema } if schema.as_ref().map(|schema| schema.id) == id);
        let seen = orders.iter().find(matches).unwrap();
        (seen.records, seen.refused)
    };
    assert_eq!(count(Some(ORDER_ID)), (2, 0));
    assert_eq!(count(Some(OTHER_ID)), (0, 1));
    assert_eq!(count(None), (1, 0), "a tombstone names no schema");
    assert_eq!((free.len(), free[0].records), (1, 2));
    assert_eq!((&*free[0].topic.cluster, &*free[0].identity.address), ("main", "127.0.0.1"));
}

#[tokio::test]
async fn lineage_tells_readers_by_name_and_by_id() {
    let stage = Stage::set(vec![]).await;
    let mut client = stage.client().await;
    let heartbeat = ConsumerGroupHeartbeatRequest::default()
        .with_group_id(GroupId(text("billing")))
        .with_subscribed_topic_names(Some(vec![Name(text("orders"))]));
    let _: ConsumerGroupHeartbeatResponse = client.ask(ApiKey::ConsumerGroupHeartbeat, 1, &heartbeat).await;
    // Ids mean something once an answer has named them.
    let _: MetadataResponse = client.ask(ApiKey::Metadata, 12, &MetadataRequest::default()).await;
    for offset in [0, 2] {
        let topic = FetchTopic::default()
            .with_topic_id(uuid::Uuid::from_bytes(ORDERS_ID))
            .with_partitions(vec![FetchPartition::default().with_fetch_offset(offset)]);
        let _: FetchResponse = client.ask(ApiKey::Fetch, 17, &FetchRequest::default().with_topics(vec![topic])).await;
    }
    let mut seen: Vec<_> = seen(&stage, "orders")
        .into_iter()
        .map(|seen| match seen.edge {
            Edge::Consumes { group, evidence } => (group.map(|group| group.to_string()), evidence.as_str()),
            Edge::Produces { .. } | Edge::Transacts { .. } | Edge::Traced { .. } => panic!(),
        })
        .collect();
    seen.sort();
    assert_eq!(seen, [(None, "fetched"), (Some("billing".to_owned()), "subscribed")]);
}

/// `TxnOffsetCommit` of the group `billing`, which read `orders`, in the transaction `enrich-1`.
async fn commit_in_transaction(client: &mut Client) {
    use kafka_protocol::messages::txn_offset_commit_request::TxnOffsetCommitRequestTopic;
    let read = TxnOffsetCommitRequestTopic::default().with_name(Name(text("orders")));
    let request = TxnOffsetCommitRequest::default()
        .with_transactional_id(TransactionalId(text("enrich-1")))
        .with_group_id(GroupId(text("billing")))
        .with_topics(vec![read]);
    let _: TxnOffsetCommitResponse = client.ask(ApiKey::TxnOffsetCommit, 3, &request).await;
}

async fn end_transaction(client: &mut Client, commits: bool) {
    let id = TransactionalId(text("enrich-1"));
    let request = EndTxnRequest::default().with_transactional_id(id).with_committed(commits);
    let _: EndTxnResponse = client.ask(ApiKey::EndTxn, 3, &request).await;
}

#[tokio::test]
async fn lineage_ties_what_was_read_to_what_was_written_in_one_transaction() {
    let stage = Stage::set(vec![policy("orders")]).await;
    let (mut leader, mut coordinator) = (stage.client().await, stage.client().await);
    let in_transaction = |topic, batch| {
        produce(-1, &[(topic, vec![batch])]).with_transactional_id(Some(TransactionalId(text("enrich-1"))))
    };
    for commits in [false, true] {
        for version in [3, 9, 12] {
            send_produce(&mut leader, version, &in_transaction("free", good())).await;
        }
        let refused = send_produce(&mut leader, 9, &in_transaction("orders", mixed())).await;
        assert_eq!(codes(&refused)[0].2, 87);
        commit_in_transaction(&mut coordinator).await;
        end_transaction(&mut coordinator, commits).await;
        let mut told: Vec<_> = stage
            .recorder
            .drain()
            .into_iter()
            .filter_map(|seen| {
                let evidence = match seen.edge {
                    Edge::Produces { .. } | Edge::Traced { .. } => return None,
                    Edge::Transacts { .. } => "transacts",
                    Edge::Consumes { evidence, .. } => evidence.as_str(),
                };
                Some((seen.topic.topic.to_string(), seen.edge.group().map(ToOwned::to_owned), evidence))
            })
            .collect();
        told.sort();
        let edge = |topic: &str, evidence| (topic.to_owned(), Some("billing".to_owned()), evidence);
        if commits {
            // What was refused was not written. That offsets were committed was told less than ten seconds ago.
            assert_eq!(told, [edge("free", "transacts"), edge("orders", "transactional")]);
        } else {
            assert_eq!(told, [edge("orders", "committed")], "nothing came of the transaction");
        }
    }
}

#[tokio::test]
async fn stopping_answers_what_is_due_and_then_ends() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    assert_eq!(codes(&send_produce(&mut client, 9, &produce(1, &[("orders", vec![good()])])).await)[0].2, 0);
    assert!(stage.proxy.is_connected());
    stage.stop.cancel();
    tokio::time::timeout(Duration::from_secs(4), stage.proxy.drained()).await.unwrap();
    assert_eq!(client.frame().await, None);
}

#[tokio::test]
async fn a_broker_that_is_away_ends_the_connection_and_readiness() {
    let stage = Stage::set(vec![]).await;
    let settings = crate::ProxySettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        addressing: crate::Addressing::Ports(crate::BrokerPorts::after(0)),
        expected_brokers: vec![],
        client_tls: None,
        broker_tls: None,
        proxy_protocol: false,
        advertised_host: None,
        brokers: vec!["127.0.0.1:1".to_owned()],
        cluster: "away".to_owned(),
        lookup_deadline: Duration::from_millis(100),
        max_frame: 1 << 20,
        max_batch: 1 << 20,
        max_connections: 1,
        idle_timeout: std::time::Duration::from_secs(60),
        drain: std::time::Duration::from_secs(10),
        trace_sample: 0,
        policies: vec![],
        cannot_create_topics: None,
    };
    let proxy = crate::Proxy::start(settings, stage.outside(), stage.stop.clone()).await.unwrap();
    let mut client = Client(TcpStream::connect(proxy.bootstrap()).await.unwrap());
    client.send(&request(ApiKey::Metadata, 9, 1, &MetadataRequest::default())).await;
    assert_eq!(client.frame().await, None);
    assert!(!proxy.is_connected());
}

#[tokio::test]
async fn more_connections_than_allowed_are_closed_at_once() {
    let stage = Stage::set(vec![]).await;
    let mut held = Vec::new();
    for _ in 0..16 {
        let mut client = stage.client().await;
        let _: MetadataResponse = client.ask(ApiKey::Metadata, 9, &MetadataRequest::default()).await;
        held.push(client);
    }
    let mut late = stage.client().await;
    assert_eq!(late.frame().await, None);
    held.pop();
    loop {
        let mut client = stage.client().await;
        client.0.write_all(&request(ApiKey::Metadata, 9, 1, &MetadataRequest::default())).await.unwrap();
        if client.frame().await.is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn tampered_requests_never_hang_or_reach_checked_topics_unread() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut dice = Dice::new(11);
    let frames = [
        request(ApiKey::Produce, 9, 1, &produce(1, &[("orders", vec![mixed(), good()])])),
        request(ApiKey::Produce, 3, 1, &produce(1, &[("orders", vec![good()])])),
    ];
    for round in 0..200 {
        let mut frame = frames[round % 2].clone();
        let mut body = frame.split_off(8);
        dice.mutate(&mut body);
        frame.extend_from_slice(&body);
        crate::wire::seal(&mut frame);
        let mut client = stage.client().await;
        client.0.write_all(&frame).await.unwrap();
        client.0.shutdown().await.unwrap();
        client.frame().await;
    }
}
