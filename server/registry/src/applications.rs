//! Which connections belong to which application, as people declare it? Lineage then tells of the application, whatever its
//! connections call themselves.

use tidegate_lineage::{Application, Applications};
use tidegate_store::{ApplicationRow, Session};

use crate::model::now;
use crate::said::fault_in;
use crate::{Actor, Error, Registry, Result};

pub use tidegate_store::ApplicationRow as DeclaredApplication;

/// How many applications may be declared.
const MAX_APPLICATIONS: usize = 1_000;
/// How many names of each kind one of them may go by.
const MAX_PATTERNS: usize = 100;
/// How long a name may be, in bytes.
const MAX_NAME: usize = 255;

impl Registry {
    /// Puts a declaration in the place of its namesake, or beside the others. It counts for what was seen before, too.
    ///
    /// # Errors
    /// [`Error::InvalidApplication`] with all that is wrong.
    pub async fn declare_application(&self, actor: &Actor, application: Application) -> Result<DeclaredApplication> {
        let faults = faults_of(&application);
        if !faults.is_empty() {
            return Err(Error::InvalidApplication(faults));
        }
        let row = ApplicationRow { application, changed_at: now(), changed_by: actor.name.clone() };
        let mut tx = self.store().write().await?;
        let others = tx.applications().await?;
        let before = others.iter().find(|other| other.application.name == row.application.name);
        if before.is_none() && others.len() >= MAX_APPLICATIONS {
            let reason = format!("{MAX_APPLICATIONS} applications are declared already: take some away");
            return Err(Error::InvalidApplication(vec![reason]));
        }
        tx.put_application(&row).await?;
        let told = before.map(ApplicationRow::told).transpose()?;
        tx.commit(actor.change_of_all("application.declare", told, Some(row.told()?))).await?;
        Ok(row)
    }

    /// Takes a declaration away: the application's connections go by what they call themselves again.
    pub async fn forget_application(&self, actor: &Actor, name: &str) -> Result<()> {
        let mut tx = self.store().write().await?;
        let others = tx.applications().await?;
        let before = others.iter().find(|other| *other.application.name == *name);
        let before = before.ok_or_else(|| Error::ApplicationNotFound(name.to_owned()))?.told()?;
        tx.remove_application(name).await?;
        tx.commit(actor.change_of_all("application.forget", Some(before), None)).await?;
        Ok(())
    }

    /// All that are declared, by name.
    pub async fn declared_applications(&self) -> Result<Vec<DeclaredApplication>> {
        Ok(self.store().read().await?.applications().await?)
    }

    /// The same, to ask which of them is behind a connection.
    pub async fn applications(&self) -> Result<Applications> {
        applications(&mut self.store().read().await?).await
    }
}

/// Who is who, at this time.
pub(crate) async fn applications(session: &mut Session) -> Result<Applications> {
    let rows = session.applications().await?;
    Ok(Applications::new(rows.into_iter().map(|row| row.application).collect()))
}

fn faults_of(application: &Application) -> Vec<String> {
    let mut faults = Vec::new();
    let mut named = |what: &str, text: &str| {
        faults.extend(fault_in(what, text, MAX_NAME));
    };
    named("the name", &application.name);
    application.owner.iter().for_each(|owner| named("owner", owner));
    if let Some(job) = &application.job {
        named("the namespace of the job", &job.namespace);
        named("the name of the job", &job.name);
    }
    let kinds = [
        ("principals", &application.principals),
        ("clientIds", &application.client_ids),
        ("groups", &application.groups),
    ];
    for (kind, patterns) in kinds {
        patterns.iter().take(MAX_PATTERNS).for_each(|pattern| named(&format!("one of {kind}"), &pattern.to_string()));
    }
    for (kind, patterns) in kinds.into_iter().filter(|(_, patterns)| patterns.len() > MAX_PATTERNS) {
        faults.push(format!("{kind} has {} members, and {MAX_PATTERNS} are taken", patterns.len()));
    }
    if kinds.iter().all(|(_, patterns)| patterns.is_empty()) {
        faults.push("one of principals, clientIds and groups has to say which connections are meant".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use tidegate_lineage::{Named, Pattern};

    use super::*;

    #[test]
    fn what_names_nobody_is_told() {
        let fine = Application {
            name: "shop".into(),
            groups: vec![Pattern::parse("shop-*").unwrap()],
            ..Application::default()
        };
        assert_eq!(faults_of(&fine), <[String; 0]>::default());
        let empty =
            Application { owner: Some("".into()), job: Some(Named::new("", "x\u{1}")), ..Application::default() };
        let expected = [
            "the name is empty",
            "owner is empty",
            "the namespace of the job is empty",
            "the name of the job has a control character",
            "one of principals, clientIds and groups has to say which connections are meant",
        ];
        assert_eq!(faults_of(&empty), expected);
        let many = vec![Pattern::parse("a").unwrap(); MAX_PATTERNS + 1];
        let many = Application { principals: many, ..fine };
        assert_eq!(faults_of(&many), ["principals has 101 members, and 100 are taken"]);
    }
}
