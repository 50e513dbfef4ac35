//! How does the proxy get schemas when the registry is in this process? By asking it.

use tidegate_compat::{ContextName, SchemaKey};
use tidegate_proxy::schemas::Boxed;
use tidegate_proxy::{Registered, SchemaSource, SourceError};
use tidegate_registry::{Error, Registry};

pub struct InProcess {
    registry: Registry,
}

impl InProcess {
    pub fn new(registry: Registry) -> Self {
        Self { registry }
    }

    async fn look_up(&self, context: &ContextName, key: SchemaKey) -> Result<Registered, SourceError> {
        self.registry.fresh().await.map_err(source_error)?;
        let (schema, references, usages) = self.registry.for_validation(context, key).await.map_err(source_error)?;
        Ok(Registered { id: schema.id, kind: schema.kind, text: schema.text.clone(), references, usages })
    }
}

impl SchemaSource for InProcess {
    fn schema<'a>(&'a self, context: &'a ContextName, key: SchemaKey) -> Boxed<'a, Result<Registered, SourceError>> {
        Box::pin(self.look_up(context, key))
    }

    fn revision(&self) -> u64 {
        self.registry.revision()
    }
}

/// A schema that is not there, or that can't be used because what it refers to is gone, will not be there on retry.
fn source_error(error: Error) -> SourceError {
    match error {
        Error::Store(error) => SourceError::Unavailable(error.to_string()),
        _ => SourceError::NotFound,
    }
}
