//! Do the messages of Kafka 4 behave: topics by id, share groups, streams groups?

use kafka_protocol::messages::share_acknowledge_response::NodeEndpoint;
use kafka_protocol::messages::share_fetch_request as asked;

use super::*;

/// A request of version 13 for one topic by its id.
fn by_id(id: [u8; 16], batches: Vec<Vec<u8>>) -> ProduceRequest {
    let mut request = produce(1, &[("", batches)]);
    request.topic_data[0].topic_id = uuid::Uuid::from_bytes(id);
    request
}

/// Topic id and error codes of an answer.
fn parts(answer: &ProduceResponse) -> Vec<([u8; 16], Vec<i16>)> {
    let codes = |topic: &produce_response::TopicProduceResponse| {
        topic.partition_responses.iter().map(|part| part.error_code).collect()
    };
    answer.responses.iter().map(|topic| (*topic.topic_id.as_bytes(), codes(topic))).collect()
}

#[tokio::test]
async fn an_id_that_nobody_has_told_yet_is_asked_for_once() {
    let stage = Stage::set(vec![policy("orders")]).await;
    let mut client = stage.client().await;
    for _ in 0..3 {
        let answer = send_produce(&mut client, 13, &by_id(ORDERS_ID, vec![good(), mixed()])).await;
        assert_eq!(parts(&answer), [(ORDERS_ID, vec![0, 87])]);
    }
    assert_eq!(stage.broker.received(ApiKey::Metadata).len(), 1);
    let kept = request(ApiKey::Produce, 13, 1, &by_id(ORDERS_ID, vec![good()]));
    assert_eq!(stage.broker.received(ApiKey::Produce), vec![kept[4..].to_vec(); 3]);
    assert!(seen(&stage, "orders").iter().any(|seen| seen.refused == 3));
}

#[tokio::test]
async fn an_id_that_nobody_knows_never_reaches_the_broker_unread() {
    const NOBODYS: [u8; 16] = [5; 16];
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    let answer = send_produce(&mut client, 13, &by_id(NOBODYS, vec![good(), good()])).await;
    assert_eq!(parts(&answer), [(NOBODYS, vec![100, 100])]);
    let mut both = by_id(NOBODYS, vec![good()]);
    both.topic_data.extend(by_id(ORDERS_ID, vec![good()]).topic_data);
    let answer = send_produce(&mut client, 13, &both).await;
    assert_eq!(parts(&answer), [(NOBODYS, vec![100]), (ORDERS_ID, vec![0])]);
    let kept = request(ApiKey::Produce, 13, 1, &by_id(ORDERS_ID, vec![good()]));
    assert_eq!(stage.broker.received(ApiKey::Produce), [kept[4..].to_vec()]);
}

#[tokio::test]
async fn answers_keep_their_order_while_a_name_is_asked_for() {
    let stage = Stage::set(vec![policy("*")]).await;
    let mut client = stage.client().await;
    for correlation in 0..20 {
        let batch = if correlation % 3 == 0 { mixed() } else { good() };
        client.send(&request(ApiKey::Produce, 13, correlation, &by_id(ORDERS_ID, vec![batch]))).await;
    }
    for correlation in 0..20 {
        assert_eq!(client.answer::<ProduceResponse>(13).await.0, correlation);
    }
}

#[tokio::test]
async fn new_leaders_are_named_by_our_addresses_in_answers_about_ids() {
    let stage = Stage::set(vec![policy("*")]).await;
    *stage.broker.names_leaders.lock() = true;
    let mut client = stage.client().await;
    for batches in [vec![good()], vec![good(), mixed()]] {
        let answer = send_produce(&mut client, 13, &by_id(ORDERS_ID, batches)).await;
        let node = &answer.node_endpoints[0];
        assert_eq!((node.node_id.0, node.host.as_str()), (8, "gate.example"));
    }
}

fn is_ours(nodes: &[NodeEndpoint]) -> bool {
    nodes.iter().map(|node| (node.node_id.0, node.host.as_str())).eq([(8, "gate.example")])
}

#[tokio::test]
async fn share_groups_are_told_our_addresses_of_new_leaders() {
    let stage = Stage::set(vec![]).await;
    let mut client = stage.client().await;
    let fetch = ShareFetchRequest::default().with_member_id(Some(text("member")));
    let answer: ShareFetchResponse = client.ask(ApiKey::ShareFetch, 1, &fetch).await;
    assert!(answer.node_endpoints.is_empty());
    *stage.broker.names_leaders.lock() = true;
    let answer: ShareFetchResponse = client.ask(ApiKey::ShareFetch, 1, &fetch).await;
    let node = &answer.node_endpoints[0];
    assert_eq!((node.node_id.0, node.host.as_str()), (8, "gate.example"));
    assert_eq!(answer.responses[0].partitions[0].records.as_ref().unwrap().len(), 100);
    let acknowledge = ShareAcknowledgeRequest::default().with_member_id(Some(text("member")));
    let answer: ShareAcknowledgeResponse = client.ask(ApiKey::ShareAcknowledge, 1, &acknowledge).await;
    assert!(is_ours(&answer.node_endpoints), "{:?}", answer.node_endpoints);
}

#[tokio::test]
async fn a_long_answer_to_a_share_group_loses_addresses_that_can_not_be_replaced() {
    use kafka_protocol::protocol::Decodable;
    let stage = Stage::set(vec![]).await;
    *stage.broker.names_leaders.lock() = true;
    *stage.broker.fetch_size.lock() = 3 << 20;
    let mut client = stage.client().await;
    let fetch = ShareFetchRequest::default().with_member_id(Some(text("member")));
    client.send(&request(ApiKey::ShareFetch, 1, 1, &fetch)).await;
    let mut frame = Bytes::from(client.frame().await.unwrap());
    assert!(!frame.windows(REAL_HOST.len()).any(|part| part == REAL_HOST.as_bytes()));
    ResponseHeader::decode(&mut frame, 1).unwrap();
    let answer = ShareFetchResponse::decode(&mut frame, 1).unwrap();
    assert!(frame.is_empty() && answer.node_endpoints.is_empty());
    assert_eq!(answer.responses[0].partitions[0].records.as_ref().unwrap().len(), 3 << 20);
}

#[tokio::test]
async fn lineage_tells_the_readers_of_share_groups() {
    let stage = Stage::set(vec![]).await;
    let mut client = stage.client().await;
    let heartbeat = ShareGroupHeartbeatRequest::default()
        .with_group_id(GroupId(text("billing")))
        .with_subscribed_topic_names(Some(vec![Name(text("orders"))]));
    let _: ShareGroupHeartbeatResponse = client.ask(ApiKey::ShareGroupHeartbeat, 1, &heartbeat).await;
    let _: MetadataResponse = client.ask(ApiKey::Metadata, 12, &MetadataRequest::default()).await;
    let topic = asked::FetchTopic::default()
        .with_topic_id(uuid::Uuid::from_bytes(ORDERS_ID))
        .with_partitions(vec![asked::FetchPartition::default()]);
    let fetch = ShareFetchRequest::default()
        .with_group_id(Some(GroupId(text("billing"))))
        .with_member_id(Some(text("member")))
        .with_topics(vec![topic]);
    let _: ShareFetchResponse = client.ask(ApiKey::ShareFetch, 1, &fetch).await;
    let mut evidence: Vec<_> = seen(&stage, "orders")
        .into_iter()
        .map(|seen| match seen.edge {
            Edge::Consumes { group, evidence } => (group.unwrap().to_string(), evidence.as_str()),
            Edge::Produces { .. } | Edge::Transacts { .. } | Edge::Traced { .. } => panic!(),
        })
        .collect();
    evidence.sort();
    assert_eq!(evidence, [("billing".to_owned(), "fetched"), ("billing".to_owned(), "subscribed")]);
}
