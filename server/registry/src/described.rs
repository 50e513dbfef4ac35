//! What does the registry know of schemas that were written, for others to be told? Fields, and who owns the subject.

use tidegate_lineage::openlineage::emission::{Described, Descriptions, Written};
use tidegate_store::Session;

use crate::lineage::most_telling;
use crate::overview::owner;
use crate::{Error, Registry, Result};

/// After so many failures nothing more is asked.
const MOST_FAILURES: usize = 3;

impl Registry {
    /// What is known of these. What is not, or can't be read, is left out.
    ///
    /// # Errors
    /// The store can't be asked, which it is not for one of them only.
    pub async fn describe(&self, all: Vec<Written>) -> Result<Descriptions> {
        let mut session = self.store().read().await?;
        let mut known = Descriptions::with_capacity(all.len());
        let mut failures = 0;
        for written in all {
            match self.described(&mut session, &written).await {
                Ok(Some(described)) => drop(known.insert(written, described)),
                Ok(None) => {}
                Err(error) if failures >= MOST_FAILURES => return Err(error),
                Err(_) => failures += 1,
            }
        }
        Ok(known)
    }

    async fn described(&self, session: &mut Session, written: &Written) -> Result<Option<Described>> {
        let (context, id) = (&written.schema.context, written.schema.id);
        let schema = match self.content(session, context, id).await {
            Ok(schema) => schema,
            Err(error @ Error::Store(_)) => return Err(error),
            Err(_) => return Ok(None),
        };
        let Ok(parsed) = self.parsed(session, context, &schema).await else { return Ok(None) };
        let usages = session.usages(context, id, false, None, 0).await?;
        // The owner as it is told now: a version that was written long ago may name somebody who left.
        let latest = match most_telling(usages, &written.topic) {
            Some((subject, _)) => session.latest(&subject).await?.map(|row| (subject, row.id)),
            None => None,
        };
        let newest = match latest {
            Some((subject, id)) => self.content(session, subject.context(), id).await?,
            None => schema,
        };
        let owner = newest.contract.metadata.as_ref().and_then(owner).map(Into::into);
        Ok(Some(Described { owner, outline: parsed.outline() }))
    }
}
