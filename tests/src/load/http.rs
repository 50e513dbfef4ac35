//! How many requests a second does the registry answer? Connections that are kept, each asking again when answered.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The latencies of all requests of `connections` in `time`; connection and turn decide the path.
pub async fn saturate(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    path: impl Fn(usize) -> String + Clone + Send + 'static,
) -> io::Result<Vec<Duration>> {
    let end = Instant::now() + time;
    let asking = (0..connections).map(|number| tokio::spawn(ask(address, number, end, path.clone())));
    let mut latencies = Vec::new();
    for asked in asking.collect::<Vec<_>>() {
        latencies.extend(asked.await.map_err(io::Error::other)??);
    }
    Ok(latencies)
}

async fn ask(
    address: SocketAddr,
    number: usize,
    end: Instant,
    path: impl Fn(usize) -> String,
) -> io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::with_capacity(16 << 10);
    let mut latencies = Vec::new();
    for turn in 0.. {
        let begun = Instant::now();
        if begun >= end {
            break;
        }
        let request = format!("GET {} HTTP/1.1\r\nHost: bench\r\n\r\n", path(number * 7919 + turn));
        stream.write_all(request.as_bytes()).await?;
        read_answer(&mut stream, &mut answer).await?;
        latencies.push(begun.elapsed());
    }
    Ok(latencies)
}

/// Reads one answer, which must be a 200 with a length.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> io::Result<()> {
    answer.clear();
    loop {
        if stream.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(whole) = whole_length(answer)? {
            return if answer.len() == whole { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) };
        }
    }
}

/// The length of head and body, once both are there.
fn whole_length(answer: &[u8]) -> io::Result<Option<usize>> {
    let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    if !text.starts_with("http/1.1 200") {
        return Err(io::Error::other(text));
    }
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    let whole = head + 4 + length.ok_or(io::ErrorKind::InvalidData)?;
    Ok((answer.len() >= whole).then_some(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_head_and_body_are_there() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!(whole_length(answer).unwrap(), Some(answer.len()));
        assert_eq!(whole_length(&answer[..answer.len() - 1]).unwrap(), None);
        assert!(whole_length(b"HTTP/1.1 404 Not Found\r\n\r\n").is_err());
    }
}
