//! How is what the rules found told to the author of a change? In the words of the change, with both texts in view.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tidegate_compat::{
    Change, ChangeKind, CompatibilityLevel, Direction, Outline, Parsed, Policy, Resolved, Side, Span, Strictness,
    Violation, diff, parse,
};

use crate::baseline::Version;
use crate::frame::{Excerpt, Frame, Role};
use crate::local::Document;
use crate::report::{Against, Edit, Finding, Fix, Weight};
use crate::rules::{Rule, of_compat};
use crate::suggest::Places;
use crate::words::shown;

/// Two schemas that were compared, and all that is needed to tell of it.
pub(crate) struct Comparison<'c> {
    pub(crate) document: &'c Document,
    pub(crate) candidate: &'c Parsed,
    pub(crate) version: &'c Version,
    pub(crate) existing: &'c Parsed,
    /// What the existing version stands on.
    pub(crate) closure: &'c [Resolved],
    pub(crate) level: CompatibilityLevel,
    pub(crate) policy: Policy,
    pub(crate) ground: &'c str,
}

impl Comparison<'_> {
    /// Tells findings of this comparison.
    pub(crate) fn tell(&self, found: &[&tidegate_compat::Finding]) -> Vec<Finding> {
        let of = |direction: Direction| -> Vec<Violation> {
            let of_direction = found.iter().filter(|finding| finding.direction == direction);
            of_direction.map(|finding| finding.violation.clone()).collect()
        };
        let (backward, forward) = (of(Direction::Backward), of(Direction::Forward));
        let changes = diff(self.existing, self.candidate, &backward, &forward);
        let outlines = (self.candidate.outline(), self.existing.outline());
        let outlines = (Parts::of(&outlines.0), Parts::of(&outlines.1));
        let places = Places::of(&self.document.text);
        let before = Before::of(self);
        let before_parts = Parts::of(&before.outline);
        let view =
            View { new: &outlines.0, old: &outlines.1, before: &before, before_parts: &before_parts, places: &places };
        let mut told = Vec::new();
        for (direction, violations) in [(Direction::Forward, &forward), (Direction::Backward, &backward)] {
            let shown_spans = before.spans(self, direction, violations);
            let changes = only_changes(&changes, direction, violations.len());
            for (at, violation) in violations.iter().enumerate() {
                let change = changes.get(at).copied().flatten();
                let span = shown_spans.get(at).copied().flatten();
                told.push(self.one(violation, direction, change, &view, span));
            }
        }
        told
    }

    fn one(
        &self,
        violation: &Violation,
        direction: Direction,
        change: Option<&Change>,
        view: &View<'_>,
        before_span: Option<Span>,
    ) -> Finding {
        let rule = of_compat(violation.rule);
        let (here, there) = match direction {
            Direction::Backward => (&violation.reader, &violation.writer),
            Direction::Forward => (&violation.writer, &violation.reader),
        };
        let element = view.new.element(&here.path).or_else(|| view.old.element(&there.path)).unwrap_or_default();
        let labels = Labels::of(change, self.version.number);
        let is_gone = change.is_some_and(|change| change.kind == ChangeKind::Removed);
        let is_new = change.is_some_and(|change| change.kind == ChangeKind::Added);
        // What is gone is missed at the name of what had it, and was where its own name stood.
        let here_span = if is_gone { view.new.span_of(&here.path).or(here.span) } else { here.span };
        let gone_span =
            change.filter(|_| is_gone).and_then(|change| view.before_parts.span_of(&change.old.as_ref()?.path));
        let mut frames = Vec::new();
        if let Some(span) = here_span {
            let (path, text) = (&self.document.path, &self.document.text);
            frames.push(Frame::of_span(Role::Here, path, text, span, labels.here));
        }
        if let Some(span) = gone_span.or(before_span).filter(|_| !is_new) {
            frames.push(Frame::of_span(Role::Before, &self.version.origin, &view.before.text, span, labels.before));
        }
        let reason = self.in_words(&violation.message, direction);
        // A change that is about no part of the outline has nothing else to say than the rule has.
        let summary = change.map(|change| change.summary.clone()).filter(|summary| *summary != violation.message);
        let mut notes: Vec<String> = summary.is_some().then(|| reason.clone()).into_iter().collect();
        if rule.weight == Weight::Error {
            notes.push(self.why(direction));
        }
        if here.span.is_none() && !here.path.is_empty() {
            notes.push(format!("the place is in a schema that this one refers to: {}", here.path));
        }
        let message = summary.unwrap_or(reason);
        Finding {
            code: rule.code.to_owned(),
            slug: rule.slug.to_owned(),
            severity: rule.weight,
            base_severity: rule.weight,
            subject: Some(self.document.subject.clone()),
            file: self.document.path.clone(),
            path: if here.path.is_empty() { there.path.clone() } else { here.path.clone() },
            against: Some(Against {
                ground: self.ground.to_owned(),
                version: self.version.number,
                older: Vec::new(),
                id: self.version.id,
                direction: match direction {
                    Direction::Backward => "backward".to_owned(),
                    Direction::Forward => "forward".to_owned(),
                },
                level: self.level.as_str().to_owned(),
            }),
            message,
            confluent: rule.confluent.map(str::to_owned),
            frames,
            notes,
            fix: self.fix(violation, direction, view, before_span),
            usage: None,
            fingerprint: fingerprint(&rule, &self.document.subject, &[&element, &violation.fact]),
            accepted: None,
            waiting: None,
        }
    }

    /// "The reader" and "the writer" by the names that the author knows them by.
    fn in_words(&self, message: &str, direction: Direction) -> String {
        let old = self.version_name();
        let (reader, writer) = match direction {
            Direction::Backward => ("the new version", old.as_str()),
            Direction::Forward => (old.as_str(), "the new version"),
        };
        message.replace("the reader", reader).replace("the writer", writer)
    }

    fn version_name(&self) -> String {
        self.version.number.map_or_else(|| "the old version".to_owned(), |number| format!("version {number}"))
    }

    /// Why it matters under this level.
    fn why(&self, direction: Direction) -> String {
        let old = self.version_name();
        let id = self.version.id.map(|id| format!(" (id {id})")).unwrap_or_default();
        let level = self.level.as_str();
        match direction {
            Direction::Backward => {
                format!("{level}: the new version must read every record that was written with {old}{id}")
            }
            Direction::Forward => {
                format!("{level}: consumers with {old}{id} must read every record of the new version")
            }
        }
    }

    fn fix(
        &self,
        violation: &Violation,
        direction: Direction,
        view: &View<'_>,
        before_span: Option<Span>,
    ) -> Option<Fix> {
        let message = self.in_words(violation.fix.as_deref()?, direction);
        let (ours, here) = match direction {
            Direction::Backward => (Side::Reader, &violation.reader),
            Direction::Forward => (Side::Writer, &violation.writer),
        };
        let text = &self.document.text;
        let own: Vec<_> = violation.edits.iter().filter(|edit| edit.side == ours).collect();
        let is_whole = own.len() == violation.edits.len();
        let fits = |span: Span| span.start <= span.end && text.get(span.start..span.end).is_some();
        let own = own.iter().filter(|edit| is_whole && fits(edit.span));
        let edits =
            own.map(|edit| Edit { start: edit.span.start, end: edit.span.end, replacement: edit.replacement.clone() });
        let mut edits: Vec<Edit> = edits.collect();
        if edits.is_empty() {
            // Places within what is referred to have no span, and are not in this file.
            let suggested = here.span.and_then(|span| match violation.rule.code {
                "TG101" => view.places.optional(&here.path),
                "TG103" => {
                    let before = view.before.text.get(before_span?.start..before_span?.end)?;
                    view.places.beside(&here.path, span.start..span.end, before)
                }
                _ => None,
            });
            edits = suggested.unwrap_or_default();
        }
        let ends = edits.iter().map(|edit| edit.start).min().zip(edits.iter().map(|edit| edit.end).max());
        let source = ends.map(|(start, end)| Excerpt::of(text, start, end));
        Some(Fix { message, edits, source })
    }
}

/// The existing text as it is shown.
struct Before {
    text: Arc<str>,
    /// The same schema, read from the text as it is shown, if that is another.
    laid_out: Option<Parsed>,
    /// The parts of it, with their places in the text as it is shown.
    outline: Outline,
}

impl Before {
    fn of(comparison: &Comparison<'_>) -> Self {
        let version = comparison.version;
        let text = version.laid_out();
        if text == version.text {
            return Self { text, laid_out: None, outline: comparison.existing.outline() };
        }
        match parse(version.kind, &text, comparison.closure, Strictness::Lenient) {
            Ok(parsed) => Self { text, outline: parsed.outline(), laid_out: Some(parsed) },
            Err(_) => Self { text: Arc::clone(&version.text), laid_out: None, outline: comparison.existing.outline() },
        }
    }

    /// Where each violation is in the existing text. The comparison with the laid out text finds the same in the same order;
    /// if not, nothing is shown rather than the wrong place.
    fn spans(&self, comparison: &Comparison<'_>, direction: Direction, found: &[Violation]) -> Vec<Option<Span>> {
        let place = |violation: &Violation| match direction {
            Direction::Backward => violation.writer.span,
            Direction::Forward => violation.reader.span,
        };
        let Some(laid_out) = &self.laid_out else { return found.iter().map(place).collect() };
        let again = comparison.candidate.compare(laid_out, direction, comparison.policy);
        let is_same = again.len() == found.len()
            && again.iter().zip(found).all(|(one, other)| one.rule.code == other.rule.code && one.fact == other.fact);
        if is_same { again.iter().map(place).collect() } else { vec![None; found.len()] }
    }
}

/// What is said at the two places.
#[derive(Default)]
struct Labels {
    here: Option<String>,
    before: Option<String>,
}

impl Labels {
    fn of(change: Option<&Change>, version: Option<i32>) -> Self {
        let Some(change) = change else { return Self::default() };
        let old = version.map_or_else(|| "before".to_owned(), |number| format!("in version {number}"));
        let element = change.element.as_str();
        let facet = |name: &str| change.facets.iter().find(|facet| facet.name == name).or(change.facets.first());
        match change.kind {
            ChangeKind::Added => Self { here: Some(format!("this {element} is new")), before: None },
            ChangeKind::Removed => Self {
                here: Some(format!("{element} '{}' is gone", change.name)),
                before: Some(format!("it was here {old}")),
            },
            ChangeKind::Renamed => Self { here: Some("the new name".into()), before: Some(format!("the name {old}")) },
            ChangeKind::Reordered => Self { here: Some("here now".into()), before: Some(format!("here {old}")) },
            ChangeKind::Changed => {
                let Some(facet) = facet("type") else { return Self::default() };
                let told = |value: &Option<String>| {
                    value
                        .as_ref()
                        .map_or_else(|| format!("no {}", facet.name), |value| format!("{} `{value}`", facet.name))
                };
                Self {
                    here: Some(format!("{} now", told(&facet.new))),
                    before: Some(format!("{} {old}", told(&facet.old))),
                }
            }
        }
    }
}

/// The changes that violations are about: of each one the only change, if there is only one.
fn only_changes(changes: &[Change], direction: Direction, violations: usize) -> Vec<Option<&Change>> {
    let mut about: Vec<(usize, Option<&Change>)> = vec![(0, None); violations];
    for change in changes {
        let judgement = match direction {
            Direction::Backward => &change.backward,
            Direction::Forward => &change.forward,
        };
        let own: HashSet<usize> = judgement.findings.iter().copied().collect();
        for at in own {
            if let Some((count, first)) = about.get_mut(at) {
                *count += 1;
                first.get_or_insert(change);
            }
        }
    }
    about.into_iter().map(|(count, change)| change.filter(|_| count == 1)).collect()
}

/// What all findings of a comparison look into, made once.
struct View<'v> {
    new: &'v Parts<'v>,
    old: &'v Parts<'v>,
    before: &'v Before,
    before_parts: &'v Parts<'v>,
    /// Where the values of the candidate's text stand.
    places: &'v Places<'v>,
}

/// The parts of a schema, by their paths.
struct Parts<'o> {
    outline: &'o Outline,
    /// The first and the last one of each path: a part and its type may share one.
    by_path: HashMap<&'o str, (usize, usize)>,
}

impl<'o> Parts<'o> {
    fn of(outline: &'o Outline) -> Self {
        let mut by_path: HashMap<&str, (usize, usize)> = HashMap::new();
        for (at, part) in outline.elements.iter().enumerate() {
            by_path.entry(part.place.path.as_str()).or_insert((at, at)).1 = at;
        }
        Self { outline, by_path }
    }

    /// Where the name of the part at a path stands.
    fn span_of(&self, path: &str) -> Option<Span> {
        let (first, _) = self.by_path.get(path)?;
        self.outline.elements.get(*first)?.place.span
    }

    /// The names on the way to a place: `Order.lines.price`. They stay the same when other fields come and go.
    fn element(&self, path: &str) -> Option<String> {
        let mut prefix = path;
        let mut at = loop {
            match self.by_path.get(prefix) {
                Some((_, last)) => break Some(*last),
                None => prefix = prefix.rsplit_once('/')?.0,
            }
        };
        let mut names = Vec::new();
        while let Some(element) = at.and_then(|at| self.outline.elements.get(at)) {
            names.push(element.name.as_str());
            at = element.parent;
        }
        names.reverse();
        Some(names.join("."))
    }
}

/// What stays the same while a finding is the same: its rule, its subject, and what it is about. No lines, no positions.
pub(crate) fn fingerprint(rule: &Rule, subject: &str, about: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in [rule.code, subject].iter().chain(about) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A finding that comes from no comparison.
/// Said of each error where there are more than are told. What is not told must not pass with what is.
pub(crate) const MORE_THAN_TOLD: &str =
    "there are more errors than are told: until there are fewer, none of them is accepted or weighs less for its use";

impl Finding {
    pub(crate) fn is_of_too_many(&self) -> bool {
        self.notes.iter().any(|note| note == MORE_THAN_TOLD)
    }
}

pub(crate) fn plain(
    rule: &Rule,
    file: &str,
    subject: Option<&str>,
    message: impl Into<String>,
    about: &[&str],
) -> Finding {
    Finding {
        code: rule.code.to_owned(),
        slug: rule.slug.to_owned(),
        severity: rule.weight,
        base_severity: rule.weight,
        subject: subject.map(str::to_owned),
        file: shown(file),
        path: String::new(),
        against: None,
        message: message.into(),
        confluent: None,
        frames: Vec::new(),
        notes: Vec::new(),
        fix: None,
        usage: None,
        fingerprint: fingerprint(rule, subject.unwrap_or(file), about),
        accepted: None,
        waiting: None,
    }
}

impl Finding {
    pub(crate) fn at(mut self, frame: Option<Frame>) -> Self {
        self.frames.extend(frame);
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn help(mut self, message: impl Into<String>) -> Self {
        self.fix = Some(Fix { message: message.into(), edits: Vec::new(), source: None });
        self
    }
}
