//! What may a writer write? Random messages, with the values that tend to break things.

use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor, Syntax, Value};

use super::Planner;

impl Planner<'_> {
    /// A message that a writer may write.
    pub(crate) fn message(&mut self, message: &MessageDescriptor, depth: usize) -> DynamicMessage {
        let mut out = DynamicMessage::new(message.clone());
        let oneofs: Vec<_> = message.oneofs().filter(|oneof| !oneof.is_synthetic()).collect();
        let chosen: Vec<u32> = oneofs
            .iter()
            .filter_map(|oneof| {
                let members: Vec<_> = oneof.fields().map(|field| field.number()).collect();
                members.get(self.random.below(members.len() + 1)).copied()
            })
            .collect();
        for field in message.fields() {
            let is_choice = field.containing_oneof().is_some_and(|oneof| !oneof.is_synthetic());
            let wanted = if is_choice { chosen.contains(&field.number()) } else { !self.one_in(3) };
            let too_deep = depth == 0 && holds_messages(&field.kind());
            if field.is_required() || (wanted && !too_deep) {
                let value = self.value(&field, depth);
                out.set_field(&field, value);
            }
        }
        for extension in message.extensions() {
            if self.one_in(2) && !holds_messages(&extension.kind()) {
                let value = self.single(&extension.kind(), 0);
                out.set_extension(&extension, value);
            }
        }
        out
    }

    fn value(&mut self, field: &FieldDescriptor, depth: usize) -> Value {
        let kind = field.kind();
        if field.is_map()
            && let Some(entry) = kind.as_message()
        {
            let (key, value) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
            return Value::Map(
                (0..self.random.below(3)).map(|_| (self.key(&key), self.single(&value, depth))).collect(),
            );
        }
        if field.is_list() {
            return Value::List((0..self.random.below(4)).map(|_| self.single(&kind, depth)).collect());
        }
        self.single(&kind, depth)
    }

    fn key(&mut self, kind: &Kind) -> MapKey {
        match self.single(kind, 0) {
            Value::Bool(value) => MapKey::Bool(value),
            Value::I32(value) => MapKey::I32(value),
            Value::I64(value) => MapKey::I64(value),
            Value::U32(value) => MapKey::U32(value),
            Value::U64(value) => MapKey::U64(value),
            Value::String(value) => MapKey::String(value),
            other => panic!("{other:?} is no key"),
        }
    }

    fn single(&mut self, kind: &Kind, depth: usize) -> Value {
        let bits = match self.random.below(6) {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << 31,
            3 => self.random.next(),
            _ => self.random.next() % 3,
        };
        match kind {
            Kind::Bool => Value::Bool(bits % 2 == 1),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(bits as i32),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(bits as i64),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(bits as u32),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(bits),
            Kind::Float => Value::F32(bits as u32 as f32),
            Kind::Double => Value::F64(bits as f64),
            Kind::String => Value::String(["", "a", "größer", "\u{1f600}"][(bits % 4) as usize].to_owned()),
            Kind::Bytes => Value::Bytes(vec![bits as u8; (bits % 4) as usize].into()),
            Kind::Enum(declared) => Value::EnumNumber(self.symbol(declared)),
            Kind::Message(message) => Value::Message(self.message(message, depth.saturating_sub(1))),
        }
    }

    /// A symbol, or any number where the enum is open.
    fn symbol(&mut self, declared: &EnumDescriptor) -> i32 {
        let symbols: Vec<i32> = declared.values().map(|symbol| symbol.number()).collect();
        let open = declared.parent_file().syntax() == Syntax::Proto3;
        if open && self.one_in(4) {
            77 - self.random.below(100) as i32
        } else {
            symbols[self.random.below(symbols.len())]
        }
    }
}

fn holds_messages(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) if message.is_map_entry() => holds_messages(&message.map_entry_value_field().kind()),
        Kind::Message(_) => true,
        _ => false,
    }
}
