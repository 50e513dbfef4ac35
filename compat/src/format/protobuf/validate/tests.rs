//! Which payloads pass, what is said of those that do not, and what do fields read?

use crate::format::{Resolved, Strictness, parse};
use crate::schema::SchemaKind;
use crate::validator::{Flaw, Outcome, Payload, Scalar, Validator};

fn validator(schema: &str) -> Validator {
    parse(SchemaKind::Protobuf, schema, &[], Strictness::Strict).unwrap().validator()
}

fn proto3(schema: &str) -> Validator {
    validator(&format!("syntax = \"proto3\"; {schema}"))
}

fn proto2(schema: &str) -> Validator {
    validator(&format!("syntax = \"proto2\"; {schema}"))
}

const ORDER: &str = "message Order {
    string id = 1; Address address = 2; repeated Line lines = 3; map<string, Address> homes = 4;
    repeated sint32 scores = 5; Status status = 6; bool paid = 7; map<int32, string> notes = 8;
    repeated fixed32 sizes = 9; bytes raw = 10; oneof via { string mail = 11; Address post = 12; }
    optional double total = 200; uint64 count = 70000; float ratio = 13; fixed64 stamp = 14; }
  message Address { string street = 1; int32 zip = 2; }
  message Line { string sku = 1; double price = 2; repeated string marks = 3; }
  enum Status { NEW = 0; DONE = 1; }";

// === Writing payloads ===

fn number(bits: u64) -> Vec<u8> {
    let (mut bits, mut out) = (bits, Vec::new());
    while bits >= 0x80 {
        out.push((bits & 0x7f) as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
    out
}

fn varint(field: u64, bits: u64) -> Vec<u8> {
    [number(field << 3), number(bits)].concat()
}

fn bytes(field: u64, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [&number(field << 3 | 2), &number(bytes.len() as u64), bytes].concat()
}

fn group(field: u64, inside: &[u8]) -> Vec<u8> {
    [&number(field << 3 | 3), inside, &number(field << 3 | 4)].concat()
}

fn double(field: u64, value: f64) -> Vec<u8> {
    [number(field << 3 | 1), value.to_le_bytes().to_vec()].concat()
}

/// Fields of the first message.
fn payload(fields: &[Vec<u8>]) -> Vec<u8> {
    [vec![0], fields.concat()].concat()
}

// === Asking ===

fn told(flaw: &Flaw) -> (usize, &str, &str) {
    (flaw.offset, flaw.path.as_str(), flaw.what.as_str())
}

#[track_caller]
fn assert_valid(validator: &Validator, payload: &[u8]) {
    assert_eq!(validator.validate(payload), Outcome::Valid, "{payload:?}");
    assert_eq!(validator.flaws(payload, 9), []);
}

#[track_caller]
fn assert_flaw(validator: &Validator, payload: &[u8], offset: usize, path: &str, what: &str) {
    let Outcome::Invalid(flaw) = validator.validate(payload) else { panic!("{payload:?} is valid") };
    assert_eq!(told(&flaw), (offset, path, what));
    assert_eq!(validator.flaws(payload, 1), [flaw]);
}

fn read<'p>(validator: &Validator, path: &str, payload: &'p [u8]) -> Vec<Scalar<'p>> {
    let mut values = Vec::new();
    validator.slot(path).expect(path).each(payload, &mut |value| values.push(value)).expect("a good payload");
    values
}

fn text(text: &str) -> Scalar<'_> {
    Scalar::Text(text.into())
}

// === The wire ===

#[test]
fn an_order_with_everything_in_it_passes() {
    let order = proto3(ORDER);
    assert_valid(&order, &[0]);
    let address = [bytes(1, "Main St"), varint(2, u64::MAX)].concat();
    let long = "a text that is longer than what a length of one byte can say, ".repeat(3);
    let fields = [
        bytes(1, &long),
        bytes(2, &address),
        bytes(3, [bytes(1, "Zürich"), double(2, 0.5), bytes(3, ""), bytes(3, "m")].concat()),
        bytes(3, ""),
        bytes(4, [bytes(1, "k"), bytes(2, &address)].concat()),
        bytes(4, bytes(2, &address)),
        bytes(5, [number(3), number(300), number(u64::MAX >> 8)].concat()),
        varint(5, 7),
        varint(6, 77),
        varint(7, 1),
        bytes(8, [varint(1, 3), bytes(2, "drei")].concat()),
        bytes(9, [0; 12]),
        [&number(9 << 3 | 5)[..], &[0; 4]].concat(),
        bytes(10, [0xff, 0xfe]),
        bytes(11, "m"),
        [&number(13 << 3 | 5)[..], &[0; 4]].concat(),
        double(14, 1.0),
        double(200, 1.0),
        varint(70000, u64::MAX),
    ];
    assert_valid(&order, &payload(&fields));
    // In whatever order.
    let backwards: Vec<_> = fields.iter().rev().cloned().collect();
    assert_valid(&order, &payload(&backwards));
    for cut in 1..5 {
        let whole = payload(&fields);
        assert!(matches!(order.validate(&whole[..whole.len() - cut]), Outcome::Invalid(_)), "{cut}");
    }
}

#[test]
fn flaws_name_field_place_and_reason() {
    let order = proto3(ORDER);
    let utf8 = "the text is not UTF-8";
    assert_flaw(&order, &payload(&[bytes(1, [0xff])]), 3, "id", utf8);
    assert_flaw(
        &order,
        &payload(&[bytes(2, bytes(1, "abcdefgh\u{fc}".as_bytes().split_last().unwrap().1))]),
        5,
        "address.street",
        utf8,
    );
    let line = |sku: &[u8]| bytes(3, bytes(1, sku));
    assert_flaw(&order, &payload(&[line(b"a"), varint(7, 1), line(b"b"), line(&[0x80])]), 17, "lines[2].sku", utf8);
    let marks = [bytes(3, "x"), bytes(3, "y"), bytes(3, [0xc3])].concat();
    assert_flaw(&order, &payload(&[line(b"a"), bytes(3, marks)]), 16, "lines[1].marks[2]", utf8);
    assert_flaw(&order, &payload(&[bytes(8, [varint(1, 3), bytes(2, [0xff])].concat())]), 7, "notes{}", utf8);
    assert_flaw(&order, &payload(&[bytes(4, bytes(1, [0xff]))]), 5, "homes{}.key", utf8);
    assert_flaw(&order, &payload(&[bytes(4, bytes(2, bytes(1, [0xff])))]), 7, "homes{}.street", utf8);

    let past = "the length reaches past the end of the message";
    assert_flaw(&order, &[0, 10, 5, b'a'], 2, "id", past);
    assert_flaw(&order, &payload(&[bytes(2, [10, 5, b'a']), bytes(1, "aaaaaaaaaa")]), 4, "address.street", past);
    assert_flaw(&order, &[0, 10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], 2, "id", past);
    let short = "the message ends before the value does";
    assert_flaw(&order, &[0, 10], 2, "id", short);
    assert_flaw(&order, &payload(&[bytes(3, double(2, 0.5).split_last().unwrap().1)]), 4, "lines[0].price", short);
    assert_flaw(&order, &[0, 56, 0x80], 2, "paid", short);
    assert_flaw(&order, &[0, 0x80], 1, "", short);
    let packed = [number(1), number(2), vec![0x80]].concat();
    assert_flaw(&order, &payload(&[varint(5, 1), bytes(5, packed)]), 7, "scores[3]", short);
    assert_flaw(&order, &payload(&[bytes(9, [0; 7])]), 7, "sizes[1]", short);

    let long = "a number has at most 64 bits in 10 bytes, this one goes on";
    assert_flaw(&order, &[&[0, 56][..], &[0x80; 10], &[1]].concat(), 2, "paid", long);
    assert_flaw(&order, &[&[0, 56][..], &[0x80; 9], &[2]].concat(), 2, "paid", long);
    assert_valid(&order, &[&[0, 56][..], &[0x80; 9], &[1]].concat());

    assert_flaw(&order, &[0, 0, 0], 1, "", "field numbers go from 1 to 536870911, this one does not");
    assert_flaw(&order, &payload(&[number(1 << 33)]), 1, "", "field numbers go from 1 to 536870911, this one does not");
    assert_flaw(&order, &[0, 15], 1, "", "there is no wire type 7");
    assert_flaw(&order, &[0, 0xf6, 1], 1, "", "there is no wire type 6");
}

#[test]
fn a_known_field_has_its_own_wire_type() {
    let order = proto3(ORDER);
    let wrong = |kind: &str, found: &str| format!("the field is of type {kind}, and {found} can't be that");
    assert_flaw(&order, &payload(&[varint(1, 5)]), 1, "id", &wrong("string", "a number of variable length"));
    assert_flaw(&order, &payload(&[bytes(7, "yes")]), 1, "paid", &wrong("bool", "bytes with a length"));
    assert_flaw(&order, &payload(&[double(7, 1.0)]), 1, "paid", &wrong("bool", "8 bytes"));
    assert_flaw(&order, &payload(&[group(2, &[])]), 1, "address", &wrong("message", "a group"));
    assert_flaw(&order, &payload(&[varint(4, 5)]), 1, "homes{}", &wrong("message", "a number of variable length"));
    let sizes = payload(&[bytes(9, [0; 8]), [&number(9 << 3 | 1)[..], &[0; 8]].concat()]);
    assert_flaw(&order, &sizes, 11, "sizes[2]", &wrong("fixed32", "8 bytes"));
    let far = [&number(70000 << 3 | 5)[..], &[0; 4]].concat();
    assert_flaw(&order, &payload(&[far]), 1, "count", &wrong("uint64", "4 bytes"));
}

#[test]
fn unknown_fields_are_walked_over_and_not_read() {
    let order = proto3(ORDER);
    for number in [15, 16, 199, 201, 69999, 536870911] {
        let inside = [varint(1, 1), group(9, &bytes(3, [0xff])), double(2, 1.0)].concat();
        let fields = [varint(number, 1), bytes(number, [0xff]), double(number, 1.0), group(number, &inside)];
        let unknown = [fields.concat(), bytes(1, "id")];
        assert_valid(&order, &payload(&unknown));
        assert_valid(&order, &payload(&[bytes(2, unknown.concat())]));
    }
    assert_flaw(
        &order,
        &payload(&[varint(15, 1), vec![0x7a, 9]]),
        3,
        "",
        "the length reaches past the end of the message",
    );
    assert_flaw(
        &order,
        &payload(&[group(15, &[]), number(15 << 3 | 4)]),
        3,
        "",
        "a group ends here that did not begin",
    );
    assert_flaw(&order, &payload(&[number(15 << 3 | 3), varint(1, 1)]), 1, "", "the group does not end");
    let crossed = [number(15 << 3 | 3), number(16 << 3 | 4)];
    assert_flaw(&order, &payload(&crossed), 1, "", "the group ends with the number of another");
}

#[test]
fn groups_are_messages() {
    let boxes = proto2("message M { repeated group Box = 1 { optional string label = 1; optional M inside = 2; } }");
    let one = group(1, &[bytes(1, "x"), bytes(2, group(1, &bytes(1, "y")))].concat());
    assert_valid(&boxes, &payload(&[one.clone(), group(1, &[]), one.clone()]));
    let bad = group(1, &bytes(2, group(1, &bytes(1, [0xff]))));
    let offset = one.len() + 7;
    assert_flaw(&boxes, &payload(&[one.clone(), bad]), offset, "box[1].inside.box[0].label", "the text is not UTF-8");
    let cut = &payload(&[one])[..10];
    assert_flaw(&boxes, cut, 2, "box[0]", "the length reaches past the end of the message");
    assert_eq!(
        read(&boxes, "box[].label", &payload(&[group(1, &bytes(1, "a")), group(1, &bytes(1, "b"))])),
        [text("a"), text("b")]
    );
}

#[test]
fn values_nest_a_hundred_deep_and_no_deeper() {
    let list =
        proto2("message L { optional L next = 1; map<int32, L> more = 2; optional group G = 3 { optional L l = 1; } }");
    let deep = "the value nests deeper than 100 levels";
    let chain = |links: usize| (0..links).fold(Vec::new(), |inner, _| bytes(1, inner));
    assert_valid(&list, &payload(&[chain(100)]));
    for links in [101, 5000] {
        let Outcome::Invalid(flaw) = list.validate(&payload(&[chain(links)])) else { panic!("{links}") };
        assert_eq!((flaw.what.as_str(), flaw.path.matches("next").count()), (deep, 101));
    }
    let maps = |links: usize| (0..links).fold(Vec::new(), |inner, _| bytes(2, bytes(2, inner)));
    assert_valid(&list, &payload(&[maps(50)]));
    assert!(matches!(list.validate(&payload(&[maps(51)])), Outcome::Invalid(flaw) if flaw.what == deep));
    for field in [3, 9] {
        let groups =
            |links: usize| [number(field << 3 | 3).repeat(links), number(field << 3 | 4).repeat(links)].concat();
        let unknown = number(9 << 3 | 3).repeat(100_000);
        assert!(matches!(list.validate(&payload(&[unknown])), Outcome::Invalid(flaw) if flaw.what == deep));
        assert_valid(&list, &payload(&[groups(1)]));
    }
    let mixed = |links: usize| (0..links).fold(Vec::new(), |inner, _| group(3, &bytes(1, inner)));
    assert_valid(&list, &payload(&[mixed(50)]));
    assert!(matches!(list.validate(&payload(&[mixed(51)])), Outcome::Invalid(flaw) if flaw.what == deep));
}

// === What proto2 knows ===

#[test]
fn closed_enums_take_their_own_values_only() {
    let schema = "message M { optional E e = 1; repeated E list = 2; repeated E packed = 3 [packed = true]; map<int32, E> map = 4; }
                  enum E { A = 1; B = -5; C = 900; }";
    let closed = proto2(schema);
    let other = "the enum is closed, and the number is none of its values";
    let minus = -5i64 as u64;
    let good = [varint(1, 1), varint(2, minus), bytes(2, number(900)), bytes(3, number(1)), bytes(4, varint(2, minus))];
    assert_valid(&closed, &payload(&good));
    assert_flaw(&closed, &payload(&[varint(1, 2)]), 2, "e", other);
    assert_flaw(&closed, &payload(&[varint(2, 1), varint(2, 0)]), 4, "list[1]", other);
    assert_flaw(&closed, &payload(&[bytes(3, [1, 1, 2])]), 5, "packed[2]", other);
    assert_flaw(&closed, &payload(&[bytes(4, [8, 1, 16, 3])]), 6, "map{}", other);
    assert_valid(&proto3("message M { E e = 1; } enum E { A = 0; }"), &payload(&[varint(1, 2)]));
}

#[test]
fn required_fields_must_be_there_in_every_message() {
    let schema = "message M { required int32 id = 1; optional Inner one = 2; repeated Inner list = 3; map<int32, Inner> map = 4; }
                  message Inner { required string a = 1; optional int32 b = 2; required Leaf leaf = 40; }
                  message Leaf { required bool yes = 1; }";
    let required = proto2(schema);
    let missing = "the required field is missing";
    let leaf = bytes(40, varint(1, 0));
    let inner = [bytes(1, ""), leaf.clone()].concat();
    let id = varint(1, 0);
    assert_valid(&required, &payload(&[id.clone(), bytes(2, &inner), bytes(3, &inner), bytes(4, bytes(2, &inner))]));
    assert_flaw(&required, &[0], 1, "id", missing);
    assert_flaw(&required, &payload(&[id.clone(), bytes(3, &inner), bytes(3, &leaf)]), 19, "list[1].a", missing);
    assert_flaw(&required, &payload(&[bytes(4, bytes(2, bytes(1, ""))), id.clone()]), 7, "map{}.leaf", missing);
    assert_flaw(
        &required,
        &payload(&[bytes(2, [bytes(1, ""), bytes(40, "")].concat()), id.clone()]),
        8,
        "one.leaf.yes",
        missing,
    );

    // A message in parts is one message.
    assert_valid(&required, &payload(&[bytes(2, bytes(1, "")), id.clone(), bytes(2, &leaf)]));
    let leaf_in_parts = [bytes(2, [bytes(1, ""), bytes(40, "")].concat()), bytes(2, bytes(40, varint(1, 1)))];
    assert_valid(&required, &payload(&[leaf_in_parts.concat(), id.clone()]));
    assert_flaw(&required, &payload(&[id, bytes(2, bytes(1, "")), bytes(2, varint(2, 1))]), 11, "one.leaf", missing);
}

#[test]
fn there_may_be_more_required_fields_than_bits() {
    let fields: String = (1..=150).map(|number| format!("required int32 f{number} = {number};")).collect();
    let wide = proto2(&format!("message W {{ {fields} }}"));
    let whole: Vec<_> = (1..=150).map(|number| varint(number, 1)).collect();
    assert_valid(&wide, &payload(&whole));
    for left_out in [0, 62, 63, 64, 149] {
        let mut fields = whole.clone();
        fields.remove(left_out);
        let found = payload(&fields);
        assert_flaw(&wide, &found, found.len(), &format!("f{}", left_out + 1), "the required field is missing");
    }
}

#[test]
fn a_message_in_a_flood_of_parts_is_not_put_together_for_ever() {
    let required =
        proto2("message M { optional Inner one = 1; } message Inner { required int32 a = 1; required int32 b = 2; }");
    let part = bytes(1, varint(1, 1));
    let few = [part.repeat(20), bytes(1, varint(2, 1))];
    assert_valid(&required, &payload(&few));
    let many = [part.repeat(100_000), bytes(1, varint(2, 1))];
    let Outcome::Invalid(flaw) = required.validate(&payload(&many)) else { panic!("it was put together") };
    assert_eq!(flaw.what, "the message is written in too many parts to see whether it is complete");
}

#[test]
fn extensions_in_sight_are_fields() {
    let extended = proto2(
        "package p; message M { extensions 100 to 200; } extend M { optional string tag = 100; repeated int32 more = 150; }",
    );
    assert_valid(&extended, &payload(&[bytes(100, "x"), varint(150, 1), bytes(150, [1, 2])]));
    assert_flaw(&extended, &payload(&[bytes(100, [0xff])]), 4, "[p.tag]", "the text is not UTF-8");
    assert_valid(&extended, &payload(&[bytes(101, [0xff])]));
}

// === All flaws ===

#[test]
fn all_flaws_are_told_as_far_as_the_wire_can_be_followed() {
    let order = proto3(ORDER);
    let line = |sku: &[u8]| bytes(3, bytes(1, sku));
    let bad = [bytes(1, [0xff]), varint(2, 5), line(&[0x80]), line(b"x"), line(&[0xfe]), vec![8, 1], vec![10, 200]];
    let found = order.flaws(&payload(&bad), 100);
    let places: Vec<_> = found.iter().map(|flaw| (flaw.path.as_str(), flaw.offset)).collect();
    assert_eq!(places, [("id", 3), ("address", 4), ("lines[0].sku", 10), ("lines[2].sku", 20), ("id", 21), ("id", 24)]);
    assert_eq!(order.flaws(&payload(&bad), 2), found[..2]);
    assert_eq!(order.flaws(&payload(&bad), 0), []);
    assert_eq!(order.flaws(&[4, 0, 9], 5).len(), 1);
}

// === Message indexes ===

const NESTED: &str = "message A { message B { string x = 1; } map<string, string> tags = 1; message C { int32 x = 1; message D { bytes x = 1; } } }
                      enum E { Z = 0; } message F { double x = 1; }";

#[test]
fn indexes_lead_to_the_message() {
    let nested = proto3(NESTED);
    for (indexes, body) in [
        (vec![0], bytes(1, bytes(1, "k"))),
        (vec![2, 0], bytes(1, bytes(1, "k"))),
        (vec![2, 2], double(1, 0.0)),
        (vec![4, 0, 0], bytes(1, "x")),
        (vec![4, 0, 2], varint(1, 5)),
        (vec![6, 0, 2, 0], bytes(1, [0xff])),
    ] {
        assert_valid(&nested, &[&indexes[..], &body].concat());
        let header = Payload { bytes: &body, header: Some(&indexes) };
        assert_eq!(nested.validate(header), Outcome::Valid, "{indexes:?}");
    }
    assert_flaw(
        &nested,
        &[&[2, 2][..], &bytes(1, "x")].concat(),
        2,
        "x",
        "the field is of type double, and bytes with a length can't be that",
    );
}

#[test]
fn messages_count_with_and_without_those_made_for_maps() {
    let nested = proto3(NESTED);
    // To who counts the entry, B is 0, the entry 1, C 2; D is the first in C for all.
    assert_valid(&nested, &[&[4, 0, 4][..], &varint(1, 5)].concat());
    assert_valid(&nested, &[&[6, 0, 4, 0][..], &bytes(1, [0xff])].concat());
    let twins =
        proto3("message A { map<string, string> tags = 1; message B { string x = 1; } message C { double x = 1; } }");
    assert_valid(&twins, &[&[4, 0, 2][..], &bytes(1, "B for one, C for the other")].concat());
    assert_valid(&twins, &[&[4, 0, 2][..], &double(1, 0.5)].concat());
    assert_flaw(
        &twins,
        &[4, 0, 2, 8, 1],
        3,
        "x",
        "the field is of type double, and a number of variable length can't be that",
    );
    assert_eq!(read(&twins, "x", &[&[4, 0, 2][..], &bytes(1, "B")].concat()), [text("B")]);
}

#[test]
fn bad_indexes_are_named() {
    let nested = proto3(NESTED);
    assert_flaw(&nested, &[], 0, "", "the message indexes are cut short");
    assert_flaw(&nested, &[4, 0], 2, "", "the message indexes are cut short");
    assert_flaw(&nested, &[2, 4], 1, "", "message index 2 is wrong: the schema has 2 messages");
    assert_flaw(&nested, &[2, 1], 1, "", "message index -1 is wrong: the schema has 2 messages");
    assert_flaw(&nested, &[4, 0, 8], 2, "", "message index 4 is wrong: A has 2 messages nested in it");
    assert_flaw(&nested, &[6, 0, 2, 2], 3, "", "message index 1 is wrong: A.C has 1 message nested in it");
    assert_flaw(&nested, &[4, 2, 0], 2, "", "message index 0 is wrong: F has 0 messages nested in it");
    assert_flaw(&nested, &[1], 0, "", "there are 1 to 100 message indexes, not -1");
    assert_flaw(&nested, &[0xca, 1], 0, "", "there are 1 to 100 message indexes, not 101");
    assert_flaw(&proto3("enum E { Z = 0; }"), &[0], 0, "", "the schema has no message");
    let header = |header| match nested.validate(Payload { bytes: &[], header: Some(header) }) {
        Outcome::Invalid(flaw) => (flaw.offset, flaw.what),
        Outcome::Valid => panic!("{header:?} is valid"),
    };
    assert_eq!(header(&[0, 0, 0]), (0, "2 bytes are left over in the header after the message indexes".into()));
    assert_eq!(header(&[2, 9]), (0, "message index -5 is wrong: the schema has 2 messages".into()));
    assert_eq!(header(&[]), (0, "the message indexes are cut short".into()));
}

#[test]
fn imported_and_well_known_types_are_checked_like_any() {
    let text = "syntax = \"proto3\"; import \"money.proto\"; import \"google/protobuf/timestamp.proto\";
                message Bill { shop.Money sum = 1; google.protobuf.Timestamp at = 2; }";
    let money = Resolved {
        name: "money.proto".into(),
        kind: SchemaKind::Protobuf,
        text: "syntax = \"proto3\"; package shop; message Money { string currency = 1; sint64 cents = 2; }".into(),
    };
    let bill = parse(SchemaKind::Protobuf, text, &[money], Strictness::Strict).unwrap().validator();
    assert_valid(&bill, &payload(&[bytes(1, bytes(1, "EUR")), bytes(2, varint(1, 5))]));
    assert_flaw(&bill, &payload(&[bytes(1, bytes(1, [0xff]))]), 5, "sum.currency", "the text is not UTF-8");
    assert_flaw(
        &bill,
        &payload(&[bytes(2, bytes(1, ""))]),
        3,
        "at.seconds",
        "the field is of type int64, and bytes with a length can't be that",
    );
    assert_eq!(read(&bill, "sum.cents", &payload(&[bytes(1, varint(2, 9))])), [Scalar::Int(-5)]);
}

// === Fields by path ===

#[test]
fn fields_are_read_by_path() {
    let order = proto3(ORDER);
    let line =
        |sku: &str, price: f64| bytes(3, [bytes(1, sku), double(2, price), bytes(3, "m1"), bytes(3, sku)].concat());
    let home = |key: &str, street: &str| bytes(4, [bytes(1, key), bytes(2, bytes(1, street))].concat());
    let order_payload = payload(&[
        bytes(1, "id-1"),
        bytes(2, [bytes(1, "Main St"), varint(2, (-3i64) as u64)].concat()),
        line("s1", 0.5),
        line("s2", 2.5),
        home("k1", "High St"),
        home("k2", "Low St"),
        bytes(5, [1, 2, 3]),
        varint(5, 4),
        varint(6, 1),
        varint(7, 1),
        bytes(8, [varint(1, 3), bytes(2, "drei")].concat()),
        bytes(8, varint(1, 4)),
        bytes(9, [1, 0, 0, 0, 2, 0, 0, 0]),
        bytes(10, [0xff]),
        [&number(13 << 3 | 5)[..], &1.5f32.to_le_bytes()].concat(),
        [&number(14 << 3 | 1)[..], &u64::MAX.to_le_bytes()].concat(),
        double(200, 9.5),
        varint(70000, u64::MAX),
    ]);
    let read = |path| read(&order, path, &order_payload);
    assert_eq!(read("id"), [text("id-1")]);
    assert_eq!(read("address.street"), [text("Main St")]);
    assert_eq!(read("address.zip"), [Scalar::Int(-3)]);
    assert_eq!(read("lines[].sku"), [text("s1"), text("s2")]);
    assert_eq!(read("lines[].price"), [Scalar::Float(0.5), Scalar::Float(2.5)]);
    assert_eq!(read("lines[].marks[]"), [text("m1"), text("s1"), text("m1"), text("s2")]);
    assert_eq!(read("homes{}.street"), [text("High St"), text("Low St")]);
    assert_eq!(read("scores[]"), [Scalar::Int(-1), Scalar::Int(1), Scalar::Int(-2), Scalar::Int(2)]);
    assert_eq!(read("status"), [text("DONE")]);
    assert_eq!(read("paid"), [Scalar::Boolean(true)]);
    // What an entry leaves out is its zero.
    assert_eq!(read("notes{}"), [text("drei"), text("")]);
    assert_eq!(read("sizes[]"), [Scalar::Unsigned(1), Scalar::Unsigned(2)]);
    assert_eq!(read("raw"), [Scalar::Bytes([0xff].as_slice().into())]);
    assert_eq!(read("ratio"), [Scalar::Float(1.5)]);
    assert_eq!(read("stamp"), [Scalar::Unsigned(u64::MAX)]);
    assert_eq!(read("total"), [Scalar::Float(9.5)]);
    assert_eq!(read("count"), [Scalar::Unsigned(u64::MAX)]);
    assert_eq!(read("mail"), []);
    for path in
        ["", "address", "lines[]", "lines.sku", "homes{}", "id[]", "id.x", "nothing", "address.nothing", "address..zip"]
    {
        assert!(order.slot(path).is_none(), "{path}");
    }
}

#[test]
fn what_is_written_last_counts() {
    let order = proto3(ORDER);
    assert_eq!(read(&order, "id", &payload(&[bytes(1, "a"), bytes(1, "b")])), [text("b")]);
    let parts = payload(&[bytes(2, [bytes(1, "a"), varint(2, 1)].concat()), bytes(2, bytes(1, "b"))]);
    assert_eq!(read(&order, "address.street", &parts), [text("b")]);
    assert_eq!(read(&order, "address.zip", &parts), [Scalar::Int(1)]);
    let replaced = payload(&[bytes(11, "mail"), bytes(12, bytes(1, "post"))]);
    assert_eq!(read(&order, "mail", &replaced), []);
    assert_eq!(read(&order, "post.street", &replaced), [text("post")]);
    assert_eq!(read(&order, "status", &payload(&[varint(6, 1), varint(6, 9)])), [Scalar::Int(9)]);
}

#[test]
fn a_path_is_read_in_whichever_message_the_payload_is() {
    let nested = proto3(NESTED);
    assert_eq!(read(&nested, "x", &[&[4, 0, 0][..], &bytes(1, "b")].concat()), [text("b")]);
    assert_eq!(read(&nested, "x", &[&[2, 2][..], &double(1, 0.5)].concat()), [Scalar::Float(0.5)]);
    assert_eq!(read(&nested, "x", &payload(&[bytes(1, bytes(1, "k"))])), []);
    let slot = nested.slot("x").unwrap();
    assert!(slot.each(&[2, 9], &mut |_| {}).unwrap_err().what.starts_with("message index -5"));
    let flaw = slot.each(&[&[4, 0, 0][..], &bytes(1, [0xff])].concat(), &mut |_| {}).unwrap_err();
    assert_eq!(told(&flaw), (4, "x", "the text is not UTF-8"));
    let flaw = slot.each(&[&[4, 0, 0][..], &varint(1, 1)].concat(), &mut |_| {}).unwrap_err();
    assert_eq!(told(&flaw), (3, "x", "the field is of type string, and a number of variable length can't be that"));
}

#[test]
fn types_within_themselves_are_read_as_deep_as_they_go() {
    let list = proto3("message L { int32 v = 1; L next = 2; }");
    let chain = bytes(2, bytes(2, varint(1, 7)));
    assert_eq!(read(&list, "next.next.v", &payload(&[chain])), [Scalar::Int(7)]);
    assert!(list.slot(&format!("{}v", "next.".repeat(500))).is_none());
}
