//! Which tags does the text of a schema give to its parts?

use std::collections::HashMap;

use tidegate_compat::{ContextName, ElementKind, Outline};

use crate::{Registry, Result, StoredSchema};

/// A record or a field, by the path that tags call it by, with its tags in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    pub entity: String,
    pub kind: ElementKind,
    pub tags: Vec<String>,
}

impl Registry {
    /// The parts that have tags, in the order of the text.
    pub async fn tagged(&self, context: &ContextName, schema: &StoredSchema) -> Result<Vec<Tagged>> {
        let mut session = self.store().read().await?;
        let parsed = self.parsed(&mut session, context, schema).await?;
        Ok(tagged(parsed.outline()))
    }
}

/// A part that the text has in two places, such as a definition that is used twice, is one part.
fn tagged(outline: Outline) -> Vec<Tagged> {
    let mut found: Vec<Tagged> = Vec::new();
    let mut places = HashMap::new();
    for element in outline.elements {
        let can_have_tags = matches!(element.kind, ElementKind::Record | ElementKind::Field);
        if !can_have_tags || element.entity.is_empty() || element.tags.is_empty() {
            continue;
        }
        let place = *places.entry((element.entity.clone(), element.kind)).or_insert(found.len());
        match found.get_mut(place) {
            Some(known) => {
                let new = element.tags.into_iter().filter(|tag| !known.tags.contains(tag));
                let new: Vec<_> = new.collect();
                known.tags.extend(new);
            }
            None => found.push(Tagged { entity: element.entity, kind: element.kind, tags: element.tags }),
        }
    }
    found
}
