//! Who is really at the other end, when a load balancer stands between? The header of the PROXY protocol tells.
//!
//! It comes before anything else, in version 1 (a line of text) or 2 (binary). Crate `ppp` parses both; here is decided how
//! much may be read for it.

use std::io;
use std::net::SocketAddr;

use ppp::{HeaderResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::error::{SessionError, Side};

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// The longest line of version 1, as the specification has it.
const LONGEST_LINE: usize = 107;

/// The most that may follow the first 16 bytes of version 2: addresses, and what else the balancer wants to tell.
const LONGEST_REST: usize = 4 << 10;

/// Reads the header and no byte more. `None` if the balancer speaks for itself, as in health checks, or doesn't say.
pub(crate) async fn read(client: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, SessionError> {
    let failed = |source| match source {
        source if io::Error::kind(&source) == io::ErrorKind::UnexpectedEof => SessionError::Closed(Side::Client),
        source => SessionError::Io { side: Side::Client, source },
    };
    let mut header = vec![0; SIGNATURE.len()];
    client.read_exact(&mut header).await.map_err(failed)?;
    if header == SIGNATURE {
        header.resize(16, 0);
        client.read_exact(header.get_mut(12..).unwrap_or_default()).await.map_err(failed)?;
        let rest = header.last_chunk().map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
        if rest > LONGEST_REST {
            return Err(SessionError::ProxyHeader("it is too long"));
        }
        header.resize(16 + rest, 0);
        client.read_exact(header.get_mut(16..).unwrap_or_default()).await.map_err(failed)?;
    } else if header.starts_with(b"PROXY") {
        while !header.ends_with(b"\r\n") {
            if header.len() >= LONGEST_LINE {
                return Err(SessionError::ProxyHeader("its line is too long"));
            }
            header.push(client.read_u8().await.map_err(failed)?);
        }
    } else {
        return Err(SessionError::ProxyHeader("it begins otherwise"));
    }
    source(&header)
}

fn source(header: &[u8]) -> Result<Option<SocketAddr>, SessionError> {
    match HeaderResult::parse(header) {
        HeaderResult::V1(Ok(header)) => Ok(match header.addresses {
            v1::Addresses::Tcp4(ends) => Some((ends.source_address, ends.source_port).into()),
            v1::Addresses::Tcp6(ends) => Some((ends.source_address, ends.source_port).into()),
            v1::Addresses::Unknown => None,
        }),
        HeaderResult::V2(Ok(header)) if header.command == v2::Command::Local => Ok(None),
        HeaderResult::V2(Ok(header)) => Ok(match header.addresses {
            v2::Addresses::IPv4(ends) => Some((ends.source_address, ends.source_port).into()),
            v2::Addresses::IPv6(ends) => Some((ends.source_address, ends.source_port).into()),
            v2::Addresses::Unix(_) | v2::Addresses::Unspecified => None,
        }),
        HeaderResult::V1(Err(_)) | HeaderResult::V2(Err(_)) => Err(SessionError::ProxyHeader("it can't be read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Dice;

    fn binary(command: u8, family: u8, ends: &[u8]) -> Vec<u8> {
        let length = u16::try_from(ends.len()).unwrap().to_be_bytes();
        [&SIGNATURE[..], &[0x20 | command, family], &length, ends].concat()
    }

    async fn told(bytes: &[u8]) -> Option<Option<String>> {
        let all = [bytes, b"what follows"].concat();
        let mut left = all.as_slice();
        let found = read(&mut left).await.ok()?;
        assert_eq!(left, b"what follows", "nothing behind the header was read");
        Some(found.map(|address| address.to_string()))
    }

    #[tokio::test]
    async fn both_versions_tell_who_it_is() {
        let four = [10, 0, 0, 7, 10, 0, 0, 1, 0x30, 0x39, 0x23, 0x84];
        assert_eq!(told(&binary(1, 0x11, &four)).await, Some(Some("10.0.0.7:12345".to_owned())));
        let mut six = [0; 36];
        (six[15], six[33]) = (1, 9);
        assert_eq!(told(&binary(1, 0x21, &six)).await, Some(Some("[::1]:9".to_owned())));
        let line = b"PROXY TCP4 10.0.0.7 10.0.0.1 12345 9092\r\n";
        assert_eq!(told(line).await, Some(Some("10.0.0.7:12345".to_owned())));
        let line = b"PROXY TCP6 ::1 ::1 9 9092\r\n";
        assert_eq!(told(line).await, Some(Some("[::1]:9".to_owned())));
    }

    #[tokio::test]
    async fn a_balancer_may_speak_for_itself() {
        assert_eq!(told(&binary(0, 0, &[])).await, Some(None));
        assert_eq!(told(b"PROXY UNKNOWN\r\n").await, Some(None));
    }

    #[tokio::test]
    async fn anything_else_is_refused_within_bounds() {
        for hostile in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            &[0, 0, 0, 10, 0, 18, 0, 3, 0, 0, 0, 1, 0xff, 0xff],
            &[b"PROXY TCP4 ".as_slice(), &[b'1'; 200]].concat(),
            &binary(1, 0x11, &vec![0; LONGEST_REST + 1]),
            &binary(1, 0x11, &[1, 2]),
        ] {
            assert!(told(hostile).await.is_none(), "{hostile:?}");
        }
        let mut dice = Dice::new(41);
        for round in 0..2_000 {
            let mut bytes = if round % 2 == 0 {
                binary(1, 0x11, &[10, 0, 0, 7, 10, 0, 0, 1, 0x30, 0x39, 0x23, 0x84])
            } else {
                b"PROXY TCP4 10.0.0.7 10.0.0.1 12345 9092\r\n".to_vec()
            };
            dice.mutate(&mut bytes);
            let _ = read(&mut bytes.as_slice()).await;
        }
    }
}
