//! What did the operator ask for? One tree of small sections: defaults ← file ← environment ← flags.
//!
//! Unknown keys are refused and every mistake is reported with where it was made, so that one run tells all. The doc
//! comments of the fields are the reference: [`sample()`] prints them as a commented file.

mod auth;
mod clusters;
mod credential;
mod dead_letters;
mod door;
mod header;
mod http;
mod layers;
mod lineage;
mod proxy;
mod registry;
mod sample;
mod secret;
mod section;
mod setting;
mod store;
mod telemetry;

pub use auth::{AuthConfig, MetricsAccess, UserConfig};
pub use clusters::ClusterConfig;
#[cfg(test)]
pub use clusters::HostPattern;
pub use credential::Credential;
pub use dead_letters::{DeadLettersConfig, Route};
pub use door::{DoorConfig, DoorSetting};
pub use http::HttpConfig;
pub use layers::{Layers, Override};
pub use lineage::{LineageConfig, is_topic};
pub use proxy::{PolicyConfig, ProxyConfig, RegistryUrl};
pub use registry::{FaultyRules, Level, RegistryConfig};
pub use sample::{reference, sample};
pub use secret::Secret;
pub use setting::Problems;
pub use store::{StoreConfig, without_password};
pub use telemetry::{LogFormat, TelemetryConfig};

use section::{Section, SectionReader};

/// The whole configuration, passed by value; each part gets its own section.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    pub http: HttpConfig,
    pub auth: AuthConfig,
    pub store: StoreConfig,
    pub registry: RegistryConfig,
    pub proxy: ProxyConfig,
    pub dead_letters: DeadLettersConfig,
    pub door: DoorConfig,
    pub lineage: LineageConfig,
    pub telemetry: TelemetryConfig,
}

impl Config {
    /// Reads all layers, or tells everything that is wrong with them.
    pub fn load(layers: Layers) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let tree = layers.merge(&Self::sections(), &mut problems);
        let mut reader = SectionReader::new(&tree, "", &mut problems);
        let config = Self {
            http: reader.section(),
            auth: reader.section(),
            store: reader.section(),
            registry: reader.section(),
            proxy: reader.section(),
            dead_letters: reader.section(),
            door: reader.section(),
            lineage: reader.section(),
            telemetry: reader.section(),
        };
        reader.refuse_unknown();
        config.http.check(&mut problems);
        config.proxy.check(&mut problems);
        config.dead_letters.check(&mut problems);
        config.auth.check(&mut problems);
        problems.into_result(config)
    }

    fn sections() -> [&'static str; 9] {
        [
            HttpConfig::KEY,
            AuthConfig::KEY,
            StoreConfig::KEY,
            RegistryConfig::KEY,
            ProxyConfig::KEY,
            DeadLettersConfig::KEY,
            DoorConfig::KEY,
            LineageConfig::KEY,
            TelemetryConfig::KEY,
        ]
    }
}

#[cfg(test)]
mod tests;
