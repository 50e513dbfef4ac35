//! What does the exit code say? Whoever runs this in CI must tell "your schema is wrong" from "the network is down".

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing at or above `--fail-on`.
    Clean,
    /// Findings: the author has something to do.
    Findings,
    /// Wrong usage or configuration.
    Usage,
    /// Changes are pending.
    Pending,
    /// The registry, the network or the credentials: nothing was judged.
    Trouble,
    /// Nothing stands in the way but that somebody has to agree.
    Approval,
    /// The tool itself is at fault.
    Fault,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Pending => 3,
            Self::Trouble => 4,
            Self::Approval => 5,
            Self::Fault => 70,
        }
    }
}
