//! Which level and mode hold for a subject, and who set them?

use std::sync::Arc;

use serde_json::json;
use tidegate_compat::{CompatibilityLevel, ContextName, InvalidName, Metadata, RuleSet, Strictness, SubjectName};
use tidegate_store::{Session, Setting, Tx, json::write_config};

pub use tidegate_store::Config;

use crate::delete::must_be_free;
use crate::retry::retrying;
use crate::{Actor, Error, Registry, Result};

/// What the operator has decided for the whole server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defaults {
    /// The level that holds where nobody configured one.
    pub level: CompatibilityLevel,
    /// Whether modes can't be set and deleted.
    pub modes_are_fixed: bool,
    /// Whether schemas can't be registered under the empty subject, of whichever context.
    pub rejects_empty_subject: bool,
    /// Whether a name that leads to two schemas is an error of a new schema; else the first counts.
    pub references_are_strict: bool,
    /// Whether rules are refused that can't be what is meant; else they are told of.
    pub refuses_faulty_rules: bool,
}

/// What a setting is about: a subject, a context (`:.ctx:`), or everything in the default context (`/config`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// `/config` and `/mode`: the default context.
    Default,
    /// A subject, a named context (empty bare name) or `:.__GLOBAL:`.
    Subject(SubjectName),
}

/// Whether a scope may be written to, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    ReadWrite,
    ReadOnly,
    ReadOnlyOverride,
    Import,
    Forward,
}

/// A change to a config: per member `None` keeps, `Some(None)` clears, `Some(Some(v))` sets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigPatch {
    pub alias: Option<Option<String>>,
    pub alias_for_deks: Option<Option<String>>,
    pub normalize: Option<Option<bool>>,
    pub validate_fields: Option<Option<bool>>,
    pub validate_new_schemas: Option<Option<bool>>,
    pub validate_rules: Option<Option<bool>>,
    pub level: Option<Option<CompatibilityLevel>>,
    pub policy: Option<Option<String>>,
    pub group: Option<Option<String>>,
    pub default_metadata: Option<Option<Metadata>>,
    pub override_metadata: Option<Option<Metadata>>,
    pub default_rules: Option<Option<RuleSet>>,
    pub override_rules: Option<Option<RuleSet>>,
}

impl Defaults {
    /// As servers are unless told otherwise, but for the level.
    pub const fn at(level: CompatibilityLevel) -> Self {
        Self {
            level,
            modes_are_fixed: false,
            rejects_empty_subject: false,
            references_are_strict: false,
            refuses_faulty_rules: false,
        }
    }
}

impl Mode {
    pub const ALL: [Self; 5] = [Self::ReadWrite, Self::ReadOnly, Self::ReadOnlyOverride, Self::Import, Self::Forward];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadWrite => "READWRITE",
            Self::ReadOnly => "READONLY",
            Self::ReadOnlyOverride => "READONLY_OVERRIDE",
            Self::Import => "IMPORT",
            Self::Forward => "FORWARD",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str().eq_ignore_ascii_case(text))
    }
}

/// Who set what holds for a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// The subject itself.
    Subject,
    /// Its context.
    Context,
    /// `:.__GLOBAL:`, which stands behind all contexts.
    Global,
    /// Nobody: the server's default.
    #[default]
    Server,
}

/// What was set for a scope, and what holds for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settled {
    own_config: Option<Config>,
    own_mode: Option<Mode>,
    pub(crate) level_from: Origin,
    pub(crate) mode_from: Origin,
    /// The config that holds, its level filled in.
    pub(crate) config: Config,
    /// The mode that holds.
    pub(crate) mode: Mode,
}

impl Settled {
    /// Whether nothing was configured for the scope itself, so that it follows what is around it.
    pub(crate) fn has_no_config(&self) -> bool {
        self.own_config.is_none()
    }

    /// About how many bytes it takes in memory.
    fn weight(&self) -> usize {
        let size = |config: &Config| {
            let metadata = [&config.default_metadata, &config.override_metadata].into_iter().flatten();
            let rules = [&config.default_rules, &config.override_rules].into_iter().flatten();
            let texts = [&config.alias, &config.alias_for_deks, &config.policy, &config.group].into_iter().flatten();
            metadata.map(Metadata::size).sum::<usize>()
                + rules.map(RuleSet::size).sum::<usize>()
                + texts.map(String::len).sum::<usize>()
        };
        size(&self.config) + self.own_config.as_ref().map_or(0, size) + 512
    }
}

impl Registry {
    /// The scope's own config, with the level filled in from the server default; or, `effective`, the one that holds.
    /// [`Scope::Default`] always has one.
    pub async fn config(&self, scope: &Scope, effective: bool) -> Result<Config> {
        let mut session = self.store().read().await?;
        let settled = self.settled(&mut session, &scope.name()).await?;
        if effective {
            return Ok(settled.config.clone());
        }
        match &settled.own_config {
            Some(own) => Ok(self.with_level(own.clone())),
            None if scope.is_default() => Ok(self.with_level(Config::default())),
            None => Err(Error::ConfigNotFound(scope.clone())),
        }
    }

    /// What holds for each of these subjects, and in which mode it is.
    pub async fn settings_of(&self, subjects: &[SubjectName]) -> Result<Vec<(Config, Mode)>> {
        let mut session = self.store().read().await?;
        let mut all = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let settled = self.settled(&mut session, subject).await?;
            all.push((settled.config.clone(), settled.mode));
        }
        Ok(all)
    }

    /// Merges a change into the scope's config; answers the result as stored.
    pub async fn set_config(&self, actor: &Actor, scope: &Scope, patch: ConfigPatch) -> Result<Config> {
        let name = scope.checked_name()?;
        for rules in [&patch.default_rules, &patch.override_rules].into_iter().flatten().flatten() {
            rules.validate().map_err(Error::InvalidRules)?;
        }
        let mut tx = self.store().write().await?;
        tx.lock_subjects(std::slice::from_ref(&name)).await?;
        self.must_be_writable(&mut tx, &name).await?;
        let before = self.settled_now(&mut tx, &name).await?.own_config;
        let after = patch.applied_to(before.clone().unwrap_or_default());
        tx.put_config(&name, Some(&after)).await?;
        let told = |config: &Config| write_config(config, &tx.sealing());
        let (before, told) = (before.as_ref().map(told).transpose()?, told(&after)?);
        tx.commit(actor.change("config.set", &name, before, Some(told))).await?;
        Ok(after)
    }

    /// Removes the scope's config; answers what it was.
    pub async fn delete_config(&self, actor: &Actor, scope: &Scope) -> Result<Config> {
        let name = scope.name();
        let mut tx = self.store().write().await?;
        tx.lock_subjects(std::slice::from_ref(&name)).await?;
        let Some(before) = self.settled_now(&mut tx, &name).await?.own_config else {
            return if scope.is_default() {
                self.must_be_writable(&mut tx, &name).await?;
                Ok(self.with_level(Config::default()))
            } else {
                Err(Error::SubjectNotFound(name))
            };
        };
        self.must_be_writable(&mut tx, &name).await?;
        tx.put_config(&name, None).await?;
        let told = write_config(&before, &tx.sealing())?;
        tx.commit(actor.change("config.delete", &name, Some(told), None)).await?;
        Ok(self.with_level(before))
    }

    /// The scope's own mode; or, `effective`, the one that holds. [`Scope::Default`] always has one.
    pub async fn mode(&self, scope: &Scope, effective: bool) -> Result<Mode> {
        let mut session = self.store().read().await?;
        let settled = self.settled(&mut session, &scope.name()).await?;
        match settled.own_mode {
            _ if effective => Ok(settled.mode),
            Some(own) => Ok(own),
            None if scope.is_default() => Ok(Mode::default()),
            None => Err(Error::ModeNotFound(scope.clone())),
        }
    }

    /// Sets the scope's mode; `None` clears it.
    ///
    /// IMPORT is for empty scopes: entering it needs one without live versions, and removes the soft-deleted ones for
    /// good. `force` goes there as things are.
    pub async fn set_mode(&self, actor: &Actor, scope: &Scope, mode: Option<Mode>, force: bool) -> Result<()> {
        self.modes_must_be_mutable()?;
        retrying(|| self.try_set_mode(actor, scope, mode, force)).await
    }

    async fn try_set_mode(&self, actor: &Actor, scope: &Scope, mode: Option<Mode>, force: bool) -> Result<()> {
        let name = scope.checked_name()?;
        if mode == Some(Mode::Forward) && !name.context().is_global() {
            return Err(Error::ModeNotHere(Mode::Forward.as_str()));
        }
        let mut tx = self.store().write().await?;
        tx.lock_subjects(std::slice::from_ref(&name)).await?;
        let settled = self.settled_now(&mut tx, &name).await?;
        if mode == Some(Mode::Import) && settled.mode != Mode::Import && !force {
            make_empty(&mut tx, scope, &name).await?;
        }
        tx.put_mode(&name, mode.map(Mode::as_str)).await?;
        let told = |mode: Mode| json!({"mode": mode.as_str()}).to_string();
        tx.commit(actor.change("mode.set", &name, settled.own_mode.map(told), mode.map(told))).await?;
        Ok(())
    }

    /// Removes the scope's mode; answers what it was (`None` is possible only when `recursive`).
    pub async fn delete_mode(&self, actor: &Actor, scope: &Scope, recursive: bool) -> Result<Option<Mode>> {
        self.modes_must_be_mutable()?;
        let name = scope.name();
        let mut tx = self.store().write().await?;
        tx.lock_subjects(std::slice::from_ref(&name)).await?;
        let before = self.settled_now(&mut tx, &name).await?.own_mode;
        if before.is_none() && !recursive {
            return if scope.is_default() { Ok(Some(Mode::default())) } else { Err(Error::SubjectNotFound(name)) };
        }
        tx.put_mode(&name, None).await?;
        if recursive && name.bare().is_empty() {
            tx.clear_modes(name.context()).await?;
        }
        let told = before.map(|mode| json!({"mode": mode.as_str()}).to_string());
        tx.commit(actor.change("mode.delete", &name, told, None)).await?;
        Ok(before)
    }

    /// The subject that answers for this one: its alias if it has one, else itself. One hop; an unqualified alias belongs
    /// to the context of the subject. Aliases on contexts don't count.
    pub async fn resolve_alias(&self, subject: &SubjectName) -> Result<SubjectName> {
        if subject.bare().is_empty() || subject.bare().contains('\0') {
            return Ok(subject.clone());
        }
        // Most requests end here, without a connection.
        let known = self.inner.cache.settings.get(self.revision(), subject);
        let settled = match known {
            Some(known) => known,
            None => self.settled_together(subject).await?,
        };
        let alias = settled.own_config.as_ref().and_then(|own| own.alias.as_deref()).filter(|alias| !alias.is_empty());
        Ok(alias.map_or_else(|| subject.clone(), |alias| SubjectName::parse_in(subject.context(), alias)))
    }

    /// What holds for a scope, as far as this process knows.
    pub(crate) async fn settled(&self, session: &mut Session, scope: &SubjectName) -> Result<Arc<Settled>> {
        let stamp = self.revision();
        if let Some(known) = self.inner.cache.settings.get(stamp, scope) {
            return Ok(known);
        }
        self.inner.metrics.cache_miss("settings");
        let settled = Arc::new(self.settled_now(session, scope).await?);
        self.inner.cache.settings.insert(stamp, scope.clone(), Arc::clone(&settled), settled.weight());
        Ok(settled)
    }

    /// What holds for a scope, read from the store: for decisions about writing.
    pub(crate) async fn settled_now(&self, session: &mut Session, scope: &SubjectName) -> Result<Settled> {
        let settings = session.settings_around(scope).await?;
        Settled::of(scope, &settings, self.inner.defaults)
    }

    fn modes_must_be_mutable(&self) -> Result<()> {
        if self.inner.defaults.modes_are_fixed { Err(Error::ModesAreFixed) } else { Ok(()) }
    }

    fn with_level(&self, config: Config) -> Config {
        let level = config.level.or(Some(self.inner.defaults.level));
        Config { level, ..config }
    }
}

impl Settled {
    /// From settings among which are those of the scope, its context, the default context and the global one.
    pub(crate) fn of<'a>(
        scope: &SubjectName,
        settings: impl IntoIterator<Item = &'a Setting> + Clone,
        defaults: Defaults,
    ) -> Result<Self> {
        let of = |scope: SubjectName| settings.clone().into_iter().find(|setting| setting.scope == scope);
        let own = of(scope.clone());
        let default = of(SubjectName::new(ContextName::default_context(), ""));
        let context = of(SubjectName::new(scope.context().clone(), ""));
        let global = of(SubjectName::new(ContextName::global(), ""));
        let config_of = |setting: Option<&Setting>| setting.and_then(|setting| setting.config.clone());

        let own_config = config_of(own);
        let above = || {
            let context = config_of(context).map(|config| (config, Origin::Context));
            context.or_else(|| config_of(global).map(|config| (config, Origin::Global))).unwrap_or_default()
        };
        let (mut config, config_from) = match &own_config {
            Some(own) => (filled_up(own.clone(), &config_of(default).unwrap_or_default()), Origin::Subject),
            None => above(),
        };
        let level_from = if config.level.is_some() { config_from } else { Origin::Server };
        config.level = config.level.or(Some(defaults.level));
        let own_mode = mode_of(own)?;
        let modes =
            [(own_mode, Origin::Subject), (mode_of(context)?, Origin::Context), (mode_of(global)?, Origin::Global)];
        let set = modes.into_iter().find_map(|(mode, origin)| Some((mode?, origin)));
        let (mode, mode_from) = set.unwrap_or_default();
        Ok(Self { own_config, own_mode, level_from, mode_from, config, mode })
    }
}

/// The only members that a config does not have to set itself. The level is not among them: without one of its own, a
/// configured subject follows the server's default and not its context.
fn filled_up(own: Config, default: &Config) -> Config {
    Config {
        normalize: own.normalize.or(default.normalize),
        validate_fields: own.validate_fields.or(default.validate_fields),
        validate_new_schemas: own.validate_new_schemas.or(default.validate_new_schemas),
        validate_rules: own.validate_rules.or(default.validate_rules),
        policy: own.policy.or_else(|| default.policy.clone()),
        group: own.group.or_else(|| default.group.clone()),
        ..own
    }
}

fn mode_of(setting: Option<&Setting>) -> Result<Option<Mode>> {
    let Some(word) = setting.and_then(|setting| setting.mode.as_deref()) else { return Ok(None) };
    let unknown = || Error::Store(tidegate_store::Error::Corrupt(format!("'{word}' is no mode")));
    Mode::parse(word).map(Some).ok_or_else(unknown)
}

/// Removes the soft-deleted versions of a scope for good; live ones are in the way.
async fn make_empty(tx: &mut Tx, scope: &Scope, name: &SubjectName) -> Result<()> {
    let is_everything = scope.is_default() || name.context().is_global();
    let context = Some(name.context()).filter(|_| !is_everything);
    let subject = Some(name.bare()).filter(|bare| !bare.is_empty());
    if !tx.versions_in(context, subject, false, Some(1)).await?.is_empty() {
        return Err(Error::NotEmptyForImport(scope.clone()));
    }
    let going = tx.versions_in(context, subject, true, None).await?;
    let subjects: Vec<_> = going.iter().map(|(subject, _)| subject.clone()).collect();
    tx.lock_subjects(&subjects).await?;
    for (subject, version) in &going {
        must_be_free(tx, subject, Some(*version), true).await?;
    }
    for (subject, version) in &going {
        tx.remove_version(subject, *version).await?;
    }
    for subject in &subjects {
        if !tx.has_versions(subject, true).await? {
            tx.forget_subject(subject).await?;
        }
    }
    Ok(())
}

impl Scope {
    /// A subject, or a context by its empty name.
    fn name(&self) -> SubjectName {
        match self {
            Self::Default => SubjectName::new(ContextName::default_context(), ""),
            Self::Subject(subject) => subject.clone(),
        }
    }

    fn is_default(&self) -> bool {
        let name = self.name();
        name.context().is_default() && name.bare().is_empty()
    }

    /// The name, if something may be configured under it: also the global context, which holds no schemas.
    fn checked_name(&self) -> Result<SubjectName> {
        let name = self.name();
        if name.bare().is_empty() && name.context().is_global() {
            return Ok(name);
        }
        name.check().map_err(|invalid: InvalidName| Error::InvalidSubject(invalid))?;
        Ok(name)
    }
}

impl ConfigPatch {
    fn applied_to(self, config: Config) -> Config {
        Config {
            alias: self.alias.unwrap_or(config.alias),
            alias_for_deks: self.alias_for_deks.unwrap_or(config.alias_for_deks),
            normalize: self.normalize.unwrap_or(config.normalize),
            validate_fields: self.validate_fields.unwrap_or(config.validate_fields),
            validate_new_schemas: self.validate_new_schemas.unwrap_or(config.validate_new_schemas),
            validate_rules: self.validate_rules.unwrap_or(config.validate_rules),
            level: self.level.unwrap_or(config.level),
            policy: self.policy.unwrap_or(config.policy),
            group: self.group.unwrap_or(config.group),
            default_metadata: self.default_metadata.unwrap_or(config.default_metadata),
            override_metadata: self.override_metadata.unwrap_or(config.override_metadata),
            default_rules: self.default_rules.unwrap_or(config.default_rules),
            override_rules: self.override_rules.unwrap_or(config.override_rules),
        }
    }
}

/// Whether contracts of new versions are changed by what is configured.
pub(crate) fn shapes_contracts(config: &Config) -> bool {
    config.default_metadata.is_some()
        || config.override_metadata.is_some()
        || config.default_rules.is_some()
        || config.override_rules.is_some()
}

/// How new schemas are parsed.
pub(crate) fn strictness(config: &Config) -> Strictness {
    if config.validate_new_schemas.unwrap_or(true) { Strictness::Strict } else { Strictness::Lenient }
}
