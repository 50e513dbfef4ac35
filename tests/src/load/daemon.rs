//! How is the real server run in a bench? A child process on a core of its own, whose CPU time can be read.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// `tidegate-server serve`. It ends with this value.
#[derive(Debug)]
pub struct Daemon {
    process: Child,
    pub http: SocketAddr,
    pub kafka: SocketAddr,
    folder: TempDir,
}

impl Daemon {
    /// Starts it with SQLite in a temporary folder and in front of `broker`, checking the topics that match any of
    /// `enforced`; on `core`, if given.
    pub fn start(binary: &Path, broker: SocketAddr, enforced: &[&str], core: Option<usize>) -> io::Result<Self> {
        let kafka = free_ports(3)?;
        let policies: Vec<_> = enforced.iter().map(|topics| json!({ "topics": topics })).collect();
        let proxy = json!({"listen": kafka, "brokers": [broker], "policies": policies});
        let store = |folder: &Path| format!("sqlite://{}", folder.join("bench.db").display());
        Self::spawn(binary, core, kafka, store, Some(proxy), &[])
    }

    /// Starts it as a registry alone, on this store.
    pub fn registry(binary: &Path, store: &str, core: Option<usize>) -> io::Result<Self> {
        Self::registry_with(binary, store, core, &[])
    }

    /// The same with settings such as `lineage.in_memory=false`.
    pub fn registry_with(binary: &Path, store: &str, core: Option<usize>, settings: &[&str]) -> io::Result<Self> {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::spawn(binary, core, nowhere, |_| store.to_owned(), None, settings)
    }

    fn spawn(
        binary: &Path,
        core: Option<usize>,
        kafka: SocketAddr,
        store: impl FnOnce(&Path) -> String,
        proxy: Option<Value>,
        settings: &[&str],
    ) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let http = free_ports(1)?;
        let file = folder.path().join("tidegate-server.yaml");
        let store = store(folder.path());
        let mut config = json!({"http": {"listen": http}, "store": {"url": store}, "telemetry": {"log": "warn"}});
        if let Some(proxy) = proxy {
            config["proxy"] = proxy;
        }
        fs::write(&file, config.to_string())?; // JSON is YAML.
        let log = File::create(folder.path().join("server.log"))?;
        let mut command = pinned(binary, core);
        let command = command.arg("serve").arg("--config").arg(&file).stdin(Stdio::null());
        for setting in settings {
            command.args(["--set", setting]);
        }
        let process = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut daemon = Self { process, http, kafka, folder };
        daemon.wait_until_ready()?;
        Ok(daemon)
    }

    /// CPU time used so far, by user and system together.
    pub fn cpu(&self) -> io::Result<Duration> {
        cpu_of(self.process.id())
    }

    /// Resident memory at its highest, in MB.
    pub fn peak_memory(&self) -> io::Result<f64> {
        self.memory("VmHWM:")
    }

    /// Resident memory now, in MB.
    pub fn memory_now(&self) -> io::Result<f64> {
        self.memory("VmRSS:")
    }

    fn memory(&self, name: &str) -> io::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes.map(|kilobytes| kilobytes / 1024.0).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Registers an Avro schema and returns its id.
    pub fn register(&self, subject: &str, schema: &str) -> io::Result<i32> {
        self.register_as(subject, &json!({ "schema": schema }))
    }

    /// Registers what a request's body says and returns its id.
    pub fn register_as(&self, subject: &str, body: &Value) -> io::Result<i32> {
        let answer = self.ask("POST", &format!("/subjects/{subject}/versions"), &body.to_string())?;
        let json = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        let id = serde_json::from_str::<Value>(json).ok().and_then(|json| json.get("id")?.as_i64());
        id.and_then(|id| i32::try_from(id).ok()).ok_or_else(|| io::Error::other(answer))
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.http)?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn wait_until_ready(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline && self.process.try_wait()?.is_none() {
            if self.ask("GET", "/health/ready", "").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(2));
        }
        let log = fs::read_to_string(self.folder.path().join("server.log"))?;
        Err(io::Error::other(format!("tidegate-server did not get ready:\n{log}")))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// CPU time that a process has used, by user and system together. The system counts in hundredths of a second.
pub(super) fn cpu_of(process: u32) -> io::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The command's name is in parentheses and may hold anything; after it, fields 14 and 15 of the line.
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
    let both = ticks(11).zip(ticks(12)).map(|(user, system)| user + system);
    both.map(|ticks| Duration::from_millis(ticks * 10)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// A program on a core of its own, if one is given.
pub(super) fn pinned(program: &Path, core: Option<usize>) -> Command {
    let Some(core) = core else { return Command::new(program) };
    let mut command = Command::new("taskset");
    command.arg("-c").arg(core.to_string()).arg(program);
    command
}

/// The first of `count` neighbouring ports that are free on loopback.
fn free_ports(count: u16) -> io::Result<SocketAddr> {
    for _ in 0..100 {
        let first = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let port = |offset| first.port().checked_add(offset).map(|port| SocketAddr::new(first.ip(), port));
        let held: Option<Vec<_>> = (0..count).map(|offset| TcpListener::bind(port(offset)?).ok()).collect();
        if held.is_some() {
            return Ok(first);
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}
