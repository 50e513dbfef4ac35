//! How is one client served? One session is one connection on each side and two pumps between them.
//!
//! Requests go up, answers come down, and a queue between the pumps remembers what is due in which order: Kafka answers
//! in the order of requests, so an answer of our own waits its turn. The queue is bounded, and every write is awaited:
//! whoever is slow slows down whoever feeds it.

use std::io::IoSlice;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tidegate_lineage::{Evidence, Identity};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};

use crate::error::{Malformed, SessionError, Side};
use crate::fetch::Positions;
use crate::fetch::walk::ENDPOINTS_SINCE;
use crate::frame::{self, Head, PREFIX};
use crate::groups::{self, Reading};
use crate::inspect::Inspector;
use crate::ledger::{Intake, Who};
use crate::listen::{Door, Guest};
use crate::metadata;
use crate::produce::{Owed, Ruling};
use crate::proxy::Shared;
use crate::relay::Relay;
use crate::sasl::Exchange;
use crate::versions::{self, Api, Handling};
use crate::wire::Cursor;
use crate::{listen, subject, transactions, unserved};

mod answers;

/// Requests that may wait for their answers at once.
const IN_FLIGHT: usize = 256;

/// How long answers that are due may take to arrive when the proxy stops.
const DRAIN: Duration = Duration::from_secs(3);

/// How often it is looked whether answers about what was produced are still due, after that.
const LOOK: Duration = Duration::from_millis(50);

/// Requests that are only looked at, not acted on, stream through unseen if they are larger than this.
const LONGEST_TAPPED: usize = 1 << 20;

/// The longest SASL message, as brokers have it. It comes before anyone is authenticated.
const LONGEST_SASL: usize = 512 << 10;

/// How long the broker may take to tell the names of topics.
const LOOKUP: Duration = Duration::from_secs(5);

/// The correlation id of our own question. Answers come in the order of requests, so it may meet its like.
const ASKED_BY_US: i32 = i32::MIN;

/// Requests larger than this share a budget for all connections.
const LARGE: usize = 1 << 20;

/// What both directions of a session know.
struct Link<'s> {
    shared: &'s Arc<Shared>,
    who: Who,
    /// The host name under which this client is told to reach brokers, where these have ports.
    host: String,
    /// Requests to produce that the broker has yet to answer.
    unacknowledged: AtomicUsize,
    sasl: Mutex<Exchange>,
    /// SASL tokens without a header that are still to come, after a handshake of version 0.
    bare_tokens: AtomicU8,
}

/// An answer that is due.
struct Due {
    correlation: i32,
    version: i16,
    answer: Answer,
}

/// What is done to an answer on its way down.
enum Answer {
    Pass,
    ApiVersions,
    Metadata,
    FindCoordinator,
    DescribeCluster,
    /// A Produce answer, with what the broker can't say.
    Produce(Option<Box<Owed>>),
    Fetch,
    ShareFetch,
    ShareAcknowledge,
    SaslHandshake,
    SaslAuthenticate,
    /// A Metadata answer that we asked for ourselves: it tells which topics have the ids that a client named.
    TopicNames(oneshot::Sender<()>),
    /// The answer to a SASL token without a header: it has no header either.
    BareToken,
    /// Ours alone.
    Ready(Vec<u8>),
}

/// Serves a client until either side goes away, and says why if that was not in good order.
pub(crate) async fn serve(shared: &Arc<Shared>, client: TcpStream, peer: SocketAddr, door: Door) {
    shared.metrics.connections.add(1, &[]);
    let ended = match listen::introduce(shared, client, peer, door).await {
        Ok(Some(guest)) => session(shared, guest).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    shared.metrics.connections.add(-1, &[]);
    let Err(error) = ended else { return };
    match &error {
        SessionError::Closed(_) | SessionError::Idle(_) | SessionError::Io { .. } => {
            tracing::debug!(client.address = %peer, %error, "session ended");
        }
        _ => {
            shared.metrics.sessions_failed.add(1, &[opentelemetry::KeyValue::new("side", side(&error))]);
            if let Some(unsaid) = shared.quiet_sessions.may_speak() {
                tracing::warn!(client.address = %peer, %error, unsaid, "session ended");
            }
        }
    }
}

fn side(error: &SessionError) -> &'static str {
    match error {
        SessionError::Unreachable { .. } | SessionError::Correlation { .. } => "broker",
        SessionError::BrokerPort(_) => "proxy",
        SessionError::Io { side, .. }
        | SessionError::Closed(side)
        | SessionError::Stalled(side)
        | SessionError::Unread(side)
        | SessionError::Idle(side)
        | SessionError::Handshake { side, .. }
        | SessionError::FrameLength { side, .. }
        | SessionError::Malformed { side, .. } => match side {
            Side::Client => "client",
            Side::Broker => "broker",
        },
        SessionError::Tls
        | SessionError::ProxyHeader(_)
        | SessionError::Unsupported { .. }
        | SessionError::Mechanism(_) => "client",
    }
}

async fn session(shared: &Arc<Shared>, guest: Guest) -> Result<(), SessionError> {
    let Guest { pipe: client, peer, door } = guest;
    let local = client.local_addr().map_err(|source| SessionError::Io { side: Side::Client, source })?;
    let broker = tokio::select! {
        () = shared.stop.cancelled() => return Ok(()),
        dialled = shared.nodes.dial(door) => dialled?,
    };
    let link = Link {
        shared,
        who: Who::new(peer.ip()),
        host: shared.host_for(local),
        unacknowledged: AtomicUsize::new(0),
        sasl: Mutex::default(),
        bare_tokens: AtomicU8::new(0),
    };
    if let Some(subject) = client.certificate().as_deref().and_then(subject::of) {
        link.who.principal(&subject);
    }
    let (tell, due) = mpsc::channel(IN_FLIGHT);
    let (up, down) = (shared.metrics.traffic("client"), shared.metrics.traffic("broker"));
    let requests = Requests {
        link: &link,
        relay: Relay::new((&client, &broker), Side::Client, shared.settings.patience(Side::Client), &shared.pool, up),
        tell,
        inspector: Inspector::new(shared),
        intake: Intake::new(&shared.cluster),
        positions: Positions::default(),
    };
    let answers =
        Relay::new((&broker, &client), Side::Broker, shared.settings.patience(Side::Broker), &shared.pool, down);
    let ended = tokio::select! {
        ended = async { tokio::try_join!(requests.run(), answers::run(&link, answers, due)) } => ended.map(drop),
        () = overstayed(&link) => Ok(()),
    };
    client.say_goodbye();
    broker.say_goodbye();
    ended
}

/// Waits until the proxy has stopped and this session has had its time to end. Long polls and rebalances may be cut off and
/// asked again; what was produced has longer, so that as few producers as possible have to send it twice.
async fn overstayed(link: &Link<'_>) {
    let shared = link.shared;
    shared.stop.cancelled().await;
    let latest = Instant::now() + shared.settings.drain;
    sleep(DRAIN.min(shared.settings.drain)).await;
    while link.unacknowledged.load(Ordering::Acquire) > 0 && Instant::now() < latest {
        sleep(LOOK).await;
    }
    // What came last is still on its way to the client.
    sleep(LOOK).await;
}

/// The pump from client to broker.
struct Requests<'l, 's> {
    link: &'l Link<'s>,
    relay: Relay<'l>,
    tell: mpsc::Sender<Due>,
    inspector: Inspector<'s>,
    intake: Intake,
    positions: Positions,
}

impl Requests<'_, '_> {
    async fn run(mut self) -> Result<(), SessionError> {
        while let Some(length) = self.next_length().await? {
            if self.link.bare_tokens.load(Ordering::Acquire) > 0 {
                self.bare_token(length).await?;
                continue;
            }
            self.request(length).await?;
        }
        self.relay.flush().await
    }

    /// Waits for the next frame and tells its length; `None` when the client is done or the proxy stops.
    async fn next_length(&mut self) -> Result<Option<usize>, SessionError> {
        let shared = self.link.shared;
        self.relay.begin();
        if self.relay.unread().len() < PREFIX {
            let stop = &shared.stop;
            let came = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(None),
                came = self.relay.need(PREFIX) => came?,
            };
            if !came {
                return if self.relay.unread().is_empty() { Ok(None) } else { Err(SessionError::Closed(Side::Client)) };
            }
        }
        let length = length(&self.relay, shared.settings.max_frame)?;
        Ok(Some(length))
    }

    async fn request(&mut self, length: usize) -> Result<(), SessionError> {
        let malformed = SessionError::malformed(Side::Client, "a request");
        if length < frame::SHORTEST {
            return Err(malformed(Malformed::CutShort));
        }
        self.relay.must(PREFIX + frame::SHORTEST).await?;
        let head = Head::read(self.relay.unread().get(PREFIX..).unwrap_or_default()).map_err(malformed)?;
        let unsupported = SessionError::Unsupported { key: head.key, version: head.version };
        let Some(api) = versions::find(head.key) else { return Err(unsupported) };
        if api.handling == Handling::ApiVersions && head.version > api.max {
            return self.answer_too_new(length, head).await;
        }
        if !(0..=api.max).contains(&head.version) {
            return Err(unsupported);
        }
        let total = PREFIX + length;
        if let Some(hint) = self.link.shared.settings.cannot_create_topics.as_deref()
            && unserved::is_served_here(head.key, head.version)
        {
            return self.refuse_topics(total, head, hint).await;
        }
        let answer = match api.handling {
            Handling::Produce => return self.produce(total, head).await,
            Handling::SaslHandshake | Handling::SaslAuthenticate => return self.sasl(total, head, api).await,
            Handling::Metadata => Answer::Metadata,
            Handling::FindCoordinator => Answer::FindCoordinator,
            Handling::DescribeCluster => Answer::DescribeCluster,
            Handling::ShareAcknowledge => Answer::ShareAcknowledge,
            Handling::Pass => Answer::Pass,
            tapped => {
                self.tap(total, head, api).await?;
                match tapped {
                    Handling::ApiVersions => Answer::ApiVersions,
                    Handling::Fetch if head.version >= ENDPOINTS_SINCE => Answer::Fetch,
                    Handling::ShareFetch => Answer::ShareFetch,
                    _ => Answer::Pass,
                }
            }
        };
        self.due(head, answer).await?;
        self.relay.stream(total).await
    }

    /// Notes an answer that will be due. Waiting for room in the queue, nothing may be held back that answers before it
    /// depend on.
    async fn due(&mut self, head: Head, answer: Answer) -> Result<(), SessionError> {
        if let Answer::Produce(_) = answer {
            self.link.unacknowledged.fetch_add(1, Ordering::AcqRel);
        }
        let due = Due { correlation: head.correlation, version: head.version, answer };
        let due = match self.tell.try_send(due) {
            Ok(()) => return Ok(()),
            Err(mpsc::error::TrySendError::Full(due) | mpsc::error::TrySendError::Closed(due)) => due,
        };
        self.relay.flush().await?;
        self.tell.send(due).await.map_err(|_| SessionError::Closed(Side::Broker))
    }

    async fn answer_too_new(&mut self, length: usize, head: Head) -> Result<(), SessionError> {
        at_most(LONGEST_TAPPED, length)?;
        self.relay.must(PREFIX + length).await?;
        self.due(head, Answer::Ready(versions::too_new(head.correlation))).await?;
        self.relay.discard(PREFIX + length).await
    }

    async fn refuse_topics(&mut self, total: usize, head: Head, hint: &str) -> Result<(), SessionError> {
        at_most(LONGEST_TAPPED, total)?;
        self.relay.must(total).await?;
        let malformed = SessionError::malformed(Side::Client, "a CreateTopics request");
        let bytes = self.relay.unread().get(PREFIX..total).unwrap_or_default();
        let (_, body) = frame::open(bytes, false).map_err(&malformed)?;
        let answer = unserved::refuse(body, head.correlation, hint).map_err(&malformed)?;
        self.due(head, Answer::Ready(answer)).await?;
        self.relay.discard(total).await
    }

    async fn produce(&mut self, total: usize, head: Head) -> Result<(), SessionError> {
        // Held until the request has gone; nobody waits with a part of it in memory.
        let _share = if total > LARGE { Some(self.link.shared.memory_for(total).await) } else { None };
        self.relay.must(total).await?;
        let bytes = self.relay.unread().get(PREFIX..total).unwrap_or_default();
        let client_id = frame::open(bytes, false).map_err(SessionError::malformed(Side::Client, "a request"))?.0;
        self.link.who.client_id(client_id);
        self.inspector.read(bytes, head.version)?;
        let unknown = self.inspector.unknown_topics(bytes);
        if !unknown.is_empty() {
            self.learn(&unknown).await?;
        }
        let bytes = self.relay.unread().get(PREFIX..total).unwrap_or_default();
        self.inspector.inspect(bytes, head.version, &self.link.who).await?;
        let has_answer = self.inspector.request.acks != 0;
        if self.inspector.rulings.is_empty() {
            if has_answer {
                self.due(head, Answer::Produce(None)).await?;
            }
            self.relay.pass(total);
            return if total > LARGE { self.relay.flush().await } else { Ok(()) };
        }
        let rulings = std::mem::take(&mut self.inspector.rulings);
        self.produce_partly(total, head, rulings, has_answer).await
    }

    /// Asks the broker, as the client that it takes us for, which topics have these ids. A client that has come from another
    /// proxy, or from this one before a restart, names them without having asked through us.
    async fn learn(&mut self, ids: &[[u8; 16]]) -> Result<(), SessionError> {
        let (tell, told) = oneshot::channel();
        let head = Head { key: versions::METADATA, version: metadata::BY_ID, correlation: ASKED_BY_US };
        self.due(head, Answer::TopicNames(tell)).await?;
        self.relay.flush().await?;
        let question = metadata::ask_by_id(ids, ASKED_BY_US);
        self.relay.write(&mut [IoSlice::new(&question)]).await?;
        // What is not told in time stays unknown, and the client is told to ask again.
        let _ = timeout(LOOKUP, told).await;
        Ok(())
    }

    /// Forwards what is left of a request, if anything is, and owes the client the rest of the answer.
    async fn produce_partly(
        &mut self,
        total: usize,
        head: Head,
        rulings: Vec<Ruling>,
        has_answer: bool,
    ) -> Result<(), SessionError> {
        let is_all = rulings.iter().all(Ruling::is_answered);
        self.relay.flush().await?;
        let bytes = self.relay.unread().get(PREFIX..total).unwrap_or_default();
        let mut cut = self.inspector.request.ruled(&rulings);
        let owed = self.inspector.request.owed(bytes, rulings);
        if has_answer {
            let answer = if is_all {
                Answer::Ready(owed.alone(head.correlation, head.version))
            } else {
                Answer::Produce(Some(Box::new(owed)))
            };
            self.due(head, answer).await?;
        }
        if !is_all {
            let bytes = self.relay.unread().get(PREFIX..total).unwrap_or_default();
            self.relay.write(&mut cut.slices(bytes)).await?;
        }
        self.relay.discard(total).await
    }

    /// Looks at a request that passes through, for lineage. What can't be read is the broker's to refuse.
    async fn tap(&mut self, total: usize, head: Head, api: Api) -> Result<(), SessionError> {
        if total > LONGEST_TAPPED {
            return Ok(());
        }
        self.relay.must(total).await?;
        let bytes = self.relay.unread().get(PREFIX..total).unwrap_or_default();
        let Ok((client_id, body)) = frame::open(bytes, api.is_flexible(head.version)) else { return Ok(()) };
        self.link.who.client_id(client_id);
        let reading = match api.handling {
            Handling::ApiVersions => {
                if let Ok(Some(software)) = versions::software(body, head.version) {
                    self.link.who.software(&software);
                }
                return Ok(());
            }
            Handling::Fetch => {
                let (link, intake) = (self.link, &mut self.intake);
                let read = |topic| {
                    if let Some(name) = link.shared.topic_names.resolve(topic) {
                        note_topic(link, intake, &link.who.get(), (&name, None), Evidence::Fetched);
                    }
                };
                let _ = self.positions.take_in(body, head.version, read);
                return Ok(());
            }
            Handling::JoinGroup => (groups::join_group(body, head.version), Evidence::Subscribed),
            Handling::ConsumerGroupHeartbeat => (groups::heartbeat(body), Evidence::Subscribed),
            Handling::ShareGroupHeartbeat => (groups::share_heartbeat(body), Evidence::Subscribed),
            Handling::StreamsGroupHeartbeat => (groups::streams_heartbeat(body), Evidence::Subscribed),
            Handling::ShareFetch => (groups::share_fetch(body, head.version), Evidence::Fetched),
            Handling::OffsetCommit => (groups::offset_commit(body, head.version), Evidence::Committed),
            Handling::TxnOffsetCommit => {
                let Ok((transaction, reading)) = groups::txn_offset_commit(body, head.version) else { return Ok(()) };
                note_in_transaction(self.link, transaction, &reading);
                (Ok(reading), Evidence::Committed)
            }
            Handling::EndTxn => {
                if let Ok(end) = transactions::end(body, head.version) {
                    let Shared { transactions, recorder, cluster, .. } = &**self.link.shared;
                    transactions.ended(&self.link.who.get(), end, (recorder, cluster));
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        if let (Ok(reading), evidence) = reading {
            note(self.link, &mut self.intake, &reading, evidence);
        }
        Ok(())
    }

    /// `SaslHandshake` and `SaslAuthenticate`: who is it? The bytes are wiped after they were sent.
    async fn sasl(&mut self, total: usize, head: Head, api: Api) -> Result<(), SessionError> {
        at_most(LONGEST_SASL, total)?;
        self.relay.must(total).await?;
        let malformed = SessionError::malformed(Side::Client, "a SASL request");
        let bytes = self.relay.unread().get(PREFIX..total).unwrap_or_default();
        let flexible = api.is_flexible(head.version);
        let (_, mut body) = frame::open(bytes, flexible).map_err(&malformed)?;
        let answer = if api.handling == Handling::SaslHandshake {
            let mechanism = body.string(false).map_err(&malformed)?;
            let exchange = Exchange::begin(mechanism);
            if head.version == 0 && exchange.bare_tokens().is_none() {
                return Err(SessionError::Mechanism(mechanism.chars().take(64).collect()));
            }
            *self.link.sasl.lock() = exchange;
            Answer::SaslHandshake
        } else {
            let token = body.nullable_bytes(flexible).map_err(&malformed)?.unwrap_or_default();
            self.link.sasl.lock().sent(token);
            Answer::SaslAuthenticate
        };
        self.due(head, answer).await?;
        self.send_secret(total).await
    }

    async fn bare_token(&mut self, length: usize) -> Result<(), SessionError> {
        at_most(LONGEST_SASL, length)?;
        let total = PREFIX + length;
        self.relay.must(total).await?;
        self.link.sasl.lock().sent(self.relay.unread().get(PREFIX..total).unwrap_or_default());
        self.link.bare_tokens.fetch_sub(1, Ordering::AcqRel);
        self.due(Head { key: 0, version: 0, correlation: 0 }, Answer::BareToken).await?;
        self.send_secret(total).await
    }

    async fn send_secret(&mut self, total: usize) -> Result<(), SessionError> {
        self.relay.pass(total);
        self.relay.flush().await?;
        self.relay.wipe(total);
        Ok(())
    }
}

/// Messages that are read before anyone is known, or only to be answered, have lower bounds than others.
fn at_most(max: usize, length: usize) -> Result<(), SessionError> {
    if length <= max {
        return Ok(());
    }
    Err(SessionError::FrameLength { side: Side::Client, length: i64::try_from(length).unwrap_or(i64::MAX), max })
}

fn note(link: &Link<'_>, intake: &mut Intake, reading: &Reading<'_>, evidence: Evidence) {
    let identity = link.who.get();
    for topic in &reading.topics {
        if let Some(name) = link.shared.topic_names.resolve(*topic) {
            note_topic(link, intake, &identity, (&name, Some(reading.group)), evidence);
        }
    }
}

fn note_topic(
    link: &Link<'_>,
    intake: &mut Intake,
    identity: &Arc<Identity>,
    (topic, group): (&str, Option<&str>),
    evidence: Evidence,
) {
    if intake.note(&link.shared.recorder, identity, topic, group, evidence) {
        link.shared.traces.reads(identity, topic, group);
    }
}

fn note_in_transaction(link: &Link<'_>, transaction: &str, reading: &Reading<'_>) {
    let identity = link.who.get();
    for topic in &reading.topics {
        if let Some(name) = link.shared.topic_names.resolve(*topic) {
            link.shared.transactions.read(&identity, transaction, reading.group, &name);
        }
    }
}

/// The length of the frame that begins with the next unread byte.
fn length(relay: &Relay<'_>, max: usize) -> Result<usize, SessionError> {
    let unread = relay.unread();
    if relay.side() == Side::Client && frame::is_tls(unread) {
        return Err(SessionError::Tls);
    }
    let malformed = SessionError::malformed(relay.side(), "a length");
    let length = Cursor::new(unread).i32().map_err(malformed)?;
    match usize::try_from(length) {
        Ok(length) if length <= max => Ok(length),
        _ => Err(SessionError::FrameLength { side: relay.side(), length: length.into(), max }),
    }
}

#[cfg(test)]
mod tests;
