//! May a finding weigh less because nobody uses what it breaks? Only where enough of the use is seen to know that.

use tidegate_api::check::{CheckedSchema, UsageInShort};

use crate::project::UsageTerms;
use crate::report::{Check, Finding, Outcome, Weight};
use crate::words::{counted, grouped, shown};

/// What is known of the use that a finding would break.
#[derive(Debug, Clone, PartialEq)]
enum Use {
    /// Somebody does; who, or how much.
    Used(String),
    /// Nobody does, and so much of the use is seen, from 0 to 1.
    Unused(String, f64),
    Unknown(String),
}

/// What came of all findings.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Findings with evidence.
    seen: usize,
    /// Those that weigh less because of it.
    downgraded: usize,
    /// Those that weigh less although nothing is known.
    assumed: usize,
    /// The least coverage that made one weigh less.
    coverage: Option<f64>,
    /// Why others were not asked, or did not tell.
    left_out: Option<String>,
}

impl Tally {
    /// Looks whether a finding weighs less, and says why, or why not. `schema` is what the registry said of its subject.
    pub(crate) fn weigh(&mut self, finding: &mut Finding, schema: &CheckedSchema, terms: &UsageTerms) {
        self.seen += usize::from(schema.usage.as_ref().is_some_and(is_seen));
        let is_breaking = finding.severity == Weight::Error && finding.base_severity == Weight::Error;
        if !is_breaking || !terms.can_downgrade() {
            return;
        }
        if finding.is_of_too_many() {
            return;
        }
        // What another registry has against it, nothing is known of here.
        if finding.notes.iter().any(|note| note.starts_with("the same against registry@")) {
            return;
        }
        match (found(finding, schema, terms), terms.downgrade) {
            (Use::Unused(why, coverage), true) => {
                finding.severity = Weight::Warning;
                finding.notes.push(format!(
                    "would be an error without usage evidence: {why} (coverage {}); `usage.downgrade` made it a warning",
                    percent(coverage)
                ));
                // Files and commits refuse nothing.
                if finding.against.as_ref().is_some_and(|against| against.ground.starts_with("registry@")) {
                    finding
                        .notes
                        .push("the registry refuses it all the same, as long as its level is what it is".to_owned());
                }
                self.downgraded += 1;
                self.coverage = Some(self.coverage.map_or(coverage, |known| known.min(coverage)));
            }
            (Use::Unknown(why), _) if terms.is_unknown_fine => {
                finding.severity = Weight::Warning;
                finding.notes.push(format!("nothing is known of its use: {why}; `usage.on_unknown` made it a warning"));
                self.assumed += 1;
            }
            (Use::Used(why), _) => finding.notes.push(format!("it is in use: {why}")),
            (Use::Unknown(why), true) => {
                finding.notes.push(format!("it stays an error, since its use is not known: {why}"));
            }
            (Use::Unused(..) | Use::Unknown(_), _) => {}
        }
    }

    pub(super) fn left_out(&mut self, why: &str) {
        self.left_out = Some(why.to_owned());
    }

    /// The line of what was looked at; nothing where there is no evidence at all.
    pub(crate) fn line(&self, terms: &UsageTerms) -> Option<Check> {
        let (outcome, detail) = match (self.downgraded, self.assumed) {
            (0, 0) if self.seen == 0 => (Outcome::Skipped, self.left_out.clone()?),
            (0, 0) => (Outcome::Passed, format!("evidence for {}", counted(self.seen, "finding"))),
            (0, assumed) => (Outcome::Warned, format!("{assumed} downgraded (not known)")),
            (downgraded, assumed) => {
                let coverage = percent(self.coverage.unwrap_or(terms.min_coverage));
                (Outcome::Warned, format!("{} downgraded (coverage {coverage})", downgraded + assumed))
            }
        };
        Some(Check { name: "usage".to_owned(), outcome, detail })
    }
}

/// Whether anything was seen of the use, or is known to be none.
fn is_seen(usage: &UsageInShort) -> bool {
    let coverage = &usage.coverage;
    let is_covered = coverage.read.is_some() || coverage.write.is_some() || coverage.groups_known.is_some();
    is_covered || !usage.writers.is_empty() || !usage.readers.is_empty() || !coverage.groups_elsewhere.is_empty()
}

/// Who would be hurt, as the direction has it: whoever writes the older versions, or whoever reads at all. Which fields
/// readers use does not show, so each is taken to use all.
fn found(finding: &Finding, schema: &CheckedSchema, terms: &UsageTerms) -> Use {
    let Some(usage) = &schema.usage else { return Use::Unknown("the registry has seen nothing of it".to_owned()) };
    let Some(against) = &finding.against else { return Use::Unknown("it is about no version".to_owned()) };
    // The registry must have found it, too. Of several versions that it would break only one may be told, so that all that
    // the level looks at count.
    let is_same = |other: &&tidegate_api::explain::Finding| {
        other.rule == finding.code
            && other.severity == "error"
            && other.direction.eq_ignore_ascii_case(&against.direction)
    };
    if !schema.findings.iter().any(|other| is_same(&other)) {
        return Use::Unknown("the registry does not find the same".to_owned());
    }
    let mut versions = schema.compared_with.clone();
    versions.extend(against.version);
    versions.sort_unstable();
    versions.dedup();
    if against.direction.eq_ignore_ascii_case("backward") {
        written(usage, &versions, terms)
    } else {
        read(usage, terms)
    }
}

fn written(usage: &UsageInShort, versions: &[i32], terms: &UsageTerms) -> Use {
    let counts = |writer: &&tidegate_api::graph::Writer| {
        writer.version.is_some_and(|version| versions.contains(&version)) && !terms.ignores(&writer.application)
    };
    let told = list(versions);
    let ignored: u64 = usage
        .writers
        .iter()
        .filter(|writer| writer.version.is_some_and(|version| versions.contains(&version)))
        .filter(|writer| terms.ignores(&writer.application))
        .map(|writer| writer.records)
        .fold(0, u64::saturating_add);
    // Of those who wrote least, only the sum is told: it counts as that of somebody who matters.
    let all = usage.versions.iter().filter(|it| versions.contains(&it.version)).map(|it| it.records);
    let records = all.fold(0, u64::saturating_add).saturating_sub(ignored);
    if records > 0 && records >= terms.min_records {
        let who: Vec<&str> = usage.writers.iter().filter(counts).map(|writer| writer.application.as_str()).collect();
        let who = if who.is_empty() { String::new() } else { format!(" by {}", shown(&who.join(", "))) };
        let records = grouped(usize::try_from(records).unwrap_or(usize::MAX));
        return Use::Used(format!(
            "{records} records were written with {told}{who} in the {}",
            terms.window_in_words()
        ));
    }
    let few = if records == 0 {
        "nobody wrote".to_owned()
    } else {
        format!("fewer than {} records were written with", terms.min_records)
    };
    let with = if records == 0 { " with" } else { "" };
    let none = format!("{few}{with} {told} in the {}", terms.window_in_words());
    match usage.coverage.write {
        Some(share) if share >= terms.min_coverage => Use::Unused(none, share),
        Some(share) => Use::Unknown(format!("only {} of the records passed a proxy", percent(share))),
        None => Use::Unknown("how many records passed no proxy is not known".to_owned()),
    }
}

fn read(usage: &UsageInShort, terms: &UsageTerms) -> Use {
    let counts = |reader: &&tidegate_api::graph::Reader| match &reader.group {
        Some(group) => !terms.ignores(group),
        None => reader.applications.iter().any(|application| !terms.ignores(application)),
    };
    let name =
        |reader: &tidegate_api::graph::Reader| reader.group.clone().unwrap_or_else(|| reader.applications.join(", "));
    let mut who: Vec<String> = usage.readers.iter().filter(counts).map(name).collect();
    let elsewhere = &usage.coverage.groups_elsewhere;
    who.extend(elsewhere.iter().map(|it| it.group.clone()).filter(|group| !terms.ignores(group)));
    if !who.is_empty() {
        let told = who.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let more = if who.len() > 5 { format!(" and {} more", who.len() - 5) } else { String::new() };
        return Use::Used(shown(&format!("read by {told}{more} in the {}", terms.window_in_words())));
    }
    let none = format!("nobody read it in the {}", terms.window_in_words());
    match (usage.coverage.groups_known, usage.coverage.read) {
        (Some(0), _) => Use::Unused(none, 1.0),
        (_, Some(share)) if share >= terms.min_coverage => Use::Unused(none, share),
        (_, Some(share)) => Use::Unknown(format!("only {} of the reading groups were observed", percent(share))),
        (_, None) => Use::Unknown("who reads without passing a proxy is not known".to_owned()),
    }
}

fn list(versions: &[i32]) -> String {
    let told: Vec<String> = versions.iter().map(ToString::to_string).collect();
    if versions.len() == 1 { format!("version {}", told.join("")) } else { format!("versions {}", told.join(", ")) }
}

/// Rounded down: what is not all is never told to be all.
fn percent(share: f64) -> String {
    format!("{} %", (share * 100.0).floor())
}

#[cfg(test)]
mod tests {
    use tidegate_api::graph::{Reader, UsageCoverage, VersionUsage, Window, Writer};

    use super::*;
    use crate::report::Against;

    fn usage(records: u64, coverage: Option<f64>) -> UsageInShort {
        UsageInShort {
            window: Window { from: String::new(), to: String::new(), resolution: 3_600 },
            topics: vec!["topic:k:orders".into()],
            versions: vec![VersionUsage { version: 7, id: 1, deleted: false, writers: 1, records, last_written: None }],
            writers: (records > 0).then(|| writer("shop", records)).into_iter().collect(),
            readers: Vec::new(),
            coverage: UsageCoverage {
                groups_observed: 0,
                groups_known: coverage.map(|_| 0),
                groups_elsewhere: Vec::new(),
                read: None,
                write: coverage,
                unknown: Vec::new(),
            },
        }
    }

    fn writer(name: &str, records: u64) -> Writer {
        Writer {
            application: name.into(),
            topic: "topic:k:orders".into(),
            id: 1,
            version: Some(7),
            tier: 1,
            records,
            bytes: 0,
            refused: 0,
            records_per_second: 0.0,
            first_seen: String::new(),
            last_seen: String::new(),
        }
    }

    fn reader(group: &str) -> Reader {
        Reader {
            group: Some(group.into()),
            applications: Vec::new(),
            topic: "topic:k:orders".into(),
            tier: 2,
            grades: Vec::new(),
            fields: "unknown".into(),
            records: 0,
            bytes: 0,
            records_per_second: 0.0,
            first_seen: String::new(),
            last_seen: String::new(),
        }
    }

    fn weighed(usage: UsageInShort, direction: &str, terms: &UsageTerms) -> (Finding, Tally) {
        let mut finding = crate::finding::plain(&crate::rules::SCHEMA_UNREADABLE, "a", Some("s"), "m", &[]);
        finding.code = "TG103".into();
        finding.against = Some(Against {
            ground: "registry@prod".into(),
            version: Some(7),
            older: Vec::new(),
            id: Some(1),
            direction: direction.into(),
            level: "BACKWARD".into(),
        });
        let told = tidegate_api::explain::Finding {
            rule: "TG103".into(),
            severity: "error".into(),
            direction: direction.to_uppercase(),
            version: Some(7),
            ..Default::default()
        };
        let schema = CheckedSchema { usage: Some(usage), findings: vec![told], ..CheckedSchema::default() };
        let mut tally = Tally::default();
        tally.weigh(&mut finding, &schema, terms);
        (finding, tally)
    }

    fn terms() -> UsageTerms {
        UsageTerms { downgrade: true, ..UsageTerms::default() }
    }

    #[test]
    fn what_nobody_wrote_is_a_warning_if_enough_is_seen() {
        let (finding, tally) = weighed(usage(0, Some(1.0)), "backward", &terms());
        assert_eq!((finding.severity, finding.base_severity), (Weight::Warning, Weight::Error));
        assert_eq!(
            finding.notes[0],
            "would be an error without usage evidence: nobody wrote with version 7 in the last 7 days (coverage 100 %); \
             `usage.downgrade` made it a warning"
        );
        assert_eq!(tally.line(&terms()).map(|line| line.detail).as_deref(), Some("1 downgraded (coverage 100 %)"));
        for coverage in [Some(0.94), None] {
            let (finding, tally) = weighed(usage(0, coverage), "backward", &terms());
            assert_eq!(finding.severity, Weight::Error, "{coverage:?}");
            assert!(finding.notes[0].starts_with("it stays an error"), "{:?}", finding.notes);
            assert_eq!(tally.downgraded, 0);
            let fine = UsageTerms { is_unknown_fine: true, ..terms() };
            assert_eq!(weighed(usage(0, coverage), "backward", &fine).0.severity, Weight::Warning);
        }
        let (finding, _) = weighed(usage(0, Some(1.0)), "backward", &UsageTerms::default());
        assert_eq!((finding.severity, finding.notes.len()), (Weight::Error, 0), "nobody asked for it");
    }

    #[test]
    fn what_is_in_use_stays_an_error() {
        let (finding, tally) = weighed(usage(5, Some(1.0)), "backward", &terms());
        assert_eq!(finding.severity, Weight::Error);
        assert_eq!(finding.notes, ["it is in use: 5 records were written with version 7 by shop in the last 7 days"]);
        assert_eq!(tally.line(&terms()).map(|line| line.detail).as_deref(), Some("evidence for 1 finding"));
        let few = UsageTerms { min_records: 6, ..terms() };
        assert_eq!(weighed(usage(5, Some(1.0)), "backward", &few).0.severity, Weight::Warning);
        let mut read_by = usage(0, Some(1.0));
        read_by.readers.push(reader("billing"));
        read_by.coverage.groups_known = Some(1);
        read_by.coverage.read = Some(1.0);
        let (finding, _) = weighed(read_by, "forward", &terms());
        assert_eq!(
            (finding.severity, finding.notes[0].as_str()),
            (Weight::Error, "it is in use: read by billing in the last 7 days")
        );
        assert_eq!(weighed(usage(5, Some(1.0)), "forward", &terms()).0.severity, Weight::Warning, "nobody reads");
    }

    #[test]
    fn what_the_registry_does_not_find_is_not_known_to_be_unused() {
        let mut finding = weighed(usage(0, Some(1.0)), "backward", &UsageTerms::default()).0;
        let schema = CheckedSchema { usage: Some(usage(0, Some(1.0))), ..CheckedSchema::default() };
        Tally::default().weigh(&mut finding, &schema, &terms());
        assert_eq!(finding.severity, Weight::Error);
        finding.notes = vec!["the same against registry@staging".into()];
        let told = tidegate_api::explain::Finding {
            rule: "TG103".into(),
            severity: "error".into(),
            direction: "BACKWARD".into(),
            version: Some(7),
            ..Default::default()
        };
        let schema = CheckedSchema { findings: vec![told], ..schema };
        Tally::default().weigh(&mut finding, &schema, &terms());
        assert_eq!(finding.severity, Weight::Error, "another registry has it against it too");
    }
}
