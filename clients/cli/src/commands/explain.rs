//! `explain`: why is this a rule?

use crate::exit::Exit;
use crate::report::Weight;
use crate::rules;
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

fn painted(weight: Weight, terminal: &Terminal) -> String {
    painted_as(weight.as_str(), weight, terminal)
}

pub(super) fn painted_as(text: &str, weight: Weight, terminal: &Terminal) -> String {
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
