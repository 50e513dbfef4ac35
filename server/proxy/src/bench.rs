//! What does this connection know of a topic: its policy, and the schemas that its records have named so far?

use std::sync::Arc;

use tidegate_compat::SchemaKey;

use crate::policy::{Part, ReadyPolicy};
use crate::schemas::{Moment, Question, Schemas, Standing};

/// Schemas remembered per topic and part on one connection; the shared cache knows the rest.
const MOST_SEEN: usize = 64;

/// A topic's policy with what this connection has learnt about the schemas in its records.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) policy: Arc<ReadyPolicy>,
    /// Whether this producer may name a rule that is not to run.
    pub(crate) redrives: bool,
    topic: Arc<str>,
    revision: u64,
    keys: Seen,
    values: Seen,
}

/// Schemas met so far, the last one first asked.
#[derive(Debug, Default)]
struct Seen {
    standings: Vec<(SchemaKey, Standing)>,
    last: usize,
    /// That of the schema which records without framing have.
    bare: Option<Standing>,
}

impl Bench {
    pub(crate) fn new(policy: Arc<ReadyPolicy>, topic: Arc<str>) -> Self {
        Self { policy, redrives: false, topic, revision: 0, keys: Seen::default(), values: Seen::default() }
    }

    /// Forgets what may have changed in the registry.
    pub(crate) fn move_to(&mut self, revision: u64) {
        if self.revision != revision {
            self.revision = revision;
            (self.keys, self.values) = (Seen::default(), Seen::default());
        }
    }

    #[inline]
    pub(crate) fn standing(&mut self, schemas: &Schemas, moment: Moment, part: Part, key: SchemaKey) -> &Standing {
        let seen = match part {
            Part::Key => &mut self.keys,
            Part::Value => &mut self.values,
        };
        let is_last = seen.standings.get(seen.last).is_some_and(|(last, _)| *last == key);
        if !is_last {
            seen.last = seen.standings.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
                let (context, naming) = (&self.policy.context, &self.policy.naming);
                let question = Question { context, naming, topic: &self.topic, part };
                if seen.standings.len() >= MOST_SEEN {
                    seen.standings.clear();
                }
                seen.standings.push((key, schemas.standing(&question, key, moment)));
                seen.standings.len() - 1
            });
        }
        match seen.standings.get(seen.last) {
            Some((_, standing)) => standing,
            None => &Standing::Absent,
        }
    }

    /// The same for records that name no schema.
    #[inline]
    pub(crate) fn bare(&mut self, schemas: &Schemas, moment: Moment, part: Part) -> &Standing {
        let seen = match part {
            Part::Key => &mut self.keys,
            Part::Value => &mut self.values,
        };
        let (context, naming) = (&self.policy.context, &self.policy.naming);
        let question = Question { context, naming, topic: &self.topic, part };
        seen.bare.get_or_insert_with(|| schemas.bare(&question, moment))
    }

    /// Drops answers that may be different the next time: schemas that were not there, or not where they should be.
    pub(crate) fn forget_missing(&mut self) {
        let lasts = |standing: &Standing| {
            use Standing::{Absent, Foreign, Schemaless, Unasked};
            !matches!(standing, Absent | Unasked(_) | Foreign { .. } | Schemaless(_))
        };
        for seen in [&mut self.keys, &mut self.values] {
            seen.standings.retain(|(_, standing)| lasts(standing));
            seen.last = 0;
            seen.bare.take_if(|standing| !lasts(standing));
        }
    }
}
