//! How does a context go?

use tidegate_compat::ContextName;

use crate::error::plain;
use crate::session::on_both;
use crate::{Result, Tx};

const LOCK: &str = "UPDATE contexts SET last_id = last_id WHERE name = $1";

const FORGET: &str = "DELETE FROM contexts WHERE name = $1";

const FORGET_SETTINGS: &str = "DELETE FROM settings WHERE context = $1";

impl Tx {
    /// Keeps others from registering in a context until the transaction ends. What they did before shows from here on.
    pub async fn lock_context(&mut self, context: &ContextName) -> Result<()> {
        let name = plain(context.as_str())?;
        on_both!(&mut **self, link => sqlx::query(LOCK).bind(name).execute(link).await.map(|_| ()))?;
        Ok(())
    }

    /// Removes a context that has no versions, with the settings of all its scopes; answers whether there was anything. Its
    /// ids begin at 1 again.
    pub async fn forget_context(&mut self, context: &ContextName) -> Result<bool> {
        let name = plain(context.as_str())?;
        let mut gone = 0;
        for statement in [FORGET, FORGET_SETTINGS] {
            gone += on_both!(&mut **self, link =>
                sqlx::query(statement).bind(name).execute(link).await.map(|done| done.rows_affected()))?;
        }
        self.note_purge();
        Ok(gone > 0)
    }
}
