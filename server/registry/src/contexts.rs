//! Which contexts are there, and when may one go?

use tidegate_compat::{ContextName, SubjectName};
use tidegate_store::{Session, Tx};

use crate::retry::retrying;
use crate::{Actor, Error, Page, Registry, Result};

impl Registry {
    /// `.` first, then named contexts in order.
    pub async fn contexts(&self, page: Page) -> Result<Vec<ContextName>> {
        let named = self.store().read().await?.named_contexts().await?;
        Ok(page.cut(std::iter::once(ContextName::default_context()).chain(named)))
    }

    /// Removes a context without subjects, soft-deleted ones counted, together with all that was set in it. Where nothing
    /// is, nothing happens; the default context and the global one are always there.
    pub async fn delete_context(&self, actor: &Actor, context: &ContextName) -> Result<()> {
        if context.is_default() || context.is_global() {
            return must_be_empty(&mut self.store().read().await?, context).await;
        }
        retrying(|| self.try_delete_context(actor, context)).await
    }

    async fn try_delete_context(&self, actor: &Actor, context: &ContextName) -> Result<()> {
        let scope = SubjectName::new(context.clone(), "");
        let mut tx = self.store().write().await?;
        self.clear(&mut tx, context, &scope).await?;
        if !tx.forget_context(context).await? {
            return Ok(());
        }
        tx.forget_subject(&scope).await?;
        tx.commit(actor.change("context.delete", &scope, None, None)).await?;
        Ok(())
    }

    /// Sees to it that the context is empty, and stays so.
    async fn clear(&self, tx: &mut Tx, context: &ContextName, scope: &SubjectName) -> Result<()> {
        tx.lock_subjects(std::slice::from_ref(scope)).await?;
        tx.lock_context(context).await?;
        must_be_empty(tx, context).await?;
        self.must_be_writable(tx, scope).await
    }
}

async fn must_be_empty(session: &mut Session, context: &ContextName) -> Result<()> {
    for is_deleted in [false, true] {
        if !session.versions_in(Some(context), None, is_deleted, Some(1)).await?.is_empty() {
            return Err(Error::ContextNotEmpty(context.clone()));
        }
    }
    Ok(())
}
