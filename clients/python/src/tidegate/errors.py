"""What can go wrong? One class for each thing that a caller can do something about."""

from __future__ import annotations

import json


class TidegateError(Exception):
    """Whatever this package raises of its own."""


class ConnectionFailed(TidegateError):
    """There was no answer. `sent` says whether the server may have acted all the same."""

    def __init__(self, message: str, *, sent: bool):
        super().__init__(message)
        self.sent = sent


class TimedOut(ConnectionFailed):
    """There was no answer, or not all of it, in the time that was given."""


class UnexpectedAnswer(TidegateError):
    """What answered does not speak the registry's API, or answered more than is taken."""


class ApiError(TidegateError):
    """The server refused. Act on `code`: its meaning is in docs/errors.md; messages may change.

    `status` is that of HTTP, `request_id` names the exchange in the server's log, and `retry_after` is how many seconds
    the server asks to wait, if it said so.
    """

    def __init__(
        self, status: int, code: int, message: str, *, request_id: str | None = None, retry_after: float | None = None
    ):
        super().__init__(f"{message} (code {code})")
        self.status, self.code, self.message = status, code, message
        self.request_id, self.retry_after = request_id, retry_after


class Unauthorized(ApiError):
    """401: no credentials where some are needed, or wrong ones."""


class Forbidden(ApiError):
    """403: whoever this is may not do this, or not here."""


class NotFound(ApiError):
    """404: what is spoken of is not there."""


class SubjectNotFound(NotFound):
    """40401: no such subject, or it has no config or mode of its own to delete."""


class VersionNotFound(NotFound):
    """40402: the subject has no such version."""


class SchemaNotFound(NotFound):
    """40403: no such schema, or the subject doesn't hold it."""


class Conflict(ApiError):
    """409: it contradicts what is there."""


class IncompatibleSchema(Conflict):
    """40901: the schema is not compatible with earlier versions. The message lists the reasons."""


class Changed(ApiError):
    """412: what should be changed is not what it was."""


class Invalid(ApiError):
    """422: it is understood, and makes no sense."""


class InvalidSchema(Invalid):
    """42201: this is no schema, or a reference in it leads nowhere."""


class NotPermitted(Invalid):
    """42205: the mode does not permit it."""


class TooManyRequests(ApiError):
    """429: nothing was read of the request; wait, and send it again."""


class ServerError(ApiError):
    """5xx: it is not the caller's fault. What was asked may have been done."""


_BY_CODE: dict[int, type[ApiError]] = {
    40401: SubjectNotFound,
    40402: VersionNotFound,
    40403: SchemaNotFound,
    40901: IncompatibleSchema,
    42201: InvalidSchema,
    42205: NotPermitted,
}
_BY_STATUS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Changed,
    422: Invalid,
    429: TooManyRequests,
}
_LONGEST_FOREIGN_TEXT = 200


def refusal(status: int, body: bytes, request_id: str | None = None, retry_after: str | None = None) -> ApiError:
    """The error that an answer tells. One without the registry's body comes from something in between."""
    code, message = _read(status, body)
    kind = _BY_CODE.get(code) or _BY_STATUS.get(status) or (ServerError if status >= 500 else ApiError)
    return kind(status, code, message, request_id=request_id, retry_after=_seconds(retry_after))


def _read(status: int, body: bytes) -> tuple[int, str]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict):
        code, message = told.get("error_code"), told.get("message")
        if isinstance(code, int) and isinstance(message, str):
            return code, message
    text = body[: _LONGEST_FOREIGN_TEXT * 4].decode(errors="replace")[:_LONGEST_FOREIGN_TEXT].strip()
    return status, f"HTTP {status}" + (f": {text}" if text else "")


def _seconds(header: str | None) -> float | None:
    """Of `Retry-After` only the form in seconds; dates would need a clock that agrees."""
    if header is None or not header.strip().isascii() or not header.strip().isdigit() or len(header.strip()) > 9:
        return None
    return float(header)
