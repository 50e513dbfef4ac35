//! How are flaws of files told, those that keep a schema from being read at all?

use std::collections::{BTreeMap, HashSet};

use crate::finding::plain;
use crate::frame::{Frame, Role};
use crate::local::{Flaw, Library, Target};
use crate::report::{Finding, State, Subject};
use crate::rules;

/// Adds findings for all flaws that concern what is looked at.
pub(super) fn tell(
    library: &Library,
    selected: &HashSet<usize>,
    findings: &mut Vec<Finding>,
    subjects: &mut BTreeMap<String, Subject>,
) {
    for flaw in &library.flaws {
        match flaw {
            Flaw::Unreadable { path, reason } => {
                let message = format!("the file can't be read: {reason}");
                findings.push(plain(&rules::FILE_UNREADABLE, path, None, message, &[]));
            }
            Flaw::Nameless { path, lacks } => {
                let message = format!("the file's subject is not known, since its schema has no `{{{lacks}}}`");
                let finding = plain(&rules::SCHEMA_UNREADABLE, path, None, message, &[lacks]);
                findings.push(finding.help("give the schema a name, or the rule a `subject` that does not need one"));
            }
            Flaw::Claimed { subject, first, second } => {
                let message = format!("the subject {subject} is claimed by two files");
                let finding = plain(&rules::SUBJECT_CLAIMED_TWICE, second, Some(subject), message, &[second]);
                findings.push(finding.note(format!("the other one is {}", crate::words::shown(first))));
            }
            Flaw::Ambiguous { path, need, candidates } => {
                let message = format!("`{}` is defined in {} files", need.written, candidates.len());
                let text = library.documents.iter().find(|document| document.path == *path).map(|it| &it.text);
                let place = text.and_then(|text| Some((text, need.place(text)?)));
                let frame = place.map(|(text, (start, end))| Frame::of(Role::Here, path, text, start, end, None));
                let finding = plain(&rules::NAME_CLAIMED_TWICE, path, None, message, &[&need.written]);
                findings.push(finding.at(frame).note(format!("they are {}", candidates.join(", "))));
            }
            Flaw::Foreign { path, trouble } => {
                let message = format!("the project file can't be read: {}", trouble.message);
                let mut finding = plain(&rules::FILE_UNREADABLE, path, None, message, &[]);
                // Its own name is that from the working folder.
                finding.frames =
                    trouble.frames.iter().map(|frame| Frame { file: path.clone(), ..frame.clone() }).collect();
                finding.notes.clone_from(&trouble.notes);
                let finding = finding.note("what lies beside it belongs to it, and was not looked at");
                findings.push(trouble.help.iter().fold(finding, |finding, help| finding.help(help)));
            }
            Flaw::Cycle(ring) if ring.iter().any(|at| selected.contains(at)) => {
                findings.extend(cycle(library, ring));
                subjects.extend(ring.iter().filter_map(|at| unreadable(library, *at)));
            }
            Flaw::Cycle(_) => {}
        }
    }
}

/// The files that a flaw is about.
pub(super) fn paths<'l>(flaw: &'l Flaw, library: &'l Library) -> impl Iterator<Item = &'l str> {
    let paths: Vec<&str> = match flaw {
        Flaw::Unreadable { path, .. }
        | Flaw::Nameless { path, .. }
        | Flaw::Ambiguous { path, .. }
        | Flaw::Foreign { path, .. } => vec![path],
        Flaw::Claimed { first, second, .. } => vec![first, second],
        Flaw::Cycle(ring) => {
            ring.iter().filter_map(|at| library.documents.get(*at)).map(|it| it.path.as_str()).collect()
        }
    };
    paths.into_iter()
}

/// A ring, drawn, with each reference where it stands.
fn cycle(library: &Library, ring: &[usize]) -> Option<Finding> {
    let first = library.documents.get(*ring.first()?)?;
    let mut frames = Vec::new();
    let mut drawn = Vec::new();
    for (index, at) in ring.iter().enumerate() {
        let document = library.documents.get(*at)?;
        let next = *ring.get((index + 1) % ring.len())?;
        let link = document.links.iter().find(|link| link.target == Target::Here(next));
        let place = link.and_then(|link| link.need.place(&document.text));
        let label = library.documents.get(next).map(|next| format!("refers to {}", next.subject));
        frames
            .extend(place.map(|(start, end)| Frame::of(Role::Here, &document.path, &document.text, start, end, label)));
        drawn.push(document.subject.as_str());
    }
    let draw = drawn.iter().chain(drawn.first()).copied().collect::<Vec<_>>().join(" → ");
    let message = format!("{} schemas refer to each other in a ring", ring.len());
    let mut finding = plain(&rules::REFERENCE_CYCLE, &first.path, Some(&first.subject), message, &drawn)
        .note(draw)
        .help("move what they share to a schema of its own, or put them into one");
    finding.frames = frames;
    Some(finding)
}

fn unreadable(library: &Library, at: usize) -> Option<(String, Subject)> {
    let document = library.documents.get(at)?;
    let subject = Subject {
        subject: document.subject.clone(),
        file: document.path.clone(),
        kind: document.kind.as_str().to_owned(),
        state: State::Unreadable,
        errors: 0,
        warnings: 0,
        infos: 0,
        waiting: 0,
        against: Vec::new(),
    };
    Some((document.path.clone(), subject))
}
