//! `apply`: exactly what a plan says, in its order. All is looked at before anything is done, and what an earlier, broken off
//! run did is not done again.

mod expected;

use std::collections::{BTreeMap, HashSet};

use tidegate_api::{ConfigUpdate, Patch};
use tidegate_client::ClientError;

use crate::args::{ApplyArgs, Global};
use crate::exit::Exit;
use crate::plan::{Action, Approval, Plan, Step};
use crate::project::Project;
use crate::registry::Connection;
use crate::terminal::{Sign, Terminal, Tone};
use crate::trouble::{Result, Trouble};
use crate::words::{counted, one_of, shown};

pub(super) fn run(project: &Project, args: &ApplyArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let plan = Plan::load(&args.plan)?;
    let name = global.url.is_none().then_some(plan.registry.as_str());
    let connection = Connection::open(Some(project), global, name)?;
    if connection.client.url() != plan.url {
        let message = format!("the plan is for {}, not for {}", plan.url, connection.client.url());
        return Err(Trouble::usage(message).help("make it again: `tidegate plan`"));
    }
    let mut run = Run { connection: &connection, versions: BTreeMap::new(), seen: HashSet::new() };
    let mut open: Vec<(&Step, bool)> = Vec::new();
    for step in &plan.steps {
        let is_done = run.is_done(step)?;
        if !is_done {
            run.must_be_expected(step, &plan)?;
        }
        open.push((step, is_done));
    }
    // Findings come first: what can't be done as it is needs nobody's word.
    let approval = Approval::of(project, open.iter().filter(|(_, is_done)| !is_done).map(|(step, _)| *step));
    let approver = approval.as_ref().map(|approval| approved(project, &plan, approval, args)).transpose()?;
    let mut done = 0;
    for (at, (step, is_done)) in open.iter().enumerate() {
        if *is_done {
            if terminal.verbose {
                terminal.mention(&format!("  = {} (done before)\n", shown(&step.subject)));
            }
            continue;
        }
        let told = match run.act(step) {
            Ok(told) => told,
            Err(trouble) => {
                let left = open.len() - at - 1;
                return Err(broken_off(trouble, step, done, left, terminal));
            }
        };
        done += 1;
        let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
        let is_weaker = matches!(step.action, Action::SetLevel { is_weaker: true, .. });
        let approved = approver.filter(|_| is_weaker).map(|by| format!(", which is weaker: approved by {by}"));
        let is_on_record = approved.is_some();
        let line = format!("  {sign} {} {told}{}\n", shown(&step.subject), shown(&approved.unwrap_or_default()));
        if is_on_record { terminal.print(&line) } else { terminal.mention(&line) }
    }
    terminal.mention(&format!("Applied {} of {}.\n", counted(done, "step"), plan.steps.len()));
    Ok(Exit::Clean)
}

/// What became of a plan of which a step was not done. Steps that were done before have been told.
fn broken_off(trouble: Trouble, step: &Step, done: usize, left: usize, terminal: &Terminal) -> Trouble {
    let sign = terminal.paint(Tone::Bad, terminal.sign(Sign::Bad));
    let what = match step.action {
        Action::SetLevel { .. } => "its level is not set",
        Action::Register { .. } => "is not registered",
        Action::Delete { .. } => "is not deleted",
    };
    terminal.print(&format!("  {sign} {} {what}\n", shown(&step.subject)));
    terminal.print(&format!("Applied {}, 1 failed, {left} not tried.\n", counted(done, "step")));
    let help = match trouble.exit {
        // Whatever is done is found to be done.
        Exit::Findings => "mend what is refused and make the plan again: `tidegate plan`",
        _ => "run it again to go on",
    };
    let message = format!("{}: {}", shown(&step.subject), trouble.message);
    let helps = trouble.help.into_iter().chain([help.to_owned()]).collect::<Vec<_>>().join("; ");
    let done = match done {
        0 => "nothing was done".to_owned(),
        1 => "1 step of the plan was done before, and stays so".to_owned(),
        done => format!("{done} steps of the plan were done before, and stay so"),
    };
    Trouble::usage(message).with_exit(trouble.exit).note(done).help(helps)
}

/// Who approved, if they may.
fn approved<'a>(project: &Project, plan: &Plan, approval: &Approval, args: &'a ApplyArgs) -> Result<&'a str> {
    let made_by = plan.approval.as_ref().and_then(|approval| approval.made_by.as_deref());
    let approver = args.approved_by.as_deref().map(str::trim).filter(|name| !name.is_empty());
    match (project.approvals.objection(approver, made_by), approver) {
        (None, Some(approver)) => Ok(approver),
        (why, _) => Err(Trouble::usage(format!(
            "the plan makes {} weaker, which waits for approval: {}",
            counted(approval.weaker.len(), "level"),
            shown(&why.unwrap_or_default())
        ))
        .with_exit(Exit::Approval)
        .note(format!("weaker: {}", shown(&approval.weaker.join(", "))))
        .note("nothing was done")
        .help(format!("it is for {} to approve: --approved-by NAME", shown(&one_of(&approval.approvers))))),
    }
}

struct Run<'r> {
    connection: &'r Connection,
    /// The latest versions of subjects that this run, or one before it, registered.
    versions: BTreeMap<String, i32>,
    /// Versions that are referred to, and are there.
    seen: HashSet<(String, i32)>,
}

impl Run<'_> {
    /// Whether the registry is as the step would make it.
    fn is_done(&mut self, step: &Step) -> Result<bool> {
        let client = &self.connection.client;
        match &step.action {
            Action::SetLevel { level, .. } => {
                let config = self.connection.wait(client.config(&step.subject))?;
                Ok(config.compatibility_level.as_deref() == Some(level))
            }
            Action::Delete { .. } => Ok(self.latest(&step.subject)?.is_none()),
            Action::Register { .. } => {
                let Some(request) = step.action.request(&self.versions) else { return Ok(false) };
                let Some(latest) = self.latest(&step.subject)?.filter(|latest| Some(*latest) != step.expected.version)
                else {
                    return Ok(false);
                };
                let found = self.connection.ask(client.find(&step.subject, &request));
                match found {
                    Ok(found) if found.version == latest => {
                        self.versions.insert(step.subject.clone(), latest);
                        Ok(true)
                    }
                    Ok(_) => Ok(false),
                    Err(error) if error.is_trouble() => Err(self.connection.trouble(error)),
                    Err(_) => Ok(false),
                }
            }
        }
    }

    fn latest(&self, subject: &str) -> Result<Option<i32>> {
        match self.connection.ask(self.connection.client.version(subject, "latest")) {
            Ok(schema) => Ok(Some(schema.version)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(self.connection.trouble(error)),
        }
    }

    fn act(&mut self, step: &Step) -> Result<String> {
        let client = &self.connection.client;
        match &step.action {
            Action::SetLevel { level, .. } => {
                let update = ConfigUpdate { compatibility: Patch::Set(level.clone()), ..ConfigUpdate::default() };
                self.done(client.set_config(&step.subject, &update))?;
                Ok(format!("has the level {level}"))
            }
            Action::Delete { .. } => {
                self.done(client.delete_subject(&step.subject, false))?;
                Ok("is deleted, softly".to_owned())
            }
            Action::Register { .. } => {
                let Some(request) = step.action.request(&self.versions) else {
                    return Err(Trouble::usage(format!("what {} stands on is not registered", shown(&step.subject))));
                };
                let registered = self.done(client.register(&step.subject, &request))?;
                let version = match registered.version {
                    Some(version) => version,
                    // Older registries tell the id only.
                    None => self.connection.wait(client.find(&step.subject, &request))?.version,
                };
                // Between looking and doing another writer may have come first, and never with the same.
                if step.expected.version.is_some_and(|before| version <= before) {
                    let message =
                        format!("it is version {version} already, which others came after: nothing was changed");
                    return Err(Trouble::usage(message).with_exit(Exit::Findings));
                }
                self.versions.insert(step.subject.clone(), version);
                Ok(format!("is version {version} (id {})", registered.id))
            }
        }
    }

    /// Waits for the registry to do something.
    fn done<T>(&self, answer: impl Future<Output = std::result::Result<T, ClientError>>) -> Result<T> {
        self.connection.ask(answer).map_err(|error| self.connection.refusal(error))
    }
}
