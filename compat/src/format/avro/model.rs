//! What values do payloads of an Avro schema hold? The types of the schema one by one, so that ids stay the same.

use super::tree::{Primitive, Record, Schema, Shape};
use crate::model::Record as Fields;
use crate::model::{Field, Form, Model, Type, narrow};
use crate::tags::tags_in;

pub(super) fn model(schema: &Schema) -> Model {
    let types = schema.types.iter().map(|of| of_shape(&of.shape)).collect();
    Model { types, roots: vec![narrow(schema.root.id.0)] }
}

fn of_shape(shape: &Shape) -> Type {
    let (form, word) = match shape {
        Shape::Primitive(primitive) => match primitive {
            Primitive::Null => (Form::Null, "NULL"),
            Primitive::Boolean => (Form::Boolean, "BOOLEAN"),
            Primitive::Int => (Form::Int, "INT"),
            Primitive::Long => (Form::Int, "LONG"),
            Primitive::Float => (Form::Float, "FLOAT"),
            Primitive::Double => (Form::Float, "DOUBLE"),
            Primitive::Bytes => (Form::Bytes, "BYTES"),
            Primitive::String => (Form::Text, "STRING"),
        },
        Shape::Fixed(_) => (Form::Bytes, "FIXED"),
        Shape::Enum(symbols) => {
            (Form::Symbols(symbols.symbols.iter().map(|symbol| symbol.as_str().into()).collect()), "ENUM")
        }
        Shape::Array(items) => (Form::List(narrow(items.id.0)), "ARRAY"),
        // Keys are no type of the schema; they are always texts, and nobody asks more of them.
        Shape::Map(values) => (Form::Map { keys: u32::MAX, values: narrow(values.id.0) }, "MAP"),
        Shape::Union(branches) => {
            (Form::Union(branches.iter().map(|branch| narrow(branch.id.0)).collect()), "COMBINED")
        }
        Shape::Record(record) => (Form::Record(fields(record)), "RECORD"),
        Shape::Pending => (Form::Any, "COMBINED"),
    };
    Type { form, word }
}

fn fields(record: &Record) -> Fields {
    let full = record.header.name.full();
    let fields = record.fields.iter().map(|field| Field {
        name: field.name.as_str().into(),
        of: narrow(field.of.id.0),
        tags: tags_in(&field.props).into_iter().map(String::into_boxed_str).collect(),
        full_name: format!("{full}.{}", field.name).into(),
        number: 0,
        has_presence: false,
        oneof: None,
    });
    Fields { fields: fields.collect(), is_open: false, has_defaults: false }
}
