//! How fast can a finished body be answered at all? Hyper, a map from id to body, and nothing else: what the registry's own
//! work on a request is measured against.
//!
//! Allocator, runtime and the handling of connections are those of the product.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::daemon::{cpu_of, pinned};

/// The argument by which a bench becomes this server.
const ROLE: &str = "--serve-bodies";
const CONTENT: HeaderValue = HeaderValue::from_static("application/vnd.schemaregistry.v1+json");

type Bodies = HashMap<i32, Bytes>;

/// The bare server as a child process: this very program in another role. It ends with this value.
#[derive(Debug)]
pub struct Bare {
    process: Child,
    pub address: SocketAddr,
}

impl Bare {
    /// Serves these bodies; on `core`, if given.
    pub fn start(bodies: &[(i32, Vec<u8>)], core: Option<usize>) -> io::Result<Self> {
        let mut file = tempfile::NamedTempFile::new()?;
        for (id, body) in bodies {
            write!(file, "{id} ")?;
            file.write_all(body)?;
            file.write_all(b"\n")?;
        }
        let mut command = pinned(&env::current_exe()?, core);
        let command: &mut Command = command.arg(ROLE).arg(file.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().parse().map_err(|_| io::Error::other("the bare server did not start"))?;
        Ok(Self { process, address })
    }

    /// CPU time used so far.
    pub fn cpu(&self) -> io::Result<Duration> {
        cpu_of(self.process.id())
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves for ever if this process was started to be the bare server.
pub fn serve_if_asked() -> io::Result<()> {
    let mut arguments = env::args_os().skip_while(|argument| argument != ROLE).skip(1);
    let Some(file) = arguments.next() else { return Ok(()) };
    let bodies = Arc::new(read(Path::new(&file))?);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(bodies))
}

fn read(file: &Path) -> io::Result<Bodies> {
    let text = fs::read_to_string(file)?;
    let line = |line: &str| {
        let (id, body) = line.split_once(' ')?;
        Some((id.parse().ok()?, Bytes::copy_from_slice(body.as_bytes())))
    };
    Ok(text.lines().filter_map(line).collect())
}

async fn serve(bodies: Arc<Bodies>) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", listener.local_addr()?)?;
    stdout.flush()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let bodies = Arc::clone(&bodies);
        let service = service_fn(move |request: Request<Incoming>| {
            let answer = answer(&bodies, &request);
            async { Ok::<_, Infallible>(answer) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(60))
            .pipeline_flush(true)
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}

fn answer(bodies: &Bodies, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let id = request.uri().path().strip_prefix("/schemas/ids/").and_then(|id| id.parse().ok());
    let Some(body) = id.and_then(|id: i32| bodies.get(&id)) else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let mut response = Response::new(Full::new(body.clone()));
    response.headers_mut().insert(CONTENT_TYPE, CONTENT);
    response
}
