//! Which schemas are the tests of Protobuf run on? Texts as people write them, with a bit of everything.

use crate::format::{Parsed, Resolved, Strictness, parse};
use crate::schema::SchemaKind;
use crate::violation::Malformed;

/// A text that others import.
pub(super) fn reference(name: &str, text: &str) -> Resolved {
    Resolved { name: name.into(), kind: SchemaKind::Protobuf, text: text.into() }
}

/// Reads a text with nothing but well-known files to import.
pub(super) fn read(text: &str) -> Result<Parsed, Malformed> {
    parse(SchemaKind::Protobuf, text, &[], Strictness::Strict)
}

/// Reads a text that is fine.
#[track_caller]
pub(super) fn proto(text: &str) -> Parsed {
    match read(text) {
        Ok(schema) => schema,
        Err(malformed) => panic!("{malformed} in\n{}", text.get(..300).unwrap_or(text)),
    }
}

pub(super) const ORDER: &str = r#"// Orders of the shop.
syntax = "proto3";

package shop.orders;

import "google/protobuf/timestamp.proto";
import "confluent/meta.proto";
import "google/type/money.proto";

option java_package = "com.example.shop";
option java_multiple_files = true;
option (confluent.file_meta).tags = "SHOP";

// An order.
// It has lines.
message Order {
  option (confluent.message_meta) = {
    doc: "what somebody ordered"
    tags: ["BUSINESS"]
    params: [{ key: "owner", value: "sales" }]
  };
  reserved 9, 20 to 29;
  reserved "legacy_id";

  // Assigned by the shop.
  string id = 1;
  optional string email = 2 [(confluent.field_meta).tags = "PII", (confluent.field_meta).tags = "EMAIL"];
  repeated Line lines = 3;
  map<string, int32> counts = 4;
  map<string, Line> named = 5 [deprecated = true];
  Status status = 6;
  google.protobuf.Timestamp at = 7;
  oneof payment {
    Card card = 8;
    google.type.Money cash = 10;
  }
  repeated int32 flags = 11 [packed = false, json_name = "Flags"];

  message Line {
    string sku = 1;
    uint32 amount = 2;
    double price = 3;
  }

  enum Status {
    option allow_alias = true;
    reserved 5 to 7, 100 to max;
    reserved "LOST";
    UNKNOWN = 0;
    OPEN = 1;
    NEW = 1 [deprecated = true];
    CLOSED = 2;
    BROKEN = -1;
  }
}

message Card {
  bytes number = 1;
}
"#;

pub(super) const LEGACY: &str = r#"package legacy.v1;
import public "google/protobuf/descriptor.proto";

extend google.protobuf.FieldOptions {
  optional Rule rule = 50001;
  repeated string mark = 50002;
}
extend google.protobuf.MessageOptions { optional Level level = 50003; }
message Rule {
  optional string pattern = 1;
  optional float share = 2;
  repeated int64 numbers = 3;
  optional Rule inner = 4;
  map<string, bool> switches = 5;
  extensions 100 to max;
}
extend Rule { optional bytes raw = 100; }
enum Level { LOW = 5; HIGH = 1; }
message Account {
  option (level) = HIGH;
  option deprecated = false;
  required string name = 1 [default = "a \"quoted\"\n\x01\ttext", (rule) = { pattern: "^[a-z]+$", share: 0.25 }];
  optional bytes key = 2 [default = "\000\xff'"];
  optional double ratio = 3 [default = -0x10];
  optional float piece = 4 [default = 1.5e-3];
  optional float limit = 5 [default = -inf];
  optional bool flag = 6 [default = true];
  optional Level rank = 7 [default = LOW];
  optional int32 code = 0x8 [(mark) = "one", (mark) = 'two' 'three', deprecated = true];
  repeated group Part = 9 {
    optional string name = 1;
    optional group Inner = 2 { optional int32 depth = 1; }
  }
  oneof contact {
    string mail = 10;
    int64 phone = 11;
    group Postal = 12 { optional string street = 1; }
  }
  optional string ruled = 13 [
    (legacy.v1.rule).pattern = "x",
    (.legacy.v1.rule).inner.share = 2,
    (rule).inner.inner = { numbers: [1, 0x2, -3] numbers: 4 switches { key: "on" value: true }, [legacy.v1.raw]: "\001" },
    (rule).numbers = 7
  ];
  extensions 100 to 199, 300;
  extend Account { optional Account parent = 100; repeated group Child = 101 { optional int32 age = 1; } }
  message Empty {}
}
service Accounts {
  option deprecated = true;
  rpc Find(Account) returns (stream Account.Empty);
  rpc Store(stream Account) returns (Account) { option deprecated = true; option idempotency_level = IDEMPOTENT; }
}
;
"#;

/// As the Java serializer registers it: written from a descriptor, with its maps spelt out.
pub(super) const SPELT_OUT: &str = r#"syntax = "proto3";
package acme;

message Event {
  repeated .acme.Event.LabelsEntry labels = 1;
  .acme.Event.Kind kind = 2;

  message LabelsEntry {
    option map_entry = true;

    string key = 1;
    .acme.Event.Kind value = 2;
  }
  enum Kind {
    NONE = 0;
    SOME = 1;
  }
}
"#;

pub(super) const ALL: &[&str] = &[ORDER, LEGACY, SPELT_OUT, "", "syntax = \"proto3\"; message One { One one = 1; }"];
