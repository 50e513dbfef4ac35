//! May this document follow the versions that are there? As the registry would answer: the same rules, the same reach, the
//! same order.

use std::collections::HashMap;

use tidegate_compat::{
    CompatibilityLevel, Contract, MOST_TOLD, Malformed, Metadata, Parsed, Predecessor, Resolved, Severity, Strictness,
    check, forbidden, is_same_group, parse, reserved,
};

use crate::baseline::{Baseline, History, Version};
use crate::finding::{Comparison, MORE_THAN_TOLD, fingerprint, plain};
use crate::frame::{Frame, Role};
use crate::lint::lint;
use crate::local::{Closure, Document, Library};
use crate::names::Need;
use crate::pii::unencrypted;
use crate::project::Project;
use crate::report::{Compared, Finding, State, Subject, Verdict, Weight};
use crate::rules;
use crate::tree::Side;

pub(super) struct Judge<'j> {
    project: &'j Project,
    library: &'j Library,
    baselines: &'j [Baseline],
    /// Whether every ground could be asked. If not, what is missing may be there.
    is_complete: bool,
    /// What is staged is not what lies beside it: then no contract is looked at.
    side: Side,
    judged: Judged,
}

#[derive(Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    pub(super) subjects: Vec<Subject>,
    /// How many references were found.
    pub(super) resolved: usize,
}

impl<'j> Judge<'j> {
    pub(super) fn new(
        project: &'j Project,
        library: &'j Library,
        baselines: &'j [Baseline],
        is_complete: bool,
        side: Side,
    ) -> Self {
        Self { project, library, baselines, is_complete, side, judged: Judged::default() }
    }

    pub(super) fn done(self) -> Judged {
        self.judged
    }

    /// Reads a document and compares it with every ground.
    pub(super) fn judge(&mut self, at: usize) {
        let library = self.library;
        let Some(document) = library.documents.get(at) else { return };
        let mut subject = Subject {
            subject: document.subject.clone(),
            file: document.path.clone(),
            kind: document.kind.as_str().to_owned(),
            state: State::NotCompared,
            errors: 0,
            warnings: 0,
            infos: 0,
            waiting: 0,
            against: Vec::new(),
        };
        let closure = library.closure(at);
        let mut told = Told::default();
        self.judged.resolved += document.links.len();
        // What nothing outside is needed for is read once; the rest as each ground has it.
        let mut alone: Option<Result<Parsed, Malformed>> = None;
        let mut is_linted = false;
        let mut grounds: Vec<Option<&Baseline>> = self.baselines.iter().map(Some).collect();
        if grounds.is_empty() {
            grounds.push(None);
        }
        for baseline in grounds {
            let history = baseline.and_then(|baseline| baseline.subjects.get(&document.subject));
            let is_lenient = history.is_some_and(|history| history.settings.validate_new == Some(false));
            let strictness = if is_lenient { Strictness::Lenient } else { Strictness::Strict };
            let parsed = match (&alone, closure.elsewhere.is_empty() && !is_lenient) {
                (Some(parsed), true) => parsed.clone(),
                (_, is_alone) => {
                    let Some(resolved) = self.resolve(document, &closure, baseline, &mut told) else {
                        subject.state = State::Unreadable;
                        continue;
                    };
                    let parsed = parse(document.kind, &document.text, &resolved, strictness);
                    if is_alone {
                        alone = Some(parsed.clone());
                    }
                    parsed
                }
            };
            let parsed = match parsed {
                Ok(parsed) => parsed,
                Err(malformed) => {
                    subject.state = State::Unreadable;
                    told.add(malformed_finding(document, &malformed));
                    continue;
                }
            };
            if !std::mem::replace(&mut is_linted, true) {
                lint(self.project, document, &parsed).into_iter().for_each(|finding| told.add(finding));
                // Files and commits have no contracts to inherit.
                let with_contracts = self.baselines.iter().filter(|baseline| !baseline.is_own_past);
                let inherited = with_contracts.into_iter().find_map(|baseline| baseline.latest(&document.subject));
                let inherited =
                    inherited.map(|latest| Contract { metadata: latest.metadata.clone(), rules: latest.rules.clone() });
                let open = unencrypted(self.project, document, &parsed, inherited.as_ref());
                open.into_iter().for_each(|finding| told.add(finding));
            }
            let Some(baseline) = baseline else { continue };
            let contracts = (self.side == Side::Disk).then_some(self.project);
            let compared = compare(contracts, document, &parsed, (baseline, history), &mut told);
            let state = compared.1;
            // The first ground tells what happened to the subject, unless a later one knows of a change.
            if matches!(subject.state, State::NotCompared | State::Unchanged) {
                subject.state = state;
            }
            subject.against.push(compared.0);
        }
        self.judged.findings.extend(told.findings);
        self.judged.subjects.push(subject);
    }

    /// All that a document stands on, as a ground has it where it is not in the files; `None` when something is missing.
    fn resolve(
        &self,
        document: &Document,
        closure: &Closure,
        baseline: Option<&Baseline>,
        told: &mut Told,
    ) -> Option<Vec<Resolved>> {
        let mut resolved: Vec<Resolved> = Vec::new();
        let mut is_complete = true;
        for need in &closure.elsewhere {
            let own_first = baseline.into_iter().chain(self.baselines);
            match Baseline::elsewhere(own_first, self.project, need, &document.subject) {
                Some(found) => {
                    for it in found {
                        if !resolved.iter().any(|known| known.name == it.name) {
                            resolved.push(it);
                        }
                    }
                }
                None => {
                    is_complete = false;
                    if self.is_complete {
                        told.add(missing(self.project, document, need, self.baselines));
                    }
                }
            }
        }
        resolved.extend(closure.here.iter().cloned());
        is_complete.then_some(resolved)
    }
}

/// Findings of one document, each told once even if several grounds lead to it.
#[derive(Default)]
struct Told {
    findings: Vec<Finding>,
    by_print: HashMap<String, usize>,
}

impl Told {
    fn add(&mut self, finding: Finding) {
        match self.by_print.get(&finding.fingerprint).and_then(|at| self.findings.get_mut(*at)) {
            Some(known) => {
                let (Some(one), Some(other)) = (&mut known.against, &finding.against) else { return };
                if one.ground == other.ground
                    && one.direction == other.direction
                    && let Some(older) = other.version.filter(|version| !one.versions().contains(version))
                {
                    one.older.push(older);
                    return;
                }
                let note = format!("the same against {}", other.ground);
                if one.ground != other.ground && !known.notes.contains(&note) {
                    known.notes.push(note);
                }
            }
            None => {
                self.by_print.insert(finding.fingerprint.clone(), self.findings.len());
                self.findings.push(finding);
            }
        }
    }
}

fn compare(
    contracts: Option<&Project>,
    document: &Document,
    candidate: &Parsed,
    (baseline, history): (&Baseline, Option<&History>),
    told: &mut Told,
) -> (Compared, State) {
    let settings = history.map(|history| history.settings.clone()).unwrap_or_default();
    let (level, level_from) = match (document.level, settings.level) {
        (Some(level), _) => (level, "project"),
        (None, Some(level)) => (level, "registry"),
        (None, None) => (CompatibilityLevel::default(), "default"),
    };
    let mut compared = Compared {
        ground: baseline.name.clone(),
        level: level.as_str().to_owned(),
        level_from: level_from.to_owned(),
        version: None,
        versions: 0,
        verdict: Verdict::New,
    };
    let Some(latest) = history.and_then(|history| history.versions.last()) else { return (compared, State::New) };
    compared.version = latest.number;
    let existing = baseline.predecessor(&document.subject, latest);
    let state = state(document, candidate, latest, existing.as_ref());
    if state == State::Unchanged {
        compared.verdict = Verdict::Unchanged;
        return (compared, state);
    }
    let before = told.findings.len();
    // Only these look at it.
    let has_use = settings.validate_fields || settings.group.is_some();
    let metadata = if has_use { metadata(contracts, document, latest) } else { None };
    if settings.validate_fields {
        if let Some(malformed) = forbidden(candidate) {
            told.add(malformed_finding(document, &malformed));
        }
        for violation in reserved(candidate, metadata.as_ref(), latest.metadata.as_ref()) {
            let rule = rules::of_compat(violation.rule);
            let frame = violation
                .reader
                .span
                .map(|span| Frame::of_span(Role::Here, &document.path, &document.text, span, None));
            let about = [violation.fact.as_str()];
            let mut finding =
                plain(&rule, &document.path, Some(&document.subject), violation.message, &about).at(frame);
            if let Some(fix) = violation.fix {
                finding = finding.help(fix);
            }
            told.add(finding);
        }
    }
    let known = (latest, existing);
    let group = (settings.group.as_deref(), metadata.as_ref());
    let predecessors = predecessors(baseline, document, history, level, group, &known);
    let list: Vec<Predecessor> = predecessors.iter().map(|(_, predecessor)| predecessor.clone()).collect();
    let policy = settings.policy.unwrap_or_default();
    let verdict = check(candidate, &list, level, policy);
    compared.versions = list.len();
    // The verdict ends at the first version with an error. What older ones have against it is told as well: the first may be
    // accepted, or weigh less, and they would break all the same.
    for (version, predecessor) in &predecessors {
        let found = check(candidate, std::slice::from_ref(predecessor), level, policy).findings;
        let found: Vec<_> = found.iter().collect();
        if found.is_empty() {
            continue;
        }
        let closure = baseline.closure(&document.subject, version).unwrap_or_default();
        let comparison = Comparison {
            document,
            candidate,
            version,
            existing: &predecessor.schema,
            closure: &closure,
            level,
            policy,
            ground: &baseline.name,
        };
        let are_all_told = errors_in(&found) < MOST_TOLD;
        for finding in comparison.tell(&found) {
            told.add(if are_all_told { finding } else { finding.note(MORE_THAN_TOLD) });
        }
    }
    for finding in told.findings.iter_mut().skip(before) {
        let Some(against) = finding.against.as_ref().filter(|against| !against.older.is_empty()) else { continue };
        let older: Vec<String> = against.older.iter().map(ToString::to_string).collect();
        let word = if older.len() == 1 { "version" } else { "versions" };
        finding.notes.push(format!("the same holds with {word} {}", older.join(", ")));
    }
    let is_refused = told.findings.iter().skip(before).any(|finding| finding.base_severity == Weight::Error);
    let is_clean = verdict.is_compatible() && !is_refused;
    compared.verdict = if is_clean { Verdict::Compatible } else { Verdict::Incompatible };
    (compared, state)
}

fn errors_in(found: &[&tidegate_compat::Finding]) -> usize {
    found.iter().filter(|finding| finding.violation.rule.severity == Severity::Error).count()
}

/// What a registration has for metadata: those of the contract beside the schema, or else those that it inherits.
fn metadata(contracts: Option<&Project>, document: &Document, latest: &Version) -> Option<Metadata> {
    let beside = contracts.and_then(|project| document.beside(project).ok()).unwrap_or_default().after(Some(latest));
    beside.metadata.map(crate::records::metadata).or_else(|| latest.metadata.clone())
}

/// The versions to compare with, newest first, as many as the level looks at, of the group that the metadata tell. The latest is
/// read already.
fn predecessors<'b>(
    baseline: &Baseline,
    document: &Document,
    history: Option<&'b History>,
    level: CompatibilityLevel,
    (group, metadata): (Option<&str>, Option<&Metadata>),
    known: &(&Version, Option<Predecessor>),
) -> Vec<(&'b Version, Predecessor)> {
    let versions = history.map(|history| history.versions.as_slice()).unwrap_or_default();
    let of_group = versions.iter().rev().filter(|version| is_same_group(group, metadata, version.metadata.as_ref()));
    let read = |version: &Version| match known {
        (latest, existing) if std::ptr::eq(*latest, version) => existing.clone(),
        _ => baseline.predecessor(&document.subject, version),
    };
    let readable = of_group.filter_map(|version| Some((version, read(version)?)));
    readable.take(level.reach()).collect()
}

fn state(document: &Document, candidate: &Parsed, latest: &Version, existing: Option<&Predecessor>) -> State {
    let Some(existing) = existing.filter(|_| latest.kind == document.kind) else { return State::Changed };
    let existing = &existing.schema;
    match (candidate.identity() == existing.identity(), candidate.is_equivalent(existing)) {
        (true, true) => State::Unchanged,
        (true, false) => State::ReferencesChanged,
        (false, _) => State::Changed,
    }
}

fn malformed_finding(document: &Document, malformed: &Malformed) -> Finding {
    let (path, text) = (&document.path, &document.text);
    let frame = malformed.span.map(|span| Frame::of_span(Role::Here, path, text, span, None));
    let message = malformed.message.clone();
    let mut finding =
        plain(&rules::SCHEMA_UNREADABLE, path, Some(&document.subject), message.clone(), &[&message]).at(frame);
    finding.path = malformed.path.clone().unwrap_or_default();
    finding
}

fn missing(project: &Project, document: &Document, need: &Need, baselines: &[Baseline]) -> Finding {
    let (path, text) = (&document.path, &document.text);
    let place = need.place(text);
    let frame = place.map(|(start, end)| Frame::of(Role::Here, path, text, start, end, Some("not found".to_owned())));
    let message = format!("`{}` is not defined anywhere", need.written);
    let mut finding =
        plain(&rules::REFERENCE_MISSING, path, Some(&document.subject), message, &[&need.written]).at(frame);
    finding.fingerprint = fingerprint(&rules::REFERENCE_MISSING, &document.subject, &[&need.written]);
    let looked: Vec<&str> = baselines.iter().filter(|it| !it.is_own_past).map(|it| it.name.as_str()).collect();
    if !project.asks_registry {
        return finding
            .note(
                "no file of the project has it, and `references.resolve` of the project file says to look nowhere else",
            )
            .help("map the file that defines it, or add `registry` to `references.resolve`");
    }
    let finding = match looked.as_slice() {
        [] => finding.note("no file of the project has it, and neither a registry nor a snapshot was asked"),
        looked => finding.note(format!("neither a file of the project has it nor {}", looked.join(" or "))),
    };
    finding.help("map the file that defines it, or name its subject under `references.names` in tidegate.yaml")
}
