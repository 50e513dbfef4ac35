//! Does the registry have this schema already, as a version that others came after? To register it answers with that version
//! and changes nothing, as it does in Confluent's: the latest stays what it is, and no plan would ever be done.

use std::collections::BTreeMap;

use super::Action;
use crate::local::Document;
use crate::registry::Connection;
use crate::trouble::Result;

/// Why a registration would change nothing, where that is so.
pub(super) fn objection(
    connection: &Connection,
    subject: &str,
    action: &Action,
    latest: Option<i32>,
) -> Result<Option<String>> {
    // What stands on a version that is yet to come was never registered.
    let (Some(latest), Some(request)) = (latest, action.request(&BTreeMap::new())) else { return Ok(None) };
    match connection.ask(connection.client.find(subject, &request)) {
        Ok(found) if found.version < latest => Ok(Some(words(found.version, latest))),
        Err(error) if error.is_trouble() => Err(connection.trouble(error)),
        // It is the latest, or not there, or nothing that can be asked for.
        _ => Ok(None),
    }
}

/// What is said of a file that is an older version.
pub(crate) fn words(found: i32, latest: i32) -> String {
    format!("{}. Delete on purpose what came after it, or change the text", in_short(found, latest))
}

/// The same without what to do.
pub(crate) fn in_short(found: i32, latest: i32) -> String {
    format!("it is version {found} already, and version {latest} is the latest: to register it again changes nothing")
}

/// Whether the latest version is what a registration would make, by the word of the registry.
pub(super) fn is_latest(
    connection: &Connection,
    document: &Document,
    action: &Action,
    latest: Option<i32>,
) -> Result<bool> {
    let Some(request) = action.request(&BTreeMap::new()) else { return Ok(false) };
    match connection.ask(connection.client.find(&document.subject, &request)) {
        Ok(found) => Ok(Some(found.version) == latest),
        Err(error) if error.is_trouble() => Err(connection.trouble(error)),
        Err(_) => Ok(false),
    }
}
