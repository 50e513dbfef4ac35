//! Is there what somebody asks about? Of a subject or a field that is not there nobody reads anything, which is no comfort.

use std::collections::BTreeSet;

use crate::opened::latest;
use crate::registry::Connection;
use crate::trouble::{Result, Trouble};
use crate::words::{nearest, shown};

/// A subject that nobody was seen using is one, by its name or by that of its topic.
pub(super) fn subject(connection: &Connection, subject: &str) -> Result<()> {
    for name in [subject.to_owned(), format!("{subject}-value")] {
        match connection.ask(connection.client.version(&name, "latest")) {
            Ok(_) => return Ok(()),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(connection.trouble(error)),
        }
    }
    Err(no_subject(subject))
}

/// The latest version of the subject has the field. Where there is no such version that can be read, it may have any.
pub(super) fn field(connection: &Connection, subject: &str, field: &str) -> Result<()> {
    let mut found = None;
    for name in [subject.to_owned(), format!("{subject}-value")] {
        found = latest(connection, &name)?;
        if found.is_some() {
            break;
        }
    }
    let Some((version, schema)) = found else { return Ok(()) };
    let fields: BTreeSet<String> = schema.outline().fields().map(|field| bare(&field.path)).collect();
    if fields.contains(&bare(field)) {
        return Ok(());
    }
    let trouble = Trouble::usage(format!("{} has no field `{}` in version {version}", shown(subject), shown(field)));
    Err(match nearest(&bare(field), fields.iter().map(String::as_str)) {
        Some(near) => trouble.help(format!("did you mean `{}`?", shown(near))),
        None => trouble,
    })
}

pub(super) fn no_subject(subject: &str) -> Trouble {
    Trouble::usage(format!("there is no subject {}", shown(subject)))
}

/// A path without signs for elements of lists: people leave them out.
fn bare(path: &str) -> String {
    path.replace("[]", "")
}
