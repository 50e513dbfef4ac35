//! What has to be registered of a file, if anything? Its text, what it refers to, and the contract that stands beside it.

use tidegate_api::Metadata;

use super::{Action, Draft, MANAGED_BY, OWNER, Pin, again};
use crate::contracts::{sent, sent_rules};
use crate::local::{Document, Link, Target};
use crate::registry::Connection;
use crate::report::State;
use crate::trouble::Result;

/// Why a version is registered of which only the contract is new.
const ONLY_CONTRACT: &str = "only its contract changed";

impl Draft<'_> {
    /// The registration that makes the latest version what the file is; or, as the inner error, why there is none.
    pub(super) fn registration(
        &self,
        document: &Document,
        at: usize,
        state: State,
        expected: Option<i32>,
        connection: &Connection,
    ) -> Result<std::result::Result<Option<Action>, String>> {
        let latest = self.baseline.latest(&document.subject);
        let contract = match document.beside(self.project) {
            Ok(beside) => beside,
            Err(trouble) => return Ok(Err(trouble.message)),
        };
        // What it takes over from the latest version is not said by the file.
        let own = contract.metadata.as_ref().and_then(|metadata| metadata.properties.as_ref());
        let is_owned = own.is_some_and(|properties| properties.contains_key(OWNER));
        let contract = contract.after(latest);
        let is_other = latest.is_some_and(|latest| !contract.is_that_of(latest));
        let why = match state {
            State::New => "new subject",
            State::ReferencesChanged => "only what it stands on changed",
            State::Changed if is_other => "changed, and so did its contract",
            State::Changed => "changed",
            _ if self.stands_on_new(at) => "only what it stands on changed",
            _ if is_other => ONLY_CONTRACT,
            _ => return Ok(Ok(None)),
        };
        // An older version of the text may have had no rules, and would be found in place of the one that is to come.
        let inherited = || latest.and_then(|latest| latest.rules.as_ref()).map(sent_rules);
        let rules = contract.rule_set.clone().or_else(inherited).map(Box::new);
        let Some(references) = self.pins(document) else {
            return Ok(Err("what it refers to is nowhere: `tidegate check` shows what".to_owned()));
        };
        let action = |metadata: Option<Metadata>| Action::Register {
            file: document.path.clone(),
            kind: document.kind.as_str().to_owned(),
            text: document.text.to_string(),
            references: references.clone(),
            metadata,
            rule_set: rules.clone(),
            why: why.to_owned(),
        };
        let marked = action(self.metadata(document, contract.metadata.clone(), is_owned));
        // What the settings of a registry add to every contract is in no file, and no difference; nor is the mark of a project,
        // which what was there before does not have.
        if why == ONLY_CONTRACT {
            for action in [&action(contract.metadata.clone()), &marked] {
                if again::is_latest(connection, document, action, expected)? {
                    return Ok(Ok(None));
                }
            }
        }
        Ok(match again::objection(connection, &document.subject, &marked, expected)? {
            Some(why) => Err(why),
            None => Ok(Some(marked)),
        })
    }

    fn stands_on_new(&self, at: usize) -> bool {
        let mut targets = self.library.targets(at).filter_map(|target| self.library.documents.get(target));
        targets.any(|target| self.new.contains(&target.subject))
    }

    fn pins(&self, document: &Document) -> Option<Vec<Pin>> {
        let pin = |link: &Link| {
            let subject = match link.target {
                Target::Here(target) => self.library.documents.get(target)?.subject.clone(),
                Target::Elsewhere => self.baseline.subject_of(self.project, &link.need, &document.subject)?,
            };
            let version = match self.new.contains(&subject) {
                true => None,
                false => Some(self.baseline.latest(&subject)?.number?),
            };
            Some(Pin { name: link.need.names.first()?.clone(), subject, version })
        };
        document.links.iter().map(pin).collect()
    }

    /// What the contract says, or else what the latest version has, with owner and mark. A request without metadata would
    /// inherit it; with it, the version is found again.
    fn metadata(&self, document: &Document, told: Option<Metadata>, is_owned: bool) -> Option<Metadata> {
        let is_told = told.is_some();
        let inherited = || self.baseline.latest(&document.subject).and_then(|version| version.metadata.clone());
        let mut metadata = told.unwrap_or_else(|| sent(inherited().unwrap_or_default()));
        let properties = metadata.properties.get_or_insert_default();
        // An owner whom the contract itself names is nearer than the rule of the project file.
        if let Some(owner) = document.owner.as_ref().filter(|_| !is_owned) {
            properties.insert(OWNER.to_owned(), owner.clone());
        }
        if let Some(project) = &self.project.name {
            properties.insert(MANAGED_BY.to_owned(), project.clone());
        }
        let is_empty = metadata.tags.is_none() && metadata.sensitive.is_none() && properties.is_empty();
        // An empty one says that there is none, which is more than to say nothing.
        (is_told || !is_empty).then_some(metadata)
    }
}
