//! What has changed since, as far as answers about schemas by id are concerned?
//!
//! Under steady registrations nearly all such answers stay as they are: a registration concerns the id that it gave or
//! found, and no other. The audit knows which one, on every node.

use serde_json::Value;
use tidegate_compat::SchemaId;
use tidegate_store::AuditEntry;

use crate::register::ACTION;
use crate::{Registry, Result};

/// With more changes than this to look at, everything may have changed.
const MANY: u32 = 1000;

/// How far the registry has come: how often anything changed, and how often something vanished for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    pub changes: u64,
    pub purges: u64,
}

/// Which ids are concerned by what happened between two stamps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concerned {
    /// These at most, in whichever context.
    Ids(Vec<SchemaId>),
    All,
}

impl Registry {
    /// Now, as far as this process knows.
    pub fn stamp(&self) -> Stamp {
        // In this order: the purges that belong to a change are known before it.
        let changes = self.revision();
        Stamp { changes, purges: self.store().purges() }
    }

    /// What has happened since a stamp, and up to which one.
    pub async fn news(&self, since: Stamp) -> Result<(Stamp, Concerned)> {
        let now = self.stamp();
        if now.purges != since.purges || now.changes < since.changes {
            return Ok((now, Concerned::All));
        }
        let entries = self.store().read().await?.audit(since.changes, MANY).await?;
        let (Some(last), true) = (entries.last(), entries.len() < MANY as usize) else {
            return Ok((now, Concerned::All));
        };
        // What was read may be ahead of what this process knows; what it does not reach was not looked at.
        if last.revision < now.changes {
            return Ok((now, Concerned::All));
        }
        let seen = entries.iter().take_while(|entry| entry.revision <= now.changes);
        let ids: Option<Vec<_>> = seen.map(registered).collect();
        Ok((now, ids.map_or(Concerned::All, Concerned::Ids)))
    }
}

/// The id that a registration is about; `None` for any other change.
fn registered(entry: &AuditEntry) -> Option<SchemaId> {
    if entry.action != ACTION {
        return None;
    }
    let after: Value = serde_json::from_str(entry.after.as_deref()?).ok()?;
    after.get("id")?.as_i64().and_then(|id| i32::try_from(id).ok()).map(SchemaId)
}
