//! Which findings can be mended by a change to the reader's text that needs no thinking?

use super::Schema;
use super::place::{Item, Spot, span_of};
use crate::json::Extent;
use crate::violation::{Edit, Side};

/// The number of a field's label in the paths of `SourceCodeInfo`.
const LABEL: i32 = 4;

/// What to change.
pub(super) enum Remedy {
    /// A field's `required` into `optional`.
    MakeOptional,
    /// Reserve what a message has removed.
    Reserve { number: u32, name: String },
}

/// The change to the text of a schema, if the place is in it and looks as such places do.
pub(super) fn edit(schema: &Schema, spot: &Spot, remedy: &Remedy) -> Option<Edit> {
    match (remedy, spot.item()) {
        (Remedy::MakeOptional, Item::Field(field)) => {
            let label: Vec<i32> = field.path().iter().copied().chain([LABEL]).collect();
            let span = schema.span(&field.parent_file(), &label)?;
            let is_label = schema.source.text().get(span.start..span.end) == Some("required");
            is_label.then(|| Edit { side: Side::Reader, span, replacement: "optional".into() })
        }
        (Remedy::Reserve { number, name }, Item::Message(message)) => {
            let end = span_of(schema, spot.item())?.end;
            let after = schema.source.text().get(end..)?;
            let brace = after.find('{').filter(|brace| after.get(..*brace).is_some_and(|gap| gap.trim().is_empty()))?;
            let inside = end.checked_add(brace)?.checked_add(1)?;
            let span = schema.source.span(Extent { start: inside, end: inside });
            let indent = "  ".repeat(message.path().len() / 2);
            let replacement = format!("\n{indent}reserved {number};\n{indent}reserved \"{name}\";");
            Some(Edit { side: Side::Reader, span, replacement })
        }
        _ => None,
    }
}
