//! What was configured for a subject, a context, or everything?

use tidegate_compat::{CompatibilityLevel, ContextName, Metadata, RuleSet, SubjectName};

use crate::error::plain;
use crate::json;
use crate::session::{Session, on_both};
use crate::subjects::subject_of;
use crate::{Result, Sealing, Tx};

/// A config as stored: only what was set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    pub alias: Option<String>,
    pub alias_for_deks: Option<String>,
    pub normalize: Option<bool>,
    pub validate_fields: Option<bool>,
    pub validate_new_schemas: Option<bool>,
    pub validate_rules: Option<bool>,
    pub level: Option<CompatibilityLevel>,
    pub policy: Option<String>,
    pub group: Option<String>,
    pub default_metadata: Option<Metadata>,
    pub override_metadata: Option<Metadata>,
    pub default_rules: Option<RuleSet>,
    pub override_rules: Option<RuleSet>,
}

/// What was set for one scope: a subject, or a context by its empty name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub scope: SubjectName,
    pub config: Option<Config>,
    /// The mode's word; what it means is the registry's business.
    pub mode: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    context: String,
    subject: String,
    config: Option<String>,
    mode: Option<String>,
}

/// A subject's own setting and those behind it: of its context, of the default context, and the global one.
const AROUND: &str = "SELECT context, subject, config, mode FROM settings \
     WHERE (context = $1 AND subject IN ($2, '')) OR (context IN ('.', '.__GLOBAL') AND subject = '')";

const ALIASES: &str = "SELECT context, subject, config, mode FROM settings \
     WHERE subject <> '' AND config LIKE '%\"alias\":%' ORDER BY context, subject";

const PUT_CONFIG: &str = "INSERT INTO settings (context, subject, config) VALUES ($1, $2, $3) \
     ON CONFLICT (context, subject) DO UPDATE SET config = excluded.config";

const PUT_MODE: &str = "INSERT INTO settings (context, subject, mode) VALUES ($1, $2, $3) \
     ON CONFLICT (context, subject) DO UPDATE SET mode = excluded.mode";

const CLEAR_MODES: &str = "UPDATE settings SET mode = NULL WHERE context = $1 AND subject <> ''";

const SWEEP: &str = "DELETE FROM settings WHERE context = $1 AND config IS NULL AND mode IS NULL";

impl Session {
    /// The settings that can matter to a scope: its own and those it may fall back to, in no order.
    pub async fn settings_around(&mut self, scope: &SubjectName) -> Result<Vec<Setting>> {
        let (context, name) = (plain(scope.context().as_str())?, plain(scope.bare())?);
        let rows: Vec<Row> =
            on_both!(self, link => sqlx::query_as(AROUND).bind(context).bind(name).fetch_all(link).await)?;
        let sealing = self.sealing();
        rows.into_iter().map(|row| row.setting(&sealing)).collect()
    }

    /// The subjects that have an alias, with it.
    pub async fn aliases(&mut self) -> Result<Vec<(SubjectName, String)>> {
        let rows: Vec<Row> = on_both!(self, link => sqlx::query_as(ALIASES).fetch_all(link).await)?;
        let sealing = self.sealing();
        let mut aliases = Vec::with_capacity(rows.len());
        for row in rows {
            let Setting { scope, config, .. } = row.setting(&sealing)?;
            if let Some(alias) = config.and_then(|config| config.alias) {
                aliases.push((scope, alias));
            }
        }
        Ok(aliases)
    }
}

impl Tx {
    /// Sets or, with `None`, removes the config of a scope.
    pub async fn put_config(&mut self, scope: &SubjectName, config: Option<&Config>) -> Result<()> {
        let (context, name) = (plain(scope.context().as_str())?, plain(scope.bare())?);
        self.note_sensitive(config.into_iter().flat_map(Config::metadata)).await?;
        let text = config.map(|config| json::write_config(config, &self.sealing())).transpose()?;
        on_both!(&mut **self, link =>
            sqlx::query(PUT_CONFIG).bind(context).bind(name).bind(text).execute(link).await.map(|_| ()))?;
        if config.is_none() { self.sweep(scope.context()).await } else { Ok(()) }
    }

    /// Sets or, with `None`, removes the mode of a scope.
    pub async fn put_mode(&mut self, scope: &SubjectName, mode: Option<&str>) -> Result<()> {
        let (context, name) = (plain(scope.context().as_str())?, plain(scope.bare())?);
        on_both!(&mut **self, link =>
            sqlx::query(PUT_MODE).bind(context).bind(name).bind(mode).execute(link).await.map(|_| ()))?;
        if mode.is_none() { self.sweep(scope.context()).await } else { Ok(()) }
    }

    /// Removes the modes of all subjects of a context, not that of the context itself.
    pub async fn clear_modes(&mut self, context: &ContextName) -> Result<()> {
        let name = plain(context.as_str())?;
        on_both!(&mut **self, link => sqlx::query(CLEAR_MODES).bind(name).execute(link).await.map(|_| ()))?;
        self.sweep(context).await
    }

    async fn sweep(&mut self, context: &ContextName) -> Result<()> {
        let name = plain(context.as_str())?;
        on_both!(&mut **self, link => sqlx::query(SWEEP).bind(name).execute(link).await.map(|_| ()))?;
        Ok(())
    }
}

impl Row {
    fn setting(self, sealing: &Sealing) -> Result<Setting> {
        setting(&self.context, &self.subject, self.config.as_deref(), self.mode, sealing)
    }
}

/// A setting from the columns that hold it.
pub(crate) fn setting(
    context: &str,
    subject: &str,
    config: Option<&str>,
    mode: Option<String>,
    sealing: &Sealing,
) -> Result<Setting> {
    let config = config.map(|text| json::read_config(text, sealing)).transpose()?;
    Ok(Setting { scope: subject_of(context, subject)?, config, mode })
}
