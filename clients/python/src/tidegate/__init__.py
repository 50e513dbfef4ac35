"""What does one import? Clients of the Tidegate schema registry, and checks for notebooks and tests."""

from __future__ import annotations

from ._version import __version__
from .aio import AsyncClient
from .checked import Checked, CheckFailed
from .client import Client
from .errors import (
    ApiError,
    Changed,
    Conflict,
    ConnectionFailed,
    Forbidden,
    IncompatibleSchema,
    Invalid,
    InvalidSchema,
    NotFound,
    NotPermitted,
    SchemaNotFound,
    ServerError,
    SubjectNotFound,
    TidegateError,
    TimedOut,
    TooManyRequests,
    Unauthorized,
    UnexpectedAnswer,
    VersionNotFound,
)
from .model import Level, Metadata, Reference, Rule, RuleSet, Schema, SchemaType
from .settings import Basic, Bearer, Retry, Tls
from .shortcuts import check, validate_records, validate_topic
from .topic import RecordsRefused, Verdict

__all__ = [
    "ApiError",
    "AsyncClient",
    "Basic",
    "Bearer",
    "Changed",
    "CheckFailed",
    "Checked",
    "Client",
    "Conflict",
    "ConnectionFailed",
    "Forbidden",
    "IncompatibleSchema",
    "Invalid",
    "InvalidSchema",
    "Level",
    "Metadata",
    "NotFound",
    "NotPermitted",
    "RecordsRefused",
    "Reference",
    "Retry",
    "Rule",
    "RuleSet",
    "Schema",
    "SchemaNotFound",
    "SchemaType",
    "ServerError",
    "SubjectNotFound",
    "TidegateError",
    "TimedOut",
    "Tls",
    "TooManyRequests",
    "Unauthorized",
    "UnexpectedAnswer",
    "Verdict",
    "VersionNotFound",
    "__version__",
    "check",
    "validate_records",
    "validate_topic",
]
