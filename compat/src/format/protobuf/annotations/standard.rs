//! What does each of Buf's standard rules ask of a value, and what is it called?

use prost_reflect::{DynamicMessage, Kind, Value};

use super::literal;
use super::numbers::{Ends, listed, told};
use crate::demand::{Condition, Form, Given, Literal, OfValue, Standard, Test};

/// The patterns of some forms.
const TUUID: &str = "^[0-9a-fA-F]{32}$";
const ULID: &str = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$";
const FULL_NAME: &str = r"^[A-Za-z_][A-Za-z_0-9]*(\.[A-Za-z_][A-Za-z_0-9]*)*$";
const DOTTED_NAME: &str = r"^(\.[A-Za-z_][A-Za-z_0-9]*)+$";
const HEADER_NAME: &str = r"^:?[0-9a-zA-Z!#$%&'*+-.^_|~\x60]+$";
const HEADER_VALUE: &str = r"^[^\x00-\x08\x0A-\x1F\x7F]*$";
const LOOSE_NAME: &str = r"^[^\x00\x0A\x0D]+$";
const LOOSE_VALUE: &str = r"^[^\x00\x0A\x0D]*$";

/// Adds the tests of the rules for values of one kind; returns the names of those that are not known.
pub(super) fn read(kind: &str, given: &DynamicMessage, of: &Kind, tests: &mut Vec<Standard>) -> Vec<String> {
    let mut unknown = Vec::new();
    let mut ends = Ends::default();
    let mut rules = Rules { kind, tests };
    for (member, value) in given.fields() {
        let name = member.name();
        let one = literal(value);
        let is_known = match (name, one) {
            ("lt", Some(end)) => set(&mut ends.high, (end, false)),
            ("lte", Some(end)) => set(&mut ends.high, (end, true)),
            ("gt", Some(end)) => set(&mut ends.low, (end, false)),
            ("gte", Some(end)) => set(&mut ends.low, (end, true)),
            ("example", _) | ("items" | "keys" | "values" | "strict", _) => true,
            ("in" | "not_in", _) => rules.list(name, value),
            // What is switched off asks for nothing.
            (_, Some(Literal::Bool(false))) if name != "const" => true,
            ("defined_only", Some(_)) => rules.defined(of),
            ("well_known_regex", Some(Literal::Int(which))) => rules.header(which, given),
            (_, Some(one)) => rules.single(name, one),
            _ => false,
        };
        if !is_known {
            unknown.push(name.to_owned());
        }
    }
    tests.extend(ends.standard(kind));
    unknown
}

fn set<T>(place: &mut Option<T>, value: T) -> bool {
    *place = Some(value);
    true
}

struct Rules<'r> {
    kind: &'r str,
    tests: &'r mut Vec<Standard>,
}

impl Rules<'_> {
    fn add(&mut self, name: &str, told: impl Into<Box<str>>, test: Test) -> bool {
        let id = format!("{}.{name}", self.kind).into();
        self.tests.push(Standard { id, told: told.into(), test });
        true
    }

    fn list(&mut self, name: &str, value: &Value) -> bool {
        let Some(items) = value.as_list().and_then(|items| items.iter().map(literal).collect::<Option<Vec<_>>>())
        else {
            return false;
        };
        match name {
            "in" => self.add(name, format!("must be in list {}", listed(&items)), Test::In(items)),
            _ => self.add(name, format!("must not be in list {}", listed(&items)), Test::NotIn(items)),
        }
    }

    fn defined(&mut self, of: &Kind) -> bool {
        let Kind::Enum(of) = of else { return false };
        let numbers = of.values().map(|value| Literal::Int(i64::from(value.number()))).collect();
        self.add("defined_only", "must be one of the defined enum values", Test::In(numbers))
    }

    fn single(&mut self, name: &str, one: Literal) -> bool {
        let value = told(&one);
        match (self.kind, name, one) {
            (_, "const", one) => self.add(name, format!("must equal {value}"), Test::Equals(one)),
            ("float" | "double", "finite", _) => self.add(name, "must be finite", Test::Finite),
            ("string", _, Literal::Uint(count)) => self.length(name, count),
            ("bytes", _, Literal::Uint(count)) => match name {
                "len" => self.add(name, format!("must be {count} bytes"), Test::Bytes(count, count)),
                "min_len" => self.add(name, format!("must be at least {count} bytes"), Test::Bytes(count, u64::MAX)),
                "max_len" => self.add(name, format!("must be at most {count} bytes"), Test::Bytes(0, count)),
                _ => false,
            },
            ("repeated", "min_items", Literal::Uint(count)) => {
                self.add(name, format!("must contain at least {count} item(s)"), Test::Items(count, u64::MAX))
            }
            ("repeated", "max_items", Literal::Uint(count)) => {
                self.add(name, format!("must contain no more than {count} item(s)"), Test::Items(0, count))
            }
            ("repeated", "unique", _) => self.add(name, "must contain unique items", Test::Unique),
            ("map", "min_pairs", Literal::Uint(count)) => {
                self.add(name, format!("must have at least {count} entries"), Test::Items(count, u64::MAX))
            }
            ("map", "max_pairs", Literal::Uint(count)) => {
                self.add(name, format!("must have at most {count} entries"), Test::Items(0, count))
            }
            ("string" | "bytes", "pattern", Literal::Text(pattern)) => {
                self.add(name, format!("does not match regex pattern {value}"), Test::Pattern(pattern))
            }
            ("string" | "bytes", _, Literal::Text(text)) => self.part(name, &value, text.as_bytes().into()),
            ("string" | "bytes", _, Literal::Bytes(bytes)) => self.part(name, &value, bytes),
            ("string", _, Literal::Bool(_)) => self.form(name),
            ("bytes", _, Literal::Bool(_)) => {
                let (what, sizes): (&str, &[usize]) = match name {
                    "ip" => ("IP address", &[4, 16]),
                    "ipv4" => ("IPv4 address", &[4]),
                    "ipv6" => ("IPv6 address", &[16]),
                    "uuid" => ("UUID", &[16]),
                    _ => return false,
                };
                self.known(name, what, Test::Sizes(sizes))
            }
            ("timestamp", "lt_now", _) => self.add(name, "must be less than now", Test::BeforeNow),
            ("timestamp", "gt_now", _) => self.add(name, "must be greater than now", Test::AfterNow),
            ("timestamp", "within", Literal::Span(seconds, nanos)) => {
                self.add(name, format!("must be within {value} of now"), Test::NearNow(seconds, nanos))
            }
            _ => false,
        }
    }

    fn length(&mut self, name: &str, count: u64) -> bool {
        match name {
            "len" => self.add(name, format!("must be {count} characters"), Test::Chars(count, count)),
            "min_len" => self.add(name, format!("must be at least {count} characters"), Test::Chars(count, u64::MAX)),
            "max_len" => self.add(name, format!("must be at most {count} characters"), Test::Chars(0, count)),
            "len_bytes" => self.add(name, format!("must be {count} bytes"), Test::Bytes(count, count)),
            "min_bytes" => self.add(name, format!("must be at least {count} bytes"), Test::Bytes(count, u64::MAX)),
            "max_bytes" => self.add(name, format!("must be at most {count} bytes"), Test::Bytes(0, count)),
            _ => false,
        }
    }

    fn part(&mut self, name: &str, value: &str, part: Box<[u8]>) -> bool {
        match name {
            "prefix" => self.add(name, format!("does not have prefix {value}"), Test::Prefix(part)),
            "suffix" => self.add(name, format!("does not have suffix {value}"), Test::Suffix(part)),
            "contains" => self.add(name, format!("does not contain {value}"), Test::Contains(part)),
            "not_contains" => self.add(name, format!("contains {value}"), Test::NotContains(part)),
            _ => false,
        }
    }

    fn form(&mut self, name: &str) -> bool {
        let pattern = |text: &str| Test::Pattern(text.into());
        let (what, test) = match name {
            "email" => ("email address", Test::Form(Form::Email)),
            "hostname" => ("hostname", Test::Form(Form::Hostname)),
            "ip" => ("IP address", Test::Form(Form::Ip(0))),
            "ipv4" => ("IPv4 address", Test::Form(Form::Ip(4))),
            "ipv6" => ("IPv6 address", Test::Form(Form::Ip(6))),
            "uri" => ("URI", Test::Form(Form::Uri)),
            // The only one that may be empty.
            "uri_ref" => {
                return self.add(name, "must be a valid URI Reference", Test::Form(Form::UriReference));
            }
            "address" => ("hostname, or ip address", Test::Form(Form::Address)),
            "uuid" => ("UUID", Test::Form(Form::Uuid)),
            "tuuid" => ("trimmed UUID", pattern(TUUID)),
            "ulid" => ("ULID", pattern(ULID)),
            "ip_with_prefixlen" => ("IP prefix", Test::Form(Form::IpPrefix(0, false))),
            "ipv4_with_prefixlen" => ("IPv4 address with prefix length", Test::Form(Form::IpPrefix(4, false))),
            "ipv6_with_prefixlen" => ("IPv6 address with prefix length", Test::Form(Form::IpPrefix(6, false))),
            "ip_prefix" => ("IP prefix", Test::Form(Form::IpPrefix(0, true))),
            "ipv4_prefix" => ("IPv4 prefix", Test::Form(Form::IpPrefix(4, true))),
            "ipv6_prefix" => ("IPv6 prefix", Test::Form(Form::IpPrefix(6, true))),
            "host_and_port" => ("host and port pair", Test::Form(Form::HostAndPort)),
            "protobuf_fqn" => ("fully-qualified Protobuf name", pattern(FULL_NAME)),
            "protobuf_dot_fqn" => ("fully-qualified Protobuf name with a leading dot", pattern(DOTTED_NAME)),
            _ => return false,
        };
        self.known(name, what, test)
    }

    /// A form, which an empty value never has; that has a rule of its own.
    fn known(&mut self, name: &str, what: &str, test: Test) -> bool {
        self.add(&format!("{name}_empty"), format!("value is empty, which is not a valid {what}"), Test::NotEmpty);
        self.add(name, format!("must be a valid {what}"), test)
    }

    fn header(&mut self, which: i64, given: &DynamicMessage) -> bool {
        let strict = given.fields().find(|(field, _)| field.name() == "strict");
        let is_strict = strict.is_none_or(|(_, value)| value.as_bool() != Some(false));
        let pattern = |strict: &str, loose: &str| Test::Pattern(if is_strict { strict } else { loose }.into());
        match which {
            0 => true,
            1 => self.known("well_known_regex.header_name", "HTTP header name", pattern(HEADER_NAME, LOOSE_NAME)),
            2 => {
                let test = pattern(HEADER_VALUE, LOOSE_VALUE);
                self.add("well_known_regex.header_value", "must be a valid HTTP header value", test)
            }
            _ => false,
        }
    }
}

/// Rules on messages that are well known, as expressions.
pub(super) fn of_message(kind: &str, given: &DynamicMessage, value: &mut OfValue) {
    const PATHS_IN: &str = "this.paths.all(p, p in rule || rule.exists(f, p.startsWith(f + '.')))";
    const PATHS_NOT_IN: &str = "this.paths.all(p, !(p in rule || rule.exists(f, p.startsWith(f + '.'))))";
    for (member, given) in given.fields() {
        let name = member.name();
        let (told, expr) = match (kind, name) {
            ("any", "in") => ("type URL must be in the allow list", "this.type_url in rule"),
            ("any", "not_in") => ("type URL must not be in the block list", "!(this.type_url in rule)"),
            ("field_mask", "const") => ("must equal the paths of the rule", "this.paths == rule"),
            ("field_mask", "in") => ("must only contain paths in the list", PATHS_IN),
            ("field_mask", "not_in") => ("must not contain any paths in the list", PATHS_NOT_IN),
            _ => continue,
        };
        let paths = given.as_message().and_then(|mask| mask.get_field_by_name("paths").map(|paths| paths.into_owned()));
        let items = paths.as_ref().unwrap_or(given).as_list().unwrap_or_default();
        let rule = Some(Given::Many(items.iter().filter_map(literal).collect()));
        let id = format!("{kind}.{name}").into();
        value.conditions.push(Condition { id, told: told.into(), expr: expr.into(), rule });
    }
}
