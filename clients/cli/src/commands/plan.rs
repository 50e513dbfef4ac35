//! `plan` and `drift`: what differs between the files and the registry?

use crate::args::{DriftArgs, Global, PlanArgs, PlanForm};
use crate::commands::write;
use crate::exit::Exit;
use crate::plan::{Action, Deletions, Plan};
use crate::project::Project;
use crate::render::markdown;
use crate::terminal::{Sign, Terminal, Tone, wrapped};
use crate::trouble::Result;
use crate::words::{counted, one_of, shown};

pub(super) fn run(project: &Project, args: &PlanArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let allowed = match (args.allow_delete, args.allow_delete_in_use) {
        (false, _) => Deletions::None,
        (true, false) => Deletions::Unused,
        (true, true) => Deletions::All,
    };
    let plan = Plan::make(project, &args.shown.ground(), allowed, global)?;
    terminal.print(&shown_as(&plan, args.shown.form(), terminal)?);
    if let Some(path) = &args.output {
        write(path, plan.to_json()?.as_bytes())?;
        if args.shown.form() == PlanForm::Text {
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

pub(super) fn drift(project: &Project, args: &DriftArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    let plan = Plan::make(project, &args.shown.ground(), Deletions::None, global)?;
    if args.shown.form() == PlanForm::Text && plan.steps.is_empty() && plan.blocked.is_empty() {
        let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
        terminal.print(&format!("{sign} {} is as the files are.\n", plan.registry));
    } else {
        terminal.print(&shown_as(&plan, args.shown.form(), terminal)?);
    }
    Ok(if plan.steps.is_empty() && plan.blocked.is_empty() { Exit::Clean } else { Exit::Pending })
}

fn shown_as(plan: &Plan, form: PlanForm, terminal: &Terminal) -> Result<String> {
    match form {
        PlanForm::Text => Ok(text(plan, terminal)),
        PlanForm::Json => plan.to_json(),
        PlanForm::Markdown => Ok(markdown(plan)),
    }
}

/// A table, in the order of what is done.
fn markdown(plan: &Plan) -> String {
    let title = match (plan.steps.len(), plan.blocked.len()) {
        (0, 0) => "nothing to do".to_owned(),
        (steps, 0) => counted(steps, "step"),
        (steps, blocked) => format!("{}, {blocked} blocked", counted(steps, "step")),
    };
    let mut text = format!("### Tidegate plan for `{}`: {title}\n\n", markdown::code(&plan.registry));
    if !plan.steps.is_empty() || !plan.blocked.is_empty() {
        text.push_str("| | Subject | What is done |\n|---|---|---|\n");
    }
    for step in &plan.steps {
        let (mark, what) = match &step.action {
            Action::SetLevel { level, is_weaker } => {
                let before = step.expected.level.as_deref().unwrap_or("none");
                ("~", format!("compat {before} → {level}{}", if *is_weaker { ", **weaker**" } else { "" }))
            }
            Action::Register { kind, why, .. } => match step.expected.version {
                None => ("+", format!("register the first version ({kind})")),
                Some(version) => ("~", format!("register after version {version} ({})", markdown::cell(why))),
            },
            Action::Delete { even_in_use: true } => ("−", "delete, softly, **even in use**".to_owned()),
            Action::Delete { even_in_use: false } => ("−", "delete, softly".to_owned()),
        };
        text.push_str(&format!("| {mark} | `{}` | {what} |\n", markdown::code(&step.subject)));
    }
    for blocked in &plan.blocked {
        let (subject, why) = (markdown::code(&blocked.subject), markdown::cell(&blocked.why));
        text.push_str(&format!("| ✗ | `{subject}` | blocked: {why} |\n"));
    }
    if let Some(approval) = &plan.approval {
        let told = format!(
            "The approval of {} is missing. It is for {} to give.",
            counted(approval.weaker.len(), "weaker level"),
            one_of(&approval.approvers)
        );
        text.push_str(&format!("\n> {}\n", markdown::cell(&told)));
    }
    text
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
