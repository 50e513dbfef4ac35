//! How does one finding look to a person? The place, the reason and the way out, as compilers show them.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Patch, Renderer, Snippet};

use crate::frame::{Excerpt, Frame, Role};
use crate::report::{Finding, Fix, Weight};
use crate::rules;
use crate::terminal::{Terminal, wrapped};
use crate::trouble::Trouble;
use crate::words::shown;

/// A finding, with an empty line after it.
pub(super) fn finding(finding: &Finding, terminal: &Terminal) -> String {
    let level = match finding.severity {
        Weight::Error => Level::ERROR,
        Weight::Warning => Level::WARNING,
        Weight::Info => Level::INFO,
    };
    let url = rules::url(&finding.code);
    let title = level.primary_title(wrapped(&finding.message, terminal.width.saturating_sub(16)).join("\n"));
    let title = title.id(finding.code.as_str()).id_url(url);
    let mut elements: Vec<Element<'_>> = Vec::new();
    if finding.frames.is_empty() {
        elements.push(Origin::path(shown(&finding.file)).into());
    }
    elements.extend(finding.frames.iter().map(|frame| snippet(frame).into()));
    elements.extend(finding.notes.iter().map(|text| note(text, terminal)));
    render(title.elements(elements), finding.fix.as_ref(), &finding.file, terminal)
}

/// What stopped a command, with an empty line after it.
pub(crate) fn trouble(trouble: &Trouble, terminal: &Terminal) -> String {
    let title = Level::ERROR.primary_title(wrapped(&trouble.message, terminal.width.saturating_sub(8)).join("\n"));
    let mut elements: Vec<Element<'_>> = trouble.frames.iter().map(|frame| snippet(frame).into()).collect();
    elements.extend(trouble.notes.iter().map(|text| note(text, terminal)));
    let fix = trouble.help.as_ref().map(|help| Fix { message: help.clone(), edits: Vec::new(), source: None });
    render(title.elements(elements), fix.as_ref(), "", terminal)
}

fn render<'a>(group: Group<'a>, fix: Option<&'a Fix>, file: &'a str, terminal: &Terminal) -> String {
    let mut groups = Vec::new();
    match fix {
        Some(Fix { message, edits, source: Some(source) }) if !edits.is_empty() => {
            groups.push(group);
            let title = Level::HELP.secondary_title(wrapped(message, terminal.width.saturating_sub(8)).join("\n"));
            let patches =
                edits.iter().map(|edit| Patch::new(within(source, edit.start, edit.end), edit.replacement.as_str()));
            let snippet = Snippet::source(source.text.as_str())
                .line_start(source.line as usize)
                .path(shown(file))
                .patches(patches);
            groups.push(title.element(snippet));
        }
        Some(fix) => {
            let help = wrapped(&fix.message, terminal.width.saturating_sub(14)).join("\n");
            groups.push(group.element(Level::HELP.message(help)));
        }
        None => groups.push(group),
    }
    let renderer = if terminal.colour { Renderer::styled() } else { Renderer::plain() };
    let decor = if terminal.ascii { DecorStyle::Ascii } else { DecorStyle::Unicode };
    let renderer = renderer.decor_style(decor).term_width(terminal.width).hyperlink(terminal.colour);
    format!("{}\n\n", renderer.render(&groups))
}

fn note<'a>(text: &str, terminal: &Terminal) -> Element<'a> {
    Level::NOTE.message(wrapped(text, terminal.width.saturating_sub(14)).join("\n")).into()
}

fn snippet(frame: &Frame) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let kind = match frame.role {
        Role::Here => AnnotationKind::Primary,
        Role::Before => AnnotationKind::Context,
    };
    let span = within(&frame.source, frame.start.byte, frame.end.byte);
    // What is spread over many lines is pointed at by its first.
    let pointed = frame.source.text.get(span.clone()).unwrap_or_default();
    let end = pointed.find('\n').map_or(span.end, |length| span.start + length);
    let annotation = kind.span(span.start..end).label(frame.label.as_deref());
    Snippet::source(frame.source.text.as_str())
        .line_start(frame.source.line as usize)
        .path(shown(&frame.file))
        .annotation(annotation)
}

/// A range of bytes of the whole text, in an excerpt of it.
fn within(source: &Excerpt, start: usize, end: usize) -> std::ops::Range<usize> {
    let at = |byte: usize| {
        let mut at = byte.saturating_sub(source.byte).min(source.text.len());
        while !source.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    at(start)..at(end.max(start))
}
