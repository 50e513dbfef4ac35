//! Which metrics does the server itself have? Each with its unit and meaning; registry and proxy have tables of their own.

/// A metric: name, unit, meaning. Names say their unit, and labels are named in the meaning.
pub type Metric = (&'static str, &'static str, &'static str);

pub const HTTP_REQUESTS: Metric = (
    "tidegate_http_requests_total",
    "requests",
    "HTTP requests answered, by `route` (the path pattern), `method` and `status`.",
);
pub const HTTP_SECONDS: Metric = (
    "tidegate_http_request_seconds",
    "seconds",
    "How long requests took from their head to their answer, by `route` and `method` (histogram).",
);
pub const HTTP_CONNECTIONS: Metric = ("tidegate_http_connections", "connections", "HTTP connections open now.");
pub const TLS_HANDSHAKE_FAILURES: Metric = (
    "tidegate_http_tls_handshake_failures_total",
    "connections",
    "Connections that ended before a TLS session was agreed on.",
);
pub const TLS_RELOAD_FAILURES: Metric = (
    "tidegate_http_tls_reload_failures_total",
    "attempts",
    "Times that a new certificate or key could not be used. The one before goes on.",
);
pub const PROXY_TLS_RELOAD_FAILURES: Metric = (
    "tidegate_proxy_tls_reload_failures_total",
    "attempts",
    "Times that a new certificate, key or authority of the proxy could not be used. The one before goes on.",
);
pub const LINEAGE_DROPPED: Metric = (
    "tidegate_lineage_dropped_total",
    "additions",
    "Additions to lineage that found no room, because more edges were seen at once than `lineage.capacity`.",
);
pub const LINEAGE_FLUSH_FAILURES: Metric = (
    "tidegate_lineage_flush_failures_total",
    "attempts",
    "Times that counted lineage could not be written. It is kept and tried again.",
);

pub const LINEAGE_EMITTED: Metric = (
    "tidegate_lineage_emitted_total",
    "events",
    "OpenLineage events of what proxies saw that were sent on to `lineage.emit_url` or written in `lineage.emit_topic`, by `outcome`: taken, refused.",
);
pub const LINEAGE_EMIT_DROPPED: Metric = (
    "tidegate_lineage_emit_dropped_total",
    "events",
    "OpenLineage events, or reports to make them of, that found no room while others could not be sent.",
);

pub const VIOLATIONS_DROPPED: Metric = (
    "tidegate_violations_dropped_total",
    "records",
    "Bad records that were not told apart in `/govern/v1/violations`, because too many kinds of them were seen at once.",
);

pub const METRICS: &[Metric] = &[
    HTTP_REQUESTS,
    HTTP_SECONDS,
    HTTP_CONNECTIONS,
    TLS_HANDSHAKE_FAILURES,
    TLS_RELOAD_FAILURES,
    PROXY_TLS_RELOAD_FAILURES,
    LINEAGE_DROPPED,
    LINEAGE_FLUSH_FAILURES,
    LINEAGE_EMITTED,
    LINEAGE_EMIT_DROPPED,
    VIOLATIONS_DROPPED,
];
