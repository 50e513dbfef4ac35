//! Who may import whom? The list in ARCHITECTURE.md, held against what Cargo sees.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Each crate of the workspace, and all that it may depend on. A new arrow is a decision: it changes this list.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("tidegate-compat", &[]),
    ("tidegate-api", &[]),
    ("tidegate-lineage", &["tidegate-compat"]),
    ("tidegate-client", &["tidegate-api"]),
    ("tidegate-store", &["tidegate-compat", "tidegate-lineage"]),
    ("tidegate-proxy", &["tidegate-compat", "tidegate-lineage"]),
    ("tidegate-registry", &["tidegate-compat", "tidegate-lineage", "tidegate-store"]),
    ("tidegate-cli", &["tidegate-compat", "tidegate-api", "tidegate-client"]),
    (
        "tidegate-server",
        &[
            "tidegate-compat",
            "tidegate-api",
            "tidegate-lineage",
            "tidegate-client",
            "tidegate-store",
            "tidegate-proxy",
            "tidegate-registry",
        ],
    ),
];

/// Stands above all and may import any of them.
const HARNESS: &str = "tidegate-tests";

/// Packages with one seat: nobody else may need them to be built.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("axum", &["tidegate-server"]),
    ("hyper", &["tidegate-server"]),
    ("reqwest", &["tidegate-server", "tidegate-client"]),
    ("sqlx", &["tidegate-store"]),
    ("rdkafka", &["tidegate-server"]),
    ("kafka-protocol", &["tidegate-proxy"]),
    ("opentelemetry_sdk", &["tidegate-server"]),
    ("opentelemetry-otlp", &["tidegate-server"]),
    ("tracing-subscriber", &["tidegate-server"]),
    ("jsonschema", &["tidegate-compat"]),
    ("prost-reflect", &["tidegate-compat"]),
    ("protox", &["tidegate-compat"]),
    ("clap", &["tidegate-server", "tidegate-cli"]),
    (
        "tokio",
        &[
            "tidegate-store",
            "tidegate-proxy",
            "tidegate-registry",
            "tidegate-server",
            "tidegate-client",
            "tidegate-cli",
        ],
    ),
];

/// What the REST bodies may need: they are shared with every client.
const API_NEEDS: &[&str] = &["serde", "serde_json"];

#[test]
fn crates_import_only_what_lies_below_them() {
    let workspace = workspace();
    for package in workspace.workspace_packages() {
        let Some(allowed) = allowed(&package.name) else { continue };
        for imported in ours(package, &workspace) {
            assert!(allowed.contains(&imported), "{} must not depend on {imported}", package.name);
        }
    }
}

#[test]
fn every_crate_has_a_place_in_the_list() {
    for package in workspace().workspace_packages() {
        let name = package.name.as_str();
        assert!(name == HARNESS || allowed(name).is_some(), "{name} has no layer: add it here and to ARCHITECTURE.md");
    }
}

#[test]
fn packages_with_one_seat_sit_there_only() {
    let workspace = workspace();
    for package in workspace.workspace_packages().into_iter().filter(|package| package.name != HARNESS) {
        for needed in needed(package) {
            let seats = ONLY_IN.iter().find(|(name, _)| *name == needed).map(|(_, seats)| seats);
            let is_right = seats.is_none_or(|seats| seats.contains(&package.name.as_str()));
            assert!(is_right, "{needed} must not be needed by {}, only by {seats:?}", package.name);
        }
    }
}

#[test]
fn the_rest_bodies_need_only_serde() {
    let workspace = workspace();
    let api = workspace.workspace_packages().into_iter().find(|package| package.name == "tidegate-api");
    for needed in needed(api.expect("tidegate-api is in the workspace")) {
        assert!(API_NEEDS.contains(&needed), "tidegate-api must not need {needed}");
    }
}

fn workspace() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().expect("cargo metadata answers")
}

fn allowed(name: &str) -> Option<&'static [&'static str]> {
    MAY_IMPORT.iter().find(|(package, _)| *package == name).map(|(_, allowed)| *allowed)
}

/// Dependencies on crates of the workspace, those of tests and benches included.
fn ours<'a>(package: &'a Package, workspace: &Metadata) -> Vec<&'a str> {
    let is_ours = |name: &str| workspace.workspace_packages().iter().any(|package| package.name == name);
    package.dependencies.iter().map(|dependency| dependency.name.as_str()).filter(|name| is_ours(name)).collect()
}

/// What it takes to build the package, without its tests and benches.
fn needed(package: &Package) -> impl Iterator<Item = &str> {
    let needed = package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
    needed.map(|dependency| dependency.name.as_str())
}
