//! What do senders of OpenLineage events send, and how many events a second are taken?
//!
//! Events are like those of Spark: a run that starts and is complete, two inputs, an output, a schema for each, the fields
//! that fields are made of, and facets of the run that nobody has to understand. Each is about 16 KiB. A job says the same
//! of its datasets each time; run, time and facets of the run differ.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::http::{Status, read_answer};

/// How long an event is, in bytes.
pub const EVENT: usize = 16 << 10;
const FIELDS: usize = 24;

/// What stands where run, time and state will.
const RUN: &str = "00000000-0000-4000-8000-000000000000";
const TIME: &str = "2026-02-28T00:00:00.000Z";
const STATES: [&str; 2] = ["\"eventType\":\"START\",   ", "\"eventType\":\"COMPLETE\","];

/// The events of one job, one after the other.
#[derive(Debug, Clone)]
pub struct Job {
    text: Vec<u8>,
    places: [usize; 3],
    number: usize,
    turn: usize,
}

impl Job {
    pub fn new(number: usize) -> Self {
        let text = event(number);
        let places = [RUN, TIME, STATES[0]].map(|part| text.find(part).expect("it is there"));
        Self { text: text.into_bytes(), places, number, turn: 0 }
    }

    /// The next event: a start, and then the end of the same run.
    pub fn next_event(&mut self) -> &[u8] {
        let run = format!("{:08x}-0000-4000-8000-{:012x}", self.number, self.turn / 2);
        let millis = self.turn * 7 + self.number;
        let (second, minute, hour) = (millis / 1_000 % 60, millis / 60_000 % 60, millis / 3_600_000 % 24);
        let time = format!("2026-02-28T{hour:02}:{minute:02}:{second:02}.{:03}Z", millis % 1_000);
        for (place, part) in self.places.into_iter().zip([&*run, &*time, STATES[self.turn % 2]]) {
            self.text[place..place + part.len()].copy_from_slice(part.as_bytes());
        }
        self.turn += 1;
        &self.text
    }
}

fn event(number: usize) -> String {
    const KAFKA: &str = "kafka://broker-1:9092";
    let field = |place: usize| format!("field_{place:02}_of_{number:04}");
    let schema = || {
        let fields =
            (0..FIELDS).map(|place| json!({"name": field(place), "type": "string", "description": "as it came"}));
        json!({"_producer": "https://example.com/bench", "_schemaURL": "https://openlineage.io/spec/facets/1-2-0/SchemaDatasetFacet.json",
            "fields": fields.collect::<Vec<_>>()})
    };
    let columns: serde_json::Map<String, Value> = (0..FIELDS)
        .map(|place| {
            let input = json!({"namespace": KAFKA, "name": format!("orders-{number}"), "field": field(place),
                "transformations": [{"type": "DIRECT", "subtype": "IDENTITY", "description": "", "masking": false}]});
            (field(place), json!({"inputFields": [input]}))
        })
        .collect();
    let dataset = |name: &str, more: Value| {
        let mut facets = json!({"schema": schema(), "dataSource": {"name": KAFKA, "uri": KAFKA}});
        facets.as_object_mut().expect("it is one").extend(more.as_object().cloned().unwrap_or_default());
        json!({"namespace": KAFKA, "name": format!("{name}-{number}"), "facets": facets})
    };
    let event = json!({
        "eventType": "", "eventTime": TIME, "producer": "https://example.com/bench",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": RUN, "facets": {"spark_properties": {"properties": ""}}},
        "job": {"namespace": "bench", "name": format!("job-{number}"),
            "facets": {"jobType": {"processingType": "BATCH", "integration": "SPARK", "jobType": "JOB"}}},
        "inputs": [dataset("orders", json!({})), dataset("rates", json!({}))],
        "outputs": [dataset("enriched", json!({"columnLineage": {"fields": columns}}))],
    });
    let text = event.to_string().replacen("\"eventType\":\"\",", STATES[0], 1);
    let room = EVENT.saturating_sub(text.len());
    // What compresses neither as well as zeros nor as badly as noise.
    let filling: String =
        (0..).map(|at: usize| format!("spark.sql.{at}.{:x};", at * 2_654_435_761 + number)).take(room / 16).collect();
    let filling: String = filling.chars().take(room).collect();
    text.replacen("\"properties\":\"\"", &format!("\"properties\":\"{filling}\""), 1)
}

/// Sends events for so long, on a connection of each sender that waits for each answer; answers how long each took. The jobs
/// go on where they were.
pub async fn declare(address: SocketAddr, senders: &mut [Vec<Job>], time: Duration) -> io::Result<Vec<Duration>> {
    let end = Instant::now() + time;
    let mut tasks = Vec::new();
    for jobs in &mut *senders {
        let mut jobs = std::mem::take(jobs);
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (mut answer, mut request) = (Vec::with_capacity(1 << 10), Vec::with_capacity(EVENT + 256));
            let mut latencies = Vec::new();
            for turn in 0.. {
                let begun = Instant::now();
                if begun >= end {
                    break;
                }
                let place = turn / 2 % jobs.len();
                write_request(&mut request, jobs[place].next_event());
                stream.write_all(&request).await?;
                read_answer(&mut stream, &mut answer, Status::Created).await?;
                latencies.push(begun.elapsed());
            }
            Ok::<_, io::Error>((jobs, latencies))
        }));
    }
    let mut all = Vec::new();
    for (task, jobs) in tasks.into_iter().zip(senders) {
        let (had, latencies) = task.await.map_err(io::Error::other)??;
        *jobs = had;
        all.extend(latencies);
    }
    Ok(all)
}

fn write_request(request: &mut Vec<u8>, body: &[u8]) {
    request.clear();
    let length = body.len();
    request.extend_from_slice(
        format!("POST /api/v1/lineage HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n")
            .as_bytes(),
    );
    request.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_as_long_as_they_say_and_differ() {
        let mut job = Job::new(7);
        let read = |text: &[u8]| -> Value { serde_json::from_slice(text).unwrap() };
        let (start, end) = (read(job.next_event()), read(job.next_event()));
        let next = read(job.next_event());
        assert!((EVENT - 64..=EVENT).contains(&job.text.len()), "{}", job.text.len());
        assert_eq!((&start["eventType"], &end["eventType"]), (&json!("START"), &json!("COMPLETE")));
        assert_eq!(start["run"], end["run"]);
        assert_ne!(start["run"]["runId"], next["run"]["runId"]);
        assert!(start["eventTime"].as_str() < end["eventTime"].as_str());
        assert_eq!(start["outputs"][0]["facets"]["columnLineage"]["fields"].as_object().unwrap().len(), FIELDS);
    }
}
