//! Is what applications publish, and how they are declared, kept whole on every database?

use std::sync::Arc;

use tidegate_compat::SubjectName;
use tidegate_lineage::{Application, Edge, Identity, Named, Observation, Pattern, TopicRef};
use tidegate_store::{ApplicationRow, ConsumerRow, ReadRow};

use crate::databases::on_each_database;

fn read(subject: &str, number: usize) -> ReadRow {
    ReadRow {
        subject: SubjectName::parse(subject),
        group: (!number.is_multiple_of(2)).then(|| format!("group-{number}")),
        fields: (!number.is_multiple_of(3)).then(|| vec![format!("field-{number}"), "ö\"[]".to_owned()]),
        purpose: None,
    }
}

fn consumer(application: &str, reads: Vec<ReadRow>) -> ConsumerRow {
    let (application, published_by) = (application.to_owned(), "ci".to_owned());
    ConsumerRow { application, owner: Some("team".to_owned()), source: None, published_at: 7, published_by, reads }
}

#[tokio::test]
async fn what_an_application_publishes_takes_the_place_of_what_it_published() {
    on_each_database(async |store| {
        // More than goes into one statement.
        let many: Vec<_> = (0..150).map(|number| read(&format!("subject-{}", number % 100), number)).collect();
        let (billing, audit) = (consumer("billing", many), consumer("audit", vec![read("subject-1", 3)]));
        let mut tx = store.write().await.unwrap();
        tx.put_consumer(&billing).await.unwrap();
        tx.put_consumer(&audit).await.unwrap();
        tx.put_consumer(&consumer("idle", Vec::new())).await.unwrap();
        tx.commit_unrecorded().await.unwrap();

        let mut session = store.read().await.unwrap();
        assert_eq!(session.consumer("billing").await.unwrap().as_ref(), Some(&billing));
        assert_eq!(session.count_consumers().await.unwrap(), 3);
        let page = session.consumers_behind("audit", 1).await.unwrap();
        assert_eq!(page, std::slice::from_ref(&billing));
        let subject = SubjectName::parse("subject-1");
        let readers = session.consumers_of(&subject, "", 10).await.unwrap();
        let told: Vec<_> = readers.iter().map(|it| (it.application.as_str(), it.reads.len())).collect();
        assert_eq!(told, [("audit", 1), ("billing", 2)]);
        assert_eq!(session.consumers_of(&subject, "audit", 1).await.unwrap().len(), 1);
        drop(session);

        let mut tx = store.write().await.unwrap();
        tx.put_consumer(&consumer("billing", vec![read("other", 1)])).await.unwrap();
        tx.remove_consumer("audit").await.unwrap();
        tx.commit_unrecorded().await.unwrap();
        let mut session = store.read().await.unwrap();
        assert_eq!(session.consumers_of(&subject, "", 10).await.unwrap(), []);
        assert_eq!(session.consumer("billing").await.unwrap().unwrap().reads, [read("other", 1)]);
        assert_eq!(session.consumer("audit").await.unwrap(), None);
    })
    .await;
}

fn seen(client: &str, principal: &str, cluster: &str) -> Observation {
    Observation {
        identity: Arc::new(Identity { client_id: client.into(), principal: principal.into(), ..Identity::default() }),
        topic: TopicRef { cluster: cluster.into(), topic: "orders".into() },
        edge: Edge::Produces { schema: None },
        records: 1,
        bytes: 1,
        refused: 0,
        first: 1,
        last: 1,
    }
}

#[tokio::test]
async fn a_declared_application_is_found_by_how_its_names_begin() {
    on_each_database(async |store| {
        let patterns = |texts: &[&str]| texts.iter().map(|text| Pattern::parse(text).unwrap()).collect::<Vec<_>>();
        let by_client = Application {
            name: "shop".into(),
            owner: Some("team-shop".into()),
            principals: patterns(&["User:shop"]),
            client_ids: patterns(&["shop-*", "till"]),
            job: Some(Named::new("flink", "shop")),
            ..Application::default()
        };
        let by_principal =
            Application { name: "all".into(), principals: patterns(&["User:*"]), ..Application::default() };
        let mut tx = store.write().await.unwrap();
        for application in [&by_client, &by_principal] {
            let (changed_at, changed_by) = (3, "steward".to_owned());
            let row = ApplicationRow { application: application.clone(), changed_at, changed_by };
            tx.put_application(&row).await.unwrap();
        }
        let edges = [
            seen("shop-1", "User:a", "main"),
            seen("shop-ß", "", "other"),
            seen("till", "User:b", "main"),
            seen("tills", "User:b", "main"),
            seen("shop", "Group:c", "main"),
        ];
        tx.add_observations(&edges).await.unwrap();
        tx.commit_unrecorded().await.unwrap();

        let mut session = store.read().await.unwrap();
        let rows = session.applications().await.unwrap();
        assert_eq!(rows.iter().map(|row| &row.application).collect::<Vec<_>>(), [&by_principal, &by_client]);
        for (application, expected) in
            [(&by_client, &["shop-1", "shop-ß", "till"][..]), (&by_principal, &["shop-1", "till", "tills"])]
        {
            let found = session.edges_of_application(application).await.unwrap();
            let mut clients: Vec<_> = found.iter().map(|edge| &*edge.identity.client_id).collect();
            clients.sort_unstable();
            assert_eq!(clients, expected);
        }
        drop(session);
        let mut tx = store.write().await.unwrap();
        tx.remove_application("shop").await.unwrap();
        tx.commit_unrecorded().await.unwrap();
        assert_eq!(store.read().await.unwrap().applications().await.unwrap().len(), 1);
    })
    .await;
}
