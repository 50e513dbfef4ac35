//! How does a program speak to a schema registry? A typed client of Confluent's REST API, for Tidegate and any other.
//!
//! ```no_run
//! # async fn example() -> Result<(), tidegate_client::ClientError> {
//! let client = tidegate_client::Client::builder("https://registry.example").token("secret").build()?;
//! let latest = client.version("orders-value", "latest").await?;
//! println!("{} is schema {}", latest.subject, latest.id);
//! # Ok(())
//! # }
//! ```
//!
//! Requests that fail on the way, or that the registry could not answer just now, are repeated with growing pauses that
//! chance spreads. What belongs to an id never changes and is asked for once, as long as there is room to remember it. TLS
//! is rustls with ring: if the process has no other provider of cryptography, building the first client makes ring that.

#![warn(missing_docs)]

mod calls;
mod error;
mod known;
mod pace;
mod transport;

pub use error::ClientError;
pub use pace::Pace;
pub use transport::{Builder, Client};
