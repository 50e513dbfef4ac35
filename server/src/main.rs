//! The one daemon: from flags to a running registry and proxy.

fn main() {}
