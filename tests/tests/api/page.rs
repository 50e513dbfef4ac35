//! Does the page about compatibility with Confluent tell the truth about which paths are served?

use std::collections::BTreeSet;
use std::path::Path;

use tidegate_tests::registry::run_to_end;

#[tokio::test]
async fn the_page_names_every_confluent_path_and_says_served_of_no_other() {
    let (code, routes, stderr) = run_to_end(&["reference", "routes"], &[]).await;
    assert_eq!(code, Some(0), "{stderr}");
    // Ours, and those of Confluent's REST Proxy and of Marquez, which have pages of their own.
    let others = ["/govern", "/health", "/metrics", "/kafka/v3", "/api/v1"];
    let is_other = |route: &&str| others.iter().any(|path| route.contains(path));
    let served: BTreeSet<String> = routes.lines().filter(|route| !is_other(route)).map(ToOwned::to_owned).collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/confluent-compatibility.md");
    let page = std::fs::read_to_string(file).unwrap();
    assert_eq!(told_as_served(&page), served);
}

/// `METHOD path` of the table rows that say so.
fn told_as_served(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let served = rows.filter(|(_, rest)| rest.starts_with("served") || rest.starts_with("in part"));
    let quoted = served.flat_map(|(paths, _)| paths.split('`').skip(1).step_by(2));
    let routes = quoted.filter(|text| text.contains(" /"));
    routes
        .map(|route| route.replace("{s}", "{subject}").replace("{v}", "{version}").replace("{c}", "{context}"))
        .collect()
}
