//! How far do the logs of a cluster reach, and how far has each group read them? The cluster is asked, as by any client.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tidegate_lineage::{Log, Millis, Progress, Survey};
use tokio_util::sync::CancellationToken;

use crate::door::Way;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many partitions are asked for. Of topics beyond that nothing is known.
const MOST_PARTITIONS: usize = 20_000;
/// How many groups are asked for, each over a connection of its own.
const MOST_GROUPS: usize = 500;
/// After so many failures in a row nothing more is asked.
const MOST_FAILURES: usize = 3;
/// How the names of topics begin that Kafka keeps for itself.
const INTERNAL: &str = "__";

/// Where one cluster is asked. Cheap to clone.
#[derive(Clone)]
pub struct Asker {
    cluster: Arc<str>,
    settings: ClientConfig,
}

impl Asker {
    /// Through the proxy of this cluster. Nothing is connected to yet.
    pub fn of(cluster: &str, way: &Way) -> Self {
        let mut settings = crate::librdkafka::settings();
        settings
            .set("client.id", "tidegate-survey")
            // It joins no group; librdkafka wants a name all the same.
            .set("group.id", "tidegate-survey")
            .set("enable.auto.commit", "false")
            .set("isolation.level", "read_uncommitted");
        way.tell(&mut settings);
        Self { cluster: cluster.into(), settings }
    }

    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// Asks, at this time. With what could not be asked for, it is no whole survey; where nothing could be, it is an error.
    pub async fn ask(&self, at: Millis, stop: &CancellationToken) -> Result<Survey, KafkaError> {
        let (own, stop) = (self.clone(), stop.clone());
        let asking = tokio::task::spawn_blocking(move || own.ask_now(at, &stop));
        asking.await.unwrap_or(Err(KafkaError::Canceled))
    }

    fn ask_now(&self, at: Millis, stop: &CancellationToken) -> Result<Survey, KafkaError> {
        let consumer: BaseConsumer = self.settings.create()?;
        let (partitions, has_all) = partitions(&consumer)?;
        let id: Option<Arc<str>> = consumer.client().fetch_cluster_id(PATIENCE).map(Arc::from);
        if partitions.count() == 0 {
            // librdkafka takes no empty lists. Without topics nobody has read any.
            let cluster = Arc::clone(&self.cluster);
            return Ok(Survey { cluster, id, at, is_whole: has_all, logs: Vec::new(), groups: Vec::new() });
        }
        let logs = sums(&consumer.offsets_for_times(partitions.clone(), PATIENCE)?, Part::Whole);
        let logs = logs.into_iter().map(|(topic, end)| Log { topic: topic.into(), end }).collect();
        let (groups, is_whole) = match groups(&consumer) {
            Ok(names) => self.progress(names, &partitions, stop),
            Err(error) => {
                tracing::debug!(cluster.name = &*self.cluster, %error, "the cluster does not tell its groups");
                (Vec::new(), false)
            }
        };
        Ok(Survey { cluster: Arc::clone(&self.cluster), id, at, is_whole: is_whole && has_all, logs, groups })
    }

    /// What groups have committed, and whether each of them could be asked for.
    fn progress(
        &self,
        names: Vec<String>,
        partitions: &TopicPartitionList,
        stop: &CancellationToken,
    ) -> (Vec<Progress>, bool) {
        let (mut found, mut is_whole, mut failures) = (Vec::new(), names.len() <= MOST_GROUPS, 0);
        for group in names.into_iter().take(MOST_GROUPS) {
            if stop.is_cancelled() || failures >= MOST_FAILURES {
                return (found, false);
            }
            match self.committed(&group, partitions) {
                Ok(committed) => {
                    failures = 0;
                    let group: Arc<str> = group.into();
                    let told = sums(&committed, Part::Some);
                    found.extend(told.into_iter().map(|(topic, committed)| Progress {
                        topic: topic.into(),
                        group: Arc::clone(&group),
                        committed,
                    }));
                }
                Err(error) => {
                    tracing::debug!(cluster.name = &*self.cluster, group, %error, "a group's offsets are not told");
                    (failures, is_whole) = (failures + 1, false);
                }
            }
        }
        (found, is_whole)
    }

    /// A consumer that names the group and never joins it is told what it has committed.
    fn committed(&self, group: &str, partitions: &TopicPartitionList) -> Result<TopicPartitionList, KafkaError> {
        let mut settings = self.settings.clone();
        settings.set("group.id", group);
        let consumer: BaseConsumer = settings.create()?;
        consumer.committed_offsets(partitions.clone(), PATIENCE)
    }
}

/// All partitions to ask for, each with its end in question, and whether those are all.
fn partitions(consumer: &BaseConsumer) -> Result<(TopicPartitionList, bool), KafkaError> {
    let metadata = consumer.fetch_metadata(None, PATIENCE)?;
    let mut list = TopicPartitionList::new();
    for topic in metadata.topics().iter().filter(|topic| topic.error().is_none() && !topic.name().starts_with(INTERNAL))
    {
        if list.count() + topic.partitions().len() > MOST_PARTITIONS {
            return Ok((list, false));
        }
        for partition in topic.partitions() {
            list.add_partition_offset(topic.name(), partition.id(), Offset::End)?;
        }
    }
    Ok((list, true))
}

/// The groups of consumers on all brokers, sorted.
fn groups(consumer: &BaseConsumer) -> Result<Vec<String>, KafkaError> {
    let told = consumer.fetch_group_list(None, PATIENCE)?;
    let consumers = told.groups().iter().filter(|group| matches!(group.protocol_type(), "consumer" | ""));
    let mut names: Vec<_> = consumers.map(|group| group.name().to_owned()).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// Whether a topic counts of which some partitions have no offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Some,
    Whole,
}

/// The sums of offsets by topic.
fn sums(list: &TopicPartitionList, part: Part) -> BTreeMap<String, u64> {
    let mut sums: BTreeMap<String, Option<u64>> = BTreeMap::new();
    for element in list.elements() {
        let offset = match (element.error(), element.offset()) {
            (Ok(()), Offset::Offset(offset)) => u64::try_from(offset).ok(),
            _ => None,
        };
        let topic = element.topic().to_owned();
        match (sums.get_mut(&topic), offset, part) {
            (Some(sum), Some(offset), _) => *sum = sum.map(|sum| sum.saturating_add(offset)),
            (None, Some(offset), _) => drop(sums.insert(topic, Some(offset))),
            (_, None, Part::Some) => {}
            (_, None, Part::Whole) => drop(sums.insert(topic, None)),
        }
    }
    sums.into_iter().filter_map(|(topic, sum)| Some((topic, sum?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_counts_whole_and_a_group_as_far_as_it_has_read() {
        let mut list = TopicPartitionList::new();
        for (topic, partition, offset) in [
            ("orders", 0, Offset::Offset(5)),
            ("orders", 1, Offset::Offset(7)),
            ("bills", 0, Offset::Offset(3)),
            ("bills", 1, Offset::Invalid),
            ("bills", 2, Offset::Offset(1)),
            ("idle", 0, Offset::Invalid),
        ] {
            list.add_partition_offset(topic, partition, offset).unwrap();
        }
        let expected = |sums: &[(&str, u64)]| sums.iter().map(|(topic, sum)| ((*topic).to_owned(), *sum)).collect();
        assert_eq!(sums(&list, Part::Whole), expected(&[("orders", 12)]));
        assert_eq!(sums(&list, Part::Some), expected(&[("bills", 4), ("orders", 12)]));
    }
}
