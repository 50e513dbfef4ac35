//! How does a schema become a program that checks payloads?

use std::collections::HashMap;
use std::sync::Arc;

use prost_reflect::{
    Cardinality, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, Kind as Described, MessageDescriptor, Syntax,
};

use super::{Code, Count, Enum, EnumValue, Field, Kind, Name, Place, Row, Shape, Span, Step, Tables, wire};
use crate::format::protobuf::tree::Schema;

/// Numbers up to this one have rows of their own,
const NEAR: usize = 64;

/// and further ones as long as there are not more rows per field than this. Numbers far apart are searched for.
const SPREAD: usize = 4;

pub(in crate::format::protobuf) fn compile(schema: &Schema) -> Code {
    let mut compiler = Compiler::default();
    compiler.places(schema.file.messages().collect());
    // Compiling a message can bring up others.
    let mut next = 0;
    while let Some(message) = compiler.waiting.get(next).cloned() {
        let shape = compiler.message(&message);
        compiler.shapes.push(shape);
        next += 1;
    }
    let top = narrow(schema.file.messages().len());
    Code(Arc::new(Tables {
        shapes: compiler.shapes.into(),
        rows: compiler.rows.into(),
        fields: compiler.fields.into(),
        enums: compiler.enums.into(),
        values: compiler.values.into(),
        places: compiler.places.into(),
        top,
        names: compiler.names.into(),
    }))
}

#[derive(Default)]
struct Compiler {
    shapes: Vec<Shape>,
    rows: Vec<Row>,
    fields: Vec<Field>,
    enums: Vec<Enum>,
    values: Vec<EnumValue>,
    places: Vec<Place>,
    names: String,
    /// The messages in the order of their shapes; those past the end of `shapes` are still to be compiled.
    waiting: Vec<MessageDescriptor>,
    known_shapes: HashMap<String, u32>,
    known_enums: HashMap<String, u32>,
}

impl Compiler {
    /// Lays out the messages that payloads may name, level by level.
    fn places(&mut self, mut level: Vec<MessageDescriptor>) {
        while !level.is_empty() {
            let mut first = narrow(self.places.len() + level.len());
            let mut below = Vec::new();
            for message in level {
                let nested = narrow(message.child_messages().len());
                below.extend(message.child_messages());
                let shape = self.shape(&message);
                let nested = Span { start: first, length: nested };
                self.places.push(Place { shape, nested, entry: message.is_map_entry() });
                first += nested.length;
            }
            level = below;
        }
    }

    /// The shape of a message, which is compiled sooner or later.
    fn shape(&mut self, message: &MessageDescriptor) -> u32 {
        if let Some(known) = self.known_shapes.get(message.full_name()) {
            return *known;
        }
        let shape = narrow(self.waiting.len());
        self.known_shapes.insert(message.full_name().to_owned(), shape);
        self.waiting.push(message.clone());
        shape
    }

    fn message(&mut self, message: &MessageDescriptor) -> Shape {
        let mut plans: Vec<Plan> = message.fields().map(Plan::from).collect();
        plans.extend(message.extensions().map(Plan::from));
        plans.sort_by_key(|plan| plan.number);
        plans.dedup_by_key(|plan| plan.number);
        let (start, mut required) = (self.fields.len(), 0);
        for plan in &plans {
            let field = self.field(plan, &mut required);
            self.fields.push(field);
        }
        let fields = Span { start: narrow(start), length: narrow(plans.len()) };
        let name = self.name(message.full_name());
        let required_bits = (1u64 << required.min(u32::from(Row::NO_BIT))) - 1;
        let (rows, far) = self.rows(start, &plans);
        Shape { name, fields, rows, far, required, required_bits }
    }

    fn field(&mut self, plan: &Plan, required: &mut u32) -> Field {
        let (kind, of) = self.kind(plan);
        let nth = plan.is_required.then(|| {
            *required += 1;
            *required - 1
        });
        let name = self.name(&plan.name);
        Field { number: plan.number, name, kind, count: plan.count, required: nth, of, oneof: plan.oneof }
    }

    fn kind(&mut self, plan: &Plan) -> (Kind, u32) {
        let kind = match &plan.kind {
            Described::Double => Kind::Double,
            Described::Float => Kind::Float,
            Described::Int32 => Kind::Int32,
            Described::Int64 => Kind::Int64,
            Described::Uint32 => Kind::Uint32,
            Described::Uint64 => Kind::Uint64,
            Described::Sint32 => Kind::Sint32,
            Described::Sint64 => Kind::Sint64,
            Described::Fixed32 => Kind::Fixed32,
            Described::Fixed64 => Kind::Fixed64,
            Described::Sfixed32 => Kind::Sfixed32,
            Described::Sfixed64 => Kind::Sfixed64,
            Described::Bool => Kind::Bool,
            Described::String => Kind::Text,
            Described::Bytes => Kind::Bytes,
            Described::Message(message) if plan.is_group => return (Kind::Group, self.shape(message)),
            Described::Message(message) => return (Kind::Message, self.shape(message)),
            Described::Enum(of) => return (Kind::Enum, self.enumeration(of)),
        };
        (kind, 0)
    }

    fn enumeration(&mut self, of: &EnumDescriptor) -> u32 {
        if let Some(known) = self.known_enums.get(of.full_name()) {
            return *known;
        }
        let mut values: Vec<_> = of.values().map(|value| (value.number(), value.name().to_owned())).collect();
        // Aliases: the first name stands.
        values.sort_by_key(|(number, _)| *number);
        values.dedup_by_key(|(number, _)| *number);
        let span = Span { start: narrow(self.values.len()), length: narrow(values.len()) };
        for (number, name) in values {
            let name = self.name(&name);
            self.values.push(EnumValue { number, name });
        }
        let id = narrow(self.enums.len());
        self.enums.push(Enum { values: span, closed: of.parent_file().syntax() == Syntax::Proto2 });
        self.known_enums.insert(of.full_name().to_owned(), id);
        id
    }

    /// The rows of a message whose fields begin at `start`: first by number, then those of the fields past that.
    fn rows(&mut self, start: usize, plans: &[Plan]) -> (Span, u32) {
        let fields = self.fields.get(start..).unwrap_or_default();
        let numbers = fields.iter().map(|field| field.number as usize).enumerate();
        let near = numbers.take_while(|(index, number)| *number <= NEAR + index * SPREAD);
        let length = near.last().map_or(0, |(_, number)| number + 1);
        let mut rows = vec![Row::UNKNOWN; length];
        for (field, plan) in fields.iter().zip(plans) {
            let new = self.row(field, plan.is_packed);
            match rows.get_mut(field.number as usize) {
                Some(row) if (field.number as usize) < length => *row = new,
                _ => rows.push(new),
            }
        }
        let far = rows.len() - length;
        let first = self.rows.len();
        self.rows.extend(rows);
        (Span { start: narrow(first), length: narrow(length) }, narrow(far))
    }

    fn row(&self, field: &Field, packed: bool) -> Row {
        let closed = field.kind == Kind::Enum && self.enums.get(field.of as usize).is_some_and(|of| of.closed);
        let step = match (field.kind.wire(), packed) {
            _ if closed && packed => Step::Closer,
            _ if closed => Step::Closed,
            (wire::VARINT, false) => Step::Varint,
            (wire::VARINT, true) => Step::PackedVarint,
            (wire::FIXED32, false) => Step::Fixed32,
            (wire::FIXED32, true) => Step::PackedFixed32,
            (wire::FIXED64, false) => Step::Fixed64,
            (wire::FIXED64, true) => Step::PackedFixed64,
            (wire::LENGTH, _) if field.kind == Kind::Text => Step::Text,
            (wire::LENGTH, _) if field.kind == Kind::Bytes => Step::Bytes,
            (wire::LENGTH, _) => Step::Message,
            _ => Step::Closer,
        };
        let wire = if packed { wire::LENGTH } else { field.kind.wire() };
        let nth = field.required.and_then(|nth| u8::try_from(nth).ok());
        let bit = nth.map_or(Row::NO_BIT, |nth| nth.min(Row::NO_BIT));
        let tag = if field.number < 16 { (field.number << 3) as u8 | wire } else { Row::NO_TAG };
        Row { step, wire, tag, bit, of: field.of }
    }

    fn name(&mut self, name: &str) -> Name {
        let start = narrow(self.names.len());
        self.names.push_str(name);
        Span { start, length: narrow(name.len()) }
    }
}

// === What the descriptors say ===

/// A field, whether its message declares it or an extension adds it.
struct Plan {
    number: u32,
    name: String,
    kind: Described,
    count: Count,
    is_group: bool,
    is_packed: bool,
    is_required: bool,
    oneof: Option<u32>,
}

impl From<FieldDescriptor> for Plan {
    fn from(field: FieldDescriptor) -> Self {
        let count = match field.cardinality() {
            Cardinality::Repeated if field.is_map() => Count::Map,
            Cardinality::Repeated => Count::List,
            Cardinality::Optional | Cardinality::Required => Count::One,
        };
        Self {
            number: field.number(),
            name: field.name().to_owned(),
            kind: field.kind(),
            count,
            is_group: field.is_group(),
            is_packed: field.is_packed(),
            is_required: field.is_required(),
            oneof: field.field_descriptor_proto().oneof_index.and_then(|index| u32::try_from(index).ok()),
        }
    }
}

impl From<ExtensionDescriptor> for Plan {
    fn from(field: ExtensionDescriptor) -> Self {
        Self {
            number: field.number(),
            name: field.json_name().to_owned(),
            kind: field.kind(),
            count: if field.is_list() { Count::List } else { Count::One },
            is_group: field.is_group(),
            is_packed: field.is_packed(),
            is_required: false,
            oneof: None,
        }
    }
}

/// Positions and counts come from schema texts, which are far shorter than 4 GiB.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
