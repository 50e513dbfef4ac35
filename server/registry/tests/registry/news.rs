//! What changes concern: one id after a registration, all of them after anything else.

use tidegate_compat::{CompatibilityLevel, SchemaId};
use tidegate_registry::{Concerned, Mode, Stamp};

use crate::house::{House, on_each_database, record};

/// What is concerned by what happens meanwhile.
async fn news(house: &House, what: impl Future<Output = ()>) -> Concerned {
    let before = house.registry.stamp();
    what.await;
    let (now, concerned) = house.registry.news(before).await.unwrap();
    assert_eq!(now, house.registry.stamp());
    concerned
}

#[tokio::test]
async fn a_registration_concerns_the_id_that_it_gave_or_found() {
    on_each_database(async |house| {
        let first = news(house, async {
            house.register("a", record(&["x"])).await;
            house.register("a", record(&["x", "y"])).await;
        });
        assert_eq!(first.await, Concerned::Ids(vec![SchemaId(1), SchemaId(2)]));
        let again = news(house, async {
            house.register("b", record(&["x", "y"])).await;
            house.register("b", record(&["x", "y"])).await;
        });
        assert_eq!(again.await, Concerned::Ids(vec![SchemaId(2)]));
    })
    .await;
}

#[tokio::test]
async fn all_ids_are_concerned_by_anything_else() {
    on_each_database(async |house| {
        house.register("a", record(&["x"])).await;
        house.register("b", record(&["y"])).await;
        assert_eq!(news(house, async { house.set_level("a", CompatibilityLevel::Full).await }).await, Concerned::All);
        assert_eq!(news(house, async { house.set_mode("a", Mode::ReadWrite).await }).await, Concerned::All);
        let deleted = news(house, async { drop(house.delete_all("a", false).await.unwrap()) });
        assert_eq!(deleted.await, Concerned::All);
        let purged = news(house, async {
            house.delete_all("a", true).await.unwrap();
            house.register("c", record(&["z"])).await;
        });
        assert_eq!(purged.await, Concerned::All);
        let (_, ages_ago) = house.registry.news(Stamp { changes: 1_000_000, purges: 1 }).await.unwrap();
        assert_eq!(ages_ago, Concerned::All, "a database that was set back");
    })
    .await;
}
