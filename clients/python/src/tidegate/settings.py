"""Where is the registry, and how is it spoken to? Address, credentials, TLS, patience."""

from __future__ import annotations

import base64
import os
import random
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .errors import ApiError, ConnectionFailed, ServerError, TidegateError, TooManyRequests


@dataclass(frozen=True)
class Basic:
    """A user and a password. A token is taken as the password of any user."""

    user: str
    password: str = field(repr=False)

    def header(self) -> str:
        if ":" in self.user:
            raise ValueError("a user's name has no ':' in it")
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


@dataclass(frozen=True)
class Bearer:
    """A token, or a function that gives the one that holds now, asked before each request."""

    token: str | Callable[[], str] = field(repr=False)

    def header(self) -> str:
        return "Bearer " + (self.token if isinstance(self.token, str) else self.token()).strip()


@dataclass(frozen=True)
class Tls:
    """Which authorities are trusted, and the certificate that is shown. Without `ca`, those of the system."""

    ca: str | Path | None = None
    certificate: str | Path | None = None
    key: str | Path | None = None
    key_password: str | None = field(default=None, repr=False)

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key, self.key_password)
        return context


@dataclass(frozen=True)
class Retry:
    """How often a call is tried, and how long is waited in between: doubling from `first` to `longest` seconds.

    Tried again is what may be sent twice: calls that change nothing, after a fault of the connection or a 5xx; any
    call, when it was not sent or was answered 429. `Retry-After` is kept to; one beyond `longest` ends the matter.
    """

    attempts: int = 4
    first: float = 0.1
    longest: float = 5.0

    def pause(self, attempt: int, safe: bool, error: TidegateError) -> float | None:
        """Seconds to wait after the attempt with this number, counted from 1; None to give up."""
        if attempt >= self.attempts or not self._may_repeat(safe, error):
            return None
        asked = error.retry_after if isinstance(error, ApiError) else None
        if asked is not None:
            return asked if asked <= self.longest else None
        # Half of it is random, so that many who failed together don't come back together.
        doubled = self.first * float(2 ** min(attempt - 1, 30))
        return min(self.longest, doubled) * random.uniform(0.5, 1.0)

    @staticmethod
    def _may_repeat(safe: bool, error: TidegateError) -> bool:
        match error:
            case ConnectionFailed():
                return safe or not error.sent
            case TooManyRequests():
                return True
            case ServerError():
                return safe
            case _:
                return False


@dataclass(frozen=True)
class Settings:
    """All of it. `timeout`: seconds for each attempt; answers of more than `largest_answer` bytes are not read."""

    url: str
    auth: Basic | Bearer | None = None
    tls: Tls | ssl.SSLContext | None = None
    timeout: float = 10.0
    retry: Retry = field(default_factory=Retry)
    cache_size: int = 1000
    largest_answer: int = 64 << 20

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not the address of a registry: {parts.scheme}://{parts.hostname or ''}…")
        if parts.username is not None or parts.password is not None:
            raise ValueError("credentials belong into `auth`: addresses get into logs")
        if parts.query or parts.fragment:
            raise ValueError("the address of a registry has neither query nor fragment")
        object.__setattr__(self, "url", self.url.rstrip("/"))

    def context(self) -> ssl.SSLContext:
        if isinstance(self.tls, ssl.SSLContext):
            return self.tls
        return (self.tls or Tls()).context()


def from_environment(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The settings that `TIDEGATE_URL`, `_TOKEN`, `_USER` with `_PASSWORD`, and `_CA` name."""
    found: dict[str, Any] = {}
    if url := environment.get("TIDEGATE_URL"):
        found["url"] = url
    if token := environment.get("TIDEGATE_TOKEN"):
        found["auth"] = Bearer(token)
    elif user := environment.get("TIDEGATE_USER"):
        found["auth"] = Basic(user, environment.get("TIDEGATE_PASSWORD", ""))
    if ca := environment.get("TIDEGATE_CA"):
        found["tls"] = Tls(ca=ca)
    return found
