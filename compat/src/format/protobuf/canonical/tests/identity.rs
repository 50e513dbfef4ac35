//! Are the words of the text kept, and nothing but the words?

use super::super::super::corpus::{LEGACY, proto};
use super::assert_identity;

#[test]
fn comments_and_white_space_go_and_the_parts_stand_in_order() {
    assert_identity(
        "// A file.\nsyntax='proto3' ; /* packed */ package a . b;\n\
         message User{string name=1;// The name.\n}\n\
         option java_package='p';import 'google/protobuf/any.proto';\n",
        "syntax = \"proto3\";\npackage a.b;\n\nimport \"google/protobuf/any.proto\";\n\noption java_package = \"p\";\n\n\
         message User {\n  string name = 1;\n}\n",
    );
}

#[test]
fn a_file_without_syntax_begins_with_an_empty_line() {
    assert_identity("message A {}", "\nmessage A {}\n");
    assert_identity("enum E { A = 0; } message M {}", "\nmessage M {}\nenum E {\n  A = 0;\n}\n");
    assert_identity("", "");
}

#[test]
fn plain_imports_come_before_public_and_weak_ones() {
    assert_identity(
        "import weak 'google/protobuf/any.proto'; import public 'google/protobuf/type.proto';
         import 'google/protobuf/duration.proto'; import 'google/protobuf/api.proto';",
        "\nimport \"google/protobuf/duration.proto\";\nimport \"google/protobuf/api.proto\";\n\
         import public \"google/protobuf/type.proto\";\nimport weak \"google/protobuf/any.proto\";\n",
    );
}

#[test]
fn the_parts_of_a_message_stand_in_order_and_apart() {
    let text = "syntax = \"proto2\";
        message M {
          enum E { A = 0; }
          message Inner { optional int32 i = 1; oneof o { string s = 2; } }
          extensions 100 to 199, 500 to max;
          extend M { optional string more = 100; }
          optional group Result = 5 { optional string url = 1; }
          oneof choice { option (mark) = true; string a = 3; int32 b = 4; }
          required E e = 1 [default = A, deprecated = true, json_name = \"E1\"];
          map<string, Inner> m = 2;
          option deprecated = false;
          reserved 20, 30 to 39;
          reserved \"old\", 'older';
        }
        import \"google/protobuf/descriptor.proto\";
        extend google.protobuf.OneofOptions { optional bool mark = 50000; }
        service S { option deprecated = true; rpc Get (M) returns (stream M.Inner) { option deprecated = true; }
          rpc Put (stream .M) returns (M); }";
    assert_identity(
        text,
        "syntax = \"proto2\";

import \"google/protobuf/descriptor.proto\";

message M {
  reserved 20, 30 to 39;
  reserved \"old\", \"older\";

  option deprecated = false;

  required E e = 1 [
    deprecated = true,
    default = A,
    json_name = \"E1\"
  ];
  map<string, Inner> m = 2;

  oneof choice {
    option (mark) = true;
  
    string a = 3;
    int32 b = 4;
  }

  optional group Result = 5 {
    optional string url = 1;
  }

  extensions 100 to 199, 500 to max;

  extend M {
    optional string more = 100;
  }

  message Inner {
    optional int32 i = 1;
  
    oneof o {
      string s = 2;
    }
  }
  enum E {
    A = 0;
  }
}

extend google.protobuf.OneofOptions {
  optional bool mark = 50000;
}

service S {
  option deprecated = true;

  rpc Get (M) returns (stream M.Inner) {
    option deprecated = true;
  };
  rpc Put (stream .M) returns (M);
}
",
    );
}

#[test]
fn the_parts_of_an_enum_stand_close() {
    assert_identity(
        "syntax = 'proto3'; enum E { ZERO = 0x0; reserved 5 to 7, 9; reserved 'X'; option deprecated = true;
         NEGATIVE = -1 [deprecated = true]; reserved 1000 to max, 536870911 to 536870912; } message Empty { enum None { A = 0; } }",
        "syntax = \"proto3\";

message Empty {
  enum None {
    A = 0;
  }
}
enum E {
  reserved 5 to 7, 9;
  reserved \"X\";
  reserved 1000 to max, 536870911 to 536870912;
  option deprecated = true;
  ZERO = 0;
  NEGATIVE = -1 [deprecated = true];
}
",
    );
}

#[test]
fn values_keep_their_words_and_texts_their_bytes() {
    let identity = proto(LEGACY).identity();
    for line in [
        "    default = \"a \\\"quoted\\\"\\n\\001\\ttext\"\n",
        "  optional bytes key = 2 [default = \"\\000\\377\\'\"];\n",
        "  optional double ratio = 3 [default = -0x10];\n",
        "  optional float piece = 4 [default = 1.5e-3];\n",
        "  optional float limit = 5 [default = -inf];\n",
        "  optional int32 code = 8 [\n    (mark) = \"one\",\n    (mark) = \"twothree\",\n    deprecated = true\n  ];\n",
        "    (.legacy.v1.rule).inner.share = 2,\n",
        "  extensions 100 to 199, 300;\n",
    ] {
        assert!(identity.contains(line), "{line}\nis not in\n{identity}");
    }
}

#[test]
fn values_that_are_messages_stand_on_lines_of_their_own() {
    assert_identity(
        "import 'confluent/meta.proto';
         message M { optional string s = 1 [(confluent.field_meta) = { tags: ['PII', 'X'] tags: 'Y' doc: 'd'
           params < key: 'a' value: 'b' >; params: [{ key: 'c' }] # done
           rules {} }]; }",
        "
import \"confluent/meta.proto\";

message M {
  optional string s = 1 [(confluent.field_meta) = {
    tags: [
      \"PII\",
      \"X\",
      \"Y\"
    ],
    doc: \"d\",
    params: [
      {
        key: \"a\",
        value: \"b\"
      },
      {
        key: \"c\"
      }
    ],
    rules: {
    }
  }];
}
",
    );
}
