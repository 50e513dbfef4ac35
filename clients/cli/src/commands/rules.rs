//! `rules`: which rules are there, and what does each weigh in this project?

use serde_json::json;

use crate::commands::explain::painted_as;
use crate::exit::Exit;
use crate::project::{Project, Standing};
use crate::report::Weight;
use crate::rules::{self, Rule};
use crate::terminal::{Terminal, Tone, wrapped};
use crate::trouble::{Result, Trouble};
use crate::words::shown;

pub(super) fn run(project: Option<&Project>, as_json: bool, terminal: &Terminal) -> Result<Exit> {
    let all = rules::all();
    if as_json {
        let told: Vec<_> = all.iter().map(|rule| told(rule, standing(project, rule).as_ref())).collect();
        let text = serde_json::to_string_pretty(&told).map_err(|error| Trouble::usage(error.to_string()))?;
        terminal.print(&(text + "\n"));
        return Ok(Exit::Clean);
    }
    let mut text = String::new();
    let mut family = "";
    for rule in &all {
        let own = self::family(rule.code);
        if own != family {
            family = own;
            text.push_str(&format!(
                "{}{}\n",
                if text.is_empty() { "" } else { "\n" },
                terminal.paint(Tone::Strong, own)
            ));
        }
        let of_family = all.iter().filter(|rule| self::family(rule.code) == own);
        let slug = of_family.map(|rule| rule.slug.len()).max().unwrap_or_default();
        let standing = standing(project, rule);
        let (weight, more) = weighed(rule, standing.as_ref());
        let word = format!("{:<7}", word(weight));
        let word = painted_as(&word, weight.unwrap_or(Weight::Info), terminal);
        let room = terminal.width.saturating_sub(slug + 20).max(20);
        let lines = wrapped(&format!("{}{more}", rule.purpose), room);
        for (at, line) in lines.iter().enumerate() {
            match at {
                0 => text.push_str(&format!("  {}  {word}  {:<slug$}  {line}\n", rule.code, rule.slug)),
                _ => text.push_str(&format!("{}{line}\n", " ".repeat(slug + 20))),
            }
        }
    }
    terminal.print(&text);
    Ok(Exit::Clean)
}

fn standing<'p>(project: Option<&'p Project>, rule: &Rule) -> Option<Standing<'p>> {
    project?.asked.standing(rule)
}

/// What a rule weighs, and where it weighs something else.
fn weighed(rule: &Rule, standing: Option<&Standing<'_>>) -> (Option<Weight>, String) {
    let Some(standing) = standing else { return (Some(rule.weight), String::new()) };
    let of = |(weight, paths): &(Option<Weight>, Vec<&str>)| format!("{} in {}", word(*weight), paths.join(", "));
    let somewhere: Vec<String> = standing.somewhere.iter().map(of).collect();
    let more = if somewhere.is_empty() { String::new() } else { format!(" ({})", shown(&somewhere.join("; "))) };
    (standing.everywhere, more)
}

fn word(weight: Option<Weight>) -> &'static str {
    weight.map_or("off", Weight::as_str)
}

fn told(rule: &Rule, standing: Option<&Standing<'_>>) -> serde_json::Value {
    let (weight, _) = weighed(rule, standing);
    let somewhere = standing.map(|standing| standing.somewhere.as_slice()).unwrap_or_default();
    let somewhere = somewhere.iter().map(|(weight, paths)| json!({"severity": word(*weight), "paths": paths}));
    json!({
        "code": rule.code,
        "slug": rule.slug,
        "severity": word(weight),
        "default_severity": rule.weight,
        "elsewhere": somewhere.collect::<Vec<_>>(),
        "purpose": rule.purpose,
        "basis": rule.basis.map(tidegate_compat::Basis::as_str),
        "confluent": rule.confluent,
        "url": rules::url(rule.code),
    })
}

fn family(code: &str) -> &'static str {
    match code.as_bytes().get(2) {
        Some(b'0') => "Files and acceptances",
        Some(b'1') => "Avro",
        Some(b'2') => "Protobuf",
        Some(b'3') => "JSON Schema",
        Some(b'4') => "Names and references",
        Some(b'6') => "Style",
        Some(b'7') => "Ownership",
        Some(b'8') => "Registry",
        Some(b'9') => "Plans",
        _ => "Others",
    }
}
