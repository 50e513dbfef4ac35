//! What people say of violations: audited once, with what was said before.

use tidegate_lineage::{Offence, Offences, TopicRef};
use tidegate_registry::{Page, Saying, ViolationFilter, ViolationState};

use crate::house::{ann, on_each_database};

#[tokio::test]
async fn what_is_said_is_audited_and_what_is_said_again_is_not() {
    on_each_database(async |house| {
        let offence = Offence {
            topic: TopicRef { cluster: "main".into(), topic: "orders".into() },
            client_id: "shop".into(),
            principal: "".into(),
            rule: "cheap".into(),
            path: "".into(),
            reason: "".into(),
        };
        let at = 2_000_000_000_000;
        let seen = Offences { offence, records: 1, acted: 1, first: at, last: at, samples: Vec::default() };
        house.registry.add_offences(&[seen]).await.unwrap();
        let page = Page { offset: 0, limit: None };
        let (found, _) = house.registry.violations(&ViolationFilter::default(), page).await.unwrap();
        let id = &found[0].row.fingerprint;
        let known = Saying { state: ViolationState::Acknowledged, until: None, note: "we know".to_owned() };
        let told = house.registry.say_of_violation(&ann(), id, &known).await.unwrap().unwrap();
        let again = house.registry.say_of_violation(&ann(), id, &known).await.unwrap().unwrap();
        assert_eq!(again, told);
        let back = Saying { state: ViolationState::New, until: None, note: String::new() };
        house.registry.say_of_violation(&ann(), id, &back).await.unwrap().unwrap();
        assert_eq!(house.registry.say_of_violation(&ann(), "unheard-of", &back).await.unwrap(), None);

        let audit = house.audit().await;
        let actions: Vec<_> = audit.iter().map(|entry| (entry.action.as_str(), entry.actor.as_str())).collect();
        assert_eq!(actions, [("violation.state", "ann"), ("violation.state", "ann")]);
        let (before, after) = (audit[1].before.as_deref().unwrap(), audit[1].after.as_deref().unwrap());
        assert!(before.contains(r#""note":"we know""#) && before.contains(r#""rule":"cheap""#), "{before}");
        assert!(after.contains(r#""state":"new""#) && after.contains(id.as_str()), "{after}");
    })
    .await;
}
