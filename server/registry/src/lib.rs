//! The registry's use-cases: what happens when someone registers, looks up, checks, deletes or configures?
