//! How long does a registry take to refuse what is meant to break it, how long does it take for what is only very large, and
//! how long do others wait meanwhile?
//!
//! Run by `make bench`, on a release build. A refusal that takes more than a second ends the bench with an error, and so does
//! anything but a refusal, and a server that keeps the memory.
#![allow(clippy::print_stdout, reason = "a bench reports to its reader")]

use std::io;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use tidegate_tests::load::daemon::Daemon;
use tidegate_tests::load::seats;
use tidegate_tests::registry::{client, trusting};
use tokio::time::sleep;

/// How long a refusal may take.
const SOON: Duration = Duration::from_secs(1);
/// How much more memory than at first may be in use when all of it was refused, in MB.
const KEPT: f64 = 100.0;
/// How long the server may take to give it back.
const REST: Duration = Duration::from_secs(15);

/// A name, the body of a registration, and the status of the answer.
type Case = (&'static str, Value, u16);

fn main() -> io::Result<()> {
    let server = seats::server()?;
    let folder = tempfile::tempdir()?;
    let store = format!("sqlite://{}", folder.path().join("hostile.db").display());
    let daemon = Daemon::registry(&server, &store, None)?;
    println!("{}", seats::conditions(None));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let report = runtime.block_on(run(&daemon))?;
    seats::write(env!("CARGO_TARGET_TMPDIR"), "hostile", &report)
}

async fn run(daemon: &Daemon) -> io::Result<Value> {
    let bench = Bench { client: client(trusting(None)), url: format!("http://{}", daemon.http) };
    println!("{:<52}{:>9}{:>12}{:>11}{:>9}", "", "answer", "ms", "others, ms", "MB");
    let mut rows = Vec::new();
    let mut before = None;
    for (name, body, status) in refused() {
        let row = bench.ask(daemon, name, "/subjects/hostile/versions", &body, status).await?;
        if row.0 > SOON {
            return Err(io::Error::other(format!("{name}: refused after {:?}", row.0)));
        }
        rows.push(row.1);
        before = before.or(Some(daemon.memory_now()?));
    }
    sleep(REST).await;
    // The allocator gives back when it is called again.
    for _ in 0..20 {
        bench.others().await?;
    }
    let kept = daemon.memory_now()? - before.unwrap_or_default();
    println!("memory kept of what was refused: {kept:.0} MB; most: {:.0} MB", daemon.peak_memory()?);
    if kept > KEPT {
        return Err(io::Error::other(format!("{kept:.0} MB are kept")));
    }
    for (name, kind, first, second) in large() {
        let of = |text: &str| json!({"schemaType": kind, "schema": text});
        let path = format!("/subjects/{kind}-{}/versions", rows.len());
        // What is demanded and not declared is advice, as in Confluent.
        let then = if kind == "JSON" { 200 } else { 409 };
        for (what, text, status) in [("registered", &first, 200), ("changed", &second, then)] {
            rows.push(bench.ask(daemon, &format!("{name}, {what}"), &path, &of(text), status).await?.1);
        }
    }
    let (first, second) = spaces();
    let body = |text: &str| json!({"schemaType": "AVRO", "schema": text});
    let path = "/subjects/spaces/versions";
    rows.push(bench.ask(daemon, "3,000 branches of one name, registered", path, &body(&first), 200).await?.1);
    rows.push(bench.at_once("eight such at once, changed", path, &body(&second), 409).await?);
    println!("memory with what was taken: {:.0} MB; most: {:.0} MB", daemon.memory_now()?, daemon.peak_memory()?);
    Ok(json!({"rows": rows, "kept_mb": kept, "peak_mb": daemon.peak_memory()?}))
}

struct Bench {
    client: Client,
    url: String,
}

impl Bench {
    /// Sends a body; tells how long the answer took, and somebody else's meanwhile.
    async fn ask(
        &self,
        daemon: &Daemon,
        name: &str,
        path: &str,
        body: &Value,
        status: u16,
    ) -> io::Result<(Duration, Value)> {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        let begun = Instant::now();
        let asking = async {
            let answer = request.send().await.map_err(io::Error::other)?;
            let status = answer.status().as_u16();
            Ok::<_, io::Error>((status, answer.text().await.map_err(io::Error::other)?))
        };
        tokio::pin!(asking);
        let mut others = Duration::ZERO;
        let (given, text) = loop {
            tokio::select! {
                answer = &mut asking => break answer?,
                waited = self.others() => others = others.max(waited?),
            }
        };
        let took = begun.elapsed();
        if given != status {
            let text: String = text.chars().take(300).collect();
            return Err(io::Error::other(format!("{name}: {given} instead of {status}: {text}")));
        }
        let (millis, waited, memory) = (took.as_secs_f64() * 1e3, others.as_secs_f64() * 1e3, daemon.memory_now()?);
        println!("{name:<52}{given:>9}{millis:>12.0}{waited:>11.1}{memory:>9.0}");
        Ok((took, json!({"name": name, "ms": millis, "others_ms": waited, "memory_mb": memory})))
    }

    /// The same body several times at once; tells how long all of them took, and the longest that somebody else waited.
    async fn at_once(&self, name: &str, path: &str, body: &Value, status: u16) -> io::Result<Value> {
        let begun = Instant::now();
        let asked = (0..8).map(|_| {
            let request = self.client.post(format!("{}{path}", self.url)).json(body);
            tokio::spawn(async move { request.send().await.map(|answer| answer.status().as_u16()) })
        });
        let mut asked: Vec<_> = asked.collect();
        let mut others = Duration::ZERO;
        while let Some(last) = asked.last() {
            if last.is_finished() {
                let given =
                    asked.pop().expect("there is one").await.map_err(io::Error::other)?.map_err(io::Error::other)?;
                if given != status {
                    return Err(io::Error::other(format!("{name}: {given} instead of {status}")));
                }
                continue;
            }
            others = others.max(self.others().await?);
        }
        let (millis, waited) = (begun.elapsed().as_secs_f64() * 1e3, others.as_secs_f64() * 1e3);
        println!("{name:<52}{status:>9}{millis:>12.0}{waited:>11.1}");
        Ok(json!({"name": name, "ms": millis, "others_ms": waited}))
    }

    /// How long somebody waits who asks for little.
    async fn others(&self) -> io::Result<Duration> {
        sleep(Duration::from_millis(5)).await;
        let begun = Instant::now();
        let answer = self.client.get(format!("{}/subjects", self.url)).send().await.map_err(io::Error::other)?;
        answer.text().await.map_err(io::Error::other)?;
        Ok(begun.elapsed())
    }
}

/// What is refused, whatever else may be said about it.
fn refused() -> Vec<Case> {
    let of = |kind: &str, text: String| json!({"schemaType": kind, "schema": text});
    let nested =
        |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(10_000), close.repeat(10_000));
    let mut cases = Vec::new();
    for kind in ["AVRO", "JSON", "PROTOBUF"] {
        for text in ["[".repeat(3 << 20), "x".repeat(3 << 20), "{\"a\":".repeat(500_000), "\"a\",".repeat(500_000)] {
            let name = match kind {
                "AVRO" => "Avro that is none, 3 MB",
                "JSON" => "JSON Schema that is none, 3 MB",
                _ => "Protobuf that is none, 3 MB",
            };
            cases.push((name, of(kind, text), 422));
        }
    }
    let rules: Vec<_> = (0..60_000).map(|n| json!({"name": format!("r{n}"), "type": "CEL", "expr": "true"})).collect();
    let options = |option: &str, count: usize| {
        let options: Vec<_> = (0..count).map(|n| format!("({option}{n}) = 1")).collect();
        format!("syntax = \"proto3\"; message M {{ int32 f = 1 [{}]; }}", options.join(","))
    };
    cases.extend([
        ("a schema of 5 MB", of("AVRO", "x".repeat(5 << 20)), 413),
        ("arrays 10,000 deep", of("AVRO", nested(r#"{"type":"array","items":"#, "\"int\"", "}")), 422),
        ("not, 10,000 deep", of("JSON", nested(r#"{"not":"#, "true", "}")), 422),
        (
            "messages 10,000 deep",
            of("PROTOBUF", format!("syntax = \"proto3\"; {}", nested("message M { ", "", "}"))),
            422,
        ),
        ("a pattern of 3.6 MB", of("JSON", json!({"pattern": "a|".repeat(1_800_000)}).to_string()), 422),
        ("50,000 unknown options", of("PROTOBUF", options("a", 50_000)), 422),
        ("60,000 rules", json!({"schema": "\"int\"", "ruleSet": {"domainRules": rules}}), 422),
    ]);
    cases
}

/// A union of records that differ by their namespaces only, and the same with another type in each.
fn spaces() -> (String, String) {
    let union = |kind: &str| {
        let of = |n| format!(r#"{{"type":"record","name":"s{n}.R","fields":[{{"name":"x","type":"{kind}"}}]}}"#);
        format!("[{}]", (0..3_000).map(of).collect::<Vec<_>>().join(","))
    };
    (union("int"), union("string"))
}

/// What is very large, and how it changes so that it does not fit.
fn large() -> Vec<(&'static str, &'static str, String, String)> {
    let required = |name: &str| {
        let names: Vec<_> = (0..100_000).map(|n| format!("{name}{n}")).collect();
        json!({"type": "object", "required": names}).to_string()
    };
    let fields = |kind: &str| {
        let fields: String = (1..=18_000).map(|n| format!("{kind} f{n} = {n};")).collect();
        format!("syntax = \"proto3\"; message Wide {{ {fields} }}")
    };
    let ring = |kind: &str| {
        let of = |n: usize| format!("message M{n} {{ M{} n = 1; {kind} x = 2; }}", (n + 1) % 10_000);
        format!("syntax = \"proto3\"; {}", (0..10_000).map(of).collect::<String>())
    };
    let union = |kind: &str| {
        let of = |n| format!(r#"{{"type":"record","name":"R{n}","fields":[{{"name":"x","type":"{kind}"}}]}}"#);
        format!("[{}]", (0..30_000).map(of).collect::<Vec<_>>().join(","))
    };
    vec![
        ("100,000 other names required", "JSON", required("a"), required("b")),
        ("18,000 Protobuf fields of another type", "PROTOBUF", fields("int32"), fields("string")),
        ("a ring of 10,000 messages", "PROTOBUF", ring("int32"), ring("string")),
        ("a union of 30,000 records", "AVRO", union("int"), union("string")),
    ]
}
