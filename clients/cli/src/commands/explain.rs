//! `explain` and `rules`: why is this a rule, and which rules are there?

use serde_json::json;

use crate::exit::Exit;
use crate::report::Weight;
use crate::rules::{self, Rule};
use crate::terminal::{Terminal, Tone, wrapped};
use crate::trouble::{Result, Trouble};
use crate::words::nearest;

pub(super) fn run(name: &str, terminal: &Terminal) -> Result<Exit> {
    let all = rules::all();
    let Some(rule) = rules::find(name) else {
        let trouble = Trouble::usage(format!("there is no rule `{}`", crate::words::shown(name)));
        let upper = name.to_uppercase();
        let known = all.iter().map(|rule| rule.code);
        let near = nearest(&upper, known).or_else(|| nearest(name, all.iter().map(|rule| rule.slug)));
        return Err(match near {
            Some(near) => trouble.help(format!("did you mean `{near}`? `tidegate rules` lists them all")),
            None => trouble.help("`tidegate rules` lists them all"),
        });
    };
    let mut text = format!("{}\n\n", terminal.paint(Tone::Strong, &format!("{} {}", rule.code, rule.slug)));
    let basis = rule.basis.map(|basis| format!(", {}", basis.as_str())).unwrap_or_default();
    let confluent = rule.confluent.map(|name| format!(", Confluent's {name}")).unwrap_or_default();
    text.push_str(&format!("{}{basis}{confluent}\n\n", painted(rule.weight, terminal)));
    match rules::page(&rule) {
        Some(page) => text.push_str(&markdown(page, terminal)),
        None => text.push_str(&(wrapped(rule.purpose, terminal.width).join("\n") + "\n")),
    }
    text.push_str(&format!("\n{}\n", terminal.paint(Tone::Quiet, &rules::url(rule.code))));
    terminal.print(&text);
    Ok(Exit::Clean)
}

pub(super) fn list(as_json: bool, terminal: &Terminal) -> Result<Exit> {
    let all = rules::all();
    if as_json {
        let told: Vec<_> = all.iter().map(told).collect();
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
        let room = terminal.width.saturating_sub(slug + 20).max(20);
        let lines = wrapped(rule.purpose, room);
        let weight = format!("{:<7}", rule.weight.as_str());
        let weight = painted_as(&weight, rule.weight, terminal);
        for (at, line) in lines.iter().enumerate() {
            match at {
                0 => text.push_str(&format!("  {}  {weight}  {:<slug$}  {line}\n", rule.code, rule.slug)),
                _ => text.push_str(&format!("{}{line}\n", " ".repeat(slug + 20))),
            }
        }
    }
    terminal.print(&text);
    Ok(Exit::Clean)
}

fn told(rule: &Rule) -> serde_json::Value {
    json!({
        "code": rule.code,
        "slug": rule.slug,
        "severity": rule.weight,
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

fn painted(weight: Weight, terminal: &Terminal) -> String {
    painted_as(weight.as_str(), weight, terminal)
}

fn painted_as(text: &str, weight: Weight, terminal: &Terminal) -> String {
    let tone = match weight {
        Weight::Error => Tone::Bad,
        Weight::Warning => Tone::Careful,
        Weight::Info => Tone::Quiet,
    };
    terminal.paint(tone, text)
}

/// A page as a screen shows it: prose as wide as the screen, examples set off and named by whose they are.
fn markdown(page: &str, terminal: &Terminal) -> String {
    let mut text = String::new();
    let mut paragraph = String::new();
    let mut fence: Option<bool> = None;
    let flush = |paragraph: &mut String, text: &mut String| {
        if !paragraph.is_empty() {
            text.push_str(&wrapped(&std::mem::take(paragraph).replace("**", ""), terminal.width.min(100)).join("\n"));
            text.push_str("\n\n");
        }
    };
    for line in page.lines() {
        if let Some(info) = line.strip_prefix("```") {
            match fence.take() {
                Some(has_lines) => text.push_str(if has_lines { "\n" } else { "    (none)\n\n" }),
                None => {
                    flush(&mut paragraph, &mut text);
                    let label = label(info);
                    text.push_str(&format!("  {}\n", terminal.paint(Tone::Quiet, &format!("{label}:"))));
                    fence = Some(false);
                }
            }
        } else if let Some(has_lines) = &mut fence {
            *has_lines = true;
            text.push_str(&format!("    {line}\n"));
        } else if line.trim().is_empty() {
            flush(&mut paragraph, &mut text);
        } else {
            let line = line.strip_prefix("> ").unwrap_or(line);
            let line = line.strip_prefix("### ").unwrap_or(line);
            if line.starts_with("* ") || line.starts_with("| ") {
                flush(&mut paragraph, &mut text);
            } else if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    flush(&mut paragraph, &mut text);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// What an example is, in a word or two.
fn label(info: &str) -> &str {
    match info.split_once(' ') {
        Some((_, rest)) if !rest.is_empty() => rest,
        _ if info == "findings" => "what is found",
        _ if info.is_empty() => "example",
        _ => info,
    }
}
