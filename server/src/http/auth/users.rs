//! Is this password right? Argon2 is slow by intention, so that what was right lately is remembered, and guessing is
//! throttled for those who guess.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tidegate_registry::{Access, Grants};
use tokio::sync::Semaphore;

use super::throttle::Throttle;
use crate::config::UserConfig;

/// For how long a right password is right without being checked again.
const REMEMBERED: Duration = Duration::from_secs(5 * 60);
const MAX_REMEMBERED: usize = 1024;
/// How many passwords are checked at once: each takes memory and a core for a while. More wait, up to a bound.
const AT_ONCE: usize = 2;
const WAITING: usize = 64;
/// Wrong passwords from one place for one user, and from one place for all: as many at once, then one more each.
const FOR_USER: (u32, Duration) = (10, Duration::from_secs(6));
const FROM_PLACE: (u32, Duration) = (50, Duration::from_secs(1));

/// Everybody with a password.
pub(super) struct Users {
    users: HashMap<String, User>,
    /// For names that nobody has, so that they take as long as others.
    nobody: Arc<str>,
    /// Of this process alone, so that what is remembered tells nothing about passwords.
    key: [u8; 32],
    right: Mutex<HashMap<[u8; 32], Instant>>,
    at_once: Semaphore,
    waiting: Semaphore,
    for_user: Throttle<(IpAddr, String)>,
    from_place: Throttle<IpAddr>,
}

struct User {
    name: Arc<str>,
    hash: Arc<str>,
    grants: Grants,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejection {
    Wrong,
    /// It was not even looked at.
    TooManyAttempts,
    Busy,
}

impl Users {
    pub(super) fn new(users: &[UserConfig]) -> Self {
        let user = |user: &UserConfig| {
            let hash = user.password.as_ref().map(|hash| hash.reveal().into()).unwrap_or_default();
            let entry = User { name: user.name.as_str().into(), hash, grants: Grants::new(user.grants.clone()) };
            (user.name.clone(), entry)
        };
        let users: HashMap<_, _> = users.iter().map(user).collect();
        // The same cost as somebody's.
        let nobody = users.values().next().map(|user| Arc::clone(&user.hash)).unwrap_or_default();
        let mut key = [0; 32];
        if getrandom::fill(&mut key).is_err() {
            tracing::warn!("there are no random numbers: passwords are remembered under a key that can be guessed");
        }
        Self {
            users,
            nobody,
            key,
            right: Mutex::default(),
            at_once: Semaphore::new(AT_ONCE),
            waiting: Semaphore::new(WAITING),
            for_user: Throttle::new(FOR_USER.0, FOR_USER.1),
            from_place: Throttle::new(FROM_PLACE.0, FROM_PLACE.1),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Who logs in from a place.
    pub(super) async fn verify(&self, from: IpAddr, name: &str, password: &str) -> Result<Access, Rejection> {
        let user = self.users.get(name);
        let mark = self.mark(name, password);
        if let Some(user) = user.filter(|_| self.was_right(&mark)) {
            return Ok(user.access());
        }
        let place = place(from);
        let key = (place, name.to_owned());
        let now = Instant::now();
        // Whoever is stopped for one user costs nobody else in that place anything.
        if !self.for_user.take(key.clone(), now) || !self.from_place.take(place, now) {
            return Err(Rejection::TooManyAttempts);
        }
        let _waiting = self.waiting.try_acquire().map_err(|_| Rejection::Busy)?;
        let _permit = self.at_once.acquire().await.map_err(|_| Rejection::Busy)?;
        // Many clients may come with the same password at once.
        let is_right = self.was_right(&mark) || {
            let hash = user.map_or(&self.nobody, |user| &user.hash);
            is_right(Arc::clone(hash), password.to_owned()).await
        };
        let user = user.filter(|_| is_right).ok_or(Rejection::Wrong)?;
        self.for_user.give_back(&key);
        self.from_place.give_back(&place);
        self.remember(mark);
        Ok(user.access())
    }

    fn mark(&self, name: &str, password: &str) -> [u8; 32] {
        let length = u64::try_from(name.len()).unwrap_or(u64::MAX).to_be_bytes();
        let parts = [self.key.as_slice(), &length, name.as_bytes(), password.as_bytes()];
        parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
    }

    fn was_right(&self, mark: &[u8; 32]) -> bool {
        self.right.lock().get(mark).is_some_and(|end| *end > Instant::now())
    }

    fn remember(&self, mark: [u8; 32]) {
        let now = Instant::now();
        let mut right = self.right.lock();
        if right.len() >= MAX_REMEMBERED {
            right.retain(|_, end| *end > now);
        }
        if right.len() < MAX_REMEMBERED {
            right.insert(mark, now + REMEMBERED);
        }
    }
}

impl User {
    fn access(&self) -> Access {
        Access::named(Arc::clone(&self.name), self.grants.clone())
    }
}

/// The hash of a password, for the configuration file.
pub fn hash_password(password: &str) -> Result<String, String> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

async fn is_right(hash: Arc<str>, password: String) -> bool {
    let checking = tokio::task::spawn_blocking(move || {
        let Ok(hash) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
    });
    checking.await.unwrap_or(false)
}

/// Where somebody is: an address, or the whole network that an IPv6 host has to itself.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tidegate_registry::{Grant, Right};

    use super::*;
    use crate::config::{Config, Layers, Override};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    /// Of `hunter2`, at little cost.
    const HUNTER2: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$RImIjsyxaIflNWFI1IH5rOtwoBK9E4w1E8aTF6j+8ew";

    fn users() -> Users {
        let value = format!("[{{name: ann, password: '{HUNTER2}', grants: ['write orders-']}}]");
        let flag = Override { flag: "x".into(), section: "auth".into(), key: "users".into(), value };
        Users::new(&Config::load(Layers { flags: vec![flag], ..Layers::default() }).unwrap().auth.users)
    }

    #[tokio::test]
    async fn the_right_password_lets_in_and_is_remembered() {
        let users = users();
        let ann = users.verify(HERE, "ann", "hunter2").await.unwrap();
        assert_eq!((ann.name(), ann.grants()), ("ann", &Grants::new([Grant::parse("write orders-").unwrap()])));
        assert!(!ann.grants().may_everywhere(Right::Read));
        let begin = Instant::now();
        for _ in 0..1000 {
            users.verify(HERE, "ann", "hunter2").await.unwrap();
        }
        assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
        for (name, password) in [("ann", "hunter3"), ("ann", ""), ("bob", "hunter2"), ("", "")] {
            assert_eq!(users.verify(HERE, name, password).await.unwrap_err(), Rejection::Wrong, "{name}");
        }
    }

    #[tokio::test]
    async fn guessing_is_stopped_for_who_guesses_and_nobody_else() {
        let users = users();
        users.verify(HERE, "ann", "hunter2").await.unwrap();
        let mut outcomes = Vec::new();
        for guess in 0..12 {
            outcomes.push(users.verify(HERE, "ann", &format!("guess {guess}")).await.unwrap_err());
        }
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Rejection::Wrong).count(), 10, "{outcomes:?}");
        assert_eq!(outcomes[11], Rejection::TooManyAttempts);
        assert!(users.verify(HERE, "ann", "hunter2").await.is_ok(), "what is known to be right goes on");
        assert!(users.verify(ELSEWHERE, "ann", "hunter2").await.is_ok());
        assert_eq!(users.verify(HERE, "bob", "x").await.unwrap_err(), Rejection::Wrong, "another user from there");
    }

    #[test]
    fn an_ipv6_network_is_one_place() {
        let ip = |text: &str| place(text.parse().unwrap());
        assert_eq!(ip("2001:db8::1"), ip("2001:db8::2:0:0:1"));
        assert_ne!(ip("2001:db8::1"), ip("2001:db8:0:1::1"));
        assert_eq!(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
    }
}
