//! `plan` and `drift`: what differs between the files and the registry?

use crate::args::{Global, PlanArgs};
use crate::commands::write;
use crate::exit::Exit;
use crate::plan::{Action, Deletions, Plan};
use crate::project::Project;
use crate::terminal::{Sign, Terminal, Tone, wrapped};
use crate::trouble::Result;
use crate::words::{counted, one_of, shown};

pub(super) fn run(project: &Project, args: &PlanArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let allowed = match (args.allow_delete, args.allow_delete_in_use) {
        (false, _) => Deletions::None,
        (true, false) => Deletions::Unused,
        (true, true) => Deletions::All,
    };
    let plan = Plan::make(project, allowed, global)?;
    if args.json {
        terminal.print(&plan.to_json()?);
    } else {
        terminal.print(&text(&plan, terminal));
    }
    if let Some(path) = &args.output {
        write(path, plan.to_json()?.as_bytes())?;
        if !args.json {
            let state: String = plan.state.chars().take(19).collect();
            let next = match plan.steps.is_empty() {
                true => "There is nothing in it to do.".to_owned(),
                false => format!("Do it: tidegate apply {}", path.display()),
            };
            terminal.print(&format!("Saved {} (registry state {state}…). {next}\n", path.display()));
        }
    }
    Ok(match (plan.blocked.is_empty(), plan.steps.is_empty()) {
        (false, _) => Exit::Findings,
        (true, _) if plan.approval.is_some() => Exit::Approval,
        (true, false) if args.exit_code => Exit::Pending,
        _ => Exit::Clean,
    })
}

pub(super) fn drift(project: &Project, as_json: bool, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let plan = Plan::make(project, Deletions::None, global)?;
    if as_json {
        terminal.print(&plan.to_json()?);
    } else if plan.steps.is_empty() && plan.blocked.is_empty() {
        let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
        terminal.print(&format!("{sign} {} is as the files are.\n", plan.registry));
    } else {
        terminal.print(&text(&plan, terminal));
    }
    Ok(if plan.steps.is_empty() && plan.blocked.is_empty() { Exit::Clean } else { Exit::Pending })
}

pub(super) fn text(plan: &Plan, terminal: &Terminal) -> String {
    let mut rows = Vec::new();
    let (mut added, mut changed, mut deleted) = (0, 0, 0);
    for step in &plan.steps {
        let level = step.expected.level.as_deref().unwrap_or("none");
        let arrow = terminal.sign(Sign::Arrow);
        rows.push(match &step.action {
            Action::SetLevel { level: new, is_weaker } => {
                changed += 1;
                let mark = if *is_weaker { terminal.paint(Tone::Careful, "  ! weaker") } else { String::new() };
                (terminal.paint(Tone::Careful, "~"), &step.subject, format!("compat {level} {arrow} {new}{mark}"))
            }
            Action::Register { kind, why, .. } => match step.expected.version {
                None => {
                    added += 1;
                    (terminal.paint(Tone::Good, "+"), &step.subject, format!("register the first version ({kind})"))
                }
                Some(version) => {
                    changed += 1;
                    let told = format!("register after version {version} ({why})");
                    (terminal.paint(Tone::Careful, "~"), &step.subject, told)
                }
            },
            Action::Delete { even_in_use } => {
                deleted += 1;
                let mark = if *even_in_use { terminal.paint(Tone::Careful, "  ! even in use") } else { String::new() };
                (terminal.paint(Tone::Bad, "-"), &step.subject, format!("delete, softly{mark}"))
            }
        });
    }
    for blocked in &plan.blocked {
        let told = format!("blocked: {}", blocked.why);
        rows.push((terminal.paint(Tone::Bad, terminal.sign(Sign::Bad)), &blocked.subject, told));
    }
    let width = rows.iter().map(|(_, subject, _)| shown(subject).chars().count()).max().unwrap_or_default().min(40);
    let mut text = format!("{} ({})\n\n", terminal.paint(Tone::Strong, &plan.registry), plan.url);
    for (mark, subject, told) in &rows {
        let room = terminal.width.saturating_sub(width + 8).max(24);
        for (at, line) in wrapped(told, room).iter().enumerate() {
            match at {
                0 => text.push_str(&format!("  {mark} {:<width$}   {line}\n", shown(subject))),
                _ => text.push_str(&format!("    {:<width$}   {line}\n", "")),
            }
        }
    }
    if rows.is_empty() {
        text.push_str("  Nothing to do.\n");
    }
    let blocked = plan.blocked.len();
    text.push_str(&format!("\nPlan: {added} to add, {changed} to change, {deleted} to delete, {blocked} blocked.\n"));
    if let Some(approval) = &plan.approval {
        let (count, names) = (counted(approval.weaker.len(), "weaker level"), one_of(&approval.approvers));
        let told = format!("The approval of {count} is missing. It is for {names} to give: apply --approved-by NAME");
        text.push_str(&(wrapped(&shown(&told), terminal.width).join("\n") + "\n"));
    }
    text
}
