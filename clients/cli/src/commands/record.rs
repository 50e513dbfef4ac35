//! `record`: what do these bytes say, and do they obey their schema? The code that the proxy runs, on one record.

mod topic;

use tidegate_compat::{Flaw, Rules};

use crate::args::{DecodeArgs, Global, ValidateArgs};
use crate::commands::fmt::laid_out;
use crate::exit::Exit;
use crate::opened::Opened;
use crate::project::Project;
use crate::records::{MAX_FLAWS, Records};
use crate::terminal::{Sign, Terminal, Tone};
use crate::trouble::{Result, Trouble};
use crate::words::{counted, shown};

pub(super) fn validate(
    project: Option<&Project>,
    args: &ValidateArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<Exit> {
    if let Some(topic) = &args.topic {
        return topic::validate(project, topic, args, global, terminal);
    }
    let opened = Opened::of(project, &args.record, global)?;
    let records = Records::of(&opened.schema, &opened.contract)
        .map_err(|why| Trouble::usage(format!("no record can be held against this schema: {why}")))?;
    let payload = opened.payload();
    let flaws = records.flaws_of(payload);
    if flaws.is_empty() {
        let sign = terminal.paint(Tone::Good, terminal.sign(Sign::Good));
        let told = match (records.is_opaque(), payload.bytes.len()) {
            (true, 1) => "is encrypted as a whole, under",
            (true, _) => "are encrypted as a whole, under",
            (false, 1) => "obeys",
            (false, _) => "obey",
        };
        terminal.print(&format!("{sign} {} {told} {}\n", counted(payload.bytes.len(), "byte"), shown(&opened.name)));
        return Ok(Exit::Clean);
    }
    let sign = terminal.paint(Tone::Bad, terminal.sign(Sign::Bad));
    flaws.iter().for_each(|flaw| terminal.print(&format!("{sign} {}\n", shown(flaw))));
    Ok(Exit::Findings)
}

pub(super) fn decode(
    project: Option<&Project>,
    args: &DecodeArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<Exit> {
    if let Some(topic) = &args.place.topic {
        return Err(topic::undecoded(topic, &args.place));
    }
    let opened = Opened::of(project, &args.record, global)?;
    if Rules::compile(&opened.schema, &opened.contract).is_opaque() {
        return Err(Trouble::usage(format!("the record is encrypted as a whole, as {} wants it", opened.name))
            .with_exit(Exit::Findings)
            .note("without its key nothing of it can be told"));
    }
    let payload = opened.payload();
    let mut flaws = opened.schema.validator().flaws(payload, MAX_FLAWS);
    match opened.schema.decode(payload) {
        Ok(text) => {
            let text = if args.compact { None } else { laid_out(&text) }.unwrap_or_else(|| text + "\n");
            terminal.print(&harmless(&text));
        }
        Err(flaw) if flaws.is_empty() => flaws.push(flaw),
        Err(_) => {}
    }
    if flaws.is_empty() {
        return Ok(Exit::Clean);
    }
    for flaw in &flaws {
        terminal.complain(&told(flaw, &opened, terminal));
    }
    if opened.looks_framed() {
        terminal.complain("help: the bytes begin as a frame does: give --framed if there is one\n");
    }
    Ok(Exit::Findings)
}

fn told(flaw: &Flaw, opened: &Opened, terminal: &Terminal) -> String {
    let sign = terminal.paint(Tone::Bad, terminal.sign(Sign::Bad));
    let field = if flaw.path.is_empty() { String::new() } else { format!("field {}: ", flaw.path) };
    let place = match opened.start {
        0 => format!("byte {}", flaw.offset),
        start => format!("byte {} of the payload, {} of the record", flaw.offset, flaw.offset + start),
    };
    let lines: String = opened.hex_line(flaw.offset).lines().map(|line| format!("    {line}\n")).collect();
    format!("{sign} {} ({place})\n{}", shown(&format!("{field}{}", flaw.what)), terminal.paint(Tone::Quiet, &lines))
}

/// What could write over a screen stands in texts of JSON only, where it may be told by its number.
fn harmless(json: &str) -> String {
    let is_safe = |letter: char| {
        letter == '\n'
            || !(letter.is_control()
                || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    };
    // Blanks between tokens are as good as any other.
    let told = |letter: char| match letter {
        '\t' | '\r' => " ".to_owned(),
        safe if is_safe(safe) => safe.to_string(),
        other => format!("\\u{:04x}", u32::from(other)),
    };
    if json.chars().all(is_safe) { json.to_owned() } else { json.chars().map(told).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_means_the_same_and_does_no_harm() {
        let told = harmless("{\t\"a\": \"\u{9b}2J\u{202e}ü\" }\n");
        assert_eq!(told, "{ \"a\": \"\\u009b2J\\u202eü\" }\n");
        let value: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(value["a"], "\u{9b}2J\u{202e}ü");
    }
}
