//! What can be asked about those who use a subject, and about the graph that it is in?

use clap::{Args, ValueEnum};

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
