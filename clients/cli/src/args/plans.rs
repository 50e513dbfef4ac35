//! What can be said of plans: of which registry, how they are shown, and what they may do?

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::baseline::Ground;

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
