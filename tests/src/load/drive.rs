//! How is a way from sender to sink driven at full speed, and what does that cost the server?

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use std::{io, thread};

use super::daemon::Daemon;
use super::frames::{Codec, Frame, frames};
use super::sender::{Sender, Sent};
use super::sink::Sink;
use super::stats;

/// Bytes of records in a request when throughput is measured.
pub const LARGE_REQUEST: usize = 128 << 10;
/// Bytes of records in a request when latency is measured.
pub const SMALL_REQUEST: usize = 32 << 10;
pub const CONNECTIONS: usize = 4;
pub const IN_FLIGHT: usize = 5;
const MB: f64 = 1e6;

/// How long to measure.
#[derive(Debug)]
pub struct Plan {
    pub repeats: usize,
    pub run: Duration,
    pub paced_requests: u32,
    pub interval: Duration,
}

impl Plan {
    pub const FULL: Self =
        Self { repeats: 5, run: Duration::from_secs(2), paced_requests: 1500, interval: Duration::from_millis(1) };
    pub const QUICK: Self =
        Self { repeats: 2, run: Duration::from_millis(300), paced_requests: 300, interval: Duration::from_millis(1) };
}

/// One measurement of throughput.
#[derive(Debug)]
pub struct Run {
    sent: Sent,
    wall: Duration,
    cpu: Duration,
}

/// What each connection sends: its own partition of the topic.
pub fn load(topic: &str, values: &[Vec<u8>], codec: Codec) -> Vec<Vec<Frame>> {
    (0..CONNECTIONS as i32).map(|partition| frames(topic, partition, values, codec, LARGE_REQUEST)).collect()
}

/// Sends as fast as is acknowledged. Void unless the sink took everything.
pub fn run(
    sink: &Sink,
    daemon: &Daemon,
    (address, topic): (SocketAddr, &str),
    load: &[Vec<Frame>],
    time: Duration,
) -> io::Result<Run> {
    let mut senders = Vec::new();
    for frames in load {
        let mut frames = frames.clone();
        let mut sender = Sender::connect(address, topic)?;
        sender.saturate(&mut frames, 1, Duration::from_millis(20))?; // Warm-up.
        senders.push((sender, frames));
    }
    let before = sink.requests();
    let (cpu, begun) = (daemon.cpu()?, Instant::now());
    let sent = saturate(senders, time)?;
    let (wall, cpu) = (begun.elapsed(), daemon.cpu()? - cpu);
    let acknowledged = sink.requests() - before;
    if acknowledged != sent.requests {
        let sent = sent.requests;
        return Err(io::Error::other(format!("void: {sent} requests sent, the sink took {acknowledged}")));
    }
    Ok(Run { sent, wall, cpu })
}

fn saturate(senders: Vec<(Sender, Vec<Frame>)>, time: Duration) -> io::Result<Sent> {
    let sending = senders
        .into_iter()
        .map(|(mut sender, mut frames)| thread::spawn(move || sender.saturate(&mut frames, IN_FLIGHT, time)));
    let mut total = Sent::default();
    for sent in sending.collect::<Vec<_>>() {
        total = total.plus(sent.join().map_err(|_| io::Error::other("a sending thread panicked"))??);
    }
    Ok(total)
}

impl Run {
    /// Megabytes a second, before compression.
    pub fn rate(&self) -> f64 {
        self.sent.plain as f64 / MB / self.wall.as_secs_f64()
    }

    /// The server's CPU, in milliseconds per MB before compression.
    pub fn cost(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e3 / (self.sent.plain as f64 / MB)
    }

    /// The server's CPU, in milliseconds per MB on the wire.
    pub fn wire_cost(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e3 / (self.sent.wire as f64 / MB)
    }

    /// Millions of records per second of the server's CPU.
    pub fn per_cpu(&self) -> f64 {
        self.sent.records as f64 / self.cpu.as_secs_f64() / 1e6
    }
}

/// The median of something over runs.
pub fn median(runs: &[Run], of: fn(&Run) -> f64) -> f64 {
    stats::median(&runs.iter().map(of).collect::<Vec<_>>())
}

/// How far it typically is from its median.
pub fn spread(runs: &[Run], of: fn(&Run) -> f64) -> f64 {
    stats::spread(&runs.iter().map(of).collect::<Vec<_>>())
}
