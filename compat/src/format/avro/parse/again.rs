//! Is a record that is defined again the same? Then it is taken for the first, as in Java since Avro 1.12.
//!
//! Documentation and aliases don't count. Named types inside have been through this themselves: the same ones are one.

use crate::format::avro::equal;
use crate::format::avro::tree::{Field, Shape, Type, TypeId};

/// Not for records that mention themselves or one that they stand in: when Java compares them, it does not know yet what
/// those names mean, and refuses.
pub(super) fn is_same_record(types: &[Type], known: TypeId, again: TypeId) -> bool {
    let (known, again) = (&types[known.0], &types[again.0]);
    let (Shape::Record(one), Shape::Record(other)) = (&known.shape, &again.shape) else { return false };
    equal::props(&known.props, &again.props)
        && one.is_error == other.is_error
        && one.fields.len() == other.fields.len()
        && one.fields.iter().zip(&other.fields).all(|(one, other)| is_same_field(types, one, other))
}

fn is_same_field(types: &[Type], one: &Field, other: &Field) -> bool {
    one.name == other.name
        && one.order == other.order
        && one.default.as_ref().map(equal::json) == other.default.as_ref().map(equal::json)
        && equal::props(&one.props, &other.props)
        && is_same(types, one.of.id, other.of.id)
}

fn is_same(types: &[Type], one: TypeId, other: TypeId) -> bool {
    if one == other {
        return true;
    }
    let (left, right) = (&types[one.0], &types[other.0]);
    let is_alike = match (&left.shape, &right.shape) {
        (Shape::Primitive(one), Shape::Primitive(other)) => one == other,
        (Shape::Array(_), Shape::Array(_)) | (Shape::Map(_), Shape::Map(_)) | (Shape::Union(_), Shape::Union(_)) => {
            true
        }
        _ => false,
    };
    let (inner, others) = (left.shape.uses(), right.shape.uses());
    is_alike
        && equal::props(&left.props, &right.props)
        && inner.len() == others.len()
        && inner.iter().zip(&others).all(|(one, other)| is_same(types, one.id, other.id))
}
