//! What is a client told that asks a broker for what it can't do? For the development broker, which makes no topics on
//! request: clients would wait for a controller until they give up, and never learn why.

use crate::error::Malformed;
use crate::wire::{Cursor, put_count, put_nullable_string, put_string, seal};

pub(crate) const CREATE_TOPICS: i16 = 19;

/// The versions that are answered here: those with a message for each topic and without tagged fields.
pub(crate) const MIN: i16 = 2;
pub(crate) const MAX: i16 = 4;

/// Not to be tried again, and shown to people together with its message.
const INVALID_REQUEST: i16 = 42;

pub(crate) fn is_served_here(key: i16, version: i16) -> bool {
    key == CREATE_TOPICS && (MIN..=MAX).contains(&version)
}

/// Refuses to make the topics of a `CreateTopics` request, and says what to do instead.
pub(crate) fn refuse(body: Cursor<'_>, correlation: i32, hint: &str) -> Result<Vec<u8>, Malformed> {
    let topics = topics(body)?;
    let mut out = vec![0; 4];
    out.extend_from_slice(&correlation.to_be_bytes());
    out.extend_from_slice(&[0; 4]); // throttle time
    put_count(&mut out, false, topics.len());
    for topic in topics {
        put_string(&mut out, false, topic);
        out.extend_from_slice(&INVALID_REQUEST.to_be_bytes());
        put_nullable_string(&mut out, false, Some(hint));
    }
    seal(&mut out);
    Ok(out)
}

fn topics<'a>(mut cursor: Cursor<'a>) -> Result<Vec<&'a str>, Malformed> {
    let mut names = Vec::new();
    for _ in 0..cursor.count(false)? {
        names.push(cursor.string(false)?);
        cursor.skip(4 + 2)?; // partitions, replication factor
        for _ in 0..cursor.count(false)? {
            cursor.i32()?; // partition
            cursor.skip_array(false, 4)?; // its replicas
        }
        for _ in 0..cursor.count(false)? {
            cursor.string(false)?;
            cursor.nullable_string(false)?;
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};
    use kafka_protocol::messages::create_topics_request::{
        CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
    };
    use kafka_protocol::messages::{BrokerId, CreateTopicsRequest, CreateTopicsResponse, TopicName};
    use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

    use super::*;

    #[test]
    fn every_topic_is_refused_with_the_hint() {
        let topic = |name: &'static str| {
            CreatableTopic::default()
                .with_name(TopicName(StrBytes::from_static_str(name)))
                .with_assignments(vec![CreatableReplicaAssignment::default().with_broker_ids(vec![BrokerId(1)])])
                .with_configs(vec![CreatableTopicConfig::default().with_name("retention.ms".into())])
        };
        let request = CreateTopicsRequest::default().with_topics(vec![topic("a"), topic("b")]);
        for version in MIN..=MAX {
            let mut body = BytesMut::new();
            request.encode(&mut body, version).unwrap();
            let answer = refuse(Cursor::new(&body), 7, "use a real one").unwrap();
            assert_eq!(answer.get(4..8), Some(&7i32.to_be_bytes()[..]));
            let mut rest = Bytes::from(answer.get(8..).unwrap().to_vec());
            let read = CreateTopicsResponse::decode(&mut rest, version).unwrap();
            assert!(rest.is_empty());
            let told: Vec<_> = read.topics.iter().map(|topic| (topic.name.as_str(), topic.error_code)).collect();
            assert_eq!(told, [("a", INVALID_REQUEST), ("b", INVALID_REQUEST)]);
            assert!(read.topics.iter().all(|topic| topic.error_message.as_deref() == Some("use a real one")));
        }
    }

    #[test]
    fn a_request_that_is_cut_short_is_malformed_wherever_it_ends() {
        let topic = CreatableTopic::default().with_name(TopicName(StrBytes::from_static_str("a")));
        let mut body = BytesMut::new();
        CreateTopicsRequest::default().with_topics(vec![topic]).encode(&mut body, MAX).unwrap();
        let needed = body.len() - 5; // Time-out and validate-only are not read.
        for end in 0..needed {
            assert!(refuse(Cursor::new(&body[..end]), 1, "").is_err(), "{end}");
        }
    }
}
