//! What can the screen show, and what goes where? Reports to standard output, complaints to standard error.

use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::args::{Colour, Global};

/// How wide text is where nothing tells.
const WIDTH: usize = 100;

/// How things are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terminal {
    pub(crate) colour: bool,
    pub(crate) ascii: bool,
    /// In columns.
    pub(crate) width: usize,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
}

/// What a word means, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Careful,
    Quiet,
    Strong,
}

/// Signs that say how something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Good,
    Bad,
    Careful,
    Nothing,
    Arrow,
}

impl Terminal {
    pub(crate) fn of(global: &Global) -> Self {
        let is_terminal = std::io::stdout().is_terminal();
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let colour = match global.color {
            Colour::Always => true,
            Colour::Never => false,
            // The logs of the usual forges show colours though they are no terminals.
            Colour::Auto => !is_set("NO_COLOR") && (is_terminal || is_set("GITHUB_ACTIONS") || is_set("GITLAB_CI")),
        };
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let measured = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let width = global.width.or(columns).or_else(measured).unwrap_or(WIDTH).clamp(40, 400);
        Self { colour: colour && !is_dumb, ascii: global.ascii, width, quiet: global.quiet, verbose: global.verbose }
    }

    /// Without colour and with a width of its own.
    #[cfg(test)]
    pub(crate) fn plain(width: usize) -> Self {
        Self { colour: false, ascii: false, width, quiet: false, verbose: false }
    }

    /// Writes to standard output. That nobody reads it (any more) is no error of ours.
    pub(crate) fn print(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Writes what went well to standard output, for whoever does not want quiet.
    pub(crate) fn mention(&self, text: &str) {
        if !self.quiet {
            self.print(text);
        }
    }

    /// Writes to standard error.
    pub(crate) fn complain(&self, text: &str) {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Tone::Bad => Style::new().fg_color(Some(AnsiColor::BrightRed.into())).bold(),
            Tone::Careful => Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold(),
            Tone::Quiet => Style::new().dimmed(),
            Tone::Strong => Style::new().bold(),
        };
        format!("{style}{text}{style:#}")
    }

    pub(crate) fn sign(&self, sign: Sign) -> &'static str {
        match (sign, self.ascii) {
            (Sign::Good, false) => "✓",
            (Sign::Good, true) => "ok",
            (Sign::Bad, false) => "✗",
            (Sign::Bad, true) => "x",
            (Sign::Careful, _) => "!",
            (Sign::Nothing, false) => "–",
            (Sign::Nothing, true) => "-",
            (Sign::Arrow, false) => "→",
            (Sign::Arrow, true) => "->",
        }
    }
}

/// Text broken into lines of so many columns, at blanks.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Rows under a head, in columns as wide as they need to be.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]], terminal: &Terminal) -> String {
    let mut widths = head.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("   ").trim_end().to_owned() + "\n"
    };
    let mut text = terminal.paint(Tone::Quiet, line(head).trim_end()) + "\n";
    rows.iter().for_each(|row| text.push_str(&line(row.each_ref().map(String::as_str))));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_long_words_stay_whole() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("incompatibilities are", 5), ["incompatibilities", "are"]);
        assert_eq!(wrapped("a\nb", 80), ["a", "b"]);
    }

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        let plain = Terminal::plain(80);
        assert_eq!(plain.paint(Tone::Bad, "x"), "x");
        assert_ne!(Terminal { colour: true, ..plain }.paint(Tone::Bad, "x"), "x");
    }
}
