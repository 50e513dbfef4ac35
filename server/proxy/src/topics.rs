//! What is the topic with this id called? Learnt from `Metadata` answers on their way to clients.

use std::borrow::Cow;
use std::sync::Arc;

use ahash::HashMap;
use parking_lot::RwLock;

use crate::groups::TopicName;

/// Topics remembered.
const MOST: usize = 100_000;

#[derive(Debug, Default)]
pub(crate) struct TopicNames(RwLock<HashMap<[u8; 16], Arc<str>>>);

impl TopicNames {
    pub(crate) fn learn(&self, topics: &[([u8; 16], &str)]) {
        let is_known = |(id, name): &([u8; 16], &str)| self.0.read().get(id).is_some_and(|known| **known == **name);
        for (id, name) in topics.iter().filter(|topic| topic.0 != [0; 16] && !is_known(topic)) {
            let mut names = self.0.write();
            if names.len() >= MOST {
                names.clear();
            }
            names.insert(*id, (*name).into());
        }
    }

    /// The name of the topic with this id; `None` if no answer has named it yet.
    pub(crate) fn name(&self, id: &[u8; 16]) -> Option<Arc<str>> {
        self.0.read().get(id).map(Arc::clone)
    }

    /// `None` for an id that no answer has named yet.
    pub(crate) fn resolve<'a>(&self, topic: TopicName<'a>) -> Option<Cow<'a, str>> {
        match topic {
            TopicName::Name(name) => Some(Cow::Borrowed(name)),
            TopicName::Id(id) => self.0.read().get(&id).map(|name| Cow::Owned(name.to_string())),
        }
    }
}
