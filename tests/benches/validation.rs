//! What do checks cost, by format and with a contract? And what do new schemas and many connections do to the proxy?
//!
//! Run by `make bench`. The same order event in three languages goes through the real server to a sink; passing it through
//! unchecked, in the same run, is the baseline. A run in which not everything was acknowledged is void and ends the bench.
#![allow(clippy::print_stdout, reason = "a bench reports to its reader")]

#[path = "../../compat/tests/support/event.rs"]
mod event;
#[path = "../../compat/tests/support/json_event.rs"]
#[allow(dead_code, reason = "the slow form is for kernels")]
mod json_event;
#[path = "../../compat/tests/support/protobuf_event.rs"]
mod protobuf_event;

use std::io;
use std::time::Duration;

use event::Random;
use serde_json::{Value, json};
use tidegate_tests::load::daemon::Daemon;
use tidegate_tests::load::drive::{self, Plan, Run, SMALL_REQUEST};
use tidegate_tests::load::frames::{Codec, Frame, frames};
use tidegate_tests::load::sender::Sender;
use tidegate_tests::load::sink::Sink;
use tidegate_tests::load::{seats, stats};

const CODECS: [Codec; 3] = [Codec::None, Codec::Lz4, Codec::Zstd];
const EVENTS: usize = 4096;
/// How many connections are held open at once.
const MANY: usize = 1000;
/// One request of so many brings a schema that the proxy has not seen.
const NEW_EVERY: usize = 25;
/// A rule over two fields, as contracts have them.
const RULE: &str = "message.status in ['NEW', 'PAID', 'SHIPPED', 'DONE'] && message.total >= 0.0";

/// What goes through the proxy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Avro to a topic that nobody checks.
    Unchecked,
    Avro,
    AvroWithRule,
    Protobuf,
    Json,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Unchecked, Self::Avro, Self::AvroWithRule, Self::Protobuf, Self::Json];

    fn name(self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::Avro => "Avro",
            Self::AvroWithRule => "Avro, with a rule",
            Self::Protobuf => "Protobuf",
            Self::Json => "JSON Schema",
        }
    }

    fn topic(self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::Avro => "checked-avro",
            Self::AvroWithRule => "checked-rule",
            Self::Protobuf => "checked-protobuf",
            Self::Json => "checked-json",
        }
    }

    /// The body that registers its schema.
    fn registration(self) -> Value {
        let rule = json!({"name": "known", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": RULE});
        match self {
            Self::Unchecked | Self::Avro => json!({"schema": event::SCHEMA}),
            Self::AvroWithRule => json!({"schema": event::SCHEMA, "ruleSet": {"domainRules": [rule]}}),
            Self::Protobuf => json!({"schema": protobuf_event::SCHEMA, "schemaType": "PROTOBUF"}),
            Self::Json => json!({"schema": json_event::SCHEMA, "schemaType": "JSON"}),
        }
    }

    /// Different events in Confluent's framing.
    fn values(self, schema_id: i32) -> Vec<Vec<u8>> {
        let mut random = Random::new(1);
        let framed = |_| {
            let (index, payload): (&[u8], _) = match self {
                Self::Protobuf => (&[0], protobuf_event::event(&mut random)),
                Self::Json => (&[], json_event::event(&mut random)),
                _ => (&[], event::event(&mut random)),
            };
            [&[0], &schema_id.to_be_bytes()[..], index, &payload].concat()
        };
        (0..EVENTS).map(framed).collect()
    }
}

fn main() -> io::Result<()> {
    let server = seats::server()?;
    let plan = if seats::is_quick() { Plan::QUICK } else { Plan::FULL };
    let core = seats::pin();
    println!("{}", seats::conditions(core));

    let sink = Sink::start()?;
    let daemon = Daemon::start(&server, sink.address, &["checked-*"], core)?;
    let bench = Bench { sink: &sink, daemon: &daemon, plan: &plan };
    let formats = bench.formats()?;
    let schemas = bench.new_schemas()?;
    let memory = bench.many_connections()?;
    let report =
        json!({"conditions": seats::conditions(core), "formats": formats, "new_schemas": schemas, "memory": memory});
    seats::write(env!("CARGO_TARGET_TMPDIR"), "validation", &report)
}

struct Bench<'a> {
    sink: &'a Sink,
    daemon: &'a Daemon,
    plan: &'a Plan,
}

impl Bench<'_> {
    // === formats ===

    fn formats(&self) -> io::Result<Vec<Value>> {
        println!("\nThrough the proxy, 128 kB requests; CPU is the server's");
        println!(
            "{:<20}{:<6}{:>7}{:>9}{:>14}{:>9}{:>8}{:>16}",
            "", "codec", "bytes", "MB/s", "CPU-ms per MB", "±", "ns", "M records/CPU-s"
        );
        let mut values = Vec::new();
        for kind in Kind::ALL {
            let id = self.daemon.register_as(&format!("{}-value", kind.topic()), &kind.registration())?;
            values.push(kind.values(id));
        }
        let mut rows = Vec::new();
        for codec in CODECS {
            let loads: Vec<_> =
                Kind::ALL.iter().zip(&values).map(|(kind, values)| drive::load(kind.topic(), values, codec)).collect();
            let mut runs: [Vec<Run>; Kind::ALL.len()] = Default::default();
            for _ in 0..self.plan.repeats {
                for ((kind, load), runs) in Kind::ALL.iter().zip(&loads).zip(&mut runs) {
                    let way = (self.daemon.kafka, kind.topic());
                    runs.push(drive::run(self.sink, self.daemon, way, load, self.plan.run)?);
                }
            }
            for ((kind, values), runs) in Kind::ALL.iter().zip(&values).zip(&runs) {
                rows.push(row(*kind, codec, values, runs));
            }
        }
        Ok(rows)
    }

    // === new schemas ===

    /// Requests at a fixed rate of which some bring a schema that the proxy has to ask the registry for.
    fn new_schemas(&self) -> io::Result<Value> {
        let topic = "checked-new";
        let count = self.plan.paced_requests as usize;
        let known = self.daemon.register("checked-new-value", event::SCHEMA)?;
        let steady = frames(topic, 0, &Kind::Avro.values(known), Codec::None, SMALL_REQUEST);
        let mut mixed: Vec<Frame> = steady.iter().cycle().take(count).cloned().collect();
        for (number, place) in (0..count).step_by(NEW_EVERY).enumerate() {
            let schema =
                event::SCHEMA.replacen("\"name\":\"Order\"", &format!("\"name\":\"Order\",\"doc\":\"{number}\""), 1);
            let id = self.daemon.register("checked-new-value", &schema)?;
            let frame = frames(topic, 0, &Kind::Avro.values(id), Codec::None, SMALL_REQUEST).swap_remove(0);
            mixed[place] = frame;
        }
        let taken = |frames: &mut [Frame]| {
            let mut sender = Sender::connect(self.daemon.kafka, topic)?;
            sender.pace(&mut steady.clone(), self.plan.interval, 50)?; // Warm-up.
            sender.pace(frames, self.plan.interval, self.plan.paced_requests)
        };
        let before = taken(&mut steady.clone())?;
        let during = taken(&mut mixed)?;
        let (new, old): (Vec<_>, Vec<_>) = during.into_iter().enumerate().partition(|(at, _)| at % NEW_EVERY == 0);
        println!(
            "\nLatency of acknowledgements: 32 kB requests, one of {NEW_EVERY} with a schema never seen; milliseconds"
        );
        println!("{:<40}{:>9}{:>9}{:>9}", "", "p50", "p99", "max");
        let mut report = json!({});
        let only = |timed: Vec<(usize, Duration)>| timed.into_iter().map(|(_, taken)| taken).collect::<Vec<_>>();
        for (what, taken) in [
            ("no new schemas", before),
            ("requests between new schemas", only(old)),
            ("requests with new schemas", only(new)),
        ] {
            let [p50, p99, max] = [0.5, 0.99, 1.0].map(|q| stats::millis(&taken, q));
            println!("{what:<40}{p50:>9.3}{p99:>9.3}{max:>9.3}");
            report[what] = json!({"p50_ms": p50, "p99_ms": p99, "max_ms": max, "requests": taken.len()});
        }
        Ok(report)
    }

    // === many connections ===

    /// Resident memory with so many connections, all of which have sent a request that was checked.
    fn many_connections(&self) -> io::Result<Value> {
        let id = self.daemon.register_as("checked-many-value", &Kind::Avro.registration())?;
        let mut frames = frames("checked-many", 0, &Kind::Avro.values(id), Codec::Lz4, SMALL_REQUEST);
        let before = self.daemon.memory_now()?;
        let mut senders = Vec::new();
        for _ in 0..MANY {
            let mut sender = Sender::connect(self.daemon.kafka, "checked-many")?;
            sender.pace(&mut frames, Duration::ZERO, 1)?;
            senders.push(sender);
        }
        let after = self.daemon.memory_now()?;
        println!(
            "\n{MANY} connections that have each sent 32 kB: {before:.0} MB resident before, {after:.0} MB with them"
        );
        Ok(json!({"connections": senders.len(), "before_mb": before, "after_mb": after}))
    }
}

fn row(kind: Kind, codec: Codec, values: &[Vec<u8>], runs: &[Run]) -> Value {
    let bytes = values.iter().map(Vec::len).sum::<usize>() as f64 / values.len() as f64;
    let [rate, cost, wire, per_cpu] =
        [Run::rate, Run::cost, Run::wire_cost, Run::per_cpu].map(|of| drive::median(runs, of));
    let spread = drive::spread(runs, Run::cost);
    let each = 1e3 / per_cpu;
    println!(
        "{:<20}{:<6}{bytes:>7.0}{rate:>9.0}{cost:>14.3}{spread:>9.3}{each:>8.0}{per_cpu:>16.2}",
        kind.name(),
        codec.name()
    );
    json!({
        "kind": kind.name(), "codec": codec.name(), "bytes": bytes, "mb_per_s": rate, "cpu_ms_per_mb": cost,
        "cpu_ms_per_mb_spread": spread, "cpu_ms_per_wire_mb": wire, "cpu_ns_per_record": each, "m_records_per_cpu_s": per_cpu,
    })
}
