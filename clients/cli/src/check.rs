//! May these files follow what is there? All of them as one change: read, linked, compared, and reported.

mod acceptances;
mod flaws;
mod judge;
mod lines;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use crate::args::{Global, Only};
use crate::baseline::{Baseline, Ground, age_in_days};
use crate::exit::Exit;
use crate::finding::plain;
use crate::fixtures::Tried;
use crate::local::{Document, Flaw, Library};
use crate::project::Project;
use crate::report::{self, Compared, Finding, Report, State, Subject, Summary, Tool, Weight};
use crate::together::Answers;
use crate::tree::Side;
use crate::trouble::{Result, Trouble};
use crate::words::counted;
use crate::{git, rules, together, tree};
use judge::{Judge, Judged};

/// From how many days on a snapshot is called old.
const OLD: i64 = 7;

/// What is checked, and against what.
pub(crate) struct Wish<'w> {
    pub(crate) project: &'w Project,
    pub(crate) grounds: &'w [Ground],
    /// Whether the files are those on the disk or those that are staged.
    pub(crate) side: Side,
    /// Paths from the root of the project; empty for all.
    pub(crate) paths: &'w [String],
    /// Whether the paths are what changed, so that some may be gone.
    pub(crate) are_changes: bool,
    pub(crate) global: &'w Global,
    /// From which weight on the run fails; nothing for never.
    pub(crate) fail_on: Option<Weight>,
    /// The parts that are looked at; empty for all.
    pub(crate) only: &'w [Only],
}

impl Wish<'_> {
    /// Whether a part is looked at.
    pub(crate) fn wants(&self, part: Only) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// Checks the files of a project.
pub(crate) fn check(wish: &Wish<'_>) -> Result<Report> {
    let started = Instant::now();
    let project = wish.project;
    let wanted = |path: &str| project.rule_of(path).is_some();
    let files = match wish.side {
        Side::Disk => tree::files(&project.root, &wanted)?,
        Side::Index => project.own(|wanted| git::staged(&project.root, wanted))?,
    };
    let mut library = Library::of(project, files);
    let mut nested = Vec::new();
    for path in project.nested() {
        match others(project, &path, wish.side) {
            Ok(others) => nested.push((path, others)),
            Err(trouble) => library.flaws.push(Flaw::Foreign { path, trouble: Box::new(trouble) }),
        }
    }
    library.beside(&nested);

    let mut grounds = Vec::new();
    let mut baselines = Vec::new();
    // Where nothing is compared, a ground is needed for what schemas refer to, and for rules that they inherit.
    let has_needs = (0..library.documents.len()).any(|at| !library.closure(at).elsewhere.is_empty());
    let inherits = wish.wants(Only::Governance) && project.asked.personal().is_some();
    let is_needed = wish.wants(Only::Compat) || has_needs || inherits;
    let wanted_grounds = if is_needed { wish.grounds } else { &[] };
    for ground in wanted_grounds {
        let name = ground.to_string();
        match Baseline::get(ground, project, &library, wish.global) {
            Ok(baseline) => {
                grounds.push(report::Ground { name: baseline.name.clone(), judged: true, trouble: None });
                baselines.push(baseline);
            }
            // Others can still be judged against; whether that is enough, the exit code says.
            Err(trouble) if trouble.exit == Exit::Trouble => {
                grounds.push(report::Ground { name, judged: false, trouble: Some(trouble.message) });
            }
            Err(trouble) => return Err(trouble),
        }
    }

    must_have_files(project, &library, &baselines)?;
    let selected = selected(wish, &library)?;
    let found = found(wish, &library, &baselines, &grounds, &selected);
    let answers = together::ask(wish, &library, &baselines, &found.subjects);
    let mut report = reported(wish, &library, &baselines, grounds, (found, &selected), &answers);
    crate::usage::tell(wish, &library.shared(), &answers, &mut report);
    report.summary.milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(report)
}

/// What a project file below this one makes of its own files.
fn others(project: &Project, file: &str, side: Side) -> Result<Library> {
    let others = Project::find(Some(&project.root.join(file)))?;
    let wanted = |path: &str| others.rule_of(path).is_some();
    let files = match side {
        Side::Disk => tree::files(&others.root, &wanted)?,
        Side::Index => git::staged(&others.root, &wanted)?,
    };
    Ok(Library::of(&others, files))
}

/// A check of no file at all would pass whatever happens, and mostly the patterns are at fault. Files that are all gone since
/// are a matter of findings.
fn must_have_files(project: &Project, library: &Library, baselines: &[Baseline]) -> Result<()> {
    let is_past = |baseline: &Baseline| baseline.is_own_past && !baseline.subjects.is_empty();
    let has_files = !library.documents.is_empty() || !library.flaws.is_empty() || baselines.iter().any(is_past);
    // A project that only consumes has no files.
    if has_files || project.subjects.is_empty() {
        return Ok(());
    }
    let nested = project.nested();
    let trouble = Trouble::usage(format!("no file is what {} maps to subjects", project.path.display()));
    let trouble = match nested.is_empty() {
        true => trouble,
        false => {
            trouble.note(format!("what lies beside {} belongs to that file", crate::words::shown(&nested.join(", "))))
        }
    };
    Err(trouble
        .note("nothing was judged: a check of nothing would always pass")
        .help("`match` under `subjects` is a pattern of paths below that file's folder; what git ignores is left out"))
}

/// Judges documents against what was got of the grounds, and asks those that are registries what they would say.
pub(crate) fn judged(
    wish: &Wish<'_>,
    library: &Library,
    baselines: &[Baseline],
    grounds: Vec<report::Ground>,
) -> Result<Report> {
    let selected = selected(wish, library)?;
    let found = found(wish, library, baselines, &grounds, &selected);
    let answers = together::ask(wish, library, baselines, &found.subjects);
    Ok(reported(wish, library, baselines, grounds, (found, &selected), &answers))
}

/// What the files by themselves come to, beside the grounds.
fn found(
    wish: &Wish<'_>,
    library: &Library,
    baselines: &[Baseline],
    grounds: &[report::Ground],
    selected: &HashSet<usize>,
) -> Judged {
    let mut judge = Judge::new(wish.project, library, baselines, judged_all(grounds), wish.side);
    for at in library.order.iter().filter(|at| selected.contains(at)) {
        judge.judge(*at);
    }
    judge.done()
}

/// The report of what was found, and of what registries said of it.
fn reported(
    wish: &Wish<'_>,
    library: &Library,
    baselines: &[Baseline],
    grounds: Vec<report::Ground>,
    (found, selected): (Judged, &HashSet<usize>),
    answers: &Answers,
) -> Report {
    let project = wish.project;
    let Judged { mut findings, subjects, resolved } = found;
    together::differences(answers, &subjects, &mut findings);
    let (declared, declared_requests) = crate::usage::declared::gone(wish, library, baselines, answers, &subjects);
    findings.extend(declared);
    let tally = crate::usage::weigh(wish, &library.shared(), answers, &mut findings);
    let mut subjects: BTreeMap<String, Subject> =
        subjects.into_iter().map(|subject| (subject.file.clone(), subject)).collect();
    findings.retain(|finding| part_of(&finding.code).is_none_or(|part| wish.wants(part)));
    flaws::tell(library, selected, &mut findings, &mut subjects);
    let mut tried = Tried::default();
    // What is staged is not what lies beside it.
    if wish.wants(Only::Contracts) && wish.side == Side::Disk {
        tried = crate::fixtures::tried(project, library, baselines, selected);
        findings.append(&mut tried.findings);
    }
    removed(wish, library, baselines, &mut findings, &mut subjects);
    for baseline in baselines {
        findings.extend(old_snapshot(baseline));
    }
    let is_everything = wish.paths.is_empty() && judged_all(&grounds) && wish.only.is_empty();
    let accepted = acceptances::apply(project, &mut findings, is_everything);
    sort(&mut findings);

    let mut subjects: Vec<Subject> = subjects.into_values().collect();
    count(&mut subjects, &findings);
    let mut checks = lines::checks(wish, &subjects, &findings, (resolved, accepted.in_force), &grounds);
    checks.extend(lines::contracts(wish, &tried, &findings));
    checks.push(accepted.line(&project.approvals, &findings));
    checks.extend(tally.line(&project.usage));
    checks.extend(crate::usage::declared::line(&findings));
    checks.extend(together::line(answers, &findings));
    checks.extend(lines::nested(&project.nested()));
    let mut report = Report {
        schema: report::SCHEMA.to_owned(),
        tool: Tool { name: "tidegate".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        checks,
        summary: summary(&subjects, &findings),
        against: grounds,
        subjects,
        findings,
        outside: together::outside(answers, library),
        comment: project.comment,
    };
    report.summary.requests = baselines.iter().map(|baseline| baseline.requests).sum::<u64>() + answers.requests;
    report.summary.requests += declared_requests;
    report.summary.exit_code = exit(&report, wish.fail_on).code();
    report
}

/// The part of a check that a rule belongs to; nothing for what is always looked at.
fn part_of(code: &str) -> Option<Only> {
    match code.as_bytes().get(2)? {
        b'1' | b'2' | b'3' | b'8' => Some(Only::Compat),
        b'4' if matches!(code, "TG401" | "TG402" | "TG415") => Some(Only::Compat),
        b'5' => Some(Only::Contracts),
        b'6' => Some(Only::Lint),
        b'7' => Some(Only::Governance),
        _ => None,
    }
}

/// What the report comes to. Findings weigh more than a registry that is away, and that more than an approval that is missing.
fn exit(report: &Report, fail_on: Option<Weight>) -> Exit {
    let is_at_limit = |worst: Option<Weight>| fail_on.is_some_and(|limit| worst.is_some_and(|worst| worst >= limit));
    let (is_bad, is_waiting) = (is_at_limit(report.worst()), is_at_limit(report.worst_waiting()));
    match () {
        () if is_bad => Exit::Findings,
        () if report.against.iter().any(|ground| !ground.judged) => Exit::Trouble,
        () if is_waiting => Exit::Approval,
        () => Exit::Clean,
    }
}

fn judged_all(grounds: &[report::Ground]) -> bool {
    grounds.iter().all(|ground| ground.judged)
}

/// The documents that paths mean, and all that stand on them.
fn selected(wish: &Wish<'_>, library: &Library) -> Result<HashSet<usize>> {
    if wish.paths.is_empty() {
        return Ok((0..library.documents.len()).collect());
    }
    let mut selected = HashSet::new();
    let mut is_gone = false;
    for path in wish.paths {
        let is_below = |file: &str| {
            path.is_empty()
                || file == path
                || file.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        // A change of an example, or of the contract, is one of what it lies beside.
        let is_meant =
            |document: &Document| is_below(&document.path) || crate::fixtures::is_beside(&document.path, path);
        let found = library.documents.iter().enumerate().filter(|(_, document)| is_meant(document));
        let before = selected.len();
        selected.extend(found.map(|(at, _)| at));
        let is_flawed = library.flaws.iter().any(|flaw| flaws::paths(flaw, library).any(&is_below));
        let is_found = selected.len() > before || is_flawed;
        if wish.are_changes {
            is_gone |= !is_found && wish.project.rule_of(path).is_some();
        } else if !is_found && !wish.project.root.join(path).exists() {
            return Err(Trouble::usage(format!("there is no `{}`", crate::words::shown(path))));
        }
    }
    // Whoever stood on what is gone stands on nothing that is here.
    if is_gone {
        let lacks = |at: &usize| !library.closure(*at).elsewhere.is_empty();
        selected.extend((0..library.documents.len()).filter(lacks));
    }
    Ok(library.with_referrers(&selected))
}

/// Subjects that had a file and have none any more.
fn removed(
    wish: &Wish<'_>,
    library: &Library,
    baselines: &[Baseline],
    findings: &mut Vec<Finding>,
    subjects: &mut BTreeMap<String, Subject>,
) {
    if !wish.paths.is_empty() && !wish.are_changes {
        return;
    }
    let is_meant = |file: &str| wish.paths.is_empty() || wish.paths.iter().any(|path| path == file);
    let here: HashSet<&str> = library.documents.iter().map(|document| document.subject.as_str()).collect();
    let mut gone: HashMap<&str, &str> = HashMap::new();
    for baseline in baselines.iter().filter(|baseline| baseline.is_own_past) {
        for (subject, history) in &baseline.subjects {
            let Some(version) = history.versions.last() else { continue };
            let file = version.origin.strip_prefix(&format!("{}:", baseline.name)).unwrap_or(&version.origin);
            if here.contains(subject.as_str()) || !is_meant(file) || gone.insert(subject, &baseline.name).is_some() {
                continue;
            }
            let message = format!("the subject {subject} has no file any more");
            let finding = plain(&rules::SUBJECT_REMOVED, file, Some(subject), message, &[])
                .note(format!("it had one in {}; in the registry nothing changes by that", baseline.name))
                .help("delete the subject when nobody reads its records any more, or bring the file back");
            findings.push(finding);
            let subject = Subject {
                subject: subject.clone(),
                file: file.to_owned(),
                kind: version.kind.as_str().to_owned(),
                state: State::Removed,
                errors: 0,
                warnings: 0,
                infos: 0,
                waiting: 0,
                against: Vec::<Compared>::new(),
            };
            subjects.entry(file.to_owned()).or_insert(subject);
        }
    }
}

fn old_snapshot(baseline: &Baseline) -> Option<Finding> {
    let days = age_in_days(baseline.taken.as_deref()?).filter(|days| *days >= OLD)?;
    let file = baseline.name.strip_prefix("snapshot:").unwrap_or(&baseline.name);
    let message =
        format!("the comparison is with a snapshot that is {} old", counted(usize::try_from(days).unwrap_or(0), "day"));
    Some(plain(&rules::SNAPSHOT_OLD, file, None, message, &[]).help("take it again: `tidegate snapshot`"))
}

/// The worst first within a file, then as they stand in it.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| {
            let line = finding.frames.first().map_or(0, |frame| frame.start.line);
            (std::cmp::Reverse(finding.severity), line, finding.code.clone(), finding.fingerprint.clone())
        };
        one.file.cmp(&other.file).then_with(|| key(one).cmp(&key(other)))
    });
}

fn count(subjects: &mut [Subject], findings: &[Finding]) {
    for subject in subjects {
        let own = || findings.iter().filter(|it| it.subject.as_deref() == Some(&subject.subject));
        subject.waiting = own().filter(|finding| finding.waiting.is_some()).count();
        for finding in own().filter(|finding| finding.counts()) {
            match finding.severity {
                Weight::Error => subject.errors += 1,
                Weight::Warning => subject.warnings += 1,
                Weight::Info => subject.infos += 1,
            }
        }
    }
}

fn summary(subjects: &[Subject], findings: &[Finding]) -> Summary {
    let of = |weight: Weight| findings.iter().filter(|it| it.counts() && it.severity == weight).count();
    let in_state = |states: &[State]| subjects.iter().filter(|subject| states.contains(&subject.state)).count();
    Summary {
        errors: of(Weight::Error),
        warnings: of(Weight::Warning),
        infos: of(Weight::Info),
        accepted: findings.iter().filter(|finding| finding.accepted.is_some()).count(),
        waiting: findings.iter().filter(|finding| finding.waiting.is_some()).count(),
        schemas: subjects.iter().filter(|subject| subject.state != State::Removed).count(),
        changed: in_state(&[State::Changed, State::ReferencesChanged]),
        new: in_state(&[State::New]),
        removed: in_state(&[State::Removed]),
        ..Summary::default()
    }
}
