//! What does the registry do where nobody configured a subject?

use super::secret::Secret;
use super::section::section;
use super::setting::setting_words;

section! {
    /// The schema registry.
    pub struct RegistryConfig in "registry" {
        /// The compatibility level where neither subject nor global config names one: `NONE`, `BACKWARD`,
        /// `BACKWARD_TRANSITIVE`, `FORWARD`, `FORWARD_TRANSITIVE`, `FULL` or `FULL_TRANSITIVE`.
        pub default_compatibility: Level = Level::Backward,
        /// Whether modes can be set and deleted.
        pub mode_mutability: bool = true,
        /// Whether registering under the empty subject, such as `:.:` or `:.ctx:`, is refused.
        pub reject_empty_subject: bool = false,
        /// Whether a new schema is refused whose references, direct or further down, lead to two schemas under one name.
        /// Otherwise the first one counts.
        pub strict_reference_versions: bool = false,
        /// What happens to a new schema with a rule that can't be what is meant: a syntax error, a field that the schema
        /// does not have, a comparison of a text with a number. `warn`: it is registered as Confluent would, and what is wrong
        /// is told in the header `X-Tidegate-Warning` of the answer, and in the log. `refuse`: the answer is 42210.
        pub faulty_rules: FaultyRules = FaultyRules::Warn,
        /// The secret that values of `sensitive` metadata properties are sealed with in the database: at least 16
        /// characters, best random ones (`openssl rand -base64 32`), in quotes. Without it they are stored in clear. What
        /// is in clear already is sealed at the next start. The GUID of a schema is a hash over the clear values all the
        /// same, so what can be guessed stays guessable.
        pub metadata_secret: Option<Secret> = None,
        /// Secrets that were used before: what they have sealed can be read, and is sealed with `metadata_secret` at the
        /// start. With several nodes, first name the new secret here on every node, then change places node by node.
        pub metadata_old_secrets: Vec<Secret> = Vec::new(),
        /// Whether topics can be associated with subjects. Off, the paths of associations answer 404, and serializers go by
        /// the topic's name; what was associated before stays and is guarded as before.
        pub associations: bool = true,
    }
}

setting_words! {
    /// What happens to rules that can't be what is meant.
    pub enum FaultyRules { Warn = "warn", Refuse = "refuse" }
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
