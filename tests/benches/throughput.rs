//! What does the proxy cost? The real server between a sender and a sink.
//!
//! Run by `make bench`. Direct, passed through and validated are measured in turn, several times, and compared by their
//! medians; a run in which not everything was acknowledged is void and ends the bench.
#![allow(clippy::print_stdout, reason = "a bench reports to its reader")]

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tidegate_tests::load::daemon::Daemon;
use tidegate_tests::load::drive::{self, CONNECTIONS, IN_FLIGHT, Plan, Run, SMALL_REQUEST};
use tidegate_tests::load::frames::{Codec, frames};
use tidegate_tests::load::orders::{self, Size};
use tidegate_tests::load::sender::Sender;
use tidegate_tests::load::sink::Sink;
use tidegate_tests::load::{seats, stats};

const CODECS: [Codec; 3] = [Codec::None, Codec::Lz4, Codec::Zstd];
const SIZES: [Size; 2] = [Size::Small, Size::Large];
const EVENTS: usize = 4096;

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
    let daemon = Daemon::start(&server, sink.address, &["checked"], core)?;
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
            let loads = WAYS.map(|way| drive::load(way.topic(), &values, codec));
            let mut runs: [Vec<Run>; 3] = Default::default();
            for _ in 0..self.plan.repeats {
                for ((way, load), runs) in WAYS.into_iter().zip(&loads).zip(&mut runs) {
                    runs.push(drive::run(
                        self.sink,
                        self.daemon,
                        (self.address(way), way.topic()),
                        load,
                        self.plan.run,
                    )?);
                }
            }
            let direct = drive::median(&runs[0], Run::rate);
            for (way, runs) in WAYS.into_iter().zip(&runs) {
                rows.push(throughput_row(size, codec, way, runs, direct));
            }
        }
        Ok(rows)
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

fn throughput_row(size: Size, codec: Codec, way: Way, runs: &[Run], direct: f64) -> Value {
    let rate = drive::median(runs, Run::rate);
    let (cost, spread) = (drive::median(runs, Run::cost), drive::spread(runs, Run::cost));
    let per_cpu = drive::median(runs, Run::per_cpu);
    let share = rate / direct;
    let head = format!("{:<7}{:<6}{:<16}{rate:>9.0}", size.name(), codec.name(), way.name());
    if way == Way::Direct {
        println!("{head}");
        return json!({"record": size.name(), "codec": codec.name(), "path": way.name(), "mb_per_s": rate});
    }
    println!("{head}{cost:>14.3}{spread:>9.3}{per_cpu:>16.2}{:>9.0}%", share * 100.0);
    json!({
        "record": size.name(), "codec": codec.name(), "path": way.name(), "mb_per_s": rate, "of_direct": share,
        "cpu_ms_per_mb": cost, "cpu_ms_per_mb_spread": spread, "cpu_ms_per_wire_mb": drive::median(runs, Run::wire_cost),
        "m_records_per_cpu_s": per_cpu,
    })
}
