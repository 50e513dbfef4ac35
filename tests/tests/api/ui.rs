//! Does the stewards' UI reach a browser, and does the API keep its paths?

use reqwest::StatusCode;
use reqwest::redirect::Policy;
use tidegate_tests::registry::{Database, TestRegistry, client, trusting};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn a_browser_at_the_root_gets_to_the_ui_and_a_client_gets_what_it_always_got() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    let browser = client(trusting(None).redirect(Policy::none()));
    let root = browser.get(format!("{}/", registry.url())).header("accept", BROWSER).send().await.unwrap();
    assert_eq!(root.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(root.headers()["location"], "/ui/");
    assert_eq!(registry.get("/").await.ok(), serde_json::json!({}));
}

#[tokio::test]
async fn the_ui_is_a_page_for_every_view_under_a_strict_policy() {
    let registry = TestRegistry::start(Database::Sqlite).await;
    let browser = client(trusting(None));
    let mut pages = Vec::new();
    for view in ["/ui/", "/ui/subjects/a%2Fb/fields?v=1", "/ui/violations"] {
        let page = browser.get(format!("{}{view}", registry.url())).header("accept", BROWSER).send().await.unwrap();
        let headers = page.headers().clone();
        assert_eq!(headers["content-type"], "text/html; charset=utf-8", "{view}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        pages.push((page.status(), page.text().await.unwrap()));
    }
    // With the UI built in it is the app, without it the word that it is missing: one page in any case.
    assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
    let (status, text) = &pages[0];
    assert!(text.contains(if *status == StatusCode::OK { "id=\"root\"" } else { "without its UI" }), "{status} {text}");
    let gone = browser.get(format!("{}/ui/assets/gone.js", registry.url())).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
}
