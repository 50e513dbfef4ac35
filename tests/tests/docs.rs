//! Do the reference pages say what the code does? They are made from it: when this fails, make them again.

use std::path::Path;

use tidegate_tests::registry::run_to_end;

#[tokio::test]
async fn the_page_of_settings_is_up_to_date() {
    is_up_to_date("configuration").await;
}

#[tokio::test]
async fn the_page_of_error_codes_is_up_to_date() {
    is_up_to_date("errors").await;
}

#[tokio::test]
async fn the_page_of_metrics_is_up_to_date() {
    is_up_to_date("metrics").await;
}

#[tokio::test]
async fn the_page_of_the_protocol_is_up_to_date() {
    is_up_to_date("kafka-protocol").await;
}

async fn is_up_to_date(page: &str) {
    let (code, expected, stderr) = run_to_end(&["reference", page], &[]).await;
    assert_eq!(code, Some(0), "{stderr}");
    assert!(expected.lines().count() > 10, "{expected}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/{page}.md"));
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{page}.md differs from the code; make it again:  cargo run -- reference {page} > docs/{page}.md"
    );
}
