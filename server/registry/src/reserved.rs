//! Which names may a candidate not use, and which must it keep reserved? Where the config says `validateFields`.

use tidegate_compat::{Direction, Finding, SubjectName, forbidden, reserved};
use tidegate_store::{Session, VersionRow};

use crate::candidate::{Prepared, inherited};
use crate::check::aside;
use crate::settings::Config;
use crate::{Error, Registry, Result};

/// Whether names of fields are looked at, whatever the level is.
pub(crate) fn guards_names(config: &Config) -> bool {
    config.validate_fields.unwrap_or(false)
}

/// Refuses a schema with a field name that nobody may use.
pub(crate) async fn must_be_nameable(prepared: &Prepared, config: &Config) -> Result<()> {
    if !guards_names(config) {
        return Ok(());
    }
    let parsed = prepared.parsed.clone();
    aside(prepared.text.len(), move || forbidden(&parsed))
        .await?
        .map_or(Ok(()), |malformed| Err(Error::Malformed(malformed)))
}

impl Registry {
    /// What is wrong with the names of a candidate that is to follow the newest of these versions (ascending). It has the
    /// metadata that it would be registered with: what it does not bring it inherits.
    pub(crate) async fn findings_on_names(
        &self,
        session: &mut Session,
        subject: &SubjectName,
        prepared: &Prepared,
        rows: &[VersionRow],
        config: &Config,
    ) -> Result<Vec<Finding>> {
        if !guards_names(config) {
            return Ok(Vec::new());
        }
        let latest = match rows.last() {
            Some(row) => Some(self.content(session, subject.context(), row.id).await?),
            None => None,
        };
        let metadata = inherited(config, &prepared.contract, latest.as_deref()).metadata;
        let previous = latest.and_then(|latest| latest.contract.metadata.clone());
        let parsed = prepared.parsed.clone();
        let violations =
            aside(prepared.text.len(), move || reserved(&parsed, metadata.as_ref(), previous.as_ref())).await?;
        let version = rows.last().map(|row| row.version);
        Ok(violations
            .into_iter()
            .map(|violation| Finding { version, direction: Direction::Backward, violation })
            .collect())
    }
}
