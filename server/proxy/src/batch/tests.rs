//! Are records walked as the producer wrote them, and hostile batches refused?

use super::*;
use crate::testing::{CODECS, Dice, Rec, batch, put_record, reseal, seal_batch, value};

/// Keys and values.
type Pairs = Vec<(Option<Vec<u8>>, Option<Vec<u8>>)>;

fn read(bytes: &[u8]) -> Pairs {
    let opened = Batch::open(bytes).unwrap();
    let mut records = opened.walk(opened.records).unwrap();
    let mut all = Vec::new();
    while let Some(record) = records.next() {
        let record = record.unwrap();
        all.push((record.key.map(<[u8]>::to_vec), record.value.map(<[u8]>::to_vec)));
    }
    all
}

#[test]
fn records_come_out_as_they_went_in() {
    let long = vec![7; 300];
    let records = [
        Rec { key: Some(b"k".to_vec()), value: Some(b"v".to_vec()), headers: vec![] },
        Rec { key: None, value: None, headers: vec![] },
        Rec { key: Some(vec![]), value: Some(long.clone()), headers: vec![("a", None), ("a", Some(b"2".to_vec()))] },
    ];
    let expected = [(Some(b"k".to_vec()), Some(b"v".to_vec())), (None, None), (Some(vec![]), Some(long))];
    assert_eq!(read(&batch(Codec::None, &records)), expected);
}

#[test]
fn another_implementation_writes_batches_that_read_the_same() {
    use kafka_protocol::records::{Compression, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType};
    let record = Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: 0,
        producer_id: 7,
        producer_epoch: 1,
        timestamp_type: TimestampType::Creation,
        timestamp: 1_700_000_000_000,
        sequence: 3,
        offset: 0,
        key: Some("k".into()),
        value: Some("v".into()),
        headers: [("h".into(), Some("x".into()))].into_iter().collect(),
    };
    let records = [record.clone(), Record { offset: 1, sequence: 4, timestamp: 1_700_000_000_007, ..record }];
    let mut bytes = bytes::BytesMut::new();
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    RecordBatchEncoder::encode(&mut bytes, records.iter(), &options).unwrap();
    let one = (Some(b"k".to_vec()), Some(b"v".to_vec()));
    assert_eq!(read(&bytes), [one.clone(), one]);
}

#[test]
fn the_last_header_of_a_name_counts() {
    let headers = vec![("id", Some(b"1".to_vec())), ("other", None), ("id", Some(b"2".to_vec())), ("null", None)];
    let bytes = batch(Codec::None, &[Rec { headers, ..value("v") }]);
    let opened = Batch::open(&bytes).unwrap();
    let headers = opened.walk(opened.records).unwrap().next().unwrap().unwrap().headers;
    assert_eq!(headers.last("id"), Some(Some(&b"2"[..])));
    assert_eq!(headers.last("null"), Some(None));
    assert_eq!(headers.last("missing"), None);
}

#[test]
fn faults_of_the_whole_batch_are_told_apart() {
    let good = batch(Codec::None, &[value("v")]);
    let fault = |bytes: &[u8]| Batch::open(bytes).unwrap_err();
    assert_eq!(fault(&good[..10]), BatchFault::CutShort);
    assert_eq!(fault(&good[..good.len() - 1]), BatchFault::CutShort);
    assert_eq!(fault(&[&good[..], &good[..]].concat()), BatchFault::MoreThanOne);

    let mut old = good.clone();
    old[16] = 1;
    assert_eq!(fault(&old), BatchFault::Format(1));
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(fault(&flipped), BatchFault::Checksum);
    let mut control = good.clone();
    control[22] |= 0x20;
    reseal(&mut control);
    assert_eq!(fault(&control), BatchFault::Control);
    let mut codec = good;
    codec[22] |= 5;
    reseal(&mut codec);
    assert_eq!(fault(&codec), BatchFault::UnknownCodec);
}

#[test]
fn a_count_that_the_bytes_can_not_hold_is_refused() {
    let mut records = Vec::new();
    put_record(&mut records, 0, &value("v"));
    for count in [2, 1_000_000_000, -1] {
        let bytes = seal_batch(Codec::None, &records, count);
        let opened = Batch::open(&bytes).unwrap();
        assert_eq!(opened.walk(opened.records).unwrap_err(), BatchFault::Count, "{count}");
    }
}

#[test]
fn too_few_records_and_left_over_bytes_are_both_found() {
    let mut records = Vec::new();
    (0..3).for_each(|index| put_record(&mut records, index, &value("a value")));
    let walk = |count| {
        let bytes = seal_batch(Codec::None, &records, count);
        let opened = Batch::open(&bytes).unwrap();
        let mut walked = opened.walk(opened.records).unwrap();
        std::iter::from_fn(|| walked.next()).map(|record| record.err()).collect::<Vec<_>>()
    };
    assert_eq!(walk(3), [None, None, None]);
    assert_eq!(walk(2), [None, None, Some(RecordFault::LeftOver)]);
    assert_eq!(walk(4), [None, None, None, Some(RecordFault::Length)]);
}

#[test]
fn headers_alone_tell_how_many_records_there_are() {
    for codec in CODECS {
        let bytes = batch(codec, &vec![value("v"); 50]);
        assert_eq!(peek(&bytes), Some((50, bytes.len() - HEADER)));
    }
    assert_eq!(peek(&[0; 30]), None);
    assert_eq!(peek(&seal_batch(Codec::None, &[0; 10], i32::MAX)), None);
}

#[test]
fn tampered_batches_never_panic() {
    let mut dice = Dice::new(1);
    let headers = vec![("a", Some(b"1".to_vec())), ("b", None)];
    let records: Vec<_> = (0..20).map(|index| Rec { headers: headers.clone(), ..value(vec![7; index * 9]) }).collect();
    let original = batch(Codec::None, &records);
    for _ in 0..5_000 {
        let mut bytes = original.clone();
        dice.mutate(&mut bytes);
        if bytes.len() > HEADER {
            let length = u32::try_from(bytes.len() - 12).unwrap();
            bytes[8..12].copy_from_slice(&length.to_be_bytes());
            reseal(&mut bytes);
        }
        let Ok(opened) = Batch::open(&bytes) else { continue };
        let Ok(mut walked) = opened.walk(opened.records) else { continue };
        let mut seen = 0;
        while let Some(record) = walked.next() {
            seen += 1;
            if let Ok(record) = record {
                record.headers.last("a");
            }
        }
        assert!(seen <= bytes.len());
    }
}
