//! What is done with a batch that was judged? Its policy, the ramp and the worst of its records decide.
//!
//! | | not idempotent | idempotent or transactional |
//! |---|---|---|
//! | reject | the batch is refused | the same: to the producer it looks as if the broker had refused |
//! | flag | bad records get a header | the same: count, order and sequence numbers stay |
//! | remove | bad records are dead letters, the rest is written | refused, and the bad records copied to the dead letters |
//!
//! Letters of refused batches don't hold up the answer; those of removed records must be written before the rest is. What
//! can't be put aside is answered with an error that producers retry, and nothing is written.

use std::sync::Arc;

use crate::batch::{Batch, BatchFault};
use crate::bench::Bench;
use crate::complaint::Fate;
use crate::dead_letter::{DeadLetter, DeadLetters, Origin, Undelivered};
use crate::judge::{Judge, Verdict};
use crate::policy::{TopicPolicy, Undecidable};
use crate::produce::Ruling;
use crate::proxy::Shared;
use crate::reject::{self, Refusal};
use crate::rewrite::{Rewrite, flag};
use crate::schemas::Moment;

/// What shall be done with a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Course {
    Pass,
    Refuse(Refusal),
    /// Bad records are copied to the dead letters, too.
    RefuseAndLetter(Refusal),
    /// Bad records are flagged or left out.
    Rewrite,
}

impl Course {
    /// What a verdict means under a policy that is enforced.
    pub(crate) fn of(verdict: &Verdict, policy: &TopicPolicy) -> Self {
        match verdict {
            Verdict::Good => Self::Pass,
            Verdict::Unfit(fault) => Self::Refuse(reject::unfit(fault)),
            Verdict::Undecidable(reason) => undecidable(reason, policy).map_or(Self::Pass, Self::Refuse),
            Verdict::Bad(bad) if bad.worst >= Fate::Refuse => {
                let refusal = reject::bad_records(bad);
                if bad.letters > 0 { Self::RefuseAndLetter(refusal) } else { Self::Refuse(refusal) }
            }
            Verdict::Bad(bad) => match bad.undecidable.as_ref().and_then(|reason| undecidable(reason, policy)) {
                Some(refusal) => Self::Refuse(refusal),
                None if bad.worst == Fate::Pass => Self::Pass,
                None => Self::Rewrite,
            },
        }
    }
}

fn undecidable(reason: &str, policy: &TopicPolicy) -> Option<Refusal> {
    let is_closed = policy.when_undecidable == Undecidable::Closed;
    is_closed.then(|| reject::later(format_args!("the records can't be checked now: {reason}")))
}

/// A batch that was just judged, with everything that its sentence needs.
pub(crate) struct Dock<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) judge: &'a mut Judge,
    pub(crate) bench: &'a mut Bench,
    pub(crate) moment: Moment,
    pub(crate) origin: Origin<'a>,
    pub(crate) records: &'a [u8],
}

impl Dock<'_> {
    /// Copies the bad records of a refused batch to the dead letters, as far as there is room.
    pub(crate) fn post_letters(&mut self) {
        let Some(office) = self.shared.dead_letters.clone() else { return };
        let posted = self.each_letter(|letter| match office.post(letter) {
            Ok(()) | Err(_) => Ok(()),
        });
        // The batch was read a moment ago.
        debug_assert_eq!(posted, Ok(()));
    }

    /// Flags bad records or leaves them out, and waits until those that are left out are written elsewhere.
    pub(crate) async fn rewrite(&mut self) -> Ruling {
        let (written, letters) = match self.written_anew() {
            Ok(both) => both,
            Err(fault) => return Ruling::Answer(reject::unfit(&fault)),
        };
        if !letters.is_empty()
            && let Err(reason) = deliver(self.shared.dead_letters.as_ref(), letters).await
        {
            return Ruling::Answer(reject::later(format_args!("bad records can't be put aside now: {reason}")));
        }
        written.map_or_else(|| Ruling::Answer(reject::nothing_left()), Ruling::Replace)
    }

    fn each_letter(&mut self, mut see: impl FnMut(DeadLetter) -> Result<(), BatchFault>) -> Result<(), BatchFault> {
        let batch = Batch::open(self.records)?;
        let (origin, max) = (self.origin, self.shared.settings.max_batch);
        let schemas = (&*self.shared.schemas, self.moment);
        self.judge.revisit(self.bench, schemas, self.records, max, |index, record, found| match found {
            Some((complaint, fate)) if fate.is_lettered() => see(origin.letter(&batch, index, record, complaint)),
            _ => Ok(()),
        })
    }

    fn written_anew(&mut self) -> Result<(Option<Vec<u8>>, Vec<DeadLetter>), BatchFault> {
        let batch = Batch::open(self.records)?;
        let (origin, max) = (self.origin, self.shared.settings.max_batch);
        let schemas = (&*self.shared.schemas, self.moment);
        let (mut rewrite, mut letters) = (Rewrite::new(self.records, batch), Vec::new());
        self.judge.revisit(self.bench, schemas, self.records, max, |index, record, found| {
            let kept = match found {
                Some((complaint, Fate::Flag)) => {
                    let flag = flag(complaint.rule(), complaint.path(), &complaint.reason());
                    rewrite.keep(record, Some(&flag))
                }
                Some((complaint, Fate::Remove)) => {
                    letters.push(origin.letter(&batch, index, record, complaint));
                    rewrite.remove();
                    Ok(())
                }
                _ => rewrite.keep(record, None),
            };
            kept.map_err(|_| BatchFault::Count)
        })?;
        Ok((rewrite.finish()?, letters))
    }
}

async fn deliver(office: Option<&Arc<dyn DeadLetters>>, letters: Vec<DeadLetter>) -> Result<(), Undelivered> {
    match office {
        Some(office) => office.deliver(letters).await,
        None => Err(Undelivered::Failed("no brokers are named for dead letters".to_owned())),
    }
}

#[cfg(test)]
mod tests;
