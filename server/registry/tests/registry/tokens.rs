//! Tokens: told once, kept as hashes, good for what they were given for, and over when they are revoked.

use std::time::Duration;

use tidegate_registry::tokens::PREFIX;
use tidegate_registry::{Access, Error, Grant, Grants, NewToken, Registry, Right};

use crate::house::{DEFAULTS, House, ann, on_each_database};

pub(crate) fn grants(texts: &[&str]) -> Grants {
    Grants::new(texts.iter().map(|text| Grant::parse(text).unwrap()))
}

fn new(name: &str, texts: &[&str]) -> NewToken {
    NewToken { name: name.into(), grants: grants(texts), expires_in: None }
}

async fn create(house: &House, name: &str, texts: &[&str]) -> String {
    house.registry.create_token(&ann(), new(name, texts)).await.unwrap().1
}

async fn bearer(house: &House, text: &str) -> Option<Access> {
    house.registry.bearer(text).await.unwrap()
}

#[tokio::test]
async fn a_token_is_told_once_and_known_by_its_hash() {
    on_each_database(async |house| {
        assert!(!house.registry.has_tokens().await.unwrap());
        let text = create(house, "ci", &["write orders-", "read"]).await;
        assert!(text.starts_with(PREFIX) && text.len() > 40, "{text}");
        assert!(house.registry.has_tokens().await.unwrap());
        let access = bearer(house, &text).await.unwrap();
        assert_eq!((access.name(), access.grants()), ("ci", &grants(&["write orders-", "read"])));
        assert!(bearer(house, &format!("{text}x")).await.is_none() && bearer(house, "").await.is_none());

        let [row] = <[_; 1]>::try_from(house.store.read().await.unwrap().tokens().await.unwrap()).unwrap();
        assert!(!format!("{row:?}").contains(&text[PREFIX.len()..]), "{row:?}");
        let [entry] = <[_; 1]>::try_from(house.audit().await).unwrap();
        assert_eq!((entry.action.as_str(), entry.actor.as_str()), ("token.create", "ann"));
        assert!(!format!("{entry:?}").contains(&text[PREFIX.len()..]), "{entry:?}");
    })
    .await;
}

#[tokio::test]
async fn a_revoked_token_is_over_at_once_and_its_name_is_free() {
    on_each_database(async |house| {
        let text = create(house, "ci", &["read"]).await;
        let other = create(house, "other", &["read"]).await;
        assert!(bearer(house, &text).await.is_some());
        house.registry.revoke_token(&ann(), "ci").await.unwrap();
        assert!(bearer(house, &text).await.is_none() && bearer(house, &other).await.is_some());
        let again = house.registry.revoke_token(&ann(), "ci").await.unwrap_err();
        assert!(matches!(again, Error::TokenNotFound(_)), "{again}");
        let renewed = create(house, "ci", &["read"]).await;
        assert_ne!(renewed, text);
        let actions: Vec<_> = house.audit().await.into_iter().map(|entry| entry.action).collect();
        assert_eq!(actions, ["token.create", "token.create", "token.revoke", "token.create"]);
    })
    .await;
}

#[tokio::test]
async fn another_node_learns_of_it_with_the_next_revision() {
    on_each_database(async |house| {
        let other = Registry::new(house.store.clone(), DEFAULTS);
        let text = create(house, "ci", &["read"]).await;
        assert!(other.bearer(&text).await.unwrap().is_some());
        house.registry.revoke_token(&ann(), "ci").await.unwrap();
        assert!(other.bearer(&text).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_is_none() {
    on_each_database(async |house| {
        let brief = NewToken { expires_in: Some(Duration::from_millis(30)), ..new("brief", &["read"]) };
        let (token, text) = house.registry.create_token(&ann(), brief).await.unwrap();
        assert_eq!(token.expires_at.unwrap() - token.created_at, 30);
        assert!(bearer(house, &text).await.is_some());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(bearer(house, &text).await.is_none());
        assert!(house.registry.has_tokens().await.unwrap(), "an expired one opens no door to others");
        assert_eq!(house.registry.tokens().await.unwrap().len(), 1, "it is still listed");
    })
    .await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    on_each_database(async |house| {
        create(house, "ci", &["read"]).await;
        let taken = house.registry.create_token(&ann(), new("ci", &["read"])).await.unwrap_err();
        assert!(matches!(taken, Error::TokenExists(_)), "{taken}");
        let nothing = NewToken { expires_in: Some(Duration::ZERO), ..new("x", &["read"]) };
        let long = "x".repeat(101);
        for token in [new("", &["read"]), new("a b", &["read"]), new(&long, &["read"]), new("x", &[]), nothing] {
            let error = house.registry.create_token(&ann(), token).await.unwrap_err();
            assert!(matches!(error, Error::InvalidToken(_)), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn its_use_is_noted_without_a_change_of_the_registry() {
    on_each_database(async |house| {
        let text = create(house, "ci", &["read"]).await;
        let revision = house.registry.revision();
        for _ in 0..5 {
            bearer(house, &text).await.unwrap();
        }
        let mut used_at = None;
        for _ in 0..100 {
            used_at = house.registry.tokens().await.unwrap()[0].used_at;
            if used_at.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(used_at.is_some());
        assert_eq!(house.registry.revision(), revision);
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_is_not_understood_gives_nothing() {
    on_each_database(async |house| {
        let row = tidegate_store::TokenRow {
            name: "newer".into(),
            hash: "00".repeat(32),
            grants: r#"["rule the-world", "read orders-"]"#.into(),
            created_at: 1,
            created_by: "ann".into(),
            expires_at: None,
            used_at: None,
        };
        let mut tx = house.store.write().await.unwrap();
        tx.add_token(&row).await.unwrap();
        tx.commit_unrecorded().await.unwrap();
        let [token] = <[_; 1]>::try_from(house.registry.tokens().await.unwrap()).unwrap();
        assert_eq!(token.grants, grants(&["read orders-"]));
        assert!(!token.grants.may_everywhere(Right::Read));
    })
    .await;
}
