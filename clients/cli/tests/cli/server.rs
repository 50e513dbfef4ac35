//! The real server, as a registry of its own for a test. `TIDEGATE_SERVER_BIN` names it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tidegate_api::{ConfigUpdate, Patch, RegisterRequest};
use tidegate_client::Client;
use tokio::runtime::Runtime;

/// A registry that ends with the test.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
    pub(crate) client: Client,
    pub(crate) runtime: Runtime,
    _folder: tempfile::TempDir,
}

impl Server {
    /// `None` where there is no server to start, which is told.
    pub(crate) fn start() -> Option<Self> {
        let Some(binary) = std::env::var_os("TIDEGATE_SERVER_BIN") else {
            let mut out = std::io::stdout();
            let _ = writeln!(out, "SKIPPED: TIDEGATE_SERVER_BIN is not set, the tool was not held against a registry");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let store = format!("sqlite://{}", folder.path().join("tidegate.db").display());
        let mut command = Command::new(binary);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TIDEGATE_")) {
            command.env_remove(name);
        }
        let mut process = command
            .current_dir(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0", "--store", &store, "--set", "telemetry.log_format=json"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(process.stderr.take().expect("stderr")).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let event: Value = serde_json::from_str(&line).ok()?;
            (event["message"] == "HTTP is served").then(|| event["address"].as_str().map(str::to_owned))?
        });
        std::thread::spawn(move || lines.for_each(drop));
        let url = format!("http://{}", address.expect("the server listens"));
        let client = Client::builder(&url).build().expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Some(Self { process, url, client, runtime, _folder: folder })
    }

    pub(crate) fn register(&self, subject: &str, kind: &str, text: &str) {
        let request = request(kind, text);
        self.runtime
            .block_on(self.client.register(subject, &request))
            .unwrap_or_else(|error| panic!("{error}: {text}"));
    }

    pub(crate) fn set_level(&self, subject: &str, level: &str) {
        let update = ConfigUpdate { compatibility: Patch::Set(level.to_owned()), ..ConfigUpdate::default() };
        self.runtime.block_on(self.client.set_config(subject, &update)).expect("a level");
    }

    pub(crate) fn set_mode(&self, subject: &str, mode: &str) {
        self.send("PUT", &format!("/mode/{subject}"), &format!(r#"{{"mode":"{mode}"}}"#));
    }

    /// As if a cluster had told how far the log of a topic reaches, and that nobody reads it.
    pub(crate) fn survey(&self, topic: &str, at: i64, end: u64) {
        let body = format!(
            r#"{{"cluster":"c","at":{at},"whole":true,"logs":[{{"topic":"{topic}","end":{end}}}],"groups":[]}}"#
        );
        self.send("POST", "/govern/v1/lineage/surveys", &body);
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &str) {
        self.answer(method, path, body);
    }

    /// What is answered, as JSON.
    pub(crate) fn told(&self, method: &str, path: &str, body: &str) -> Value {
        let answer = self.answer(method, path, body);
        json(answer.split_once("\r\n\r\n").map_or("", |(_, body)| body))
    }

    fn answer(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).expect("the server is there");
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json");
        write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
        answer
    }

    /// As if a proxy had seen `shop` writing to a topic with schema 1, and the group `billing` reading it.
    pub(crate) fn observe(&self, topic: &str, at: i64) {
        let edge = |direction: &str| {
            format!(
                r#"{{"cluster":"c","topic":"{topic}","client_id":"shop","software":"","principal":"","address":"",{direction},
                "records":1240,"bytes":1,"refused":0,"first":{at},"last":{at}}}"#
            )
        };
        let produces = edge(r#""direction":"produces","schema":{"context":".","id":1}"#);
        let consumes = edge(r#""direction":"consumes","group":"billing","evidence":"committed""#);
        let body = format!(r#"{{"observations":[{produces},{consumes}]}}"#);
        self.send("POST", "/govern/v1/lineage/observations", &body);
    }

    pub(crate) fn level(&self, subject: &str) -> Option<String> {
        self.runtime.block_on(self.client.config(subject)).ok()?.compatibility_level
    }

    pub(crate) fn latest(&self, subject: &str) -> Option<i32> {
        self.runtime.block_on(self.client.version(subject, "latest")).ok().map(|schema| schema.version)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn request(kind: &str, text: &str) -> RegisterRequest {
    RegisterRequest { schema_type: Some(kind.to_owned()), schema: Some(text.to_owned()), ..RegisterRequest::default() }
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("not so far away")
}
