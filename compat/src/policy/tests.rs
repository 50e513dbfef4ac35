//! Does the first match decide, are all faults told, and does the ramp hit the share that it says?

use super::*;

fn policy(topics: &str, mode: Mode) -> TopicPolicy {
    TopicPolicy { mode, ..TopicPolicy::new("p", topics) }
}

fn producer(client_id: &str) -> Producer<'_> {
    Producer { principal: "", client_id }
}

#[test]
fn the_first_match_decides_and_off_asks_nothing() {
    let all = [policy("internal.*", Mode::Off), policy("{orders,bills}.*", Mode::Shadow), policy("*", Mode::Enforce)];
    let table = PolicyTable::of(all).unwrap();
    let mode = |topic: &str| table.asked_of(topic).map(|policy| policy.mode);
    assert_eq!(mode("internal.orders"), None);
    assert_eq!(table.find("internal.orders").map(|policy| policy.mode), Some(Mode::Off));
    assert_eq!(mode("bills.eu"), Some(Mode::Shadow));
    assert_eq!(mode("anything"), Some(Mode::Enforce));
    assert_eq!(table.policies().len(), 3);
}

#[test]
fn all_faults_are_told_at_once() {
    let bad = TopicPolicy {
        topics: "a[".into(),
        percent: 101,
        producers: vec![String::new()],
        redrive: vec!["x".repeat(MAX_GLOB + 1)],
        dead_letter_topic: Some("no spaces".into()),
        framing: Framing::None,
        naming: SubjectNaming::RecordName,
        ..TopicPolicy::new("p", "*")
    };
    let members: Vec<_> = bad.faults().iter().map(|fault| fault.member).collect();
    assert_eq!(members, ["topics", "percent", "producers", "redrive", "deadLetterTopic", "subject"]);
    assert!(PolicyTable::of([bad]).unwrap_err().to_string().contains("'a['"));
    assert_eq!(TopicPolicy::new("p", "orders.*").faults(), []);
}

#[test]
fn a_fixed_subject_is_one_of_the_policys_context_and_of_one_part() {
    let fixed = |subject: &str, key| {
        let naming = SubjectNaming::Fixed(subject.into());
        TopicPolicy { naming, key, ..TopicPolicy::new("p", "*") }.faults().len()
    };
    assert_eq!(fixed("orders", false), 0);
    assert_eq!((fixed("orders", true), fixed(":.staging:orders", false), fixed("__GLOBAL", false)), (1, 1, 1));
}

#[test]
fn names_are_plain() {
    for name in ["orders", "a-b_c.1"] {
        assert_eq!(TopicPolicy::name_fault(name), None);
    }
    for name in ["", "..", "file:orders", "a/b", "a b", &"x".repeat(MAX_NAME + 1)] {
        assert!(TopicPolicy::name_fault(name).is_some(), "{name:?}");
    }
}

#[test]
fn words_are_read_as_they_are_written() {
    for action in Action::ALL {
        assert_eq!(Action::parse(action.as_str()), Ok(*action));
    }
    assert_eq!(Mode::parse("ENFORCE"), Ok(Mode::Enforce));
    assert_eq!(Mode::parse("on").unwrap_err(), "one of off, shadow, enforce");
    for text in ["topic_name", "record_name", "topic_record_name", "associated", "fixed:a:b"] {
        assert_eq!(SubjectNaming::parse(text).unwrap().to_string(), text);
    }
    assert!(SubjectNaming::parse("fixed:").is_err() && SubjectNaming::parse("x").is_err());
}

#[test]
fn subjects_follow_the_strategies() {
    let subjects = |naming: SubjectNaming, names: &[&str]| {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        naming.subjects("orders", Part::Value, &names)
    };
    assert_eq!(subjects(SubjectNaming::TopicName, &[]), ["orders-value"]);
    assert_eq!(subjects(SubjectNaming::Associated, &[]), ["orders-value"]);
    assert_eq!(subjects(SubjectNaming::Fixed("all".into()), &["shop.Order"]), ["all"]);
    assert_eq!(subjects(SubjectNaming::RecordName, &["shop.Order"]), ["shop.Order"]);
    let both = subjects(SubjectNaming::TopicRecordName, &["shop.Order", "shop.Refund"]);
    assert_eq!(both, ["orders-shop.Order", "orders-shop.Refund"]);
    assert!(subjects(SubjectNaming::RecordName, &[]).is_empty());
}

#[test]
fn the_ramp_takes_its_share_and_stays_with_it() {
    let ready = |percent| ReadyPolicy::of(TopicPolicy { percent, ..TopicPolicy::new("p", "*") }).unwrap();
    let enforced = |policy: &ReadyPolicy| -> Vec<String> {
        let names = (0..2000).map(|number| format!("client-{number}"));
        names.filter(|name| policy.mode_for(producer(name), "orders", 0) == Mode::Enforce).collect()
    };
    assert!(enforced(&ready(0)).is_empty() && enforced(&ready(100)).len() == 2000);
    let (tenth, third) = (enforced(&ready(10)), enforced(&ready(30)));
    assert!((140..260).contains(&tenth.len()) && (500..700).contains(&third.len()), "{} {}", tenth.len(), third.len());
    assert!(tenth.iter().all(|name| third.contains(name)), "who is in stays in as the share grows");
}

#[test]
fn enforcement_is_limited_to_the_producers_named() {
    let producers = vec!["shop-*".to_owned(), "User:alice".to_owned()];
    let policy = ReadyPolicy::of(TopicPolicy { producers, ..TopicPolicy::new("p", "*") }).unwrap();
    let mode = |principal, client_id| policy.mode_for(Producer { principal, client_id }, "orders", 0);
    assert_eq!(mode("", "shop-1"), Mode::Enforce);
    assert_eq!(mode("User:alice", "x"), Mode::Enforce);
    assert_eq!(mode("User:bob", "x"), Mode::Shadow);
    let shadow = ReadyPolicy::of(policy_in_shadow()).unwrap();
    assert_eq!(shadow.mode_for(producer("shop-1"), "orders", 0), Mode::Shadow);
}

fn policy_in_shadow() -> TopicPolicy {
    policy("*", Mode::Shadow)
}

#[test]
fn only_who_has_proved_who_they_are_may_redrive() {
    let policy = ReadyPolicy::of(TopicPolicy { redrive: vec!["*".into()], ..TopicPolicy::new("p", "*") }).unwrap();
    assert!(policy.may_redrive("User:ops") && !policy.may_redrive(""));
    assert!(!ReadyPolicy::of(TopicPolicy::new("p", "*")).unwrap().may_redrive("User:ops"));
}

#[test]
fn dead_letters_have_a_topic() {
    let own = TopicPolicy::new("p", "*");
    assert_eq!(own.dead_letters_of("orders"), "orders.dlq");
    let named = TopicPolicy { dead_letter_topic: Some("graveyard".into()), ..own };
    assert_eq!(named.dead_letters_of("orders"), "graveyard");
}
