//! Which tags does the text of a schema give to its parts?

use tidegate_compat::{ContextName, Tagged};

use crate::{Registry, Result, StoredSchema};

impl Registry {
    /// The parts that have tags, in the order of the text.
    pub async fn tagged(&self, context: &ContextName, schema: &StoredSchema) -> Result<Vec<Tagged>> {
        let mut session = self.store().read().await?;
        let parsed = self.parsed(&mut session, context, schema).await?;
        Ok(parsed.tags())
    }
}
