//! What can be said on the command line? The commands, and what all of them take; what some of them take has a file of its own.

mod checks;
mod graph;
mod plans;
mod records;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use checks::{AcceptArgs, CheckArgs, Only, Output, ReportArgs};
pub(crate) use graph::{Evidence, GraphForm, ImpactArgs, LineageArgs, Way};
pub(crate) use plans::{ApplyArgs, DriftArgs, PlanArgs, PlanForm};
pub(crate) use records::{DecodeArgs, PlaceArgs, RecordArgs, RecordCommand, ValidateArgs};

#[derive(Debug, Parser)]
#[command(name = "tidegate", version, about = "What a schema change breaks, for whom, and how to fix it.", long_about = None)]
#[command(after_help = "Exit codes: 0 nothing to do, 1 findings, 2 wrong usage or configuration, 3 changes pending, \
    4 registry or network (nothing was judged), 5 waiting for approval only, 70 a fault of the tool itself.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Global {
    /// The project file, instead of the nearest tidegate.yaml above.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Ask no registry.
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// observe: tell everything, and fail for nothing; for the first weeks.
    #[arg(long, global = true, value_name = "NAME", env = "TIDEGATE_PROFILE")]
    pub(crate) profile: Option<Profile>,
    /// Whether to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Colour,
    /// Draw with ASCII only.
    #[arg(long, global = true)]
    pub(crate) ascii: bool,
    /// Show findings, refusals and failures only.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Show advice and what was accepted, too.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// How many columns text may take.
    #[arg(long, global = true, value_name = "COLUMNS", hide = true)]
    pub(crate) width: Option<usize>,
    /// The registry, instead of one from the project file.
    #[arg(long, global = true, value_name = "URL", env = "TIDEGATE_URL", hide_env_values = true)]
    pub(crate) url: Option<String>,
    /// A bearer token for --url.
    #[arg(long, global = true, value_name = "TOKEN", env = "TIDEGATE_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// A user name for --url.
    #[arg(long, global = true, value_name = "NAME", env = "TIDEGATE_USER", hide_env_values = true)]
    pub(crate) user: Option<String>,
    /// A password for --url.
    #[arg(long, global = true, value_name = "PASSWORD", env = "TIDEGATE_PASSWORD", hide_env_values = true)]
    pub(crate) password: Option<String>,
    /// Ask `usage.provider` of the project file, a program or an address: only where who changes the file is trusted.
    #[arg(long, global = true, env = "TIDEGATE_ALLOW_PROVIDER", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) allow_provider: bool,
    /// How long a registry may take to answer, in seconds; 30 otherwise. It is asked four times before it counts as away.
    #[arg(long, global = true, value_name = "SECONDS", env = "TIDEGATE_TIMEOUT", value_parser = seconds)]
    pub(crate) timeout: Option<Seconds>,
    /// A PEM file of the authorities that are trusted instead of the system's, for --url.
    #[arg(long, global = true, value_name = "FILE", env = "TIDEGATE_CA")]
    pub(crate) ca: Option<String>,
}

/// Settings that go together, over those of the project file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// What breaks something that nobody is known to use weighs as a warning, and no finding fails the run unless
    /// --fail-on says so.
    Observe,
    /// A variable that a pipeline leaves empty says nothing.
    #[value(name = "", hide = true)]
    Nothing,
}

/// A time, or nothing.
pub(crate) type Seconds = Option<u64>;

/// Seconds, from one to an hour; nothing for a variable that is empty.
fn seconds(text: &str) -> Result<Seconds, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .ok()
        .filter(|seconds| (1..=3_600).contains(seconds))
        .map(Some)
        .ok_or_else(|| "from 1 to 3600".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Colour {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check schemas as one change: syntax, references, compatibility.
    Check(CheckArgs),
    /// What is different between two schemas, and what it does to readers.
    Diff(DiffArgs),
    /// Why a rule exists, with examples and fixes.
    Explain {
        /// A code such as TG103, or a slug.
        rule: String,
    },
    /// List the rules.
    Rules {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a report that was kept as JSON in another form.
    Report(ReportArgs),
    /// Keep what the registry holds in a file, for checks without a network.
    Snapshot {
        /// Where to; .tidegate/snapshot.json otherwise.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Every subject of the registry, not only those of this project and what they stand on.
        #[arg(long)]
        all: bool,
    },
    /// Accept one finding for a time, with a reason.
    Accept(AcceptArgs),
    /// Write a tidegate.yaml for the schemas that are found here.
    Init {
        /// Even if there is one already.
        #[arg(long)]
        force: bool,
        /// Also install the pre-commit hook.
        #[arg(long)]
        hook: bool,
        /// Also write a pipeline.
        #[arg(long, value_name = "FORGE")]
        ci: Option<Forge>,
    },
    /// Lay schema files out in one way.
    Fmt {
        /// Files and folders; everything that is mapped otherwise.
        paths: Vec<PathBuf>,
        /// Change nothing, and fail if there is something to change.
        #[arg(long)]
        check: bool,
    },
    /// Register schemas, what others need before them.
    Register {
        /// Files and folders, with all that they stand on; everything that is mapped otherwise.
        paths: Vec<PathBuf>,
        /// Only say what would be registered.
        #[arg(long)]
        dry_run: bool,
    },
    /// Say what has to change in the registry for it to be as the files are.
    Plan(PlanArgs),
    /// Do what a plan says, or nothing if the registry is not what it was.
    Apply(ApplyArgs),
    /// Whether the registry differs from the files: exit code 3 if it does.
    Drift(DriftArgs),
    /// Write what the registry has into the files.
    Pull {
        /// Also subjects that have no file yet, where a rule tells which it would be.
        #[arg(long)]
        all: bool,
        /// Also what those that are written stand on, each as a file of its own, where a rule tells which it would be.
        #[arg(long)]
        split: bool,
        /// Only say what would be written.
        #[arg(long)]
        dry_run: bool,
    },
    /// Hold the examples beside each schema (order.ok.json, order.no-total.bad.json) against it and its contract.
    Test {
        /// Schema files and folders; everything that is mapped otherwise.
        paths: Vec<PathBuf>,
    },
    /// What applications say of themselves that they read.
    Consumers {
        #[command(subcommand)]
        command: ConsumersCommand,
    },
    /// Who would notice a change of a subject, as far as the registry has seen it.
    Impact(ImpactArgs),
    /// Where the data of a subject comes from and where it goes.
    Lineage(LineageArgs),
    /// About single records.
    Record {
        #[command(subcommand)]
        command: RecordCommand,
    },
    /// Checks before each commit.
    Hook {
        #[command(subcommand)]
        command: HookCommand,
    },
    /// Checks in pipelines.
    Ci {
        #[command(subcommand)]
        command: CiCommand,
    },
    /// About the project file.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Completions for a shell.
    Completions {
        /// bash, elvish, fish, powershell or zsh.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ConsumersCommand {
    /// Tell the registry all that `consumes` of the project file says, in place of what it said before.
    Publish(PublishArgs),
    /// List what applications declared.
    List {
        /// Only those who read this subject.
        #[arg(long, value_name = "SUBJECT")]
        subject: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct PublishArgs {
    /// Only say what would be sent.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take back what the application declared.
    #[arg(long)]
    pub(crate) remove: bool,
    /// As JSON: what is sent with --dry-run, what the registry answers otherwise.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum HookCommand {
    /// Write a pre-commit hook of git.
    Install,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum CiCommand {
    /// Write a pipeline.
    Init {
        /// Whose.
        forge: Forge,
    },
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the JSON Schema of tidegate.yaml, for editors.
    Schema,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Forge {
    Github,
    Gitlab,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DiffArgs {
    /// The old one: a file, git:REVISION:FILE, SUBJECT or SUBJECT@VERSION of the registry, or of another one as in
    /// registry@NAME:SUBJECT. All schemas of a place: a folder, git:REVISION, dir:FOLDER, snapshot:FILE, registry,
    /// registry@NAME.
    pub(crate) old: String,
    /// The new one; the files of the project otherwise.
    #[arg(default_value = ".", hide_default_value = true)]
    pub(crate) new: String,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Command {
    /// The word for it on the command line.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Check(_) => "check",
            Self::Diff(_) => "diff",
            Self::Explain { .. } => "explain",
            Self::Rules { .. } => "rules",
            Self::Report(_) => "report",
            Self::Snapshot { .. } => "snapshot",
            Self::Accept(_) => "accept",
            Self::Init { .. } => "init",
            Self::Fmt { .. } => "fmt",
            Self::Register { .. } => "register",
            Self::Plan(_) => "plan",
            Self::Apply(_) => "apply",
            Self::Drift(_) => "drift",
            Self::Pull { .. } => "pull",
            Self::Test { .. } => "test",
            Self::Consumers { .. } => "consumers",
            Self::Impact(_) => "impact",
            Self::Lineage(_) => "lineage",
            Self::Record { .. } => "record",
            Self::Hook { .. } => "hook",
            Self::Ci { .. } => "ci",
            Self::Config { .. } => "config",
            Self::Completions { .. } => "completions",
        }
    }
}
