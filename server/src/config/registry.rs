//! What does the registry do where nobody configured a subject?

use super::section::section;
use super::setting::setting_words;

section! {
    /// The schema registry.
    pub struct RegistryConfig in "registry" {
        /// The compatibility level where neither subject nor global config names one: `NONE`, `BACKWARD`,
        /// `BACKWARD_TRANSITIVE`, `FORWARD`, `FORWARD_TRANSITIVE`, `FULL` or `FULL_TRANSITIVE`.
        pub default_compatibility: Level = Level::Backward,
    }
}

setting_words! {
    /// The seven compatibility levels.
    pub enum Level {
        None = "NONE",
        Backward = "BACKWARD",
        BackwardTransitive = "BACKWARD_TRANSITIVE",
        Forward = "FORWARD",
        ForwardTransitive = "FORWARD_TRANSITIVE",
        Full = "FULL",
        FullTransitive = "FULL_TRANSITIVE",
    }
}
