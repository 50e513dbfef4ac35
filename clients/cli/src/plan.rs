//! What has to change in a registry for it to be as the files are? A plan holds all that it takes, so that doing it needs
//! no files, and all that it expects, so that it is not done to a registry that has moved on.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tidegate_api::{Metadata, Reference, RegisterRequest, RuleSet};
use tidegate_compat::CompatibilityLevel;

use crate::args::Global;
use crate::baseline::{Baseline, Ground};
use crate::check::{Wish, judged};
use crate::local::Library;
use crate::project::Project;
use crate::registry::Connection;
use crate::report::{self, State, Verdict, Weight};
use crate::tree::Side;
use crate::trouble::{Result, Trouble, on_file};
use crate::usage::{day, users};
use crate::words::shown;
use crate::{rules, tree};

pub(crate) mod again;
mod registration;

/// What `schema` says.
const SCHEMA: &str = "https://tidegate.dev/plan/v1";
/// The metadata property that says whose subject it is.
pub(crate) const MANAGED_BY: &str = "tidegate:managed-by";
/// The metadata property that says who owns it.
pub(crate) const OWNER: &str = "owner";
/// The largest plan that is read.
const MAX_PLAN: u64 = 1 << 30;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) schema: String,
    /// The registry's name, and where it was.
    pub(crate) registry: String,
    pub(crate) url: String,
    /// SHA-256 over what the registry had of the subjects of the project.
    pub(crate) state: String,
    /// SHA-256 over the steps: a plan is not to be edited.
    pub(crate) digest: String,
    /// In the order in which they are done.
    pub(crate) steps: Vec<Step>,
    pub(crate) blocked: Vec<Blocked>,
    /// What is only done when somebody agrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<Approval>,
}

/// Levels that become weaker, in a project that asks for a second person then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    /// The subjects whose levels become weaker.
    pub(crate) weaker: Vec<String>,
    /// Who may approve.
    pub(crate) approvers: Vec<String>,
    /// Who made the plan, as far as git tells; that one may not approve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) subject: String,
    pub(crate) expected: Expected,
    pub(crate) action: Action,
}

/// What the registry must have for a step to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// The latest version; nothing for a subject that is new.
    pub(crate) version: Option<i32>,
    /// The level that holds.
    pub(crate) level: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Action {
    /// Sets the compatibility level of the subject.
    SetLevel { level: String, is_weaker: bool },
    /// Registers a schema.
    Register {
        file: String,
        kind: String,
        text: String,
        references: Vec<Pin>,
        /// Without them the version takes over those of the one before.
        metadata: Option<Metadata>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule_set: Option<Box<RuleSet>>,
        why: String,
    },
    /// Deletes a subject, softly.
    Delete {
        /// Whether that is wanted even while somebody uses it.
        even_in_use: bool,
    },
}

/// Which deletions a plan may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deletions {
    None,
    /// Of what nobody was seen using.
    Unused,
    All,
}

/// A reference; without a version it is the one that an earlier step registers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pin {
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) version: Option<i32>,
}

/// What would have to be done and can't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Blocked {
    pub(crate) subject: String,
    pub(crate) why: String,
}

impl Plan {
    /// Compares the files of a project with its registry.
    pub(crate) fn make(project: &Project, ground: &Ground, allowed: Deletions, global: &Global) -> Result<Self> {
        let wanted = |path: &str| project.rule_of(path).is_some();
        let library = Library::of(project, tree::files(&project.root, &wanted)?);
        let name = if let Ground::Registry(name) = ground { name.as_deref() } else { None };
        let connection = Connection::open(Some(project), global, name)?;
        let baseline = Baseline::get(ground, project, &library, global)?;
        let grounds = [ground.clone()];
        let ground = report::Ground { name: baseline.name.clone(), judged: true, trouble: None };
        let baselines = [baseline];
        let wish = Wish {
            project,
            grounds: &grounds,
            side: Side::Disk,
            paths: &[],
            are_changes: false,
            global,
            fail_on: Some(Weight::Error),
            only: &[],
        };
        let report = judged(&wish, &library, &baselines, vec![ground])?;
        let [baseline] = &baselines;
        let mut draft =
            Draft { project, library: &library, baseline, steps: Vec::new(), blocked: Vec::new(), new: HashSet::new() };
        for finding in report.findings.iter().filter(|it| it.severity == Weight::Error && it.subject.is_none()) {
            draft.blocked.push(Blocked { subject: finding.file.clone(), why: finding.message.clone() });
        }
        let by_file: HashMap<&str, &report::Subject> =
            report.subjects.iter().map(|subject| (subject.file.as_str(), subject)).collect();
        for at in &library.order {
            let subject = library.documents.get(*at).and_then(|document| by_file.get(document.path.as_str()));
            let Some(subject) = subject else { continue };
            match report.findings.iter().find(|finding| is_refusal(finding, subject)) {
                Some(refusal) => draft.block(&subject.subject, refused(refusal)),
                None => draft.add(*at, subject, &connection)?,
            }
        }
        for flaw in report.subjects.iter().filter(|subject| subject.state == State::Unreadable) {
            if !draft.blocked.iter().any(|blocked| blocked.subject == flaw.subject) {
                draft.block(&flaw.subject, "it can't be read: `tidegate check` shows why");
            }
        }
        draft.deletions(&connection, allowed)?;
        let (steps, blocked) = (draft.steps, draft.blocked);
        let approval = Approval::of(project, &steps);
        Ok(Self {
            schema: SCHEMA.to_owned(),
            registry: connection.name.clone(),
            url: connection.client.url().to_owned(),
            state: state(baseline),
            digest: digest(&steps),
            steps,
            blocked,
            approval,
        })
    }

    pub(crate) fn load(path: &Path) -> Result<Self> {
        let unfit = |why: String| Trouble::usage(format!("{} is no plan: {why}", path.display()));
        let size = std::fs::metadata(path).map_err(|error| on_file(path, "read", &error))?.len();
        if size > MAX_PLAN {
            return Err(unfit("it is larger than 1 GiB".to_owned()));
        }
        let text = std::fs::read_to_string(path).map_err(|error| on_file(path, "read", &error))?;
        let plan: Self = serde_json::from_str(&text).map_err(|error| unfit(error.to_string()))?;
        if plan.schema != SCHEMA {
            return Err(unfit(format!("its `schema` is not {SCHEMA}")));
        }
        if plan.digest != digest(&plan.steps) {
            return Err(unfit("its digest does not fit its steps: it was changed by hand".to_owned())
                .help("make it again: `tidegate plan`"));
        }
        Ok(plan)
    }

    pub(crate) fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n").map_err(|error| Trouble::usage(error.to_string()))
    }
}

impl Approval {
    /// What has to be approved of some steps, by the word of the project as it is now.
    pub(crate) fn of<'s>(project: &Project, steps: impl IntoIterator<Item = &'s Step>) -> Option<Self> {
        let is_weaker = |step: &&Step| matches!(step.action, Action::SetLevel { is_weaker: true, .. });
        let weaker: Vec<String> = steps.into_iter().filter(is_weaker).map(|step| step.subject.clone()).collect();
        let approvers = project.approvals.by.clone();
        let is_asked = project.approvals.weaker_compatibility && !weaker.is_empty();
        is_asked.then(|| Self { weaker, approvers, made_by: crate::git::user(&project.root) })
    }
}

impl Action {
    /// What is sent, once the versions of what it stands on are known; `None` while one of them is not.
    pub(crate) fn request(&self, versions: &BTreeMap<String, i32>) -> Option<RegisterRequest> {
        let Self::Register { kind, text, references, metadata, rule_set, .. } = self else { return None };
        let mut pinned = Vec::new();
        for pin in references {
            let version = pin.version.or_else(|| versions.get(&pin.subject).copied())?;
            pinned.push(Reference {
                name: Some(pin.name.clone()),
                subject: Some(pin.subject.clone()),
                version: Some(version),
            });
        }
        Some(RegisterRequest {
            schema_type: Some(kind.clone()),
            schema: Some(text.clone()),
            references: Some(pinned).filter(|pinned| !pinned.is_empty()),
            metadata: metadata.clone(),
            rule_set: rule_set.as_deref().cloned(),
            ..RegisterRequest::default()
        })
    }
}

struct Draft<'d> {
    project: &'d Project,
    library: &'d Library,
    baseline: &'d Baseline,
    steps: Vec<Step>,
    blocked: Vec<Blocked>,
    /// Subjects that get a version by this plan.
    new: HashSet<String>,
}

impl Draft<'_> {
    fn block(&mut self, subject: &str, why: impl Into<String>) {
        self.blocked.push(Blocked { subject: subject.to_owned(), why: why.into() });
    }

    fn add(&mut self, at: usize, subject: &report::Subject, connection: &Connection) -> Result<()> {
        let Some(document) = self.library.documents.get(at) else { return Ok(()) };
        let name = document.subject.as_str();
        let settings = self.baseline.subjects.get(name).map(|history| history.settings.clone()).unwrap_or_default();
        let level_now = settings.level;
        let latest = self.baseline.latest(name);
        let expected = Expected {
            version: latest.and_then(|version| version.number),
            level: level_now.map(|level| level.as_str().to_owned()),
        };
        if let Some(why) = self.objection(at, subject) {
            self.block(name, why);
            return Ok(());
        }
        let register = match self.registration(document, at, subject.state, expected.version, connection)? {
            Ok(register) => register,
            Err(why) => {
                self.block(name, why);
                return Ok(());
            }
        };
        // Before the first version there is no level of its own to compare with, and setting one is part of adopting it.
        let level = document.level.filter(|level| level_now.is_none_or(|now| now != *level));
        if (register.is_some() || level.is_some())
            && let Some(other) = self.other_owner(name)
        {
            let why = format!("it is the project {}'s, by its mark `{MANAGED_BY}`: it is changed there", shown(&other));
            self.block(name, why);
            return Ok(());
        }
        if let Some(level) = level {
            let action = Action::SetLevel {
                level: level.as_str().to_owned(),
                is_weaker: level_now.is_some_and(|now| is_weaker(level, now)),
            };
            self.steps.push(Step { subject: name.to_owned(), expected: expected.clone(), action });
        }
        if let Some(action) = register {
            self.new.insert(name.to_owned());
            self.steps.push(Step { subject: name.to_owned(), expected, action });
        }
        Ok(())
    }

    /// The project that a subject bears the mark of, if that is another one.
    fn other_owner(&self, subject: &str) -> Option<String> {
        let owner = self.baseline.latest(subject)?.metadata.as_ref()?.properties.get(MANAGED_BY)?;
        (Some(owner) != self.project.name.as_ref()).then(|| owner.clone())
    }

    /// Why nothing is done for a document, if that can be told without the registry.
    fn objection(&self, at: usize, subject: &report::Subject) -> Option<String> {
        let is_refused = subject.against.iter().any(|compared| compared.verdict == Verdict::Incompatible);
        if subject.state == State::Unreadable || subject.errors > 0 {
            return Some("it is not fit to be registered: `tidegate check` shows why".to_owned());
        }
        if is_refused {
            let why =
                "the break is accepted here, but the registry refuses it: weaken its level for the time of the change";
            return Some(why.to_owned());
        }
        self.blocked_target(at).map(|other| format!("it stands on {other}, which is blocked"))
    }

    fn blocked_target(&self, at: usize) -> Option<String> {
        let is_blocked = |subject: &str| self.blocked.iter().any(|blocked| blocked.subject == subject);
        let mut targets = self.library.targets(at).filter_map(|target| self.library.documents.get(target));
        targets.find(|target| is_blocked(&target.subject)).map(|target| target.subject.clone())
    }

    /// Subjects that bear the mark of this project and have no file, and no other subjects.
    fn deletions(&mut self, connection: &Connection, allowed: Deletions) -> Result<()> {
        let Some(project) = &self.project.name else { return Ok(()) };
        for schema in connection.wait(connection.client.latest(":*:"))? {
            let properties = schema.schema.metadata.as_ref().and_then(|metadata| metadata.properties.as_ref());
            let is_ours = properties.is_some_and(|properties| properties.get(MANAGED_BY) == Some(project));
            let subject = schema.schema.subject;
            if !is_ours || self.library.position(&subject).is_some() {
                continue;
            }
            let referrers = connection.wait(connection.client.referenced_by(&subject, "latest"))?;
            let expected = Expected { version: Some(schema.schema.version), level: None };
            if !referrers.is_empty() {
                self.block(&subject, "it has no file any more, but other schemas refer to it");
            } else if allowed == Deletions::None {
                self.block(&subject, "it has no file any more; deleting it takes --allow-delete");
            } else if let Some(who) = in_use(connection, &subject)?.filter(|_| allowed != Deletions::All) {
                let why =
                    format!("it has no file any more, but {who}; deleting it all the same takes --allow-delete-in-use");
                self.block(&subject, why);
            } else {
                let action = Action::Delete { even_in_use: allowed == Deletions::All };
                self.steps.push(Step { subject, expected, action });
            }
        }
        Ok(())
    }
}

/// Whether the registry says that it would refuse what passes here, or that to register it would change nothing.
fn is_refusal(finding: &report::Finding, subject: &report::Subject) -> bool {
    [rules::REGISTRY_REFUSES.code, rules::CONTRACT_WENT_BACK.code].contains(&finding.code.as_str())
        && finding.severity == Weight::Error
        && finding.subject.as_deref() == Some(&subject.subject)
}

fn refused(finding: &report::Finding) -> String {
    match finding.notes.first() {
        _ if finding.code == rules::CONTRACT_WENT_BACK.code => finding.message.clone(),
        Some(why) => format!("the registry would refuse it: {why}"),
        None => "the registry would refuse it: `tidegate check` shows why".to_owned(),
    }
}

/// Who was seen using a subject lately, in words; nothing where nobody was, or the registry keeps no account of it.
pub(crate) fn in_use(connection: &Connection, subject: &str) -> Result<Option<String>> {
    let usage = match connection.ask(connection.client.usage(subject)) {
        Ok(usage) => usage,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(connection.trouble(error)),
    };
    let users = users(&usage);
    let Some(last) = users.iter().rev().max_by(|one, other| one.last.cmp(&other.last)) else { return Ok(None) };
    let more = match users.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let (name, how) = (shown(&last.name), shown(&last.how));
    Ok(Some(format!("{name} {how}, last on {}{more}", day(&last.last))))
}

/// Whether a level asks for less than another one.
fn is_weaker(level: CompatibilityLevel, than: CompatibilityLevel) -> bool {
    let asks = |level: CompatibilityLevel| (level.directions().len(), level.is_transitive());
    let has_all = than.directions().iter().all(|direction| level.directions().contains(direction));
    !has_all || (asks(than).1 && !asks(level).1)
}

fn state(baseline: &Baseline) -> String {
    let of = baseline.subjects.iter().map(|(subject, history)| {
        let latest = history.versions.last();
        let level = history.settings.level.map(CompatibilityLevel::as_str);
        (subject.as_str(), latest.and_then(|version| version.number), latest.and_then(|version| version.id), level)
    });
    sha256(&serde_json::to_vec(&of.collect::<Vec<_>>()).unwrap_or_default())
}

fn digest(steps: &[Step]) -> String {
    sha256(&serde_json::to_vec(steps).unwrap_or_default())
}

fn sha256(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weaker_is_what_asks_for_less_in_some_way() {
        use CompatibilityLevel::{Backward, BackwardTransitive, Forward, Full, FullTransitive, None};
        for (level, than) in [
            (None, Backward),
            (Backward, Full),
            (Backward, BackwardTransitive),
            (Forward, Backward),
            (Full, BackwardTransitive),
        ] {
            assert!(is_weaker(level, than), "{level:?} {than:?}");
        }
        for (level, than) in [(Full, Backward), (FullTransitive, Full), (Backward, None), (Full, Full)] {
            assert!(!is_weaker(level, than), "{level:?} {than:?}");
        }
    }

    #[test]
    fn references_wait_for_the_versions_that_they_need() {
        let pin = |version| Pin { name: "n.B".into(), subject: "b".into(), version };
        let register = |pin: Pin| Action::Register {
            file: "a".into(),
            kind: "AVRO".into(),
            text: "{}".into(),
            references: vec![pin],
            metadata: Option::None,
            rule_set: Option::None,
            why: "new subject".into(),
        };
        let mut versions = BTreeMap::new();
        assert!(register(pin(Option::None)).request(&versions).is_none());
        versions.insert("b".to_owned(), 3);
        let version = |action: Action| action.request(&versions).unwrap().references.unwrap()[0].version;
        assert_eq!(version(register(pin(Option::None))), Some(3));
        assert_eq!(version(register(pin(Some(2)))), Some(2));
    }
}
