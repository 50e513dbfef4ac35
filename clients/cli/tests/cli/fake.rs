//! A registry that answers what a test wrote down, and keeps what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a request begins with, the status of the answer, and its body.
pub(crate) type Said = (&'static str, u16, &'static str);

pub(crate) struct Fake {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Fake {
    /// Whatever no line is for is answered as registries answer what they don't know.
    pub(crate) fn saying(lines: &'static [Said]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let Some((head, body)) = request(&mut stream) else { continue };
                let said = lines.iter().find(|(start, ..)| head.starts_with(start));
                let (status, answer) = said
                    .map_or((404, r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#), |(_, status, answer)| {
                        (*status, answer)
                    });
                kept.lock().expect("nobody panicked").push((head, body));
                let length = answer.len();
                let head = format!("HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
                let _ = stream.write_all(format!("{head}{answer}").as_bytes());
            }
        });
        Self { url, asked }
    }

    /// Method and path of each request, and its body.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().expect("nobody panicked").clone()
    }
}

fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(piece.get(..read)?);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            break (head.to_owned(), body.len());
        }
    };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let missing = length.unwrap_or(0_usize).saturating_sub(body);
    let mut rest = vec![0; missing];
    stream.read_exact(&mut rest).ok()?;
    bytes.extend(rest);
    let text = String::from_utf8_lossy(&bytes);
    let (_, body) = text.split_once("\r\n\r\n")?;
    let mut line = head.lines().next()?.split(' ');
    Some((format!("{} {}", line.next()?, line.next()?), body.to_owned()))
}
