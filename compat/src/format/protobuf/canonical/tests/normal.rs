//! Is everything that can be said in several ways said in one?

use super::super::super::corpus::{SPELT_OUT, proto, read};
use super::assert_normalized;

#[test]
fn names_are_said_in_full_and_what_has_no_order_is_sorted() {
    assert_normalized(
        "syntax = 'proto3'; package a.b;
         import 'google/protobuf/type.proto'; import public 'google/protobuf/any.proto';
         import 'google/protobuf/api.proto';
         option java_package = 'p'; option go_package = 'g';
         message Z { A.E e = 3; oneof late { string y = 9; A x = 4; } oneof early { b.A z = 2; } string s = 1;
           reserved 'b', 'a'; reserved 30 to 39, 20, 21 to 21; }
         message A { enum E { NONE = 0; TWO = 2; LESS = -2; ONE = 1; } map<string, a.b.A> by = 1; }
         service S { rpc Two (A) returns (Z); rpc One (stream .a.b.A) returns (b.Z); }",
        "syntax = \"proto3\";
package a.b;

import \"google/protobuf/api.proto\";
import \"google/protobuf/type.proto\";
import public \"google/protobuf/any.proto\";

option go_package = \"g\";
option java_package = \"p\";

message Z {
  reserved 20;
  reserved 21;
  reserved 30 to 39;
  reserved \"a\";
  reserved \"b\";

  string s = 1;
  .a.b.A.E e = 3;

  oneof early {
    .a.b.A z = 2;
  }
  oneof late {
    .a.b.A x = 4;
    string y = 9;
  }
}
message A {
  map<string, .a.b.A> by = 1;

  enum E {
    NONE = 0;
    LESS = -2;
    ONE = 1;
    TWO = 2;
  }
}

service S {
  rpc Two (.a.b.A) returns (.a.b.Z);
  rpc One (stream .a.b.A) returns (.a.b.Z);
}
",
    );
}

#[test]
fn only_proto3_says_its_syntax() {
    assert_normalized("syntax = 'proto2'; message A {}", "\nmessage A {}\n");
    assert_normalized("syntax = 'proto3'; message A {}", "syntax = \"proto3\";\n\nmessage A {}\n");
}

#[test]
fn maps_that_are_spelt_out_are_maps() {
    assert_normalized(
        SPELT_OUT,
        "syntax = \"proto3\";
package acme;

message Event {
  map<string, .acme.Event.Kind> labels = 1;
  .acme.Event.Kind kind = 2;

  enum Kind {
    NONE = 0;
    SOME = 1;
  }
}
",
    );
}

#[test]
fn pieces_of_an_option_are_put_together() {
    assert_normalized(
        "syntax = 'proto3'; package confluent.shop; import 'confluent/meta.proto';
         message M {
           string s = 1 [deprecated = true, json_name = 'S', (field_meta).tags = 'PII', (confluent.field_meta).doc = 'd',
             (confluent.field_meta).params = { value: 'v' key: 'k' }, (.confluent.field_meta).tags = 'EMAIL'];
           string t = 2 [(confluent.field_meta) = { tags: ['ONE'] }];
         }",
        "syntax = \"proto3\";
package confluent.shop;

import \"confluent/meta.proto\";

message M {
  string s = 1 [
    (confluent.field_meta) = {
      doc: \"d\",
      params: {
        key: \"k\",
        value: \"v\"
      },
      tags: [
        \"PII\",
        \"EMAIL\"
      ]
    },
    deprecated = true,
    json_name = \"S\"
  ];
  string t = 2 [(confluent.field_meta) = {
    tags: \"ONE\"
  }];
}
",
    );
}

#[test]
fn a_full_name_has_a_dot_only_where_something_nearer_hides_it() {
    let text = "syntax = 'proto3'; package shop; import 'confluent/meta.proto';
        message M { message confluent {} string s = 1 [(.confluent.field_meta).tags = 'PII']; }";
    assert!(proto(text).normalized().contains("(.confluent.field_meta) = {"));
    super::printed(text);
}

#[test]
fn repeated_options_stay_apart_in_their_order() {
    assert_normalized(
        "import 'google/protobuf/descriptor.proto';
         extend google.protobuf.MessageOptions { repeated string mark = 50000; optional Pair pair = 50001; }
         message Pair { optional int32 b = 1; optional Pair a = 2; repeated Pair all = 3; }
         message M { option (pair).a.b = 0x1F; option (mark) = 'z'; option (pair).b = 017; option (mark) = 'a';
           option (pair).all = { b: 1 }; option (pair).all = { b: 2 }; option (pair).a.a = {}; }",
        "
import \"google/protobuf/descriptor.proto\";

message Pair {
  optional int32 b = 1;
  optional .Pair a = 2;
  repeated .Pair all = 3;
}
message M {
  option (mark) = \"z\";
  option (mark) = \"a\";
  option (pair) = {
    a: {
      a: {
      },
      b: 31
    },
    all: [
      {
        b: 1
      },
      {
        b: 2
      }
    ],
    b: 15
  };
}

extend .google.protobuf.MessageOptions {
  repeated string mark = 50000;
  optional .Pair pair = 50001;
}
",
    );
}

#[test]
fn extensions_of_the_same_message_stand_together() {
    assert_normalized(
        "package p; message M { extensions 500 to max, 100, 7 to 7; }
         extend M { optional int32 b = 501; } extend .p.M { optional M a = 100; repeated group G = 502 { } }
         extend p.M { }",
        "package p;

message M {
  extensions 7;
  extensions 100;
  extensions 500 to max;
}

extend .p.M {
  optional .p.M a = 100;
  optional int32 b = 501;

  repeated group G = 502 {}
}
",
    );
}

#[test]
fn numbers_have_one_notation() {
    let default = |kind: &str, written: &str| {
        let text = format!("message M {{ optional {kind} f = 1 [default = {written}]; }}");
        let normalized = proto(&text).normalized();
        super::printed(&text);
        let start = normalized.find("default = ").unwrap();
        normalized[start..].trim_start_matches("default = ").split(']').next().unwrap().to_owned()
    };
    for (written, normal) in [("0x10", "16"), ("-0X1f", "-31"), ("017", "15"), ("0", "0"), ("-0", "0")] {
        assert_eq!(default("int64", written), normal);
    }
    let floats = [
        ("1.0", "1"),
        ("1e3", "1000"),
        ("0.50", "0.5"),
        (".5", "0.5"),
        ("1.23456", "1.23456"),
        ("1e300", "1e300"),
        ("2.5e-9", "2.5e-9"),
        ("-1.", "-1"),
        ("inf", "inf"),
        ("-inf", "-inf"),
        ("nan", "nan"),
    ];
    for (written, normal) in floats {
        assert_eq!(default("double", written), normal);
    }
}

#[test]
fn an_import_that_stands_twice_is_said_once() {
    assert_normalized(
        "import 'google/protobuf/any.proto'; import 'google/protobuf/any.proto'; message M {}",
        "\nimport \"google/protobuf/any.proto\";\n\nmessage M {}\n",
    );
}

#[test]
fn keys_of_extensions_are_looked_for_and_said_in_full() {
    let text = "syntax = 'proto2'; package acme; import 'google/protobuf/descriptor.proto';
        extend google.protobuf.MessageOptions { optional Rule rule = 50000; }
        message Rule { extensions 100 to max; extend Rule { repeated int32 limit = 101; } }
        extend Rule { optional Rule owner = 100; }
        message M { option (rule) = { [owner] { [Rule.limit]: [1, 2], [acme.Rule.limit]: 3 } }; }";
    let (identity, normalized) = super::printed(text);
    assert!(identity.contains("    [owner]: {\n      [Rule.limit]: [\n"), "{identity}");
    assert!(
        normalized.contains("    [acme.owner]: {\n      [acme.Rule.limit]: [\n        1,\n        2,\n        3\n"),
        "{normalized}"
    );
    assert!(read(&text.replace("[owner]", "[limits]")).is_err());
}
