//! What do people say of a violation, and does it still hold?

use serde_json::json;
use tidegate_lineage::Millis;

use crate::error::plain;
use crate::session::on_both;
use crate::violations::ViolationRow;
use crate::{Error, Result, Tx};

/// How far people are with a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum ViolationState {
    /// Nobody said anything, or what they said holds no more.
    #[default]
    New,
    Acknowledged,
    Muted,
    Fixed,
}

/// What was said of a violation last, and what of it holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    pub state: ViolationState,
    /// When a mute ends that holds.
    pub until: Option<Millis>,
    /// Also of what holds no more.
    pub said: Option<Said>,
}

/// Who said something of a violation, when, and in which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub note: String,
    pub by: String,
    pub at: Millis,
}

/// The columns of a state, as they come beside those of a violation.
#[derive(sqlx::FromRow)]
pub(crate) struct Columns {
    /// What holds; see [`holding!`].
    state: String,
    muted_until: Option<i64>,
    note: Option<String>,
    changed_by: Option<String>,
    changed_at: Option<i64>,
}

/// The state that holds, in SQL: what is seen again wasn't fixed, and a mute has an end.
macro_rules! holding {
    ($now:literal) => {
        concat!(
            "CASE WHEN state = 'fixed' AND last_seen > changed_at THEN 'new' WHEN state = 'muted' AND muted_until <= ",
            $now,
            " THEN 'new' ELSE COALESCE(state, 'new') END"
        )
    };
}
pub(crate) use holding;

const PUT: &str = "INSERT INTO violation_states (fingerprint, state, muted_until, note, changed_by, changed_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (fingerprint) DO UPDATE SET state = excluded.state, \
     muted_until = excluded.muted_until, note = excluded.note, changed_by = excluded.changed_by, \
     changed_at = excluded.changed_at";

impl ViolationState {
    pub const ALL: [Self; 4] = [Self::New, Self::Acknowledged, Self::Muted, Self::Fixed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Acknowledged => "acknowledged",
            Self::Muted => "muted",
            Self::Fixed => "fixed",
        }
    }

    /// The state of this name; `None` if there is none.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl ViolationRow {
    /// As the audit tells what is said of it: one JSON object.
    pub fn told(&self) -> String {
        let (offence, standing) = (&self.offence, &self.standing);
        let note = standing.said.as_ref().map_or("", |said| &said.note);
        json!({
            "violation": self.fingerprint, "cluster": &*offence.topic.cluster, "topic": &*offence.topic.topic,
            "rule": &*offence.rule, "state": standing.state.as_str(), "until": standing.until, "note": note,
        })
        .to_string()
    }
}

impl Tx {
    /// Keeps what somebody says of a violation, in the place of what was said before.
    pub async fn put_violation_state(
        &mut self,
        fingerprint: &str,
        state: ViolationState,
        until: Option<Millis>,
        said: &Said,
    ) -> Result<()> {
        let (fingerprint, note, by) = (plain(fingerprint)?, plain(&said.note)?, plain(&said.by)?);
        on_both!(&mut **self, link => {
            let query = sqlx::query(PUT).bind(fingerprint).bind(state.as_str()).bind(until);
            query.bind(note).bind(by).bind(said.at).execute(link).await.map(|_| ())
        })
    }
}

impl Columns {
    pub(crate) fn told(self) -> Result<Standing> {
        let unknown = || Error::Corrupt(format!("a violation has the state '{}'", self.state));
        let state = ViolationState::parse(&self.state).ok_or_else(unknown)?;
        let said = match (self.note, self.changed_by, self.changed_at) {
            (Some(note), Some(by), Some(at)) => Some(Said { note, by, at }),
            _ => None,
        };
        Ok(Standing { state, until: self.muted_until.filter(|_| state == ViolationState::Muted), said })
    }
}
