//! `accept --approve`: somebody else agrees to what was accepted. Their name is written to the acceptance; that it is theirs is
//! for the review of the file to see.

use super::{print_of, quoted};
use crate::args::AcceptArgs;
use crate::commands::write;
use crate::exit::Exit;
use crate::git;
use crate::project::Project;
use crate::project::accept::{Acceptance, today};
use crate::terminal::{Sign, Terminal, Tone};
use crate::trouble::{Result, Trouble};
use crate::words::counted;

pub(super) fn run(project: &Project, args: &AcceptArgs, terminal: &Terminal) -> Result<Exit> {
    let print = print_of(args)?;
    let means = |it: &&Acceptance| it.id.starts_with(&print) || print.starts_with(&it.id);
    let found: Vec<&Acceptance> = project.acceptances.iter().filter(means).collect();
    let [acceptance] = found.as_slice() else {
        return Err(match found.len() {
            0 => Trouble::usage(format!("nothing was accepted that begins with {print}"))
                .help("accept it first: `tidegate accept`"),
            count => Trouble::usage(format!("{print} means {}", counted(count, "acceptance"))).help("give more digits"),
        });
    };
    let by = args.by.clone().or_else(|| git::user(&project.root)).filter(|by| !by.trim().is_empty());
    let by = by.ok_or_else(|| Trouble::usage("nobody is named who approves").help("--by NAME"))?;
    if let Some(why) = objection(project, acceptance, &by) {
        return Err(Trouble::usage(format!("the acceptance {} can't be approved: {why}", acceptance.id))
            .at(acceptance.frame.clone()));
    }
    let failed = || {
        Trouble::usage(format!("{} could not be changed", project.path.display()))
            .at(acceptance.frame.clone())
            .help(format!("write `approved_by: {}` there", quoted(&by)))
    };
    let line = acceptance.frame.as_ref().and_then(|frame| usize::try_from(frame.start.line).ok()).ok_or_else(failed)?;
    let text = with_approval(&project.text, line, &by).ok_or_else(failed)?;
    // What was written must read back as the same project with this approval.
    let again = Project::read(&project.path, text.clone()).map_err(|_| failed())?;
    let is_same = again.acceptances.len() == project.acceptances.len()
        && again.acceptances.iter().zip(&project.acceptances).all(|(now, before)| {
            let expected = if now.id == acceptance.id { Some(&by) } else { before.approved_by.as_ref() };
            now.id == before.id && now.approved_by.as_ref() == expected
        });
    if !is_same {
        return Err(failed());
    }
    write(&project.path, text.as_bytes())?;
    let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
    terminal.print(&format!("{sign} the acceptance {} is approved by {by}: {}\n", acceptance.id, acceptance.reason));
    Ok(Exit::Clean)
}

fn objection(project: &Project, acceptance: &Acceptance, by: &str) -> Option<String> {
    let approvals = &project.approvals;
    if approvals.by.is_empty() {
        return Some(format!("{} does not say who may, under `by` of `approvals`", project.path.display()));
    }
    if acceptance.is_over(today()) {
        return Some("its time is over".to_owned());
    }
    if acceptance.by.is_none() {
        return Some("it does not say who accepted it (`by`), who may not be the same".to_owned());
    }
    approvals.objection(Some(by), acceptance.by.as_deref())
}

/// The project file with an approval in the entry whose id stands in a line, in place of one that is there. Entries that stand in
/// one line are not touched.
fn with_approval(text: &str, line: usize, by: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = line.checked_sub(1)?;
    let id = lines.get(at)?;
    // `  - id: …`, or `    id: …` where another key is the first.
    let indent = id.find("id:")?;
    if !id.get(..indent)?.chars().all(|letter| matches!(letter, ' ' | '-')) {
        return None;
    }
    let depth = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let is_of_entry = |line: &&str| depth(line) == indent && !line.trim().is_empty();
    let begins = |line: &str| line.trim_start().starts_with("- ");
    // The entry reaches from the line with its dash to the next that has one or stands further left.
    let first = (0..=at).rev().find(|at| lines.get(*at).is_some_and(|line| begins(line)))?;
    let rest = lines.iter().skip(first + 1).position(|line| {
        let is_left = !line.trim().is_empty() && depth(line) < indent && !line.trim_start().starts_with('#');
        begins(line) || is_left
    });
    let end = rest.map_or(lines.len(), |rest| first + 1 + rest);
    let old = (first..end).find(|at| {
        let line = lines.get(*at).copied().unwrap_or_default();
        is_of_entry(&line) && line.get(indent..).is_some_and(|line| line.starts_with("approved_by:"))
    });
    let written = format!("{}approved_by: {}\n", " ".repeat(indent), quoted(by));
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        if Some(number) != old {
            out.push_str(line);
        } else if begins(line) {
            out.push_str(&format!("{}{}", line.get(..indent)?, written.trim_start()));
        } else {
            out.push_str(&written);
        }
        if number == at && old.is_none() {
            if !line.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&written);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::with_approval;

    #[test]
    fn an_approval_is_written_where_it_belongs() {
        let text = "accept:\n  - id: \"a\" # why\n    by: x\n  - rule: TG101\n    id: b\n\n    # more\n    reason: c\nci: {}\n";
        assert_eq!(
            with_approval(text, 2, "ana").unwrap(),
            text.replace("# why\n", "# why\n    approved_by: \"ana\"\n")
        );
        let approved = with_approval(text, 5, "ana").unwrap();
        assert_eq!(approved, text.replace("id: b\n", "id: b\n    approved_by: \"ana\"\n"));
        assert_eq!(with_approval(&approved, 5, "bo").unwrap(), approved.replace("ana", "bo"));
        assert_eq!(
            with_approval("accept:\n  - approved_by: x\n    id: b", 3, "bo").unwrap(),
            "accept:\n  - approved_by: \"bo\"\n    id: b"
        );
        assert_eq!(
            with_approval("accept:\n  - id: b", 2, "bo").unwrap(),
            "accept:\n  - id: b\n    approved_by: \"bo\"\n"
        );
        assert_eq!(with_approval("accept: [{ id: b }]\n", 1, "bo"), None);
        assert_eq!(with_approval("a\n", 7, "bo"), None);
    }
}
