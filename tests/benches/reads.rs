//! How fast are schemas and listings read? The real server on a full registry; schemas by id beside a server that has
//! nothing to do but to answer.
//!
//! Run by `make bench`. What is compared takes turns and is told by medians. Anything but the right answer ends the bench.
#![allow(clippy::print_stdout, reason = "a bench reports to its reader")]

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidegate_tests::load::bare::{self, Bare};
use tidegate_tests::load::daemon::Daemon;
use tidegate_tests::load::http::{self, Requests, Status};
use tidegate_tests::load::seed::Filling;
use tidegate_tests::load::{seats, stats};
use tidegate_tests::registry::Database;

/// The bare server must not be slower than the product for want of an allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FILLING: Filling = Filling { subjects: 100_000, versions: 1 };
const CONNECTIONS: usize = 32;
/// How many different schemas are asked for at random.
const ASKED: i32 = 10_000;

/// What is searched for: everything, a part of many names, fields and names, a few by their names, by what holds.
const SEARCHES: [&str; 6] = [
    "",
    "q=users",
    "q=users&sort=-updated",
    "q=topic-09&deleted=true",
    "q=type:avro%20compat:backward%20-context:team",
    "q=field:field_1",
];

/// What any page of a full registry has at least, in bytes.
const LEAST: usize = 5000;

struct Plan {
    repeats: usize,
    run: Duration,
    pages: usize,
    starts: usize,
}

impl Plan {
    const FULL: Self = Self { repeats: 5, run: Duration::from_secs(2), pages: 40, starts: 5 };
    const QUICK: Self = Self { repeats: 2, run: Duration::from_millis(300), pages: 5, starts: 1 };
}

fn main() -> io::Result<()> {
    bare::serve_if_asked()?;
    let server = seats::server()?;
    let plan = if seats::is_quick() { Plan::QUICK } else { Plan::FULL };
    let core = seats::pin();
    println!("{}", seats::conditions(core));

    let mut report = json!({"conditions": seats::conditions(core)});
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite://{}", folder.path().join("full.db").display());
    let bench = Bench { server, plan, core };
    bench.fill(&sqlite)?;
    report["sqlite"] = bench.starts_and_listings("SQLite", &sqlite)?;
    report["by_id"] = bench.by_id(&sqlite)?.into();
    if Database::Postgres.is_there() {
        let postgres = Database::Postgres.store(folder.path());
        bench.fill(&postgres)?;
        report["postgres"] = bench.starts_and_listings("PostgreSQL", &postgres)?;
    }
    seats::write(env!("CARGO_TARGET_TMPDIR"), "reads", &report)
}

/// Its name, where to ask, and how much CPU the server has used.
type Way<'a> = (&'static str, SocketAddr, &'a dyn Fn() -> io::Result<Duration>);

struct Bench {
    server: PathBuf,
    plan: Plan,
    core: Option<usize>,
}

impl Bench {
    fn start(&self, store: &str) -> io::Result<Daemon> {
        Daemon::registry(&self.server, store, self.core)
    }

    /// Makes the tables and fills them.
    fn fill(&self, store: &str) -> io::Result<()> {
        drop(self.start(store)?);
        FILLING.write(store)
    }

    // === schemas by id ===

    fn by_id(&self, store: &str) -> io::Result<Vec<Value>> {
        let daemon = self.start(store)?;
        let bodies = bodies(daemon.http)?;
        let bare = Bare::start(&bodies, self.core)?;
        println!("\nGET /schemas/ids/{{id}}: {CONNECTIONS} connections, {ASKED} schemas; CPU is the server's, in µs");
        println!("{:<44}{:>11}{:>9}{:>9}{:>9}{:>9}", "", "requests/s", "of bare", "p50 ms", "p99 ms", "CPU");
        let mut rows = Vec::new();
        for ask in Ask::ALL {
            let requests = ask.requests();
            let ways: [Way<'_>; 2] =
                [("bare", bare.address, &|| bare.cpu()), ("tidegate", daemon.http, &|| daemon.cpu())];
            for (_, address, _) in &ways {
                http::ask_all(*address, &requests)?; // From here on it is in memory.
            }
            let mut runs: [Vec<Run>; 2] = Default::default();
            for _ in 0..self.plan.repeats {
                for ((_, address, cpu), runs) in ways.iter().zip(&mut runs) {
                    runs.push(self.run(*address, *cpu, &requests)?);
                }
            }
            let base = stats::median(&runs[0].iter().map(|run| run.rate).collect::<Vec<_>>());
            for ((way, ..), runs) in ways.iter().zip(&runs) {
                rows.push(row(ask, way, runs, base));
            }
        }
        println!("memory with {ASKED} schemas in use: {:.0} MB", daemon.memory_now()?);
        Ok(rows)
    }

    fn run(&self, address: SocketAddr, cpu: &dyn Fn() -> io::Result<Duration>, requests: &Requests) -> io::Result<Run> {
        http::saturate(address, CONNECTIONS, self.plan.run / 10, requests)?; // Warm-up.
        let before = cpu()?;
        let latencies = http::saturate(address, CONNECTIONS, self.plan.run, requests)?;
        let cpu = cpu()? - before;
        let count = latencies.len() as f64;
        Ok(Run {
            rate: count / self.plan.run.as_secs_f64(),
            p50: stats::millis(&latencies, 0.5),
            p99: stats::millis(&latencies, 0.99),
            cpu: cpu.as_secs_f64() * 1e6 / count,
        })
    }

    // === starts and listings ===

    fn starts_and_listings(&self, database: &str, store: &str) -> io::Result<Value> {
        let count = FILLING.subjects;
        println!("\n{database}, {count} subjects");
        let mut starts = Vec::new();
        let mut memory = Vec::new();
        for _ in 0..self.plan.starts {
            let begun = Instant::now();
            let daemon = self.start(store)?;
            starts.push(begun.elapsed().as_secs_f64() * 1e3);
            memory.push(daemon.memory_now()?);
        }
        let [start, memory] = [stats::median(&starts), stats::median(&memory)];
        println!("start to ready: {start:.0} ms, resident then: {memory:.0} MB");
        let daemon = self.start(store)?;
        println!("{:<64}{:>9}{:>9}{:>9}", "one request at a time", "p50 ms", "max ms", "kB");
        let listings = self.listings(daemon.http)?;
        println!("resident after all listings: {:.0} MB at most", daemon.peak_memory()?);
        let taken_up = index(daemon.http)?;
        println!("taken up for searching in {taken_up:.1} s");
        let searches = SEARCHES
            .iter()
            .map(|query| self.listing(daemon.http, &format!("/govern/v1/search?{query}"), "", Status::Ok));
        let searches = searches.collect::<io::Result<Vec<_>>>()?;
        Ok(json!({
            "start_ms": start, "memory_mb": memory, "listings": listings, "peak_mb": daemon.peak_memory()?,
            "taken_up_s": taken_up, "searches": searches,
        }))
    }

    fn listings(&self, address: SocketAddr) -> io::Result<Vec<Value>> {
        let deep = FILLING.subjects * 4 / 5;
        let (team, late) = (Filling::subject(7), Filling::subject(90_001));
        let paths = [
            "/subjects?limit=1000".to_owned(),
            format!("/subjects?limit=1000&offset={deep}"),
            "/subjects?limit=1000&deleted=true".to_owned(),
            format!("/subjects?limit=1000&offset={deep}&deleted=true"),
            "/subjects?limit=1000&deletedOnly=true".to_owned(),
            "/subjects?limit=1000&subjectPrefix=payments.".to_owned(),
            "/subjects?limit=1000&subjectPrefix=:*:users.topic-09".to_owned(),
            "/subjects?limit=1000&subjectPrefix=:.team:".to_owned(),
            "/subjects".to_owned(),
            "/schemas?limit=100".to_owned(),
            "/schemas".to_owned(),
            format!("/schemas?offset={deep}"),
            "/schemas?latestOnly=true".to_owned(),
            format!("/schemas?latestOnly=true&offset={deep}"),
            "/schemas?deleted=true&latestOnly=true".to_owned(),
            "/schemas?subjectPrefix=:*:users.topic-09&latestOnly=true".to_owned(),
            "/govern/v1/subjects".to_owned(),
            "/govern/v1/subjects?limit=1000".to_owned(),
            format!("/govern/v1/subjects?after={late}"),
            format!("/govern/v1/subjects?after={team}&context=team"),
            "/govern/v1/subjects?prefix=users.topic-09&deleted=true".to_owned(),
        ];
        let mut rows = Vec::new();
        for path in paths {
            rows.push(self.listing(address, &path, "", Status::Ok)?);
        }
        let page = http::gets(["/govern/v1/subjects".to_owned()], "");
        let (_, answer) = http::ask_once(address, &page[0], Status::Ok)?;
        let tag = header(&answer, "etag").ok_or_else(|| io::Error::other("the page has no ETag"))?;
        rows.push(self.listing(
            address,
            "/govern/v1/subjects",
            &format!("If-None-Match: {tag}\r\n"),
            Status::NotModified,
        )?);
        Ok(rows)
    }

    fn listing(&self, address: SocketAddr, path: &str, head: &str, expected: Status) -> io::Result<Value> {
        let requests = http::gets([path.to_owned()], head);
        let mut taken = Vec::new();
        let mut length = 0;
        for _ in 0..=self.plan.pages {
            let (time, answer) = http::ask_once(address, &requests[0], expected)?;
            taken.push(time);
            length = answer.len();
        }
        if expected == Status::Ok && length < LEAST {
            return Err(io::Error::other(format!("void: {path} has only {length} bytes")));
        }
        taken.remove(0); // Warm-up.
        let [p50, max] = [0.5, 1.0].map(|q| stats::millis(&taken, q));
        let what = if expected == Status::NotModified { format!("{path} (304)") } else { path.to_owned() };
        println!("{what:<64}{p50:>9.2}{max:>9.2}{:>9.0}", length as f64 / 1e3);
        Ok(json!({"path": what, "p50_ms": p50, "max_ms": max, "bytes": length}))
    }
}

/// Searches until all subjects are found, and answers how many seconds that took.
fn index(address: SocketAddr) -> io::Result<f64> {
    let begun = Instant::now();
    let search = http::gets(["/govern/v1/search?limit=1".to_owned()], "");
    loop {
        let (_, answer) = http::ask_once(address, &search[0], Status::Ok)?;
        if !String::from_utf8_lossy(&answer).contains("\"indexing\"") {
            return Ok(begun.elapsed().as_secs_f64());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// One measurement of schemas by id.
struct Run {
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

/// How schemas are asked for.
#[derive(Clone, Copy)]
enum Ask {
    OneId,
    RandomIds,
    /// As serializers for Java do.
    WithSubject,
    WithMaxId,
}

impl Ask {
    const ALL: [Self; 4] = [Self::OneId, Self::RandomIds, Self::WithSubject, Self::WithMaxId];

    fn name(self) -> &'static str {
        match self {
            Self::OneId => "one id",
            Self::RandomIds => "random ids",
            Self::WithSubject => "random, fetchMaxId=false&subject=…",
            Self::WithMaxId => "random, fetchMaxId=true",
        }
    }

    fn requests(self) -> Requests {
        let paths = numbers().zip(ids()).map(|(number, id)| match self {
            Self::OneId => "/schemas/ids/1".to_owned(),
            Self::RandomIds => format!("/schemas/ids/{id}"),
            Self::WithSubject => format!("/schemas/ids/{id}?fetchMaxId=false&subject={}", Filling::subject(number)),
            Self::WithMaxId => format!("/schemas/ids/{id}?fetchMaxId=true"),
        });
        // What the clients say about themselves.
        http::gets(paths, "Accept: application/vnd.schemaregistry.v1+json, application/json\r\n")
    }
}

/// The subjects that are asked for: those of the default context.
fn numbers() -> impl Iterator<Item = i32> {
    (0..).filter(|number| !Filling::subject(*number).starts_with(':')).take(ASKED as usize)
}

fn ids() -> impl Iterator<Item = i32> {
    1..=ASKED
}

/// What the product answers for each id.
fn bodies(address: SocketAddr) -> io::Result<Vec<(i32, Vec<u8>)>> {
    let requests = http::gets(ids().map(|id| format!("/schemas/ids/{id}")), "");
    let body = |answer: Vec<u8>| {
        let head = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(0);
        answer[head + 4..].to_vec()
    };
    Ok(ids().zip(http::ask_all(address, &requests)?.into_iter().map(body)).collect())
}

fn row(ask: Ask, way: &str, runs: &[Run], base: f64) -> Value {
    let median = |what: fn(&Run) -> f64| stats::median(&runs.iter().map(what).collect::<Vec<_>>());
    let [rate, p50, p99, cpu] =
        [median(|run| run.rate), median(|run| run.p50), median(|run| run.p99), median(|run| run.cpu)];
    let share = rate / base;
    let what = format!("{}: {way}", ask.name());
    println!("{what:<44}{rate:>11.0}{:>8.0}%{p50:>9.2}{p99:>9.2}{cpu:>9.2}", share * 100.0);
    json!({
        "ask": ask.name(), "way": way, "requests_per_s": rate, "of_bare": share, "p50_ms": p50, "p99_ms": p99,
        "cpu_us": cpu, "connections": CONNECTIONS, "schemas": ASKED,
    })
}

fn header(answer: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(answer);
    let head = text.split("\r\n\r\n").next()?;
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
}
