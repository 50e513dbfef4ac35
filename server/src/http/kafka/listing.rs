//! Which clusters are there, and which topics do they have?

use axum::extract::State;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tidegate_api::produce as wire;

use super::Clusters;
use super::outgoing::failure;
use crate::door::ListedTopic;
use crate::http::error::Answer;
use crate::http::extract::Cluster;
use crate::http::json::Json;

const CLUSTERS: &str = "/kafka/v3/clusters";

pub(in crate::http) async fn clusters(State(clusters): State<Clusters>) -> Json<wire::KafkaList<wire::KafkaCluster>> {
    let told = clusters.0.iter().map(|kafka| cluster(kafka.door.cluster())).collect();
    Json(list("KafkaClusterList", CLUSTERS.to_owned(), told))
}

pub(in crate::http) async fn one_cluster(
    State(clusters): State<Clusters>,
    Cluster(name): Cluster,
) -> Answer<wire::KafkaCluster> {
    clusters.called(&name)?;
    Ok(Json(cluster(&name)))
}

pub(in crate::http) async fn topics(
    State(clusters): State<Clusters>,
    Cluster(name): Cluster,
) -> Answer<wire::KafkaList<wire::KafkaTopic>> {
    let kafka = clusters.called(&name)?;
    let told = kafka.door.topics().await.map_err(|refused| failure(&refused, None))?;
    let topics = told.into_iter().map(|told| topic(&name, told)).collect();
    Ok(Json(list("KafkaTopicList", format!("{}/topics", place(&name)), topics)))
}

fn list<T>(kind: &str, this: String, data: Vec<T>) -> wire::KafkaList<T> {
    wire::KafkaList { kind: kind.to_owned(), metadata: wire::ListMetadata { this, next: None }, data }
}

fn cluster(name: &str) -> wire::KafkaCluster {
    let this = place(name);
    wire::KafkaCluster {
        kind: "KafkaCluster".to_owned(),
        topics: wire::Related { related: format!("{this}/topics") },
        metadata: wire::ResourceMetadata { this, resource_name: format!("crn:///kafka={name}") },
        cluster_id: name.to_owned(),
    }
}

fn topic(cluster: &str, told: ListedTopic) -> wire::KafkaTopic {
    let this = format!("{}/topics/{}", place(cluster), escaped(&told.name));
    wire::KafkaTopic {
        kind: "KafkaTopic".to_owned(),
        metadata: wire::ResourceMetadata { this, resource_name: format!("crn:///kafka={cluster}/topic={}", told.name) },
        cluster_id: cluster.to_owned(),
        is_internal: told.name.starts_with("__"),
        topic_name: told.name,
        replication_factor: told.replicas,
        partitions_count: told.partitions,
    }
}

fn place(cluster: &str) -> String {
    format!("{CLUSTERS}/{}", escaped(cluster))
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
