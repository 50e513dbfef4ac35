//! Which branches of a union could read what was written at all? Large unions are full of those that can't.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Comparison, named, scalar};
use crate::format::avro::tree::{Schema, Shape, TypeId, Use};

/// The branches of a union by what has to be the same on both sides.
#[derive(Debug, Default)]
pub(super) struct Branches<'a> {
    /// Places of named types, by their names without the namespace and by their aliases.
    by_name: HashMap<&'a str, Vec<usize>>,
    by_alias: HashMap<&'a str, Vec<usize>>,
    nameless: Vec<usize>,
}

impl<'a> Branches<'a> {
    fn of(schema: &'a Schema, branches: &[Use]) -> Self {
        let mut found = Self::default();
        for (place, branch) in branches.iter().enumerate() {
            let Some(header) = schema.shape(branch.id).header() else {
                found.nameless.push(place);
                continue;
            };
            found.by_name.entry(header.name.simple()).or_default().push(place);
            for alias in &header.aliases {
                found.by_alias.entry(alias.full()).or_default().push(place);
            }
        }
        found
    }

    /// Places, ascending, of all branches that may go by the name of what was written, if it has one.
    pub(super) fn near(&self, written: &Shape) -> Vec<usize> {
        let Some(header) = written.header() else { return self.nameless.clone() };
        let places = [self.by_name.get(header.name.simple()), self.by_alias.get(header.name.full())];
        let mut places: Vec<usize> = places.into_iter().flatten().flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

impl<'a> Comparison<'a> {
    /// The branches of one of the reader's unions. A union is asked once for each type that was written.
    pub(super) fn branches_of(&mut self, union: TypeId, branches: &'a [Use]) -> Rc<Branches<'a>> {
        let schema = self.reader;
        Rc::clone(self.branches.entry(union).or_insert_with(|| Rc::new(Branches::of(schema, branches))))
    }
}

/// Whether a branch could read what was written at all.
pub(super) fn is_worth_a_look(reader: &Shape, writer: &Shape) -> bool {
    match (reader, writer) {
        (Shape::Primitive(reader), Shape::Primitive(writer)) => scalar::reads(*reader, *writer),
        (Shape::Array(_), Shape::Array(_)) | (Shape::Map(_), Shape::Map(_)) => true,
        (Shape::Record(_), Shape::Record(_))
        | (Shape::Enum(_), Shape::Enum(_))
        | (Shape::Fixed(_), Shape::Fixed(_)) => {
            reader.header().zip(writer.header()).is_some_and(|(reader, writer)| named::is_same(reader, writer))
        }
        _ => false,
    }
}

/// Whether two types are of one kind, and have one name if they have any.
pub(super) fn is_same_type(reader: &Shape, writer: &Shape) -> bool {
    let names = (reader.header().map(|header| &header.name), writer.header().map(|header| &header.name));
    reader.word() == writer.word() && names.0 == names.1
}
