//! What does a change do, and under which levels would it pass? Asked of `/govern/v1/explain`, in every language.

mod asking;
mod changes;

use serde_json::Value;
use tidegate_tests::registry::{Answer, TestRegistry};

async fn ask(registry: &TestRegistry, request: &Value) -> Answer {
    registry.post("/govern/v1/explain", request).await
}

/// A request to explain `candidate` with more members than a registration has.
fn with(mut candidate: Value, members: Value) -> Value {
    let members = members.as_object().unwrap().clone();
    candidate.as_object_mut().unwrap().extend(members);
    candidate
}
