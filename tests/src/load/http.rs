//! How many requests a second does the registry answer? Connections that are kept, each asking again when answered.
//!
//! Requests are written out beforehand and answers are measured, not read, so that the server has more to do than we.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Requests to choose from.
pub type Requests = Arc<[Vec<u8>]>;

/// A GET request for each path, with more lines of head if given (`name: value\r\n`).
pub fn gets(paths: impl IntoIterator<Item = String>, head: &str) -> Requests {
    let request = |path| format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{head}\r\n").into_bytes();
    paths.into_iter().map(request).collect()
}

/// The latencies of all requests of `connections` in `time`; each request is one of the given, at random.
pub fn saturate(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    requests: &Requests,
) -> io::Result<Vec<Duration>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let end = Instant::now() + time;
        let asking = (0..connections).map(|number| tokio::spawn(ask(address, number, end, Arc::clone(requests))));
        let mut latencies = Vec::new();
        for asked in asking.collect::<Vec<_>>() {
            latencies.extend(asked.await.map_err(io::Error::other)??);
        }
        Ok(latencies)
    })
}

/// The answer to every request, asked in turn on one connection.
pub fn ask_all(address: SocketAddr, requests: &Requests) -> io::Result<Vec<Vec<u8>>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests.iter() {
            let mut answer = Vec::new();
            stream.write_all(request).await?;
            read_answer(&mut stream, &mut answer, Status::Ok).await?;
            answers.push(answer);
        }
        Ok(answers)
    })
}

/// One request on a connection of its own: how long the answer took, and the answer.
pub fn ask_once(address: SocketAddr, request: &[u8], expected: Status) -> io::Result<(Duration, Vec<u8>)> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let mut stream = TcpStream::connect(address).await?;
        let mut answer = Vec::new();
        let begun = Instant::now();
        stream.write_all(request).await?;
        read_answer(&mut stream, &mut answer, expected).await?;
        Ok((begun.elapsed(), answer))
    })
}

/// Which answer is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Ok,
    Created,
    /// Has no body, like the next.
    NoContent,
    NotModified,
}

async fn ask(address: SocketAddr, number: usize, end: Instant, requests: Requests) -> io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::with_capacity(64 << 10);
    let mut latencies = Vec::with_capacity(1 << 16);
    let mut dice = Dice(0x9E37_79B9 + number as u64);
    loop {
        let begun = Instant::now();
        if begun >= end {
            return Ok(latencies);
        }
        stream.write_all(&requests[dice.roll(requests.len())]).await?;
        read_answer(&mut stream, &mut answer, Status::Ok).await?;
        latencies.push(begun.elapsed());
    }
}

/// Xorshift: random enough to spread requests, and for nothing else.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// Reads one whole answer, which must be the expected one.
pub(super) async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>, expected: Status) -> io::Result<()> {
    answer.clear();
    loop {
        if stream.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(whole) = whole_length(answer, expected)? {
            return if answer.len() == whole { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) };
        }
    }
}

/// The length of head and body, once both are there.
fn whole_length(answer: &[u8], expected: Status) -> io::Result<Option<usize>> {
    const LENGTH: &[u8] = b"content-length:";
    let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = &answer[..head];
    let status: &[u8] = match expected {
        Status::Ok => b"HTTP/1.1 200",
        Status::Created => b"HTTP/1.1 201",
        Status::NoContent => b"HTTP/1.1 204",
        Status::NotModified => b"HTTP/1.1 304",
    };
    if !text.starts_with(status) {
        return Err(io::Error::other(String::from_utf8_lossy(text).into_owned()));
    }
    if matches!(expected, Status::NoContent | Status::NotModified) {
        return Ok(Some(head + 4));
    }
    let length = text
        .split(|byte| *byte == b'\n')
        .find(|line| line.get(..LENGTH.len()).is_some_and(|name| name.eq_ignore_ascii_case(LENGTH)))
        .and_then(|line| std::str::from_utf8(&line[LENGTH.len()..]).ok()?.trim().parse::<usize>().ok());
    let whole = head + 4 + length.ok_or(io::ErrorKind::InvalidData)?;
    Ok((answer.len() >= whole).then_some(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_head_and_body_are_there() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!(whole_length(answer, Status::Ok).unwrap(), Some(answer.len()));
        assert_eq!(whole_length(&answer[..answer.len() - 1], Status::Ok).unwrap(), None);
        assert!(whole_length(b"HTTP/1.1 404 Not Found\r\n\r\n", Status::Ok).is_err());
        assert!(whole_length(answer, Status::NotModified).is_err());
        let unchanged = b"HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\n\r\n";
        assert_eq!(whole_length(unchanged, Status::NotModified).unwrap(), Some(unchanged.len()));
    }

    #[test]
    fn every_request_has_its_turn() {
        let mut dice = Dice(1);
        let rolled: std::collections::HashSet<_> = (0..1000).map(|_| dice.roll(10)).collect();
        assert_eq!(rolled.len(), 10);
    }
}
