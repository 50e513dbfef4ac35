//! Which requests may clients send, in which versions? The table that `ApiVersions` answers are cut down to.
//!
//! A version that this proxy can't read must be unreachable by negotiation: it may carry broker addresses or records.
//! What is missing here is hidden on purpose: traffic between brokers and controllers, whose addresses clients must not see.
//! docs/kafka-protocol.md is made from this table.

use crate::error::Malformed;
use crate::unserved;
use crate::wire::{Cursor, put_count, put_uvarint};

/// What the proxy does with a request or its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handling {
    /// Streams through, both ways.
    Pass,
    Produce,
    Fetch,
    Metadata,
    FindCoordinator,
    DescribeCluster,
    ApiVersions,
    SaslHandshake,
    SaslAuthenticate,
    JoinGroup,
    ConsumerGroupHeartbeat,
    OffsetCommit,
    TxnOffsetCommit,
    EndTxn,
    ShareGroupHeartbeat,
    ShareFetch,
    ShareAcknowledge,
    StreamsGroupHeartbeat,
}

impl Handling {
    /// What is done, for the page about the protocol. `None` if nothing is.
    fn meaning(self) -> Option<&'static str> {
        Some(match self {
            Self::Pass => return None,
            Self::Produce => {
                "judged by topic and partition; from 10 on, addresses of new leaders in the answer are replaced"
            }
            Self::Fetch => {
                "lineage: which topics are fetched; from 16 on, addresses of new leaders in the answer are replaced"
            }
            Self::Metadata => {
                "addresses of brokers in the answer are replaced; from 10 on, ids of topics are learnt from it"
            }
            Self::FindCoordinator => "addresses of coordinators in the answer are replaced",
            Self::DescribeCluster => "addresses of brokers in the answer are replaced; controllers are left out",
            Self::ApiVersions => {
                "the answer is cut down to this table; lineage: name and version of the client library"
            }
            Self::SaslHandshake => "the mechanism is noted; tokens without header that follow version 0 are passed on",
            Self::SaslAuthenticate => "the principal is learnt when the broker has accepted it; nothing else is kept",
            Self::JoinGroup | Self::ConsumerGroupHeartbeat => "lineage: which topics a group subscribes to",
            Self::ShareGroupHeartbeat => "lineage: which topics a share group subscribes to",
            Self::StreamsGroupHeartbeat => "lineage: which topics a streams application reads",
            Self::OffsetCommit => "lineage: what a group has read",
            Self::TxnOffsetCommit => "lineage: what a group has read within a transaction",
            Self::EndTxn => {
                "lineage: what was read and what was written in a transaction belong together once it is committed"
            }
            Self::ShareFetch => {
                "lineage: which topics are fetched; addresses of new leaders in the answer are replaced"
            }
            Self::ShareAcknowledge => "addresses of new leaders in the answer are replaced",
        })
    }
}

/// A kind of request that is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Api {
    pub(crate) key: i16,
    name: &'static str,
    /// The highest version that is understood.
    pub(crate) max: i16,
    /// The first version with tagged fields; only known for what is read here.
    flexible_from: i16,
    pub(crate) handling: Handling,
}

impl Api {
    pub(crate) fn is_flexible(self, version: i16) -> bool {
        version >= self.flexible_from
    }
}

pub(crate) const PRODUCE: i16 = 0;
pub(crate) const METADATA: i16 = 3;
pub(crate) const API_VERSIONS: i16 = 18;

pub(crate) const PRODUCE_MAX: i16 = 13;

/// The first `Produce` version that names topics by id, as `Fetch` does from the same number on.
pub(crate) const PRODUCE_BY_ID: i16 = 13;

/// The first `Produce` version that carries v2 record batches.
pub(crate) const PRODUCE_V2_BATCHES: i16 = 3;

const NEVER: i16 = i16::MAX;

#[rustfmt::skip]
const APIS: &[Api] = &[
    read(PRODUCE, "Produce", PRODUCE_MAX, 9, Handling::Produce),
    read(1, "Fetch", 18, 12, Handling::Fetch),
    pass(2, "ListOffsets", 11),
    read(METADATA, "Metadata", 13, 9, Handling::Metadata),
    read(8, "OffsetCommit", 10, 8, Handling::OffsetCommit),
    pass(9, "OffsetFetch", 10),
    read(10, "FindCoordinator", 6, 3, Handling::FindCoordinator),
    read(11, "JoinGroup", 9, 6, Handling::JoinGroup),
    pass(12, "Heartbeat", 4),
    pass(13, "LeaveGroup", 5),
    pass(14, "SyncGroup", 5),
    pass(15, "DescribeGroups", 6),
    pass(16, "ListGroups", 5),
    read(17, "SaslHandshake", 1, NEVER, Handling::SaslHandshake),
    read(API_VERSIONS, "ApiVersions", 4, 3, Handling::ApiVersions),
    pass(19, "CreateTopics", 7),
    pass(20, "DeleteTopics", 6),
    pass(21, "DeleteRecords", 2),
    pass(22, "InitProducerId", 6),
    pass(23, "OffsetForLeaderEpoch", 4),
    pass(24, "AddPartitionsToTxn", 5),
    pass(25, "AddOffsetsToTxn", 4),
    read(26, "EndTxn", 5, 3, Handling::EndTxn),
    pass(27, "WriteTxnMarkers", 2), // an admin aborts a hanging transaction with it
    read(28, "TxnOffsetCommit", 5, 3, Handling::TxnOffsetCommit),
    pass(29, "DescribeAcls", 3),
    pass(30, "CreateAcls", 3),
    pass(31, "DeleteAcls", 3),
    pass(32, "DescribeConfigs", 4),
    pass(33, "AlterConfigs", 2),
    pass(34, "AlterReplicaLogDirs", 2),
    pass(35, "DescribeLogDirs", 5),
    read(36, "SaslAuthenticate", 2, 2, Handling::SaslAuthenticate),
    pass(37, "CreatePartitions", 3),
    pass(38, "CreateDelegationToken", 3),
    pass(39, "RenewDelegationToken", 2),
    pass(40, "ExpireDelegationToken", 2),
    pass(41, "DescribeDelegationToken", 3),
    pass(42, "DeleteGroups", 2),
    pass(43, "ElectLeaders", 2),
    pass(44, "IncrementalAlterConfigs", 1),
    pass(45, "AlterPartitionReassignments", 1),
    pass(46, "ListPartitionReassignments", 0),
    pass(47, "OffsetDelete", 0),
    pass(48, "DescribeClientQuotas", 1),
    pass(49, "AlterClientQuotas", 1),
    pass(50, "DescribeUserScramCredentials", 0),
    pass(51, "AlterUserScramCredentials", 0),
    pass(55, "DescribeQuorum", 1), // from 2 on it tells the addresses of controllers
    pass(57, "UpdateFeatures", 2),
    read(60, "DescribeCluster", 2, 0, Handling::DescribeCluster),
    pass(61, "DescribeProducers", 0),
    pass(64, "UnregisterBroker", 0),
    pass(65, "DescribeTransactions", 0),
    pass(66, "ListTransactions", 2),
    read(68, "ConsumerGroupHeartbeat", 1, 0, Handling::ConsumerGroupHeartbeat),
    pass(69, "ConsumerGroupDescribe", 1),
    pass(71, "GetTelemetrySubscriptions", 0),
    pass(72, "PushTelemetry", 0),
    pass(74, "ListConfigResources", 1),
    pass(75, "DescribeTopicPartitions", 0),
    read(76, "ShareGroupHeartbeat", 1, 0, Handling::ShareGroupHeartbeat),
    pass(77, "ShareGroupDescribe", 1),
    read(78, "ShareFetch", 2, 0, Handling::ShareFetch),
    read(79, "ShareAcknowledge", 2, 0, Handling::ShareAcknowledge),
    read(88, "StreamsGroupHeartbeat", 0, 0, Handling::StreamsGroupHeartbeat),
    pass(89, "StreamsGroupDescribe", 0),
    pass(90, "DescribeShareGroupOffsets", 1),
    pass(91, "AlterShareGroupOffsets", 0),
    pass(92, "DeleteShareGroupOffsets", 0),
];

const fn pass(key: i16, name: &'static str, max: i16) -> Api {
    Api { key, name, max, flexible_from: NEVER, handling: Handling::Pass }
}

const fn read(key: i16, name: &'static str, max: i16, flexible_from: i16, handling: Handling) -> Api {
    Api { key, name, max, flexible_from, handling }
}

/// A row of the page about the protocol: key, name, highest version, and what is done besides passing on.
pub type Row = (i16, &'static str, i16, Option<&'static str>);

/// Which messages of Kafka's protocol go through, and what is done with them.
pub fn rows() -> impl Iterator<Item = Row> {
    APIS.iter().map(|api| (api.key, api.name, api.max, api.handling.meaning()))
}

/// The table's row for a request, if it may be sent at all.
pub(crate) fn find(key: i16) -> Option<Api> {
    // Nearly sorted and short; the busiest rows come first.
    APIS.iter().find(|api| api.key == key).copied()
}

/// The error that tells a client to ask again with a version that is named in the answer.
pub(crate) const UNSUPPORTED_VERSION: i16 = 35;

/// Answers an `ApiVersions` request that is newer than we know, as a broker would: in the format of version 0.
pub(crate) fn too_new(correlation: i32) -> Vec<u8> {
    ask_again(correlation, find(API_VERSIONS).map_or(0, |api| api.max))
}

/// Tells the client to send `ApiVersions` again, in a version up to `max`.
fn ask_again(correlation: i32, max: i16) -> Vec<u8> {
    let mut out = vec![0; 4];
    out.extend_from_slice(&correlation.to_be_bytes());
    out.extend_from_slice(&UNSUPPORTED_VERSION.to_be_bytes());
    put_count(&mut out, false, 1);
    for field in [API_VERSIONS, 0, max] {
        out.extend_from_slice(&field.to_be_bytes());
    }
    crate::wire::seal(&mut out);
    out
}

/// Cuts a broker's answer down to what both sides understand. `body` begins after the correlation id; the header of this
/// one answer never has tagged fields. `refuses_topics` adds `CreateTopics`, which is then refused here with a reason.
pub(crate) fn narrow(body: &[u8], correlation: i32, version: i16, refuses_topics: bool) -> Result<Vec<u8>, Malformed> {
    let mut cursor = Cursor::new(body);
    let error = cursor.i16()?;
    if error == UNSUPPORTED_VERSION {
        // The rest should be in the format of version 0, which not every broker gets right. Version 0 itself they all know.
        return Ok(ask_again(correlation, 0));
    }
    let flexible = version >= 3;
    let mut kept = Vec::new();
    for _ in 0..cursor.count(flexible)? {
        let (key, min, max) = (cursor.i16()?, cursor.i16()?, cursor.i16()?);
        cursor.skip_tags(flexible)?;
        kept.extend(intersect(key, min, max));
    }
    if refuses_topics && kept.iter().all(|[key, ..]| *key != unserved::CREATE_TOPICS) {
        kept.push([unserved::CREATE_TOPICS, unserved::MIN, unserved::MAX]);
    }
    let mut out = vec![0; 4];
    out.extend_from_slice(&correlation.to_be_bytes());
    out.extend_from_slice(&error.to_be_bytes());
    put_count(&mut out, flexible, kept.len());
    for range in kept {
        range.iter().for_each(|field| out.extend_from_slice(&field.to_be_bytes()));
        if flexible {
            put_uvarint(&mut out, 0);
        }
    }
    out.extend_from_slice(cursor.rest());
    crate::wire::seal(&mut out);
    Ok(out)
}

/// Our lowest version is always 0. For `Produce` that matters: brokers advertise 0 although they refuse it, because
/// old librdkafka stops compressing otherwise.
fn intersect(key: i16, min: i16, max: i16) -> Option<[i16; 3]> {
    let max = max.min(find(key)?.max);
    (min <= max).then_some([key, min, max])
}

/// The client library and its version, such as `librdkafka/2.12.1`, from an `ApiVersions` request.
pub(crate) fn software(body: Cursor<'_>, version: i16) -> Result<Option<String>, Malformed> {
    if version < 3 {
        return Ok(None);
    }
    let mut cursor = body;
    let (name, number) = (cursor.string(true)?, cursor.string(true)?);
    Ok(Some(format!("{name}/{number}")))
}

#[cfg(test)]
mod tests {
    use bytes::{BufMut, BytesMut};
    use kafka_protocol::messages::ApiVersionsResponse;
    use kafka_protocol::messages::api_versions_response::ApiVersion;
    use kafka_protocol::protocol::{Decodable, Encodable, Message};

    use super::*;

    fn answer(version: i16, keys: &[(i16, i16, i16)]) -> Vec<u8> {
        let keys = keys.iter().map(|(key, min, max)| {
            ApiVersion::default().with_api_key(*key).with_min_version(*min).with_max_version(*max)
        });
        let response = ApiVersionsResponse::default()
            .with_api_keys(keys.collect())
            .with_finalized_features_epoch(if version >= 3 { 7 } else { -1 });
        let mut out = BytesMut::new();
        response.encode(&mut out, version).unwrap();
        out.to_vec()
    }

    #[test]
    fn answers_name_only_what_both_sides_understand() {
        for version in 0..=4 {
            let broker =
                answer(version, &[(0, 0, 14), (1, 4, 30), (3, 0, 5), (18, 0, 4), (55, 0, 2), (78, 1, 3), (999, 0, 9)]);
            let narrowed = narrow(&broker, 9, version, false).unwrap();
            let mut body = bytes::Bytes::from(narrowed.get(8..).unwrap().to_vec());
            let read = ApiVersionsResponse::decode(&mut body, version).unwrap();
            let ranges: Vec<_> =
                read.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version)).collect();
            assert_eq!(
                ranges,
                [(0, 0, 13), (1, 4, 18), (3, 0, 5), (18, 0, 4), (55, 0, 1), (78, 1, 2)],
                "version {version}"
            );
            assert_eq!(read.finalized_features_epoch, if version >= 3 { 7 } else { -1 });
        }
    }

    #[test]
    fn a_broker_that_knows_only_older_versions_is_understood() {
        let mut broker = BytesMut::new();
        broker.put_i16(UNSUPPORTED_VERSION);
        broker.put_i32(1);
        [18, 0, 2].into_iter().for_each(|field| broker.put_i16(field));
        let narrowed = narrow(&broker, 1, 4, false).unwrap();
        let mut body = bytes::Bytes::from(narrowed.get(8..).unwrap().to_vec());
        let read = ApiVersionsResponse::decode(&mut body, 0).unwrap();
        assert_eq!((read.error_code, read.api_keys[0].api_key, read.api_keys[0].max_version), (35, 18, 0));
        // One that writes its refusal in a format of its own is understood as well.
        let odd = [0, 35, 1, 0, 18, 0, 0, 0, 2, 0, 0, 0, 0];
        assert_eq!(narrow(&odd, 1, 3, false).unwrap(), narrowed);
    }

    #[test]
    fn a_client_from_the_future_is_told_our_range_in_version_0() {
        let told = too_new(77);
        let mut body = bytes::Bytes::from(told.get(8..).unwrap().to_vec());
        let read = ApiVersionsResponse::decode(&mut body, 0).unwrap();
        assert_eq!((read.error_code, read.api_keys[0].api_key, read.api_keys[0].max_version), (35, 18, 4));
    }

    #[test]
    fn hidden_requests_stay_hidden() {
        for key in [4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 80, 81, 82, 83, 84, 85, 86, 87] {
            assert_eq!(find(key), None, "{key}");
        }
    }

    #[test]
    fn what_is_read_here_is_within_what_the_protocol_knows() {
        // Versions are spelled out by hand; another implementation of the protocol agrees where it is as new.
        use kafka_protocol::messages::*;
        let known = [
            (0, ProduceRequest::VERSIONS),
            (1, FetchRequest::VERSIONS),
            (3, MetadataRequest::VERSIONS),
            (10, FindCoordinatorRequest::VERSIONS),
            (11, JoinGroupRequest::VERSIONS),
            (28, TxnOffsetCommitRequest::VERSIONS),
            (36, SaslAuthenticateRequest::VERSIONS),
            (60, DescribeClusterRequest::VERSIONS),
            (68, ConsumerGroupHeartbeatRequest::VERSIONS),
            (76, ShareGroupHeartbeatRequest::VERSIONS),
        ];
        for (key, versions) in known {
            assert!(find(key).is_some_and(|api| api.max <= versions.max), "{key}");
        }
    }

    #[test]
    fn every_row_has_a_key_and_a_name_of_its_own() {
        let rows: Vec<_> = rows().collect();
        assert!(rows.is_sorted_by(|one, next| one.0 < next.0));
        for (key, name, ..) in &rows {
            let known = kafka_protocol::messages::ApiKey::try_from(*key);
            // The other implementation is older and lacks a few.
            assert!(known.map_or(*key >= 74, |known| format!("{known:?}") == *name), "{key} {name}");
        }
    }
}
