//! What can be said on the command line?

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::baseline::Ground;
use crate::render::Format;
use crate::report::Weight;

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
    /// Show findings only.
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

/// A part of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    /// Whether schemas may follow those that are there, with what the registry says and who uses it.
    Compat,
    /// Rules of style.
    Lint,
    /// Owners and descriptions.
    Governance,
    /// Examples of records, held against schemas and contracts.
    Contracts,
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
pub(crate) enum RecordCommand {
    /// Whether the bytes of a record, or records of a topic, obey their schema.
    #[command(
        after_help = "Records of a topic are read by the registry, through its proxy, and held against the latest version of \
        the subject and its rules. It takes the right to write that subject. No value of them is told, so that `record decode` \
        takes bytes alone."
    )]
    Validate(ValidateArgs),
    /// Print a record as JSON.
    #[command(
        after_help = "Values are printed as they are: masks of the registry's policies hold for what others see, and \
        not here. Avro is told as its specification encodes data in JSON, Protobuf as its own mapping has it; what the \
        schema does not know is left out. Bytes that can't be read are told on standard error, with the place."
    )]
    Decode(DecodeArgs),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// Records of this topic, which the registry reads; the last 100, unless it is said.
    #[arg(long, value_name = "TOPIC",
        conflicts_with_all = ["file", "schema", "id", "framed", "message", "hex", "base64"])]
    pub(crate) topic: Option<String>,
    /// How many of the last, 1,000 at most.
    #[arg(long, value_name = "COUNT", requires = "topic", conflicts_with = "offset",
        value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) last: Option<u16>,
    /// The one at this place: 0:17 is offset 17 of partition 0.
    #[arg(long, value_name = "PARTITION:OFFSET", requires = "topic", value_parser = place)]
    pub(crate) offset: Option<(i32, i64)>,
    /// Their keys rather than their values.
    #[arg(long, requires = "topic")]
    pub(crate) key: bool,
    /// They don't begin with the name of a schema.
    #[arg(long, requires = "topic")]
    pub(crate) unframed: bool,
    /// The subject, if it is not called after the topic.
    #[arg(long, value_name = "SUBJECT", requires = "topic")]
    pub(crate) subject: Option<String>,
    /// The cluster, where the registry stands beside several.
    #[arg(long, value_name = "NAME", requires = "topic")]
    pub(crate) cluster: Option<String>,
}

fn place(text: &str) -> Result<(i32, i64), String> {
    let (partition, offset) = text.split_once(':').ok_or("a partition and an offset, such as 0:17")?;
    match (partition.parse(), offset.parse()) {
        (Ok(partition @ 0..), Ok(offset @ 0..)) => Ok((partition, offset)),
        _ => Err("partitions and offsets are counted from 0".to_owned()),
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DecodeArgs {
    #[command(flatten)]
    pub(crate) record: RecordArgs,
    /// On one line.
    #[arg(long)]
    pub(crate) compact: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RecordArgs {
    /// The record; `-` for standard input.
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    /// A schema file. The record has no frame then, unless --framed is given.
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// A file that the schema file refers to. Repeatable; files of a project find each other by themselves.
    #[arg(long, value_name = "FILE", requires = "schema")]
    pub(crate) with: Vec<PathBuf>,
    /// The id of the schema in the registry, for a record without a frame.
    #[arg(long, value_name = "ID", conflicts_with_all = ["schema", "framed"])]
    pub(crate) id: Option<i32>,
    /// The record begins with a frame (five bytes with an id, or 17 with a GUID), which is passed over when a schema file
    /// is given.
    #[arg(long)]
    pub(crate) framed: bool,
    /// Which message of a Protobuf file a record without a frame is; the first one otherwise.
    #[arg(long, value_name = "NAME", conflicts_with = "framed")]
    pub(crate) message: Option<String>,
    /// The bytes are written as hex digits.
    #[arg(long)]
    pub(crate) hex: bool,
    /// The bytes are written in base64.
    #[arg(long, conflicts_with = "hex")]
    pub(crate) base64: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ImpactArgs {
    /// The subject.
    pub(crate) subject: String,
    /// Who would notice if this field changed or went: `customer_id`, `customer.email`.
    #[arg(long, value_name = "FIELD", conflicts_with = "delete")]
    pub(crate) field: Option<String>,
    /// Who would notice if the subject were deleted: exit code 1 while somebody uses it.
    #[arg(long)]
    pub(crate) delete: bool,
    /// As JSON, as the registry tells it.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct LineageArgs {
    /// A subject, or a node such as topic:kafka://broker-1:9092:orders, group:…, application:…, job:…, table:….
    pub(crate) node: String,
    /// Which way to walk.
    #[arg(long, value_name = "WAY", default_value = "both")]
    pub(crate) direction: Way,
    /// How many steps, 20 at most.
    #[arg(long, value_name = "STEPS", default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=20))]
    pub(crate) depth: u8,
    /// What proxies observed, or what others declared; both otherwise.
    #[arg(long, value_name = "HOW")]
    pub(crate) evidence: Option<Evidence>,
    /// How it is shown.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(crate) format: GraphForm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// Where it comes from.
    Up,
    /// Where it goes.
    Down,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Evidence {
    Declared,
    Observed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphForm {
    /// A tree.
    Text,
    /// As the registry tells it.
    Json,
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct PlanArgs {
    /// Where to keep the plan, for `apply`.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Delete subjects that are marked as this project's and have no file any more.
    #[arg(long)]
    pub(crate) allow_delete: bool,
    /// Delete them even if somebody wrote or read their records in the last seven days.
    #[arg(long, requires = "allow_delete")]
    pub(crate) allow_delete_in_use: bool,
    /// Exit with 3 when there is something to do.
    #[arg(long)]
    pub(crate) exit_code: bool,
    #[command(flatten)]
    pub(crate) shown: PlanShown,
}

/// Which registry a plan is for, and how it is shown.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlanShown {
    /// The registry: registry@NAME of the project file; the default one otherwise.
    #[arg(long, value_name = "REGISTRY", value_parser = registry)]
    pub(crate) against: Option<Ground>,
    /// How it is shown.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(crate) format: PlanForm,
    /// As JSON, as --format json.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanForm {
    Text,
    /// The plan itself.
    Json,
    /// A table, for a comment.
    Markdown,
}

impl PlanShown {
    pub(crate) fn form(&self) -> PlanForm {
        if self.json { PlanForm::Json } else { self.format }
    }

    pub(crate) fn ground(&self) -> Ground {
        self.against.clone().unwrap_or(Ground::Registry(None))
    }
}

fn registry(text: &str) -> Result<Ground, String> {
    match Ground::parse(text)? {
        ground @ Ground::Registry(_) => Ok(ground),
        _ => Err("what a plan changes is a registry: registry or registry@NAME".to_owned()),
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DriftArgs {
    #[command(flatten)]
    pub(crate) shown: PlanShown,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ApplyArgs {
    /// The plan, as `plan -o` wrote it.
    pub(crate) plan: PathBuf,
    /// Who approved of levels that become weaker, where `approvals` of the project file asks for that.
    #[arg(long, value_name = "NAME")]
    pub(crate) approved_by: Option<String>,
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
pub(crate) struct ReportArgs {
    /// The report, as `check --format json=FILE` writes it; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct AcceptArgs {
    /// The first digits of the finding's fingerprint, six at least, as `check` shows them.
    pub(crate) fingerprint: String,
    /// Approve what another one accepted, instead of accepting it.
    #[arg(long, conflicts_with_all = ["reason", "until", "against"])]
    pub(crate) approve: bool,
    /// Why it is accepted.
    #[arg(long, required_unless_present = "approve")]
    pub(crate) reason: Option<String>,
    /// The last day on which it holds, such as 2027-02-01; at most 180 days from now.
    #[arg(long, value_name = "DATE", required_unless_present = "approve")]
    pub(crate) until: Option<String>,
    /// Who accepts or approves it; git's `user.email` otherwise.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// What to compare with, as for `check`.
    #[arg(long, value_name = "GROUND", value_parser = Ground::parse)]
    pub(crate) against: Vec<Ground>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    /// Files and folders to check, with all that refers to them; everything that is mapped otherwise.
    pub(crate) paths: Vec<PathBuf>,
    /// Only files that differ from the commits that are compared with, or from the last one, with all that refers to them.
    #[arg(long)]
    pub(crate) changed: bool,
    /// What is staged for the next commit of git, whatever lies on the disk.
    #[arg(long)]
    pub(crate) staged: bool,
    /// What to compare with: registry, registry@NAME, git:REVISION, dir:FOLDER, snapshot:FILE, none. Repeatable.
    #[arg(long, value_name = "GROUND", value_parser = Ground::parse)]
    pub(crate) against: Vec<Ground>,
    /// Only these parts: compat, lint, governance, contracts; several with commas. Whether files can be read is always looked
    /// at. All of them otherwise.
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    pub(crate) only: Vec<Only>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// From which weight on the run fails; `ci.fail_on` of the project file otherwise.
    #[arg(long, value_name = "WEIGHT")]
    pub(crate) fail_on: Option<FailOn>,
}

/// How a report is put out.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Output {
    /// text, json, github, gitlab, sarif, junit or markdown; with `=FILE` into a file. Repeatable.
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = OutputTo::parse)]
    pub(crate) format: Vec<OutputTo>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutputTo {
    pub(crate) format: Format,
    /// Standard output otherwise.
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    Never,
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

impl OutputTo {
    fn parse(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
        let format = Format::parse(format).ok_or_else(|| format!("one of {}", Format::names()))?;
        Ok(Self { format, file: file.filter(|file| !file.is_empty()).map(PathBuf::from) })
    }
}

impl FailOn {
    pub(crate) fn weight(self) -> Option<Weight> {
        match self {
            Self::Error => Some(Weight::Error),
            Self::Warning => Some(Weight::Warning),
            Self::Never => None,
        }
    }
}
