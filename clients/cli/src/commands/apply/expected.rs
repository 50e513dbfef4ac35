//! Is the registry still what a plan was made for? Versions, levels, what is referred to, and who uses what is to be deleted:
//! of all that the plan touches, and before anything is done.

use super::Run;
use crate::exit::Exit;
use crate::plan::{Action, Pin, Plan, Step, in_use};
use crate::trouble::{Result, Trouble};
use crate::words::shown;

impl Run<'_> {
    /// Holds what a step expects against what is there.
    ///
    /// # Errors
    /// What is otherwise (TG903), and who uses what is to be deleted (TG904).
    pub(super) fn must_be_expected(&mut self, step: &Step, plan: &Plan) -> Result<()> {
        self.must_have_version(step, plan)?;
        self.must_have_level(step, plan)?;
        if let Action::Register { references, .. } = &step.action {
            references.iter().try_for_each(|pin| self.must_be_there(step, pin))?;
        }
        self.must_be_unused(step)
    }

    fn must_have_version(&self, step: &Step, plan: &Plan) -> Result<()> {
        let latest = self.latest(&step.subject)?;
        let is_first_touch = !matches!(step.action, Action::SetLevel { .. });
        if latest == step.expected.version || (!is_first_touch && self.is_registered_by(plan, &step.subject)) {
            return Ok(());
        }
        let told =
            |version: Option<i32>| version.map_or("no version".to_owned(), |version| format!("version {version}"));
        let (now, then) = (told(latest), told(step.expected.version));
        Err(moved(&format!("{} has {now} now, and the plan expects {then}", shown(&step.subject))))
    }

    /// The plan was made for a subject that is held to this level: under another one its schemas were judged otherwise, and
    /// what it sets was weighed against that one. Of a subject that was new none is expected.
    fn must_have_level(&self, step: &Step, plan: &Plan) -> Result<()> {
        let Some(then) = &step.expected.level else { return Ok(()) };
        let config = self.connection.wait(self.connection.client.config(&step.subject))?;
        let now = config.compatibility_level.as_ref();
        // What the plan itself sets, a run that was broken off may have set.
        let is_planned = plan.steps.iter().any(|other| {
            other.subject == step.subject
                && matches!(&other.action, Action::SetLevel { level, .. } if Some(level) == now)
        });
        if now == Some(then) || is_planned {
            return Ok(());
        }
        let now = now.map_or("no level".to_owned(), |level| format!("the level {level}"));
        Err(moved(&shown(&format!("{} has {now} now, and the plan expects {then}", step.subject))))
    }

    /// What a schema refers to by its version was there when the plan was made.
    fn must_be_there(&mut self, step: &Step, pin: &Pin) -> Result<()> {
        let Some(version) = pin.version else { return Ok(()) };
        if !self.seen.insert((pin.subject.clone(), version)) {
            return Ok(());
        }
        match self.connection.ask(self.connection.client.version(&pin.subject, &version.to_string())) {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Err(moved(&shown(&format!(
                "{} has no version {version} any more, and {} refers to it",
                pin.subject, step.subject
            )))),
            Err(error) => Err(self.connection.trouble(error)),
        }
    }

    /// What was free when the plan was made may be in use by now.
    fn must_be_unused(&self, step: &Step) -> Result<()> {
        if step.action != (Action::Delete { even_in_use: false }) {
            return Ok(());
        }
        match in_use(self.connection, &step.subject)? {
            None => Ok(()),
            Some(who) => Err(used(&format!("{}: {who}", shown(&step.subject)))),
        }
    }

    fn is_registered_by(&self, plan: &Plan, subject: &str) -> bool {
        plan.steps.iter().any(|step| step.subject == subject && matches!(step.action, Action::Register { .. }))
            && self.versions.contains_key(subject)
    }
}

fn moved(what: &str) -> Trouble {
    Trouble::usage("the registry changed since the plan was made (TG903)")
        .with_exit(Exit::Findings)
        .note(what)
        .note("nothing was done")
        .help("make it again: `tidegate plan`")
}

fn used(by_whom: &str) -> Trouble {
    Trouble::usage("a subject that is to be deleted is in use (TG904)")
        .with_exit(Exit::Findings)
        .note(by_whom)
        .note("nothing was done")
        .help("make the plan again with --allow-delete-in-use if that is meant")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render;
    use crate::terminal::Terminal;

    #[test]
    fn what_stops_a_plan_looks_as_it_should_at_each_width() {
        let stops = [
            moved("orders.created-value has the level FULL_TRANSITIVE now, and the plan expects BACKWARD_TRANSITIVE"),
            used("orders.created-value: billing reads (committed), last on 2026-03-01, and 2 more"),
        ];
        for width in [80, 120] {
            let told = stops.each_ref().map(|trouble| render::trouble(trouble, &Terminal::plain(width))).concat();
            assert!(
                told.contains("TG903") && told.contains("TG904") && told.lines().all(|it| it.chars().count() <= width)
            );
            insta::assert_snapshot!(format!("stops_{width}"), told);
        }
    }
}
