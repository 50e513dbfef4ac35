//! What does this repository hold, and by which subjects? `tidegate.yaml`, found, read and held against what it may say.

pub(crate) mod accept;
pub(crate) mod approvals;
mod asked;
mod consumes;
mod file;
mod pattern;
mod schema;
mod usage;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use regex::Regex;
use serde_saphyr::{Error, Location, Spanned};
use tidegate_compat::{CompatibilityLevel, SchemaKind};

use crate::args::Profile;
use crate::frame::Frame;
use crate::report::{Comment, Weight};
use crate::tree::TreeFile;
use crate::trouble::{Result, Trouble, on_file};
use crate::words::nearest;
use accept::Acceptance;
pub(crate) use approvals::Approvals;
pub(crate) use asked::{Asked, Standing};
pub(crate) use consumes::{Consumes, Read};
pub(crate) use file::{ChangedOnly, Registry};
use file::{FailOn, ProjectFile, RuleKind, Where};
pub(crate) use pattern::{Captures, Root};
use pattern::{Pattern, Template};
pub(crate) use schema::schema;
pub(crate) use usage::{Mark, Provider, UsageTerms};

/// The name of the file.
pub(crate) const NAME: &str = "tidegate.yaml";
/// The largest project file that is read.
const MAX_FILE: u64 = 4 << 20;

/// How many files may extend each other.
const MAX_EXTENDED: usize = 8;

/// How files end that lie beside a schema and are none.
const BESIDE: [&str; 3] = [".ok.json", ".bad.json", ".contract.json"];

/// A project file that holds.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder of the file; paths are counted from here.
    pub(crate) root: PathBuf,
    pub(crate) path: PathBuf,
    /// The file as it stands.
    pub(crate) text: String,
    /// The name by which subjects are marked as this project's.
    pub(crate) name: Option<String>,
    pub(crate) registries: Vec<(String, Registry)>,
    pub(crate) default_registry: Option<String>,
    /// The level where neither a rule nor a registry says one.
    pub(crate) level: Option<CompatibilityLevel>,
    pub(crate) subjects: Vec<SubjectRule>,
    /// Subjects of names that are in no file here.
    pub(crate) names: Vec<(String, String)>,
    pub(crate) acceptances: Vec<Acceptance>,
    pub(crate) fail_on: Option<Weight>,
    /// What is asked of schemas beyond what the registry asks.
    pub(crate) asked: Asked,
    pub(crate) usage: UsageTerms,
    pub(crate) approvals: Approvals,
    /// What the application of this repository reads.
    pub(crate) consumes: Option<Consumes>,
    /// Whether what no file has is looked up where it is compared with.
    pub(crate) asks_registry: bool,
    pub(crate) changed_only: ChangedOnly,
    pub(crate) comment: Option<Comment>,
    /// The files that this one extends, directly and through others.
    pub(crate) extended: Vec<PathBuf>,
    /// Folders, and whether they, or one above them, have a project file of their own.
    nested: Mutex<HashMap<String, bool>>,
    /// What this file itself says, for those that extend it.
    said: Said,
}

/// Which settings a file, or one that it extends, has said.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    fail_on: bool,
    lint: bool,
    governance: bool,
    usage: bool,
    approvals: bool,
    resolve: bool,
    changed_only: bool,
}

/// Which files are which subjects.
#[derive(Debug)]
pub(crate) struct SubjectRule {
    pattern: Pattern,
    template: Template,
    pub(crate) exclude: Vec<Pattern>,
    pub(crate) level: Option<CompatibilityLevel>,
    pub(crate) kind: Option<SchemaKind>,
    pub(crate) owner: Option<Template>,
    /// The name that its first message, or record, must have.
    message: Option<Regex>,
    /// Whether others refer to it, and no record is written with it alone.
    pub(crate) is_shared: bool,
}

impl Project {
    /// The project file that is named, or the nearest above the working folder.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self> {
        let path = match named {
            Some(path) => path.to_owned(),
            None => nearest_file()?.ok_or_else(|| {
                Trouble::usage(format!("there is no {NAME} here or above"))
                    .help("run `tidegate init` to make one from the schemas it finds; `tidegate diff A B` needs none")
            })?,
        };
        let size = std::fs::metadata(&path).map_err(|error| on_file(&path, "read", &error))?.len();
        if size > MAX_FILE {
            return Err(Trouble::usage(format!("{} is larger than 4 MiB", path.display())));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| on_file(&path, "read", &error))?;
        Self::read(&path, text)
    }

    /// Reads the text of a project file.
    pub(crate) fn read(path: &Path, text: String) -> Result<Self> {
        Self::read_at(path, text, 0)
    }

    fn read_at(path: &Path, text: String, depth: usize) -> Result<Self> {
        let source = Source { name: path.display().to_string(), text: &text };
        let options = serde_saphyr::options! { strict_booleans: true };
        let file: ProjectFile =
            serde_saphyr::from_str_with_options(&text, options).map_err(|error| source.refuse(&error))?;
        if file.version.value != 1 {
            let message = format!("version {} of the project file is not known, only 1", file.version.value);
            return Err(source.at(&file.version, &message));
        }
        let root = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let parent = file.extends.as_ref().map(|extends| source.extended(extends, root, depth)).transpose()?;
        let mut registries: Vec<_> = file.registries.into_iter().collect();
        if let Some(parent) = &parent {
            let more = parent.registries.iter().filter(|(name, _)| !registries.iter().any(|(known, _)| known == name));
            let more: Vec<_> = more.map(|(name, registry)| (name.clone(), registry.moved(&parent.root))).collect();
            registries.extend(more);
        }
        if let Some(default) = &file.default_registry
            && !registries.iter().any(|(name, _)| *name == default.value)
        {
            let known = registries.iter().map(|(name, _)| name.as_str());
            let trouble = source.at(default, &format!("there is no registry `{}`", default.value));
            return Err(mean(trouble, nearest(&default.value, known)));
        }
        let sole = if let [(name, _)] = registries.as_slice() { Some(name.clone()) } else { None };
        let mut subjects = Vec::new();
        for rule in file.subjects {
            subjects.push(source.rule(rule)?);
        }
        let mut acceptances = Vec::new();
        for acceptance in file.accept {
            acceptances.push(source.acceptance(acceptance)?);
        }
        let level = file.compat.as_ref().map(|level| source.level(level)).transpose()?;
        let said = Said {
            fail_on: file.ci.fail_on.is_some(),
            lint: file.lint.is_some(),
            governance: file.governance.is_some(),
            usage: file.usage.is_some(),
            approvals: file.approvals.is_some(),
            resolve: file.references.resolve.is_some(),
            changed_only: file.ci.changed_only.is_some(),
        };
        let asks_registry = file.references.resolve.as_ref().map(|places| source.resolve(places)).transpose()?;
        let usage = file.usage.map(|usage| source.usage(usage, &registries)).transpose()?.unwrap_or_default();
        let approvals = file.approvals.map(|approvals| source.approvals(approvals)).transpose()?.unwrap_or_default();
        let consumes = file.consumes.map(|consumes| source.consumes(consumes)).transpose()?;
        let asked = source.asked(file.lint, file.governance)?;
        let project = Self {
            root: root.to_owned(),
            path: path.to_owned(),
            name: file.project.filter(|name| !name.is_empty()),
            default_registry: file.default_registry.map(|name| name.value).or(sole),
            registries,
            level,
            subjects,
            names: file.references.names.into_iter().collect(),
            acceptances,
            fail_on: match file.ci.fail_on.unwrap_or_default() {
                FailOn::Error => Some(Weight::Error),
                FailOn::Warning => Some(Weight::Warning),
                FailOn::Never => None,
            },
            asked,
            usage,
            approvals,
            consumes,
            asks_registry: asks_registry.unwrap_or(true),
            changed_only: file.ci.changed_only.unwrap_or_default(),
            comment: file.ci.comment,
            extended: Vec::new(),
            nested: Mutex::default(),
            said,
            text,
        };
        Ok(match parent {
            Some(parent) => project.on(parent),
            None => project,
        })
    }

    /// With the settings of a file that this one extends, where it has none itself. Which files are which subjects, and what
    /// was accepted or is consumed, each file says for itself.
    fn on(self, parent: Self) -> Self {
        let mut names = self.names;
        let more = parent.names.into_iter().filter(|(name, _)| !names.iter().any(|(known, _)| known == name));
        let more: Vec<_> = more.collect();
        names.extend(more);
        let mut extended = vec![parent.path];
        extended.extend(parent.extended);
        Self {
            default_registry: self.default_registry.or(parent.default_registry),
            level: self.level.or(parent.level),
            fail_on: if self.said.fail_on { self.fail_on } else { parent.fail_on },
            asked: self.asked.on(parent.asked, self.said.lint, self.said.governance),
            usage: if self.said.usage { self.usage } else { parent.usage },
            approvals: if self.said.approvals { self.approvals } else { parent.approvals },
            said: Said {
                fail_on: self.said.fail_on || parent.said.fail_on,
                lint: self.said.lint || parent.said.lint,
                governance: self.said.governance || parent.said.governance,
                usage: self.said.usage || parent.said.usage,
                approvals: self.said.approvals || parent.said.approvals,
                resolve: self.said.resolve || parent.said.resolve,
                changed_only: self.said.changed_only || parent.said.changed_only,
            },
            asks_registry: if self.said.resolve { self.asks_registry } else { parent.asks_registry },
            changed_only: if self.said.changed_only { self.changed_only } else { parent.changed_only },
            comment: self.comment.or(parent.comment),
            extended,
            names,
            ..self
        }
    }

    /// The same under a profile of the command line.
    pub(crate) fn under(mut self, profile: Option<Profile>) -> Self {
        if profile == Some(Profile::Observe) {
            self.usage.downgrade = true;
            self.usage.is_unknown_fine = true;
            self.fail_on = None;
        }
        self
    }

    /// The rule that a path falls under, and what its pattern captured: the first that matches. Of rules that ask for a name
    /// in the file, too, it is the first that may be meant.
    pub(crate) fn rule_of(&self, path: &str) -> Option<(&SubjectRule, Captures)> {
        // Only what matches is worth a look at the disk.
        self.rules_of(path).next().filter(|_| !self.is_nested(folder(path)))
    }

    /// The files of another tree that are this project's: what belongs to a nearer project file there is left out. `get` gets
    /// those of a tree that are wanted.
    pub(crate) fn own(
        &self,
        get: impl FnOnce(&dyn Fn(&str) -> bool) -> Result<Vec<TreeFile>>,
    ) -> Result<Vec<TreeFile>> {
        let is_project = |path: &str| path.strip_suffix(NAME).is_some_and(|folder| folder.ends_with('/'));
        let files = get(&|path| is_project(path) || self.rules_of(path).next().is_some())?;
        let nested = files.iter().filter(|file| is_project(&file.path));
        let nested: Vec<String> = nested.filter_map(|file| file.path.strip_suffix(NAME).map(str::to_owned)).collect();
        let is_own = |file: &TreeFile| {
            self.rules_of(&file.path).next().is_some()
                && !nested.iter().any(|folder| file.path.starts_with(folder.as_str()))
        };
        Ok(files.into_iter().filter(is_own).collect())
    }

    /// The rules that a path falls under, and what their patterns captured, in the order of the file; whoever the folder
    /// belongs to.
    pub(crate) fn rules_of(&self, path: &str) -> std::vec::IntoIter<(&SubjectRule, Captures)> {
        // Examples of records and contracts lie beside schemas and are none.
        let is_beside = BESIDE.iter().any(|ending| path.ends_with(ending));
        let rules = if is_beside { &[] } else { self.subjects.as_slice() };
        let matching = rules.iter().filter_map(|rule| {
            let captures = rule.pattern.captures(path)?;
            let is_excluded = rule.exclude.iter().any(|pattern| pattern.captures(path).is_some());
            (!is_excluded).then_some((rule, captures))
        });
        let matching: Vec<_> = matching.collect();
        matching.into_iter()
    }

    /// Whether a folder belongs to a project file that is nearer than this one.
    fn is_nested(&self, folder: &str) -> bool {
        if folder.is_empty() {
            return false;
        }
        let known = self.nested.lock().unwrap_or_else(PoisonError::into_inner).get(folder).copied();
        known.unwrap_or_else(|| {
            let is_nested = self.root.join(folder).join(NAME).is_file() || self.is_nested(self::folder(folder));
            self.nested.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned(), is_nested);
            is_nested
        })
    }

    /// The project files below this one that took files from it, by their paths from here.
    pub(crate) fn nested(&self) -> Vec<String> {
        let nested = self.nested.lock().unwrap_or_else(PoisonError::into_inner);
        let mut files: Vec<String> = nested
            .iter()
            .filter(|(folder, is_nested)| **is_nested && self.root.join(folder).join(NAME).is_file())
            .map(|(folder, _)| format!("{folder}/{NAME}"))
            .collect();
        files.sort();
        files
    }

    /// The file that a subject would have: where the first rule that can tell would look for it.
    pub(crate) fn path_of(&self, subject: &str, kind: SchemaKind) -> Option<String> {
        let ending = match kind {
            SchemaKind::Avro => ".avsc",
            SchemaKind::Protobuf => ".proto",
            SchemaKind::Json => ".json",
        };
        self.subjects.iter().find_map(|rule| {
            let path = rule.pattern.filled(&rule.template.captures(subject)?)?;
            let is_ours = self.rule_of(&path).is_some_and(|(found, captures)| {
                std::ptr::eq(found, rule) && rule.subject(&captures, &Root::default()).as_deref() == Ok(subject)
            });
            (is_ours && (rule.kind == Some(kind) || path.ends_with(ending))).then_some(path)
        })
    }

    /// The registry of a name, or the default one.
    pub(crate) fn registry(&self, name: Option<&str>) -> Result<(&str, &Registry)> {
        let Some(name) = name.or(self.default_registry.as_deref()) else {
            return Err(Trouble::usage("no registry is named")
                .help(format!("add one to `registries` in {}, or set TIDEGATE_URL", self.path.display())));
        };
        let found = self.registries.iter().find(|(known, _)| known == name);
        found.map(|(name, registry)| (name.as_str(), registry)).ok_or_else(|| {
            let known = self.registries.iter().map(|(name, _)| name.as_str());
            mean(
                Trouble::usage(format!("there is no registry `{name}` in {}", self.path.display())),
                nearest(name, known),
            )
        })
    }
}

impl SubjectRule {
    /// The subject of a file.
    pub(crate) fn subject(&self, captures: &Captures, root: &Root) -> std::result::Result<String, String> {
        self.template.fill(captures, root)
    }

    pub(crate) fn owner(&self, captures: &Captures, root: &Root) -> Option<String> {
        self.owner.as_ref()?.fill(captures, root).ok()
    }

    /// Whether the file is one that the rule means, by the name of its first message or record.
    pub(crate) fn means(&self, root: &Root) -> bool {
        let name = root.record.as_deref().map(|full| full.rsplit('.').next().unwrap_or(full));
        self.message.as_ref().is_none_or(|pattern| name.is_some_and(|name| pattern.is_match(name)))
    }
}

/// The folder of a path; nothing for one without.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn nearest_file() -> Result<Option<PathBuf>> {
    let here = std::env::current_dir().map_err(|error| on_file(Path::new("."), "read", &error))?;
    let above = here.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file());
    // Shown as a person would type it.
    Ok(above.map(|path| match path.strip_prefix(&here) {
        Ok(short) => short.to_owned(),
        Err(_) => path,
    }))
}

fn mean(trouble: Trouble, word: Option<&str>) -> Trouble {
    match word {
        Some(word) => trouble.help(format!("did you mean `{word}`?")),
        None => trouble,
    }
}

/// The text of a project file, for pointing at places in it.
struct Source<'t> {
    name: String,
    text: &'t str,
}

impl Source<'_> {
    /// The file that this one extends.
    fn extended(&self, extends: &Spanned<String>, root: &Path, depth: usize) -> Result<Project> {
        let refused = |why: &str| self.at(extends, why);
        let path = Path::new(&extends.value);
        let is_yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        if path.is_absolute() || !is_yaml {
            return Err(refused("another project file is named by its path from here, such as ../tidegate.yaml"));
        }
        if depth >= MAX_EXTENDED {
            return Err(refused("files extend each other more than eight times, or in a ring"));
        }
        let path = root.join(path);
        let size = std::fs::metadata(&path).map_err(|error| refused(&format!("it can't be read: {error}")))?.len();
        if size > MAX_FILE {
            return Err(refused("it is larger than 4 MiB"));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| refused(&format!("it can't be read: {error}")))?;
        Project::read_at(&path, text, depth + 1)
    }

    fn frame(&self, location: Location, label: Option<String>) -> Option<Frame> {
        let line = u32::try_from(location.line()).ok().filter(|line| *line > 0)?;
        let column = u32::try_from(location.column()).unwrap_or(1);
        Some(Frame::of_line(&self.name, self.text, line, column, label))
    }

    fn at<T>(&self, spanned: &Spanned<T>, message: &str) -> Trouble {
        Trouble::usage(message).at(self.frame(spanned.referenced, None))
    }

    /// What the parser has against the text, in our words where it is about names.
    fn refuse(&self, error: &Error) -> Trouble {
        let mut error = error;
        while let Error::WithSnippet { error: inner, .. } = error {
            error = inner;
        }
        let (message, label, meant) = match error {
            Error::SerdeUnknownField { field, expected, .. } => (
                format!("`{field}` is not a key that is known here"),
                Some(format!("known: {}", expected.join(", "))),
                nearest(field, expected.iter().copied()),
            ),
            Error::SerdeUnknownVariant { variant, expected, .. } => (
                format!("`{variant}` is not a word that is known here"),
                Some(format!("one of: {}", expected.join(", "))),
                nearest(variant, expected.iter().copied()),
            ),
            Error::SerdeMissingField { field, .. } => (format!("the key `{field}` is missing"), None, None),
            other => {
                let told = other.to_string();
                let told = told.lines().next().unwrap_or_default();
                let told = told.split(" at line ").next().unwrap_or(told);
                (told.trim_start_matches("error: ").to_owned(), None, None)
            }
        };
        let frame = error.location().and_then(|location| self.frame(location, label));
        let trouble = mean(Trouble::usage(message).at(frame), meant);
        match error {
            Error::SerdeUnknownVariant { variant, expected, .. }
                if expected.contains(&"deny") && variant == "allow" =>
            {
                trouble.note("what a pull request says must not make CI ask any address: URLs are never fetched")
            }
            _ => trouble,
        }
    }

    /// Whether what no file has is looked up in what is compared with.
    fn resolve(&self, places: &Spanned<Vec<Where>>) -> Result<bool> {
        match places.value.as_slice() {
            [Where::Repo] => Ok(false),
            [Where::Repo, Where::Registry] => Ok(true),
            _ => Err(self
                .at(places, "names are looked up in the repo first, and then in the registry or nowhere")
                .note("what is changed here must count, so the files always come first")
                .help("`[repo]` or `[repo, registry]`")),
        }
    }

    fn rule(&self, rule: file::SubjectRule) -> Result<SubjectRule> {
        let pattern = Pattern::parse(&rule.matches.value).map_err(|message| self.at(&rule.matches, &message))?;
        let template = self.template(&rule.subject, &pattern)?;
        let owner = rule.owner.as_ref().map(|owner| self.template(owner, &pattern)).transpose()?;
        let mut exclude = Vec::new();
        for text in &rule.exclude {
            exclude.push(Pattern::parse(&text.value).map_err(|message| self.at(text, &message))?);
        }
        Ok(SubjectRule {
            pattern,
            template,
            exclude,
            level: rule.compat.as_ref().map(|level| self.level(level)).transpose()?,
            kind: rule.schema_type.map(|kind| match kind {
                file::Kind::Avro => SchemaKind::Avro,
                file::Kind::Protobuf => SchemaKind::Protobuf,
                file::Kind::Json => SchemaKind::Json,
            }),
            owner,
            message: rule.message.as_ref().map(|name| self.name_pattern(name)).transpose()?,
            is_shared: rule.kind == RuleKind::Shared,
        })
    }

    /// A name in which `*` stands for anything.
    fn name_pattern(&self, text: &Spanned<String>) -> Result<Regex> {
        if text.value.is_empty() || text.value.contains(['.', '/', ' ']) {
            return Err(
                self.at(text, "a message is named without its package, with * for any letters, as in \"*Event\"")
            );
        }
        let pattern = regex::escape(&text.value).replace("\\*", ".*");
        Regex::new(&format!("^{pattern}$")).map_err(|error| self.at(text, &error.to_string()))
    }

    fn template(&self, text: &Spanned<String>, pattern: &Pattern) -> Result<Template> {
        Template::parse(&text.value, pattern).map_err(|unknown| {
            let trouble = self.at(text, &format!("nothing fills `{{{unknown}}}`"));
            let known = pattern.names().chain(pattern::OF_THE_RECORD);
            let captured: Vec<String> = pattern.names().map(|name| format!("`{{{name}}}`")).collect();
            let captured = if captured.is_empty() { "nothing".to_owned() } else { captured.join(", ") };
            mean(trouble, nearest(&unknown, known)).note(format!(
                "the pattern captures {captured}; of the schema itself there are {}",
                pattern::OF_THE_RECORD.map(|name| format!("`{{{name}}}`")).join(", ")
            ))
        })
    }

    fn level(&self, text: &Spanned<String>) -> Result<CompatibilityLevel> {
        CompatibilityLevel::parse(&text.value).ok_or_else(|| {
            let known = CompatibilityLevel::ALL.map(CompatibilityLevel::as_str);
            let trouble = self.at(text, &format!("`{}` is not a compatibility level", text.value));
            mean(trouble, nearest(&text.value.to_uppercase(), known)).note(format!("levels: {}", known.join(", ")))
        })
    }

    fn acceptance(&self, acceptance: file::Acceptance) -> Result<Acceptance> {
        let until = accept::date(&acceptance.until.value)
            .ok_or_else(|| self.at(&acceptance.until, "an acceptance ends on a day such as 2027-02-01"))?;
        let last = accept::last_day();
        if until > last {
            let message = format!("an acceptance holds for {} days at most", accept::MAX_DAYS);
            return Err(self
                .at(&acceptance.until, &message)
                .help(format!("{last} is the last day that it can end on")));
        }
        if acceptance.reason.value.trim().is_empty() {
            return Err(self.at(&acceptance.reason, "an acceptance has a reason"));
        }
        let is_print = |id: &str| id.len() >= 6 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_print(&acceptance.id.value) {
            return Err(self.at(&acceptance.id, "an acceptance names a finding by six or more hex digits"));
        }
        let frame = self.frame(acceptance.id.referenced, None);
        Ok(Acceptance {
            id: acceptance.id.value.to_lowercase(),
            rule: acceptance.rule,
            subject: acceptance.subject,
            reason: acceptance.reason.value,
            by: acceptance.by,
            approved_by: acceptance.approved_by.filter(|name| !name.trim().is_empty()),
            until,
            frame,
        })
    }
}

#[cfg(test)]
mod tests;
