//! What does the proxy cost? The real server between a sender and a sink.
//!
//! Run by `make bench`. Direct, passed through and validated are measured in turn, several times, and compared by their
//! medians; a run in which not everything was acknowledged is void and ends the bench.
#![allow(clippy::print_stdout, reason = "a bench reports to its reader")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use std::{io, thread};

use serde_json::{Value, json};
use tidegate_tests::load::daemon::Daemon;
use tidegate_tests::load::frames::{Codec, Frame, frames};
use tidegate_tests::load::orders::{self, Size};
use tidegate_tests::load::sender::{Sender, Sent};
use tidegate_tests::load::sink::Sink;
use tidegate_tests::load::{seats, stats};

const CODECS: [Codec; 3] = [Codec::None, Codec::Lz4, Codec::Zstd];
const SIZES: [Size; 2] = [Size::Small, Size::Large];
const EVENTS: usize = 4096;
/// Bytes of records in a request when throughput is measured.
const LARGE_REQUEST: usize = 128 << 10;
/// Bytes of records in a request when latency is measured.
const SMALL_REQUEST: usize = 32 << 10;
const CONNECTIONS: usize = 4;
const IN_FLIGHT: usize = 5;
const MB: f64 = 1e6;

/// How long to measure.
struct Plan {
    repeats: usize,
    run: Duration,
    paced_requests: u32,
    interval: Duration,
}

impl Plan {
    const FULL: Self =
        Self { repeats: 5, run: Duration::from_secs(2), paced_requests: 1500, interval: Duration::from_millis(1) };
    const QUICK: Self =
        Self { repeats: 2, run: Duration::from_millis(300), paced_requests: 300, interval: Duration::from_millis(1) };
}

/// The ways from sender to sink.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Direct,
    PassThrough,
    Validated,
}

const WAYS: [Way; 3] = [Way::Direct, Way::PassThrough, Way::Validated];

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::PassThrough => "pass-through",
            Self::Validated => "avro validated",
        }
    }

    fn topic(self) -> &'static str {
        if self == Self::Validated { "checked" } else { "plain" }
    }
}

fn main() -> io::Result<()> {
    let server = seats::server()?;
    let plan = if seats::is_quick() { Plan::QUICK } else { Plan::FULL };
    let core = seats::pin();
    println!("{}", seats::conditions(core));

    let sink = Sink::start()?;
    let daemon = Daemon::start(&server, sink.address, "checked", core)?;
    let schema_id = daemon.register("checked-value", orders::SCHEMA)?;
    let bench = Bench { sink: &sink, daemon: &daemon, plan: &plan, schema_id };

    let throughput = bench.throughput()?;
    let latency = bench.latency()?;
    println!("\nserver's peak memory: {:.0} MB", daemon.peak_memory()?);
    let report = json!({"conditions": seats::conditions(core), "throughput": throughput, "latency": latency});
    seats::write(env!("CARGO_TARGET_TMPDIR"), "throughput", &report)
}

struct Bench<'a> {
    sink: &'a Sink,
    daemon: &'a Daemon,
    plan: &'a Plan,
    schema_id: i32,
}

/// One measurement of throughput.
struct Run {
    sent: Sent,
    wall: Duration,
    cpu: Duration,
}

impl Bench<'_> {
    fn address(&self, way: Way) -> SocketAddr {
        if way == Way::Direct { self.sink.address } else { self.daemon.kafka }
    }

    // === throughput ===

    fn throughput(&self) -> io::Result<Vec<Value>> {
        println!(
            "\nThroughput: 128 kB requests, {CONNECTIONS} connections, {IN_FLIGHT} in flight; MB before compression"
        );
        println!(
            "{:<7}{:<6}{:<16}{:>9}{:>14}{:>9}{:>16}{:>10}",
            "record", "codec", "path", "MB/s", "CPU-ms per MB", "±", "M records/CPU-s", "of direct"
        );
        let mut rows = Vec::new();
        for (size, codec) in cells() {
            let values = orders::framed(self.schema_id, size, EVENTS);
            let loads = WAYS.map(|way| load(way, &values, codec));
            let mut runs: [Vec<Run>; 3] = Default::default();
            for _ in 0..self.plan.repeats {
                for ((way, load), runs) in WAYS.into_iter().zip(&loads).zip(&mut runs) {
                    runs.push(self.run(way, load)?);
                }
            }
            let direct = stats::median(&rates(&runs[0]));
            for (way, runs) in WAYS.into_iter().zip(&runs) {
                rows.push(throughput_row(size, codec, way, runs, direct));
            }
        }
        Ok(rows)
    }

    fn run(&self, way: Way, load: &[Vec<Frame>]) -> io::Result<Run> {
        let mut senders = Vec::new();
        for frames in load {
            let mut frames = frames.clone();
            let mut sender = Sender::connect(self.address(way), way.topic())?;
            sender.saturate(&mut frames, 1, Duration::from_millis(20))?; // Warm-up.
            senders.push((sender, frames));
        }
        let before = self.sink.requests();
        let (cpu, begun) = (self.daemon.cpu()?, Instant::now());
        let sent = saturate(senders, self.plan.run)?;
        let (wall, cpu) = (begun.elapsed(), self.daemon.cpu()? - cpu);
        let acknowledged = self.sink.requests() - before;
        if acknowledged != sent.requests {
            let sent = sent.requests;
            return Err(io::Error::other(format!("void: {sent} requests sent, the sink took {acknowledged}")));
        }
        Ok(Run { sent, wall, cpu })
    }

    // === latency ===

    fn latency(&self) -> io::Result<Vec<Value>> {
        let rate = 1.0 / self.plan.interval.as_secs_f64();
        println!(
            "\nLatency of acknowledgements: 32 kB requests at {rate:.0} a second, milliseconds; medians over the runs"
        );
        println!(
            "{:<7}{:<6}{:<16}{:>9}{:>9}{:>12}{:>12}",
            "record", "codec", "path", "p50", "p99", "added p50", "added p99"
        );
        let mut rows = Vec::new();
        for (size, codec) in cells() {
            let values = orders::framed(self.schema_id, size, EVENTS);
            let mut runs: [Vec<[f64; 2]>; 3] = Default::default();
            for _ in 0..self.plan.repeats {
                for (way, runs) in WAYS.into_iter().zip(&mut runs) {
                    runs.push(self.pace(way, &values, codec)?);
                }
            }
            let medians = runs
                .map(|runs| [0, 1].map(|which| stats::median(&runs.iter().map(|run| run[which]).collect::<Vec<_>>())));
            for (way, [p50, p99]) in WAYS.into_iter().zip(medians) {
                let [added_p50, added_p99] = [p50 - medians[0][0], p99 - medians[0][1]];
                println!(
                    "{:<7}{:<6}{:<16}{p50:>9.3}{p99:>9.3}{added_p50:>12.3}{added_p99:>12.3}",
                    size.name(),
                    codec.name(),
                    way.name()
                );
                rows.push(json!({
                    "record": size.name(), "codec": codec.name(), "path": way.name(), "requests_per_s": rate,
                    "p50_ms": p50, "p99_ms": p99, "added_p50_ms": added_p50, "added_p99_ms": added_p99,
                }));
            }
        }
        Ok(rows)
    }

    fn pace(&self, way: Way, values: &[Vec<u8>], codec: Codec) -> io::Result<[f64; 2]> {
        let mut frames = frames(way.topic(), 0, values, codec, SMALL_REQUEST);
        let mut sender = Sender::connect(self.address(way), way.topic())?;
        sender.pace(&mut frames, self.plan.interval, 50)?; // Warm-up.
        let taken = sender.pace(&mut frames, self.plan.interval, self.plan.paced_requests)?;
        Ok([stats::millis(&taken, 0.5), stats::millis(&taken, 0.99)])
    }
}

fn cells() -> impl Iterator<Item = (Size, Codec)> {
    SIZES.into_iter().flat_map(|size| CODECS.map(|codec| (size, codec)))
}

/// What each connection sends: its own partition of the topic.
fn load(way: Way, values: &[Vec<u8>], codec: Codec) -> Vec<Vec<Frame>> {
    let partitions = 0..CONNECTIONS as i32;
    partitions.map(|partition| frames(way.topic(), partition, values, codec, LARGE_REQUEST)).collect()
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

fn rates(runs: &[Run]) -> Vec<f64> {
    runs.iter().map(|run| run.sent.plain as f64 / MB / run.wall.as_secs_f64()).collect()
}

fn throughput_row(size: Size, codec: Codec, way: Way, runs: &[Run], direct: f64) -> Value {
    let rate = stats::median(&rates(runs));
    let costs: Vec<_> = runs.iter().map(|run| run.cpu.as_secs_f64() * 1e3 / (run.sent.plain as f64 / MB)).collect();
    let wire_costs: Vec<_> = runs.iter().map(|run| run.cpu.as_secs_f64() * 1e3 / (run.sent.wire as f64 / MB)).collect();
    let per_cpu: Vec<_> = runs.iter().map(|run| run.sent.records as f64 / run.cpu.as_secs_f64() / 1e6).collect();
    let (cost, spread, per_cpu) = (stats::median(&costs), stats::spread(&costs), stats::median(&per_cpu));
    let share = rate / direct;
    let head = format!("{:<7}{:<6}{:<16}{rate:>9.0}", size.name(), codec.name(), way.name());
    if way == Way::Direct {
        println!("{head}");
        return json!({"record": size.name(), "codec": codec.name(), "path": way.name(), "mb_per_s": rate});
    }
    println!("{head}{cost:>14.3}{spread:>9.3}{per_cpu:>16.2}{:>9.0}%", share * 100.0);
    json!({
        "record": size.name(), "codec": codec.name(), "path": way.name(), "mb_per_s": rate, "of_direct": share,
        "cpu_ms_per_mb": cost, "cpu_ms_per_mb_spread": spread, "cpu_ms_per_wire_mb": stats::median(&wire_costs),
        "m_records_per_cpu_s": per_cpu,
    })
}
