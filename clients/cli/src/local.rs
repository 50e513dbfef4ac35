//! Which schemas do files hold, and in which order do they stand on each other? Files become documents, and the names in
//! them a graph.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use tidegate_compat::{CompatibilityLevel, Contract, Resolved, SchemaKind};

use crate::contracts::{Beside, Written};
use crate::names::{Names, Need, names};
use crate::project::{Project, Root};
use crate::tree::{Content, TreeFile};
use crate::trouble::{Result, Trouble};

/// How many schemas one may stand on, directly and through others: as many as a registry takes.
pub(crate) const MAX_REFERENCES: usize = 1000;

/// A file that is a subject.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) path: String,
    pub(crate) subject: String,
    pub(crate) kind: SchemaKind,
    pub(crate) text: Arc<str>,
    /// The level that the project file asks for.
    pub(crate) level: Option<CompatibilityLevel>,
    pub(crate) owner: Option<String>,
    /// Whether others refer to it, and no record is written with it alone.
    pub(crate) is_shared: bool,
    /// In the order of the text.
    pub(crate) links: Vec<Link>,
    /// The contract beside it, once it was asked for: several parts of a check look at it.
    written: OnceLock<Result<Option<Written>>>,
}

impl Document {
    /// The file of the contract beside it, if there is one.
    ///
    /// # Errors
    /// A file that can't be read, or is no contract.
    pub(crate) fn written(&self, project: &Project) -> Result<Option<&Written>> {
        let read = self.written.get_or_init(|| Written::read(&project.root, &self.path));
        read.as_ref().map(Option::as_ref).map_err(Trouble::clone)
    }

    /// What stands in `order.contract.json` beside `order.avsc`, in the words of a registration; nothing without such a file.
    ///
    /// # Errors
    /// A file that can't be read, or is no contract.
    pub(crate) fn beside(&self, project: &Project) -> Result<Beside> {
        Ok(self.written(project)?.map(|written| written.beside.clone()).unwrap_or_default())
    }

    /// The same in the words of rules.
    ///
    /// # Errors
    /// A file that can't be read, or is no contract.
    pub(crate) fn contract(&self, project: &Project) -> Result<Contract> {
        Ok(self.written(project)?.map(|written| written.contract.clone()).unwrap_or_default())
    }
}

/// Something that a document refers to.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) need: Need,
    pub(crate) target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A document of the same tree, by its position.
    Here(usize),
    /// Nothing in this tree has the name.
    Elsewhere,
}

/// What is wrong with files before any schema is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A file that can't be read.
    Unreadable { path: String, reason: String },
    /// A file whose subject can't be told: its schema lacks the name that the template asks for.
    Nameless { path: String, lacks: String },
    /// Two files of one subject.
    Claimed { subject: String, first: String, second: String },
    /// Two files that define one name, which a third one needs.
    Ambiguous { path: String, need: Need, candidates: Vec<String> },
    /// A project file below this one that does not hold, so that nobody knows what its files are.
    Foreign { path: String, trouble: Box<Trouble> },
    /// Documents that refer to each other in a ring, by position; the first one again is left out.
    Cycle(Vec<usize>),
}

/// All documents of a tree.
#[derive(Debug, Default)]
pub(crate) struct Library {
    pub(crate) documents: Vec<Document>,
    pub(crate) flaws: Vec<Flaw>,
    /// Positions, what others need before them. Documents of a ring are missing.
    pub(crate) order: Vec<usize>,
}

impl Library {
    /// Maps the files of a tree to subjects.
    pub(crate) fn of(project: &Project, files: Vec<TreeFile>) -> Self {
        let mut library = Self::default();
        let mut all_names = Vec::new();
        let mut claimed: HashMap<String, String> = HashMap::new();
        for file in files {
            let rules: Vec<_> = project.rules_of(&file.path).collect();
            if rules.is_empty() {
                continue;
            }
            let text = match file.content {
                Content::Text(text) => text,
                Content::Unreadable(reason) => {
                    library.flaws.push(Flaw::Unreadable { path: file.path, reason });
                    continue;
                }
            };
            let meant = rules.into_iter().find_map(|(rule, captures)| {
                let kind = rule.kind.unwrap_or_else(|| kind_of(&file.path, &text));
                let names = names(kind, &file.path, &text);
                let root = Root { record: names.root.clone(), topic: names.topic.clone() };
                // Of a text that can't be read nobody knows which name it would have: it is told, not passed by.
                (!names.is_read || rule.means(&root)).then_some((rule, captures, kind, names, root))
            });
            // A file that no rule means, because it has another name than they ask for, is none of a subject.
            let Some((rule, captures, kind, names, root)) = meant else { continue };
            let subject = match rule.subject(&captures, &root) {
                Ok(subject) => subject,
                Err(lacks) => {
                    library.flaws.push(Flaw::Nameless { path: file.path, lacks });
                    continue;
                }
            };
            if let Some(first) = claimed.get(&subject) {
                let (first, second) = (first.clone(), file.path);
                library.flaws.push(Flaw::Claimed { subject, first, second });
                continue;
            }
            claimed.insert(subject.clone(), file.path.clone());
            let owner = rule.owner(&captures, &root);
            let level = rule.level.or(project.level);
            all_names.push(names);
            library.documents.push(Document {
                path: file.path,
                subject,
                kind,
                text,
                level,
                owner,
                is_shared: rule.is_shared,
                links: Vec::new(),
                written: OnceLock::new(),
            });
        }
        library.link(&all_names);
        library.sort();
        library
    }

    /// Files that no project maps: each is a subject by its own path.
    pub(crate) fn alone(files: Vec<(String, Arc<str>)>) -> Self {
        let mut library = Self::default();
        let mut all_names = Vec::new();
        for (path, text) in files {
            let kind = kind_of(&path, &text);
            all_names.push(names(kind, &path, &text));
            let subject = path.clone();
            library.documents.push(Document {
                path,
                subject,
                kind,
                text,
                level: None,
                owner: None,
                is_shared: false,
                links: Vec::new(),
                written: OnceLock::new(),
            });
        }
        library.link(&all_names);
        library.sort();
        library
    }

    /// Holds the subjects against those of project files below this one, and those against each other: a subject belongs to
    /// one.
    pub(crate) fn beside(&mut self, others: &[(String, Self)]) {
        let own = self.documents.iter().map(|document| (document.subject.as_str(), document.path.clone()));
        let mut holders: HashMap<&str, String> = own.collect();
        let mut claimed = Vec::new();
        for (project_file, others) in others {
            let folder = project_file.rsplit_once('/').map_or("", |(folder, _)| folder);
            for other in &others.documents {
                let second = format!("{folder}/{}", other.path);
                match holders.get(other.subject.as_str()) {
                    Some(first) => {
                        claimed.push(Flaw::Claimed { subject: other.subject.clone(), first: first.clone(), second });
                    }
                    None => {
                        holders.insert(&other.subject, second);
                    }
                }
            }
        }
        self.flaws.extend(claimed);
    }

    /// Subjects with which no record is written by itself.
    pub(crate) fn shared(&self) -> BTreeSet<&str> {
        let shared = self.documents.iter().filter(|document| document.is_shared);
        shared.map(|document| document.subject.as_str()).collect()
    }

    pub(crate) fn position(&self, subject: &str) -> Option<usize> {
        self.documents.iter().position(|document| document.subject == subject)
    }

    /// Finds what each document refers to.
    fn link(&mut self, all_names: &[Names]) {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, names) in all_names.iter().enumerate() {
            names.defines.iter().for_each(|name| by_name.entry(name).or_default().push(at));
        }
        let by_path: BTreeMap<String, usize> =
            self.documents.iter().enumerate().map(|(at, document)| (document.path.clone(), at)).collect();
        // Imports are written from some root that nobody names: the ends of paths.
        let mut by_end: HashMap<&str, Vec<usize>> = HashMap::new();
        for (path, at) in &by_path {
            let ends = path.match_indices('/').filter_map(|(cut, _)| path.get(cut + 1..));
            std::iter::once(path.as_str()).chain(ends).for_each(|end| by_end.entry(end).or_default().push(*at));
        }
        let mut flaws = Vec::new();
        let mut all_links = Vec::new();
        for (at, names) in all_names.iter().enumerate() {
            let Some(document) = self.documents.get(at) else { continue };
            let mut links = Vec::new();
            for need in &names.needs {
                let named = need.names.iter().find_map(|name| by_name.get(name.as_str()));
                let beside = || by_path.get(&beside(&document.path, &need.written)).map(|at| vec![*at]);
                let ending = || by_end.get(need.written.as_str()).cloned();
                let found = match document.kind {
                    SchemaKind::Avro => named.cloned(),
                    SchemaKind::Json => named.cloned().or_else(beside).or_else(ending),
                    SchemaKind::Protobuf => by_path.get(&need.written).map(|at| vec![*at]).or_else(ending),
                };
                let is_kin = |other: &usize| self.documents.get(*other).is_some_and(|it| it.kind == document.kind);
                let found: Vec<usize> =
                    found.unwrap_or_default().into_iter().filter(|other| is_kin(other) && *other != at).collect();
                let target = match found.as_slice() {
                    [] => Target::Elsewhere,
                    [only] => Target::Here(*only),
                    [first, ..] => {
                        let path_of =
                            |at: &usize| self.documents.get(*at).map(|it| it.path.clone()).unwrap_or_default();
                        let candidates = found.iter().map(path_of).collect();
                        flaws.push(Flaw::Ambiguous { path: document.path.clone(), need: need.clone(), candidates });
                        Target::Here(*first)
                    }
                };
                links.push(Link { need: need.clone(), target });
            }
            all_links.push(links);
        }
        self.flaws.extend(flaws);
        for (document, links) in self.documents.iter_mut().zip(all_links) {
            document.links = links;
        }
    }

    /// The targets of a document within the tree.
    pub(crate) fn targets(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let links = self.documents.get(at).map(|document| document.links.as_slice()).unwrap_or_default();
        links.iter().filter_map(|link| match link.target {
            Target::Here(other) => Some(other),
            Target::Elsewhere => None,
        })
    }

    /// Depth first, without recursion: chains come from outside.
    fn sort(&mut self) {
        let mut done = HashSet::new();
        let mut order = Vec::new();
        let mut rings: BTreeSet<Vec<usize>> = BTreeSet::new();
        for start in 0..self.documents.len() {
            let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
            let mut on_path: HashSet<usize> = HashSet::new();
            let mut open = Some(start);
            loop {
                if let Some(at) = open.take() {
                    if on_path.contains(&at) {
                        let from = path.iter().position(|(on, _)| *on == at).unwrap_or(0);
                        rings.insert(turned(path.iter().skip(from).map(|(on, _)| *on).collect()));
                    } else if !done.contains(&at) {
                        on_path.insert(at);
                        path.push((at, self.targets(at).collect()));
                    }
                }
                let Some((at, rest)) = path.last_mut() else { break };
                match rest.pop() {
                    Some(next) => open = Some(next),
                    None => {
                        let at = *at;
                        path.pop();
                        on_path.remove(&at);
                        if done.insert(at) {
                            order.push(at);
                        }
                    }
                }
            }
        }
        let in_rings: HashSet<usize> = rings.iter().flatten().copied().collect();
        self.flaws.extend(rings.into_iter().map(Flaw::Cycle));
        self.order = order.into_iter().filter(|at| !in_rings.contains(at)).collect();
    }

    /// All that a document stands on within the tree, what others need before them, with the name that each is called by
    /// first; and what of all this lies elsewhere.
    pub(crate) fn closure(&self, at: usize) -> Closure {
        let mut closure = Closure::default();
        let mut called: HashSet<usize> = HashSet::from([at]);
        let mut path: Vec<Step<'_>> = Vec::new();
        let links = |at: usize| self.documents.get(at).map(|document| document.links.iter()).unwrap_or_default();
        path.push((None, links(at)));
        while let Some((_, rest)) = path.last_mut() {
            match rest.next() {
                Some(Link { target: Target::Elsewhere, need }) => {
                    if !closure.elsewhere.contains(need) {
                        closure.elsewhere.push(need.clone());
                    }
                }
                Some(Link { target: Target::Here(other), need }) => {
                    if closure.here.len() < MAX_REFERENCES && called.insert(*other) {
                        path.push((Some((need.names.first().cloned().unwrap_or_default(), *other)), links(*other)));
                    }
                }
                None => {
                    let done = path.pop().and_then(|(called, _)| called);
                    closure.here.extend(done.and_then(|(name, at)| {
                        let document = self.documents.get(at)?;
                        Some(Resolved { name, kind: document.kind, text: Arc::clone(&document.text) })
                    }));
                }
            }
        }
        closure
    }

    /// Positions of documents that stand on one of these, directly or through others, themselves included.
    pub(crate) fn with_referrers(&self, positions: &HashSet<usize>) -> HashSet<usize> {
        let mut all = positions.clone();
        // What is needed comes first in the order, so one pass is enough.
        for at in &self.order {
            if self.targets(*at).any(|target| all.contains(&target)) {
                all.insert(*at);
            }
        }
        all
    }
}

/// A document on the way down, by the name that the one above calls it, and which of its links come next.
type Step<'l> = (Option<(String, usize)>, std::slice::Iter<'l, Link>);

/// What a document stands on.
#[derive(Debug, Default, Clone)]
pub(crate) struct Closure {
    pub(crate) here: Vec<Resolved>,
    pub(crate) elsewhere: Vec<Need>,
}

/// The language of a file, by its ending and then by its text.
pub(crate) fn kind_of(path: &str, text: &str) -> SchemaKind {
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
    match ending {
        "avsc" | "avro" | "avpr" => SchemaKind::Avro,
        "proto" => SchemaKind::Protobuf,
        _ => {
            // Avro's `type` names a kind that JSON Schema does not have.
            let looks_like_avro = [r#""record""#, r#""enum","#, r#""fixed""#].iter().any(|word| text.contains(word))
                && text.contains("\"name\"")
                && !text.contains("\"$schema\"");
            if looks_like_avro { SchemaKind::Avro } else { SchemaKind::Json }
        }
    }
}

/// A ring told from its smallest member on, so that it is the same wherever it was entered.
fn turned(mut ring: Vec<usize>) -> Vec<usize> {
    let smallest = ring.iter().enumerate().min_by_key(|(_, at)| **at).map_or(0, |(index, _)| index);
    ring.rotate_left(smallest);
    ring
}

/// Where a relative reference in a file leads.
fn beside(path: &str, reference: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    segments.pop();
    for segment in reference.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    segments.join("/")
}

#[cfg(test)]
mod tests;
