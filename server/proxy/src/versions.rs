//! Which requests may clients send, in which versions? The table that `ApiVersions` answers are cut down to.
//!
//! A version that this proxy can't read must be unreachable by negotiation: it may carry broker addresses or records.
//! What is missing here is hidden on purpose: traffic between controllers (addresses that clients must not see), and
//! share groups (their answers carry broker addresses).

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
}

/// A kind of request that is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Api {
    pub(crate) key: i16,
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

/// `Produce` and `Fetch` from 13 on name topics by id. For `Fetch` that only blurs lineage until the id was seen in a
/// `Metadata` answer; for `Produce` it would hide which policy counts, so 12 is the last one.
pub(crate) const PRODUCE_MAX: i16 = 12;

/// The first `Produce` version that carries v2 record batches.
pub(crate) const PRODUCE_V2_BATCHES: i16 = 3;

const NEVER: i16 = i16::MAX;

#[rustfmt::skip]
const APIS: &[Api] = &[
    read(PRODUCE, PRODUCE_MAX, 9, Handling::Produce),
    read(1, 18, 12, Handling::Fetch),
    pass(2, 11), // ListOffsets
    read(METADATA, 13, 9, Handling::Metadata),
    read(8, 10, 8, Handling::OffsetCommit),
    pass(9, 10), // OffsetFetch
    read(10, 6, 3, Handling::FindCoordinator),
    read(11, 9, 6, Handling::JoinGroup),
    pass(12, 4), // Heartbeat
    pass(13, 5), // LeaveGroup
    pass(14, 5), // SyncGroup
    pass(15, 6), // DescribeGroups
    pass(16, 5), // ListGroups
    read(17, 1, NEVER, Handling::SaslHandshake),
    read(API_VERSIONS, 4, 3, Handling::ApiVersions),
    pass(19, 7), // CreateTopics
    pass(20, 6), // DeleteTopics
    pass(21, 2), // DeleteRecords
    pass(22, 6), // InitProducerId
    pass(23, 4), // OffsetForLeaderEpoch
    pass(24, 5), // AddPartitionsToTxn
    pass(25, 4), // AddOffsetsToTxn
    pass(26, 5), // EndTxn
    pass(27, 2), // WriteTxnMarkers: an admin aborts a hanging transaction with it
    read(28, 5, 3, Handling::TxnOffsetCommit),
    pass(29, 3), // DescribeAcls
    pass(30, 3), // CreateAcls
    pass(31, 3), // DeleteAcls
    pass(32, 4), // DescribeConfigs
    pass(33, 2), // AlterConfigs
    pass(34, 2), // AlterReplicaLogDirs
    pass(35, 4), // DescribeLogDirs
    read(36, 2, 2, Handling::SaslAuthenticate),
    pass(37, 3), // CreatePartitions
    pass(38, 3), // CreateDelegationToken
    pass(39, 2), // RenewDelegationToken
    pass(40, 2), // ExpireDelegationToken
    pass(41, 3), // DescribeDelegationToken
    pass(42, 2), // DeleteGroups
    pass(43, 2), // ElectLeaders
    pass(44, 1), // IncrementalAlterConfigs
    pass(45, 1), // AlterPartitionReassignments
    pass(46, 0), // ListPartitionReassignments
    pass(47, 0), // OffsetDelete
    pass(48, 1), // DescribeClientQuotas
    pass(49, 1), // AlterClientQuotas
    pass(50, 0), // DescribeUserScramCredentials
    pass(51, 0), // AlterUserScramCredentials
    pass(57, 2), // UpdateFeatures
    read(60, 2, 0, Handling::DescribeCluster),
    pass(61, 0), // DescribeProducers
    pass(64, 0), // UnregisterBroker
    pass(65, 0), // DescribeTransactions
    pass(66, 2), // ListTransactions
    read(68, 1, 0, Handling::ConsumerGroupHeartbeat),
    pass(69, 1), // ConsumerGroupDescribe
    pass(71, 0), // GetTelemetrySubscriptions
    pass(72, 0), // PushTelemetry
    pass(74, 1), // ListConfigResources
    pass(75, 0), // DescribeTopicPartitions
    pass(88, 0), // StreamsGroupHeartbeat
    pass(89, 0), // StreamsGroupDescribe
];

const fn pass(key: i16, max: i16) -> Api {
    Api { key, max, flexible_from: NEVER, handling: Handling::Pass }
}

const fn read(key: i16, max: i16, flexible_from: i16, handling: Handling) -> Api {
    Api { key, max, flexible_from, handling }
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
                answer(version, &[(0, 0, 13), (1, 4, 30), (3, 0, 5), (18, 0, 4), (55, 0, 2), (78, 1, 1), (999, 0, 9)]);
            let narrowed = narrow(&broker, 9, version, false).unwrap();
            let mut body = bytes::Bytes::from(narrowed.get(8..).unwrap().to_vec());
            let read = ApiVersionsResponse::decode(&mut body, version).unwrap();
            let ranges: Vec<_> =
                read.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version)).collect();
            assert_eq!(ranges, [(0, 0, 12), (1, 4, 18), (3, 0, 5), (18, 0, 4)], "version {version}");
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
        for key in [52, 53, 54, 55, 56, 58, 59, 62, 63, 70, 78, 79, 80, 81, 82] {
            assert_eq!(find(key), None, "{key}");
        }
    }

    #[test]
    fn what_is_read_here_is_within_what_the_protocol_knows() {
        // Versions are spelled out by hand; another implementation of the protocol agrees where it is as new.
        assert!(find(3).is_some_and(|api| api.max <= kafka_protocol::messages::MetadataRequest::VERSIONS.max));
        assert!(find(10).is_some_and(|api| api.max <= kafka_protocol::messages::FindCoordinatorRequest::VERSIONS.max));
        assert!(find(1).is_some_and(|api| api.max <= kafka_protocol::messages::FetchRequest::VERSIONS.max));
    }
}
