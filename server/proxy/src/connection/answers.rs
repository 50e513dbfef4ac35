//! The pump from broker to client: what is due next, and what must be changed in it?

use std::sync::atomic::Ordering;

use std::io::IoSlice;

use tokio::sync::mpsc;
use tokio::sync::oneshot::Sender;

use super::{Answer, Due, Link, length};
use crate::error::{Malformed, SessionError, Side};
use crate::fetch::walk::{self, Tail};
use crate::frame::PREFIX;
use crate::metadata::{self, Described, Mention, Patch};
use crate::nodes::Own;
use crate::produce::{self, Owed};
use crate::relay::Relay;
use crate::versions;
use crate::wire::Cursor;

/// Length and correlation id.
const HEADER: usize = PREFIX + 4;

/// Answers until no more requests come and none is due.
pub(super) async fn run(link: &Link<'_>, relay: Relay<'_>, mut due: mpsc::Receiver<Due>) -> Result<(), SessionError> {
    let mut answers = Answers { link, relay };
    while let Some(next) = answers.next(&mut due).await? {
        let is_produce = matches!(next.answer, Answer::Produce(_));
        answers.answer(next).await?;
        link.shared.heard();
        if is_produce {
            link.unacknowledged.fetch_sub(1, Ordering::AcqRel);
        }
    }
    answers.relay.flush().await
}

struct Answers<'l, 's> {
    link: &'l Link<'s>,
    relay: Relay<'l>,
}

impl Answers<'_, '_> {
    /// What is due next. Meanwhile, notices when the broker goes away.
    async fn next(&mut self, due: &mut mpsc::Receiver<Due>) -> Result<Option<Due>, SessionError> {
        if let Ok(next) = due.try_recv() {
            return Ok(Some(next));
        }
        self.relay.flush().await?;
        loop {
            let is_silent = self.relay.unread().is_empty();
            tokio::select! {
                biased;
                next = due.recv() => return Ok(next),
                came = self.relay.need(1), if is_silent => {
                    if !came? {
                        return Err(SessionError::Closed(Side::Broker));
                    }
                }
            }
        }
    }

    async fn answer(&mut self, due: Due) -> Result<(), SessionError> {
        let Due { correlation, version, answer } = due;
        if let Answer::Ready(bytes) = answer {
            self.relay.flush().await?;
            return self.relay.write(&mut [IoSlice::new(&bytes)]).await;
        }
        self.relay.begin();
        self.relay.must(PREFIX).await?;
        let total = PREFIX + length(&self.relay, i32::MAX as usize)?;
        if let Answer::BareToken = answer {
            self.link.adopt();
            return self.relay.stream(total).await;
        }
        self.relay.must(HEADER).await?;
        let found = Cursor::new(self.relay.unread().get(PREFIX..).unwrap_or_default()).i32();
        let found = found.map_err(malformed("an answer"))?;
        if found != correlation {
            return Err(SessionError::Correlation { expected: correlation, found });
        }
        match answer {
            Answer::Pass | Answer::BareToken | Answer::Ready(_) => self.relay.stream(total).await,
            Answer::TopicNames(told) => self.topic_names(total, version, told).await,
            Answer::Produce(None) if version < 10 => self.relay.stream(total).await,
            Answer::Fetch => self.fetch(total).await,
            Answer::ShareFetch => self.share_fetch(total).await,
            rewritten => self.rewrite(total, correlation, version, &rewritten).await,
        }
    }

    /// Waits for all of a frame that is short enough to be held.
    async fn whole(&mut self, total: usize) -> Result<(), SessionError> {
        let max = self.link.shared.settings.max_frame;
        if total > max {
            return Err(SessionError::FrameLength { side: Side::Broker, length: total as i64, max });
        }
        self.relay.must(total).await
    }

    /// Learns which topics have the ids that we asked for. The client has not asked, and gets none of it.
    async fn topic_names(&mut self, total: usize, version: i16, told: Sender<()>) -> Result<(), SessionError> {
        self.whole(total).await?;
        let frame = self.relay.unread().get(..total).unwrap_or_default();
        let at = body(frame, true)?;
        let seen = metadata::metadata(from(frame, at), version).map_err(malformed("a Metadata answer"))?;
        self.link.shared.topic_names.learn(&seen.topics);
        // If nobody waits any more, the next request will find what was learnt.
        let _ = told.send(());
        self.relay.discard(total).await
    }

    /// Answers that are short enough to be held and looked at as a whole.
    async fn rewrite(
        &mut self,
        total: usize,
        correlation: i32,
        version: i16,
        answer: &Answer,
    ) -> Result<(), SessionError> {
        self.whole(total).await?;
        let frame = self.relay.unread().get(..total).unwrap_or_default();
        let changed = match answer {
            Answer::ApiVersions => {
                let body = frame.get(HEADER..).unwrap_or_default();
                let refuses = self.link.shared.settings.cannot_create_topics.is_some();
                let narrowed = versions::narrow(body, correlation, version, refuses);
                Some(narrowed.map_err(malformed("an ApiVersions answer"))?)
            }
            Answer::Metadata => self.link.metadata(frame, version)?,
            Answer::FindCoordinator => self.link.find_coordinator(frame, version)?,
            Answer::DescribeCluster => self.link.describe_cluster(frame, version)?,
            Answer::ShareAcknowledge => self.link.share_acknowledge(frame, version)?,
            Answer::Produce(owed) => self.link.produce(frame, correlation, version, owed.as_deref())?,
            Answer::SaslHandshake => {
                self.link.handshaken(frame, version)?;
                None
            }
            Answer::SaslAuthenticate => {
                self.link.authenticated(frame, version)?;
                None
            }
            Answer::Pass
            | Answer::Fetch
            | Answer::ShareFetch
            | Answer::TopicNames(_)
            | Answer::BareToken
            | Answer::Ready(_) => None,
        };
        match changed {
            None => {
                self.relay.pass(total);
                Ok(())
            }
            Some(bytes) => self.relay.replace(total, &bytes).await,
        }
    }

    /// Streams a Fetch answer, holding back only its last few bytes.
    async fn fetch(&mut self, total: usize) -> Result<(), SessionError> {
        match walk::fetch(&mut self.relay, total).await? {
            Tail::Plain => Ok(()),
            Tail::Late { size } => self.late(size, walk::blank),
            Tail::Held { position } => {
                let frame = self.relay.unread().get(..total).unwrap_or_default();
                match self.link.endpoints(frame, position)? {
                    None => self.relay.pass(total),
                    Some(bytes) => self.relay.replace(total, &bytes).await?,
                }
                Ok(())
            }
        }
    }

    async fn share_fetch(&mut self, total: usize) -> Result<(), SessionError> {
        match walk::share_fetch(&mut self.relay, total).await? {
            Tail::Plain => Ok(()),
            Tail::Late { size } => self.late(size, walk::blank_share),
            Tail::Held { position } => {
                let frame = self.relay.unread().get(..total).unwrap_or_default();
                let mut tail = Cursor::new(from(frame, position));
                let mentions = metadata::node_endpoints(&mut tail).map_err(malformed("a ShareFetch answer"))?;
                let moved = produce::reframed(frame, &self.link.moved(&mentions, true, position)?);
                self.relay.replace(total, &moved).await
            }
        }
    }

    /// The end of an answer that has partly left can be made unreadable, not longer or shorter.
    fn late(&mut self, size: usize, blank: fn(&mut [u8]) -> Result<(), Malformed>) -> Result<(), SessionError> {
        let tail = self.relay.unread_mut().get_mut(..size).unwrap_or_default();
        blank(tail).map_err(malformed("a Fetch answer"))?;
        self.relay.pass(size);
        Ok(())
    }
}

fn malformed(what: &'static str) -> impl Fn(Malformed) -> SessionError {
    SessionError::malformed(Side::Broker, what)
}

/// Where the body of an answer begins: after the tagged fields of a flexible header.
fn body(frame: &[u8], flexible: bool) -> Result<usize, SessionError> {
    let mut cursor = Cursor::new(frame);
    cursor.skip(HEADER).map_err(malformed("an answer"))?;
    cursor.skip_tags(flexible).map_err(malformed("an answer"))?;
    Ok(cursor.position())
}

fn from(frame: &[u8], at: usize) -> &[u8] {
    frame.get(at..).unwrap_or_default()
}

impl Link<'_> {
    /// Our own addresses for the brokers that are mentioned.
    fn moved(&self, mentions: &[Mention<'_>], flexible: bool, offset: usize) -> Result<Vec<Patch>, SessionError> {
        let own = self.shared.nodes.own(self.shared, mentions, &self.host)?;
        let moved = |(mention, (host, port)): (&Mention<'_>, &Own)| mention.moved_to(host, *port, flexible, offset);
        Ok(mentions.iter().zip(&own).map(moved).collect())
    }

    fn metadata(&self, frame: &[u8], version: i16) -> Result<Option<Vec<u8>>, SessionError> {
        let flexible = version >= 9;
        let at = body(frame, flexible)?;
        let seen = metadata::metadata(from(frame, at), version).map_err(malformed("a Metadata answer"))?;
        self.shared.topic_names.learn(&seen.topics);
        let mut patches = self.moved(&seen.brokers, flexible, at)?;
        if self.shared.settings.cannot_create_topics.is_some() {
            // Clients ask nobody else to make topics.
            patches.extend(seen.with_a_controller(at));
        }
        Ok(Some(produce::reframed(frame, &patches)))
    }

    fn find_coordinator(&self, frame: &[u8], version: i16) -> Result<Option<Vec<u8>>, SessionError> {
        let flexible = version >= 3;
        let at = body(frame, flexible)?;
        let found = metadata::find_coordinator(from(frame, at), version);
        let found = found.map_err(malformed("a FindCoordinator answer"))?;
        Ok(Some(produce::reframed(frame, &self.moved(&found, flexible, at)?)))
    }

    fn describe_cluster(&self, frame: &[u8], version: i16) -> Result<Option<Vec<u8>>, SessionError> {
        let at = body(frame, true)?;
        let described = metadata::describe_cluster(from(frame, at), version);
        let patches = match described.map_err(malformed("a DescribeCluster answer"))? {
            Described::Brokers(brokers) => self.moved(&brokers, true, at)?,
            Described::Controllers(list) => vec![metadata::emptied(at + list.start..at + list.end)],
        };
        Ok(Some(produce::reframed(frame, &patches)))
    }

    fn share_acknowledge(&self, frame: &[u8], version: i16) -> Result<Option<Vec<u8>>, SessionError> {
        let at = body(frame, true)?;
        let found = metadata::share_acknowledge(from(frame, at), version);
        let found = found.map_err(malformed("a ShareAcknowledge answer"))?;
        if found.is_empty() {
            return Ok(None);
        }
        Ok(Some(produce::reframed(frame, &self.moved(&found, true, at)?)))
    }

    /// Merges our refusals in, and replaces the addresses of new leaders.
    fn produce(
        &self,
        frame: &[u8],
        correlation: i32,
        version: i16,
        owed: Option<&Owed>,
    ) -> Result<Option<Vec<u8>>, SessionError> {
        let flexible = version >= 9;
        let at = body(frame, flexible)?;
        let malformed = malformed("a Produce answer");
        let merged =
            owed.map(|owed| owed.merge(from(frame, at), correlation, version)).transpose().map_err(&malformed)?;
        if version < 10 {
            return Ok(merged);
        }
        let frame = merged.as_deref().unwrap_or(frame);
        let at = body(frame, flexible)?;
        let tail = produce::tail(from(frame, at), version).map_err(&malformed)?;
        Ok(self.endpoints(frame, at + tail)?.or(merged))
    }

    /// Replaces addresses in the tagged fields at `position`, if there are any.
    fn endpoints(&self, frame: &[u8], position: usize) -> Result<Option<Vec<u8>>, SessionError> {
        let Some(endpoints) = metadata::endpoints(frame, position).map_err(malformed("an answer"))? else {
            return Ok(None);
        };
        let inner = self.moved(&endpoints.brokers, true, 0)?;
        Ok(Some(produce::reframed(frame, &[endpoints.rebuilt(frame, &inner)])))
    }

    /// A handshake of version 0 was accepted: what comes next has no header.
    fn handshaken(&self, frame: &[u8], version: i16) -> Result<(), SessionError> {
        let accepted = error_code(frame, false)? == 0;
        if accepted && version == 0 {
            let tokens = self.sasl.lock().bare_tokens().unwrap_or(0);
            self.bare_tokens.store(tokens, Ordering::Release);
        }
        Ok(())
    }

    fn authenticated(&self, frame: &[u8], version: i16) -> Result<(), SessionError> {
        if error_code(frame, version >= 2)? == 0 {
            self.adopt();
        }
        Ok(())
    }

    /// The broker has accepted what the client sent last.
    fn adopt(&self) {
        if let Some(name) = self.sasl.lock().accepted() {
            self.who.principal(&name);
        }
    }
}

fn error_code(frame: &[u8], flexible: bool) -> Result<i16, SessionError> {
    let at = body(frame, flexible)?;
    Cursor::new(from(frame, at)).i16().map_err(malformed("a SASL answer"))
}
