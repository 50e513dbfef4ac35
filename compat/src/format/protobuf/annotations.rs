//! What do `buf.validate` annotations of a Protobuf schema demand of values? Read from the options of messages, oneofs and
//! fields, as [protovalidate](https://protovalidate.com) defines them.
//!
//! Options are read by name, since their declaration may come from a reference: what has another form than Buf's is
//! unread, and said to be.

mod numbers;
mod standard;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};

use super::model;
use super::tree::Schema;
use crate::demand::{Choice, Condition, Demands, Given, Ignore, Literal, OfField, OfRecord, OfValue, Unread};
use crate::model::TypeId;

const FIELD: &str = "buf.validate.field";
const MESSAGE: &str = "buf.validate.message";
const ONEOF: &str = "buf.validate.oneof";
const PREDEFINED: &str = "buf.validate.predefined";

/// The ids of rules that are about several fields.
const ONEOF_REQUIRED: &str = "required";
const MESSAGE_ONEOF: &str = "message.oneof";

pub(super) fn demands(schema: &Schema) -> Demands {
    // What has no custom options left out has none.
    if !schema.has_options() {
        return Demands::default();
    }
    let file = schema.full();
    let pool = file.parent_pool();
    if pool.get_extension_by_name(FIELD).is_none() {
        return Demands::default();
    }
    let (_, known) = model::model(&file);
    let mut reader = Reader::default();
    for message in pool.all_messages() {
        if let Some(of) = known.get(message.full_name()) {
            reader.message(*of, &message);
        }
    }
    for extension in file.extensions() {
        if option(&extension.options(), FIELD).is_some() {
            reader.unread(extension.full_name(), "values of extensions are not looked at".into(), false);
        }
    }
    reader.demands
}

#[derive(Default)]
struct Reader {
    demands: Demands,
}

impl Reader {
    fn message(&mut self, of: TypeId, message: &MessageDescriptor) {
        let name = message.full_name();
        let mut record =
            OfRecord { of, name: name.into(), conditions: Vec::new(), choices: Vec::new(), fields: Vec::new() };
        let options = message.options();
        let rules = option(&options, MESSAGE);
        if let Some(rules) = &rules {
            self.message_rules(rules, message, &mut record);
        }
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let options = oneof.options();
            if option(&options, ONEOF).is_some_and(|rules| is_set(&rules, "required")) {
                let fields = oneof.fields().filter_map(|field| place(message, &field)).collect();
                record.choices.push(Choice {
                    id: ONEOF_REQUIRED,
                    name: oneof.name().into(),
                    fields,
                    is_required: true,
                });
            }
        }
        let grouped: Vec<usize> = record
            .choices
            .iter()
            .filter(|choice| choice.id == MESSAGE_ONEOF)
            .flat_map(|choice| choice.fields.iter().copied())
            .collect();
        for field in message.fields() {
            let Some(at) = place(message, &field) else { continue };
            let options = field.options();
            let (is_required, mut value) = match option(&options, FIELD) {
                Some(rules) => (is_set(&rules, "required"), self.value(&rules, &field, field.full_name(), false)),
                None => (false, OfValue::default()),
            };
            if grouped.contains(&at) && value.ignore == Ignore::Absent {
                value.ignore = Ignore::Zero;
            }
            if is_required || !value.is_nothing() {
                record.fields.push(OfField { at, name: field.full_name().into(), is_required, value });
            }
        }
        if !(record.conditions.is_empty() && record.choices.is_empty() && record.fields.is_empty()) {
            self.demands.records.push(record);
        }
    }

    fn message_rules(&mut self, rules: &DynamicMessage, message: &MessageDescriptor, record: &mut OfRecord) {
        let name = message.full_name();
        for (member, value) in rules.fields() {
            match member.name() {
                "cel" => record.conditions.extend(conditions(value)),
                "cel_expression" => record.conditions.extend(expressions(value)),
                "oneof" => {
                    for choice in value.as_list().unwrap_or_default().iter().filter_map(Value::as_message) {
                        let names = choice.get_field_by_name("fields");
                        let names = names.as_deref().and_then(Value::as_list).unwrap_or_default();
                        let mut fields = Vec::new();
                        for member in names.iter().filter_map(Value::as_str) {
                            match message.get_field_by_name(member).and_then(|field| place(message, &field)) {
                                Some(at) => fields.push(at),
                                None => self.unread(name, format!("it has no field '{member}'"), true),
                            }
                        }
                        let is_required = is_set(choice, "required");
                        record.choices.push(Choice { id: MESSAGE_ONEOF, name: "".into(), fields, is_required });
                    }
                }
                other => self.unread(name, format!("'{other}' of a message is not known here"), false),
            }
        }
    }

    /// The rules of one value: of a field, or of what it holds.
    fn value(&mut self, rules: &DynamicMessage, field: &FieldDescriptor, on: &str, is_item: bool) -> OfValue {
        let mut value = OfValue::default();
        for (member, given) in rules.fields() {
            match member.name() {
                "cel" => value.conditions.extend(conditions(given)),
                "cel_expression" => value.conditions.extend(expressions(given)),
                "required" => {}
                "ignore" => match given.as_enum_number() {
                    Some(0) => {}
                    Some(1) => value.ignore = Ignore::Zero,
                    Some(3) => value.ignore = Ignore::Always,
                    _ => self.unread(on, "its 'ignore' is not known here".into(), false),
                },
                kind => match given.as_message() {
                    Some(given) => self.typed(kind, given, field, on, is_item, &mut value),
                    None => self.unread(on, format!("'{kind}' is not known here"), false),
                },
            }
        }
        value
    }

    /// The rules for values of one type.
    fn typed(
        &mut self,
        kind: &str,
        given: &DynamicMessage,
        field: &FieldDescriptor,
        on: &str,
        is_item: bool,
        value: &mut OfValue,
    ) {
        let is_fitting = match kind {
            "repeated" => field.is_list() && !is_item,
            "map" => field.is_map() && !is_item,
            _ if (field.is_list() || field.is_map()) && !is_item => false,
            _ => word(&field.kind()).is_some_and(|word| word == kind),
        };
        if !is_fitting {
            return self.unread(on, format!("rules for '{kind}' are not for its type"), true);
        }
        for (member, inner) in given.fields() {
            let parts = match (kind, member.name()) {
                ("repeated", "items") => Some((field.clone(), &mut value.items)),
                ("map", "keys" | "values") => {
                    let number = if member.name() == "keys" { 1 } else { 2 };
                    let part = match field.kind() {
                        Kind::Message(entry) => entry.get_field(number),
                        _ => None,
                    };
                    let place = if number == 1 { &mut value.keys } else { &mut value.items };
                    part.map(|part| (part, place))
                }
                _ => None,
            };
            if let (Some((part, place)), Some(inner)) = (parts, inner.as_message()) {
                let inner = self.value(inner, &part, on, true);
                *place = (!inner.is_nothing()).then(|| Box::new(inner));
            }
        }
        if matches!(kind, "any" | "field_mask") {
            standard::of_message(kind, given, value);
        } else {
            for unknown in standard::read(kind, given, &field.kind(), &mut value.standard) {
                self.unread(on, format!("'{kind}.{unknown}' is not known here"), false);
            }
        }
        self.predefined(given, on, value);
    }

    /// Rules that somebody added to the standard ones: extensions that bring their expressions along.
    fn predefined(&mut self, given: &DynamicMessage, on: &str, value: &mut OfValue) {
        for (extension, given) in given.extensions() {
            let options = extension.options();
            let name = extension.full_name();
            let Some(cel) = option(&options, PREDEFINED) else {
                self.unread(on, format!("'{name}' brings no expression along"), false);
                continue;
            };
            let cel = cel.get_field_by_name("cel");
            let conditions: Vec<Condition> = cel.as_deref().map(conditions).unwrap_or_default();
            let rule = match given.as_list() {
                Some(items) => items.iter().map(literal).collect::<Option<_>>().map(Given::Many),
                None => literal(given).map(Given::One),
            };
            let Some(rule) = rule else {
                self.unread(on, format!("the value of '{name}' is not a single one"), false);
                continue;
            };
            let mut rule = Some(rule);
            let last = conditions.len().saturating_sub(1);
            for (at, condition) in conditions.into_iter().enumerate() {
                let rule = if at == last { rule.take() } else { rule.as_ref().map(Given::again) };
                value.conditions.push(Condition { rule, ..condition });
            }
        }
    }

    fn unread(&mut self, on: &str, why: String, is_mistaken: bool) {
        self.demands.unread.push(Unread { on: on.into(), why: why.into(), is_mistaken });
    }
}

impl Given {
    fn again(&self) -> Self {
        match self {
            Self::One(value) => Self::One(value.clone()),
            Self::Many(values) => Self::Many(values.clone()),
        }
    }
}

/// The value of an option.
fn option(options: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    let (_, value) = options.extensions().find(|(option, _)| option.full_name() == name)?;
    value.as_message().cloned()
}

fn is_set(rules: &DynamicMessage, name: &str) -> bool {
    rules.get_field_by_name(name).is_some_and(|value| value.as_bool() == Some(true))
}

/// Where a field stands in its record of the model.
fn place(message: &MessageDescriptor, field: &FieldDescriptor) -> Option<usize> {
    message.fields().position(|other| other.number() == field.number())
}

/// Expressions that have names and words.
fn conditions(rules: &Value) -> Vec<Condition> {
    let rules = rules.as_list().unwrap_or_default().iter().filter_map(Value::as_message);
    let text = |rule: &DynamicMessage, name: &str| -> Box<str> {
        let value = rule.get_field_by_name(name);
        value.as_deref().and_then(Value::as_str).unwrap_or_default().into()
    };
    let condition = |rule: &DynamicMessage| {
        let (id, expr) = (text(rule, "id"), text(rule, "expression"));
        let id = if id.is_empty() { expr.clone() } else { id };
        Condition { id, told: text(rule, "message"), expr, rule: None }
    };
    rules.map(condition).filter(|condition| !condition.expr.trim().is_empty()).collect()
}

/// Expressions that are their own names.
fn expressions(rules: &Value) -> Vec<Condition> {
    let rules = rules.as_list().unwrap_or_default().iter().filter_map(Value::as_str);
    let condition = |expr: &str| Condition { id: expr.into(), told: "".into(), expr: expr.into(), rule: None };
    rules.filter(|expr| !expr.trim().is_empty()).map(condition).collect()
}

/// The word for rules on values of a kind.
fn word(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Double => "double",
        Kind::Float => "float",
        Kind::Int32 => "int32",
        Kind::Int64 => "int64",
        Kind::Uint32 => "uint32",
        Kind::Uint64 => "uint64",
        Kind::Sint32 => "sint32",
        Kind::Sint64 => "sint64",
        Kind::Fixed32 => "fixed32",
        Kind::Fixed64 => "fixed64",
        Kind::Sfixed32 => "sfixed32",
        Kind::Sfixed64 => "sfixed64",
        Kind::Bool => "bool",
        Kind::String => "string",
        Kind::Bytes => "bytes",
        Kind::Enum(_) => "enum",
        Kind::Message(message) => match message.full_name().strip_prefix("google.protobuf.")? {
            "Any" => "any",
            "Duration" => "duration",
            "Timestamp" => "timestamp",
            "FieldMask" => "field_mask",
            "DoubleValue" => "double",
            "FloatValue" => "float",
            "Int64Value" => "int64",
            "UInt64Value" => "uint64",
            "Int32Value" => "int32",
            "UInt32Value" => "uint32",
            "BoolValue" => "bool",
            "StringValue" => "string",
            "BytesValue" => "bytes",
            _ => return None,
        },
    })
}

/// A value of an annotation.
fn literal(value: &Value) -> Option<Literal> {
    Some(match value {
        Value::Bool(value) => Literal::Bool(*value),
        Value::I32(value) | Value::EnumNumber(value) => Literal::Int(i64::from(*value)),
        Value::I64(value) => Literal::Int(*value),
        Value::U32(value) => Literal::Uint(u64::from(*value)),
        Value::U64(value) => Literal::Uint(*value),
        Value::F32(value) => Literal::Double(f64::from(*value)),
        Value::F64(value) => Literal::Double(*value),
        Value::String(value) => Literal::Text(value.as_str().into()),
        Value::Bytes(value) => Literal::Bytes(value.as_ref().into()),
        Value::Message(message) => {
            let part = |number| match message.get_field_by_number(number).as_deref() {
                Some(Value::I64(value)) => Some(*value),
                Some(Value::I32(value)) => Some(i64::from(*value)),
                _ => None,
            };
            let (seconds, nanos) = (part(1)?, i32::try_from(part(2)?).ok()?);
            match message.descriptor().full_name() {
                "google.protobuf.Timestamp" => Literal::Time(seconds, nanos),
                "google.protobuf.Duration" => Literal::Span(seconds, nanos),
                _ => return None,
            }
        }
        Value::List(_) | Value::Map(_) => return None,
    })
}
