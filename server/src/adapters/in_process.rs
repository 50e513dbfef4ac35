//! How does the proxy get schemas when the registry is in this process? By asking it.

use tidegate_compat::policy::Part;
use tidegate_compat::{ContextName, Policies, SchemaId, SchemaKey, SubjectName, VersionSpec};
use tidegate_proxy::schemas::Boxed;
use tidegate_proxy::{Registered, SchemaSource, SourceError};
use tidegate_registry::{AssociationChoice, AssociationsOf, Error, Page, Registry};

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
        let contract = schema.contract.clone();
        Ok(Registered { id: schema.id, kind: schema.kind, text: schema.text.clone(), references, usages, contract })
    }

    async fn find_version(&self, subject: &SubjectName, version: VersionSpec) -> Result<Registered, SourceError> {
        self.registry.fresh().await.map_err(source_error)?;
        let found = self.registry.version(subject, version, false).await.map_err(source_error)?;
        self.look_up(found.subject.context(), SchemaKey::Id(found.schema.id)).await
    }

    async fn find_associated(&self, topic: &str, part: Part) -> Result<Vec<SubjectName>, SourceError> {
        self.registry.fresh().await.map_err(source_error)?;
        let of = AssociationsOf::ResourceName { namespace: None, name: Some(topic.to_owned()) };
        let choice = AssociationChoice { kinds: vec![part.as_str().to_owned()], ..AssociationChoice::default() };
        let found = self.registry.associations(&of, &choice, Page::default()).await.map_err(source_error)?;
        Ok(found.into_iter().map(|association| association.subject).collect())
    }

    async fn changed_policies(&self, since: u64) -> Result<Option<Policies>, SourceError> {
        let unavailable = |error: Error| SourceError::Unavailable(error.to_string());
        self.registry.fresh().await.map_err(unavailable)?;
        let set = self.registry.policies().await.map_err(unavailable)?;
        let policies = || set.policies.iter().map(|kept| kept.policy.clone()).collect();
        Ok((set.revision != since).then(|| Policies { revision: set.revision, policies: policies() }))
    }
}

impl SchemaSource for InProcess {
    fn schema<'a>(&'a self, context: &'a ContextName, key: SchemaKey) -> Boxed<'a, Result<Registered, SourceError>> {
        Box::pin(self.look_up(context, key))
    }

    fn version<'a>(
        &'a self,
        subject: &'a SubjectName,
        version: VersionSpec,
    ) -> Boxed<'a, Result<Registered, SourceError>> {
        Box::pin(self.find_version(subject, version))
    }

    fn associated<'a>(&'a self, topic: &'a str, part: Part) -> Boxed<'a, Result<Vec<SubjectName>, SourceError>> {
        Box::pin(self.find_associated(topic, part))
    }

    fn policies(&self, since: u64) -> Boxed<'_, Result<Option<Policies>, SourceError>> {
        Box::pin(self.changed_policies(since))
    }

    fn recent<'a>(
        &'a self,
        cluster: &'a str,
        most: usize,
    ) -> Boxed<'a, Result<Vec<(ContextName, SchemaId)>, SourceError>> {
        Box::pin(async move {
            let seen = self.registry.recent_schemas(Some(cluster), most).await;
            let seen = seen.map_err(|error| SourceError::Unavailable(error.to_string()))?;
            Ok(seen.into_iter().map(|(schema, _)| (schema.context, schema.id)).collect())
        })
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
