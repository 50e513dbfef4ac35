//! What is asked of the records of this topic? The words are those of `tidegate_compat::policy`, which the registry has too.

pub use tidegate_compat::policy::{
    Action, Framing, Mode, Part, Policies, PolicyFault, PolicyTable, Producer, ReadyPolicy, SubjectNaming, TopicPolicy,
    Transforms, Undecidable,
};
