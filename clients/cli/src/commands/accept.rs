//! `accept`: one finding is let pass, by somebody, for a reason and for a time. Written into the project file, so that the
//! change that needs it carries it along.

mod approve;

use crate::args::{AcceptArgs, Global};
use crate::check::{Wish, check};
use crate::commands::{check::grounds, write};
use crate::exit::Exit;
use crate::git;
use crate::project::Project;
use crate::project::accept::{MAX_DAYS, date, last_day, today};
use crate::report::{Finding, Report, Weight};
use crate::terminal::{Sign, Terminal, Tone};
use crate::tree::Side;
use crate::trouble::{Result, Trouble};
use crate::words::counted;

pub(super) fn run(project: &Project, args: &AcceptArgs, global: &Global, terminal: &Terminal) -> Result<Exit> {
    if args.approve {
        return approve::run(project, args, terminal);
    }
    let (reason, until) = (args.reason.as_deref().unwrap_or_default(), args.until.as_deref().unwrap_or_default());
    let said = until;
    let until = date(until).ok_or_else(|| Trouble::usage("--until is a day such as 2027-02-01"))?;
    let last = last_day();
    if !(today()..=last).contains(&until) {
        return Err(Trouble::usage(format!("--until lies between today and {last}, {MAX_DAYS} days from now")));
    }
    if reason.trim().is_empty() {
        return Err(Trouble::usage("--reason says why it is accepted"));
    }
    let print = print_of(args)?;
    let grounds = grounds(project, &args.against, global)?;
    let report = check(&Wish {
        project,
        grounds: &grounds,
        side: Side::Disk,
        paths: &[],
        are_changes: false,
        global,
        fail_on: None,
        only: &[],
    })?;
    let found: Vec<&Finding> =
        report.findings.iter().filter(|it| it.counts() && it.fingerprint.starts_with(&print)).collect();
    let [finding] = found.as_slice() else {
        return Err(match found.len() {
            0 => not_found(&report, &print),
            count => Trouble::usage(format!("{print} means {}", counted(count, "finding"))).help("give more digits"),
        });
    };
    if finding.severity == Weight::Info {
        return Err(Trouble::usage("it is advice, which needs no acceptance"));
    }
    if let Some(why) = objection(finding) {
        return Err(Trouble::usage(format!("{} can't be accepted: {why}", finding.code)));
    }
    let by = args.by.clone().or_else(|| git::user(&project.root));
    let entry = entry(finding, reason, said.trim(), by.as_deref());
    let text = with_entry(&project.text, &entry);
    // What was written must read back as the same project with one acceptance more.
    let again = Project::read(&project.path, text.clone())?;
    if again.acceptances.len() != project.acceptances.len() + 1 {
        return Err(Trouble::usage(format!("{} could not be added to", project.path.display()))
            .help(format!("add this under `accept`:\n{entry}")));
    }
    write(&project.path, text.as_bytes())?;
    let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
    terminal.print(&format!("{sign} {} is accepted until {}: {}\n", finding.code, said.trim(), finding.message));
    if project.approvals.acceptances {
        let print: String = finding.fingerprint.chars().take(8).collect();
        let names = project.approvals.names();
        terminal.print(&format!("It waits for approval by {names}: tidegate accept --approve {print} --by NAME\n"));
    }
    Ok(Exit::Clean)
}

/// Why a finding is not for anybody to accept. What can be is what a comparison found, style, ownership, and files and fields
/// that go: of all else the fingerprint does not tell what is wrong, so that an acceptance would hide what comes later.
fn objection(finding: &Finding) -> Option<&'static str> {
    match finding.code.as_str() {
        _ if finding.against.is_some() => None,
        "TG014" => Some("take the snapshot again: `tidegate snapshot`"),
        "TG015" => Some("accept what it is about anew, or remove it"),
        "TG606" => Some("remove the wish, or give it a reason"),
        "TG415" | "TG811" => None,
        code if code.starts_with("TG6") || code.starts_with("TG7") => None,
        "TG801" | "TG802" => Some("the registry would go on to say so, and for another reason as well"),
        "TG803" => Some("delete on purpose what came after it, or change the contract"),
        "TG501" | "TG502" => Some("mend the example, or take it away"),
        _ => Some("nothing can be judged before it is fixed"),
    }
}

/// Why there is no finding to accept: it is let pass already, it could not be looked for, or there is none.
fn not_found(report: &Report, print: &str) -> Trouble {
    let known = report.findings.iter().filter(|finding| finding.fingerprint.starts_with(print));
    let already = known.into_iter().find_map(|finding| match (&finding.accepted, &finding.waiting) {
        (Some(accepted), _) => Some((finding, &accepted.until, &accepted.reason, "")),
        (None, Some(waiting)) => Some((finding, &waiting.until, &waiting.reason, ", and waits for approval")),
        (None, None) => None,
    });
    if let Some((finding, until, reason, waits)) = already {
        return Trouble::usage(format!(
            "{} is accepted already, until {until}{waits}: {}",
            finding.code, finding.message
        ))
        .note(format!("the reason was: {reason}"))
        .note("nothing was written")
        .help("change the entry in the project file, which is under `accept`");
    }
    if let Some(ground) = report.against.iter().find(|ground| !ground.judged) {
        let why = ground.trouble.as_deref().unwrap_or("it gave no answer");
        return Trouble::unreachable(format!("{} could not be compared with: {why}", ground.name))
            .help("run it again, or compare with another ground by --against");
    }
    Trouble::usage(format!("nothing is found that begins with {print}"))
        .help("`tidegate check` shows the fingerprints; compare with the same ground by --against")
}

fn print_of(args: &AcceptArgs) -> Result<String> {
    let print = args.fingerprint.to_lowercase();
    if print.len() < 6 || !print.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Trouble::usage("a finding is named by six or more digits of its fingerprint"));
    }
    Ok(print)
}

/// JSON's strings are YAML's, too.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

fn entry(finding: &Finding, reason: &str, until: &str, by: Option<&str>) -> String {
    let mut lines = vec![format!("  - id: {}", quoted(&finding.fingerprint)), format!("    rule: {}", finding.code)];
    lines.extend(finding.subject.as_deref().map(|subject| format!("    subject: {}", quoted(subject))));
    if !finding.path.is_empty() {
        lines.push(format!("    path: {}", quoted(&finding.path)));
    }
    lines.push(format!("    reason: {}", quoted(reason)));
    lines.extend(by.map(|by| format!("    by: {}", quoted(by))));
    lines.push(format!("    until: {until}"));
    lines.join("\n") + "\n"
}

/// The project file with one entry more, everything else as it stood: comments are the best part of such files.
fn with_entry(text: &str, entry: &str) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let key = lines.iter().position(|line| line.starts_with("accept:"));
    let mut out = String::new();
    match key {
        Some(at) => {
            let rest = lines.split_off(at + 1);
            lines.pop();
            out.extend(lines);
            let comment = text_after(text, at).and_then(|line| line.find(" #").and_then(|cut| line.get(cut..)));
            out.push_str(&format!("accept:{}\n{entry}", comment.unwrap_or_default().trim_end()));
            out.extend(rest);
        }
        None => {
            out.push_str(text);
            if !text.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&format!("\naccept:\n{entry}"));
        }
    }
    out
}

fn text_after(text: &str, line: usize) -> Option<&str> {
    text.lines().nth(line)
}

#[cfg(test)]
mod tests {
    use super::with_entry;

    #[test]
    fn entries_are_added_where_they_belong() {
        let entry = "  - id: \"a\"\n";
        assert_eq!(with_entry("version: 1\n", entry), "version: 1\n\naccept:\n  - id: \"a\"\n");
        assert_eq!(with_entry("version: 1", entry), "version: 1\n\naccept:\n  - id: \"a\"\n");
        assert_eq!(
            with_entry("accept: # why\n  - id: \"b\"\nci: {}\n", entry),
            "accept: # why\n  - id: \"a\"\n  - id: \"b\"\nci: {}\n"
        );
        assert_eq!(with_entry("accept: []\n", entry), "accept:\n  - id: \"a\"\n");
    }
}
