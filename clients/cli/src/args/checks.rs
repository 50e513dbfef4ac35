//! What can be said of a check, of its report, and of what is let pass in it?

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::baseline::Ground;
use crate::render::Format;
use crate::report::Weight;

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
