"""What goes over the wire around a call? Headers, bodies, and faults of the connection in our words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from .calls import Call
from .errors import ConnectionFailed, TidegateError, TimedOut, UnexpectedAnswer
from .settings import Basic, Bearer

# InvalidURL is for addresses that only httpx finds fault with.
FAULTS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def value(self) -> object:
        """The body, which is JSON. Empty where there is nothing to say."""
        if not self.body:
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise UnexpectedAnswer("the answer is not JSON") from error


def content(call: Call[Any], auth: Basic | Bearer | None) -> tuple[dict[str, str], bytes | None]:
    """Headers and body of a request."""
    headers = {"Authorization": auth.header()} if auth else {}
    if call.body is None:
        return headers, None
    return headers | {"Content-Type": "application/json"}, json.dumps(call.body, ensure_ascii=False).encode()


def fault(error: Exception, url: str) -> TidegateError:
    """What went wrong, and whether the server can have heard of it."""
    sent = not isinstance(error, _NOT_SENT)
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(f"{url} did not answer in time", sent=sent)
    return ConnectionFailed(f"{url} can't be reached: {error or type(error).__name__}", sent=sent)
