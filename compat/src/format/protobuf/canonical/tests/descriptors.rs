//! Do compiled schemas come out as text that says the same?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

use super::super::super::corpus::{ALL, ORDER, proto, read};

fn decoded(text: &str) -> FileDescriptorProto {
    FileDescriptorProto::decode(STANDARD.decode(text).unwrap().as_slice()).unwrap()
}

#[test]
fn a_descriptor_is_said_as_text_and_back() {
    for text in ALL {
        let schema = proto(text);
        let serialized = schema.rendered("serialized").unwrap();
        let again = if text.is_empty() { proto("") } else { proto(&serialized) };
        assert_eq!(again.normalized(), schema.normalized());
        assert_eq!(proto(&again.identity()).identity(), again.identity());
    }
}

#[test]
fn a_descriptor_without_options_comes_out_in_full_names() {
    let schema = proto(
        &proto("package p; message A { optional A a = 1; map<int32, A> m = 2; }").rendered("serialized").unwrap(),
    );
    assert_eq!(
        schema.identity(),
        "package p;

message A {
  optional .p.A a = 1;
  repeated .p.A.MEntry m = 2;

  message MEntry {
    option map_entry = true;
  
    optional int32 key = 1;
    optional .p.A value = 2;
  }
}
"
    );
}

#[test]
fn the_serialized_form_is_the_linked_file() {
    let file = decoded(&proto(ORDER).rendered("serialized").unwrap());
    assert_eq!(file.name(), "default");
    assert_eq!(file.source_code_info, None);
    assert_eq!(file.message_type[0].field[5].type_name(), ".shop.orders.Order.Status");
}

#[test]
fn a_set_of_files_stands_for_its_last_one() {
    let known = FileDescriptorProto { name: Some("google/protobuf/any.proto".into()), ..Default::default() };
    let last = decoded(&proto("message A {}").rendered("serialized").unwrap());
    let set = FileDescriptorSet { file: vec![known, last] };
    assert_eq!(proto(&STANDARD.encode(set.encode_to_vec())).identity(), "\nmessage A {}\n");
}

#[test]
fn names_that_no_text_can_have_are_refused() {
    let message = prost_types::DescriptorProto { name: Some("A {} message B".into()), ..Default::default() };
    let file = FileDescriptorProto { name: Some("x".into()), message_type: vec![message], ..Default::default() };
    let malformed = read(&STANDARD.encode(file.encode_to_vec())).unwrap_err();
    assert_eq!(malformed.message, "the descriptor has a name that no text can have: 'A {} message B'");
}

#[test]
fn extensions_can_be_left_out() {
    let text = "package p; import 'google/protobuf/descriptor.proto'; import 'confluent/meta.proto';
        extend google.protobuf.FieldOptions { optional string mark = 50000; }
        message M { extensions 100 to 200; option (confluent.message_meta).doc = 'd';
          optional string s = 1 [(mark) = 'x', (confluent.field_meta).tags = 'PII']; }";
    assert_eq!(
        proto(text).rendered("ignore_extensions").unwrap(),
        "package p;

import \"google/protobuf/descriptor.proto\";
import \"confluent/meta.proto\";

message M {
  option (confluent.message_meta).doc = \"d\";

  optional string s = 1 [(confluent.field_meta).tags = \"PII\"];
}
"
    );
    assert_eq!(proto(text).rendered("resolved"), None);
    for text in ALL {
        proto(&proto(text).rendered("ignore_extensions").unwrap());
    }
}
