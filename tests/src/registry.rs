//! How does a test get a registry? The real binary, on a port and in a folder of its own, spoken to over HTTP.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, header::HeaderMap};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::contract;

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_secs(60);

/// Which database a registry keeps its schemas in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    /// A database of its own on the server that `TIDEGATE_TEST_POSTGRES` names.
    Postgres,
}

/// A running registry. Dropping it kills it and removes its folder.
pub struct TestRegistry {
    process: Child,
    log: watch::Receiver<String>,
    url: String,
    setup: Setup,
    client: Client,
}

/// How to start a registry.
pub struct Setup {
    folder: TempDir,
    store: String,
    listen: String,
    /// The authority that signed the server's certificate, in PEM; nothing for plain HTTP.
    authority: Option<String>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

/// What the registry answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// `Null` when the body is not JSON.
    pub body: Value,
}

impl Database {
    /// Whether a test can run on it; says so when not.
    pub fn is_there(self) -> bool {
        let is_there = self == Self::Sqlite || postgres_server().is_some();
        if !is_there {
            say("SKIPPED: TIDEGATE_TEST_POSTGRES is not set");
        }
        is_there
    }

    /// The URL of a store that nobody else has: a file in `folder`, or a new database.
    pub fn store(self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", folder.join("tidegate.db").display()),
            Self::Postgres => new_postgres_database(),
        }
    }
}

impl Setup {
    pub fn on(database: Database) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let store = database.store(folder.path());
        Self {
            folder,
            store,
            listen: "127.0.0.1:0".to_owned(),
            authority: None,
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// On a database that is there already.
    pub fn on_store(url: impl Into<String>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        Self {
            folder,
            store: url.into(),
            listen: "127.0.0.1:0".to_owned(),
            authority: None,
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// `section.key=value`
    pub fn set(mut self, setting: &str) -> Self {
        self.arguments.extend(["--set".to_owned(), setting.to_owned()]);
        self
    }

    /// Address and port to listen on.
    pub fn listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    /// Speaks TLS to it, and trusts this authority alone.
    pub fn trusting(mut self, authority: &str) -> Self {
        self.authority = Some(authority.to_owned());
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub async fn start(self) -> TestRegistry {
        let (process, log) = self.spawn();
        let client = client(trusting(self.authority.as_deref()));
        let mut registry = TestRegistry { process, log, url: String::new(), setup: self, client };
        registry.wait_until_ready().await;
        registry
    }

    fn spawn(&self) -> (Child, watch::Receiver<String>) {
        let mut command = server(self.folder.path());
        command.args(["serve", "--listen", &self.listen, "--store", &self.store]);
        command.args(["--set", "telemetry.log_format=json"]).args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut process = command.spawn().expect("the server starts");
        let stderr = process.stderr.take().expect("stderr is piped");
        let (sender, receiver) = watch::channel(String::new());
        tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                sender.send_modify(|log| {
                    log.push_str(&line);
                    log.push('\n');
                });
            }
        });
        (process, receiver)
    }
}

impl TestRegistry {
    pub async fn start(database: Database) -> Self {
        Setup::on(database).start().await
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of the database.
    pub fn store(&self) -> &str {
        &self.setup.store
    }

    /// `host:port`
    pub fn address(&self) -> &str {
        self.url.split_once("://").map_or("", |(_, address)| address)
    }

    /// The memory that the process takes now, in bytes, as Linux counts it.
    pub fn resident_memory(&self) -> usize {
        let process = self.process.id().expect("the server is running");
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux tells of its processes");
        let pages =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
        pages.map(|kibibytes: usize| kibibytes << 10).expect("resident memory")
    }

    /// What the server has logged so far, one JSON object a line.
    pub fn log(&self) -> String {
        self.log.borrow().clone()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body.to_string())).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, &[], Some(body.to_string())).await
    }

    /// Anything. A body is announced as v1+json unless a header says otherwise. The answer has to keep the contract.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.url));
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/vnd.schemaregistry.v1+json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body.unwrap_or_default()).send().await;
        let response = response.unwrap_or_else(|error| panic!("{method} {path}: {error}\n{}", self.log()));
        let answer = Answer::read(response).await;
        contract::hold(method.as_str(), path, &answer);
        answer
    }

    /// Registers a schema and returns its id.
    pub async fn register(&self, subject: &str, schema: &str) -> i64 {
        let answer = self.post(&format!("/subjects/{subject}/versions"), &json!({ "schema": schema })).await;
        answer.ok()["id"].as_i64().expect("an id")
    }

    /// Ends the process as a power cut would, and starts it again on the same database.
    pub async fn crash_and_restart(&mut self) {
        self.crash().await;
        self.start_again().await;
    }

    /// Ends the process as `kill -9` does.
    pub async fn crash(&mut self) {
        self.process.kill().await.expect("the process was running");
    }

    /// Starts it on the same database, on another port.
    pub async fn start_again(&mut self) {
        (self.process, self.log) = self.setup.spawn();
        self.wait_until_ready().await;
    }

    /// Asks it to stop (SIGTERM) and says how it ended and how long that took.
    pub async fn stop(mut self) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        self.terminate();
        let status = timeout(Duration::from_secs(20), self.process.wait()).await;
        let status = status.expect("the server stops").expect("the server was running");
        (status, begun.elapsed())
    }

    pub fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Asks it to look at its certificate now.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, signal: &str) {
        let process = self.process.id().expect("the server is running").to_string();
        let status = std::process::Command::new("kill").args([signal, &process]).status();
        assert!(status.expect("kill is there").success());
    }

    pub async fn ended(&mut self) -> ExitStatus {
        let status = timeout(Duration::from_secs(20), self.process.wait()).await;
        status.expect("the server stops").expect("the server was running")
    }

    async fn wait_until_ready(&mut self) {
        let is_started = |log: &String| log.lines().any(|line| listening_address(line).is_some());
        let started = timeout(START, self.log.wait_for(is_started)).await.is_ok_and(|started| started.is_ok());
        assert!(started, "the server did not start:\n{}", self.log());
        let log = self.log();
        let address = log.lines().find_map(listening_address).expect("seen just now");
        let scheme = if self.setup.authority.is_some() { "https" } else { "http" };
        self.url = format!("{scheme}://{}", address.replace("0.0.0.0", "127.0.0.1"));
    }
}

impl Answer {
    async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a whole body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, text, body }
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{self}");
        self.body
    }

    /// Asserts a refusal with this code, in the form that every refusal has, and returns its message.
    #[track_caller]
    pub fn refused(self, code: u64) -> String {
        let status = if code >= 10_000 { code / 100 } else { code };
        assert_eq!(u64::from(self.status), status, "{self}");
        assert!(self.content_type().ends_with("json"), "{self}");
        assert_eq!(self.body["error_code"], code, "{self}");
        let message = self.body["message"].as_str().unwrap_or_default().to_owned();
        assert!(!message.is_empty(), "{self}");
        assert_eq!(self.body.as_object().map(serde_json::Map::len), Some(2), "{self}");
        message
    }

    pub fn content_type(&self) -> &str {
        self.header("content-type")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.status, self.content_type(), self.text)
    }
}

/// Begins a client that trusts one authority, or none where there is no TLS.
pub fn trusting(authority: Option<&str>) -> reqwest::ClientBuilder {
    let certificate = |pem: &str| reqwest::Certificate::from_pem(pem.as_bytes()).expect("a certificate");
    Client::builder().tls_certs_only(authority.map(certificate))
}

/// A client whose patience ends.
pub fn client(builder: reqwest::ClientBuilder) -> Client {
    // What TLS computes with; another test may have said so before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder.timeout(Duration::from_secs(60)).build().expect("an HTTP client")
}

/// Runs `tidegate-server` to its end: status, stdout and stderr.
pub async fn run_to_end(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String, String) {
    run_with_input(arguments, environment, "").await
}

/// The same, with something on its standard input.
pub async fn run_with_input(
    arguments: &[&str],
    environment: &[(&str, &str)],
    input: &str,
) -> (Option<i32>, String, String) {
    let folder = TempDir::new().expect("a temporary folder");
    let mut command = server(folder.path());
    command.args(arguments).envs(environment.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().expect("the server starts");
    let mut stdin = process.stdin.take().expect("piped");
    // It may have ended without reading.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let (mut out, mut err) = (process.stdout.take().expect("piped"), process.stderr.take().expect("piped"));
    let reading = async { tokio::join!(out.read_to_string(&mut stdout), err.read_to_string(&mut stderr)) };
    let (read_out, read_err) = timeout(START, reading).await.expect("the server ends");
    read_out.and(read_err).expect("text");
    (process.wait().await.expect("it was running").code(), stdout, stderr)
}

/// Defines one test per database and story. A story is `async fn story(registry: TestRegistry)`.
#[macro_export]
macro_rules! on_both_databases {
    ($($story:ident),+ $(,)?) => {
        mod on_sqlite {
            $($crate::on_database!(Sqlite, $story);)+
        }
        mod on_postgres {
            $($crate::on_database!(Postgres, $story);)+
        }
    };
}

/// One story on one database.
#[macro_export]
macro_rules! on_database {
    ($database:ident, $story:ident) => {
        #[tokio::test]
        async fn $story() {
            use $crate::registry::{Database, TestRegistry};
            if Database::$database.is_there() {
                super::$story(TestRegistry::start(Database::$database).await).await;
            }
        }
    };
}

/// The server, killed with the test, working in `folder` and hearing nothing of the environment that is meant for others.
fn server(folder: &Path) -> Command {
    let mut command = Command::new(binary());
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("TIDEGATE_") || name_text.starts_with("OTEL_") {
            command.env_remove(&name);
        }
    }
    command
}

/// The binary that `TIDEGATE_SERVER_BIN` names, or the one of this build, built now if it is stale.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os("TIDEGATE_SERVER_BIN") {
        Some(named) => named.into(),
        None => build(),
    })
}

fn build() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test.ancestors().nth(2).expect("a test is in target/<profile>/deps");
    let profile = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let profile = if profile == "debug" { "dev" } else { profile };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = std::process::Command::new(cargo)
        .args(["build", "--quiet", "--package", "tidegate-server", "--profile", profile, "--target-dir"])
        .arg(folder.parent().expect("a target folder"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(status.expect("cargo is there").success(), "tidegate-server can't be built");
    folder.join(format!("tidegate-server{}", std::env::consts::EXE_SUFFIX))
}

/// The address in the log line that tells where HTTP is served.
fn listening_address(line: &str) -> Option<String> {
    let event: Value = serde_json::from_str(line).ok()?;
    (event["message"] == "HTTP is served").then(|| event["address"].as_str().map(ToOwned::to_owned))?
}

fn postgres_server() -> Option<String> {
    std::env::var("TIDEGATE_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// Makes a database on the server that `TIDEGATE_TEST_POSTGRES` names; answers its URL.
pub fn new_postgres_database() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = postgres_server().expect("TIDEGATE_TEST_POSTGRES is set");
    let name = format!("tidegate_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    psql(&server, &format!("CREATE DATABASE {name} TEMPLATE template0"));
    let (base, query) = server.split_once('?').map_or((server.as_str(), ""), |(base, query)| (base, query));
    let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
    if query.is_empty() { format!("{base}/{name}") } else { format!("{base}/{name}?{query}") }
}

/// Asks a database itself: one line per row, with `|` between columns.
pub fn psql(url: &str, sql: &str) -> String {
    let psql = std::process::Command::new("psql").args(["-qAtX", "-c", sql, url]).output();
    let psql = psql.expect("psql, PostgreSQL's client, is there");
    assert!(psql.status.success(), "{}", String::from_utf8_lossy(&psql.stderr));
    String::from_utf8_lossy(&psql.stdout).trim().to_owned()
}

#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn say(text: &str) {
    eprintln!("{text}");
}
