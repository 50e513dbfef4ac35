"""How is the registry asked, by who must not block? `client.py` is made from this file by `scripts/unasync.py`."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

import httpx

from . import calls, checked, explanation, governance, model
from ._version import __version__
from .cache import Cache
from .errors import TidegateError, TimedOut, UnexpectedAnswer, refusal
from .exchange import FAULTS, Answer, content, fault
from .given import Against, SchemaLike, given
from .model import Level, Reference, Schema, SchemaType, Version
from .settings import Basic, Bearer, Retry, Settings, Tls, from_environment
from .topic import Verdict

T = TypeVar("T")


class AsyncClient:
    """A registry, spoken to over connections that are kept. Use it in `async with`, or call `aclose`.

    Every method raises `ApiError` when the server refuses, `ConnectionFailed` when there is no answer, and
    `UnexpectedAnswer` when what answers is no registry; see `tidegate.errors`. A client may be shared between tasks.
    """

    def __init__(
        self,
        url: str,
        *,
        auth: Basic | Bearer | None = None,
        tls: Tls | ssl.SSLContext | None = None,
        timeout: float = 10.0,
        retry: Retry | None = None,
        cache_size: int = 1000,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ):
        self._settings = Settings(url, auth, tls, timeout, retry or Retry(), cache_size)
        self._schemas: Cache[model.Content] = Cache(cache_size)
        self._http = httpx.AsyncClient(
            headers={"User-Agent": f"tidegate-python/{__version__}", "Accept": "application/json", **(headers or {})},
            verify=self._settings.context() if url.startswith("https") else True,
            timeout=timeout,
            transport=transport,
            follow_redirects=False,  # Credentials go nowhere else.
        )

    @classmethod
    def from_env(cls, **settings: Any) -> AsyncClient:
        """The registry at `TIDEGATE_URL`, with `_TOKEN` or `_USER` and `_PASSWORD`, and `_CA`; what is given wins."""
        found = from_environment() | settings
        if "url" not in found:
            raise ValueError("where is the registry? Set TIDEGATE_URL, or give a client")
        return cls(**found)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def url(self) -> str:
        return self._settings.url

    # === subjects and schemas, as Confluent's registry has them

    async def list_subjects(self, prefix: str | None = None, *, deleted: bool = False) -> list[str]:
        """Names of subjects; `:.context:prefix` in a context, `:*:` everywhere."""
        return await self.run(calls.list_subjects(prefix, deleted))

    async def list_versions(self, subject: str, *, deleted: bool = False) -> list[int]:
        return await self.run(calls.list_versions(subject, deleted))

    async def get_version(
        self, subject: str, version: Version = "latest", *, deleted: bool = False
    ) -> model.SchemaVersion:
        return await self.run(calls.get_version(subject, version, deleted))

    async def get_schema(self, schema_id: int, subject: str | None = None) -> model.Content:
        """What an id stands for, kept once it was seen. `subject` (`:.context:`) says in which context it counts."""
        known = self._schemas.get((schema_id, subject))
        if known is None:
            known = await self.run(calls.get_schema(schema_id, subject))
            self._schemas.put((schema_id, subject), known)
        return known

    async def get_schema_by_guid(self, guid: str) -> model.Content:
        known = self._schemas.get(guid)
        if known is None:
            known = await self.run(calls.get_schema_by_guid(guid))
            self._schemas.put(guid, known)
        return known

    async def versions_of(self, schema_id: int, subject: str | None = None) -> list[model.SubjectVersion]:
        """Where a schema is used, now."""
        return await self.run(calls.versions_of(schema_id, subject))

    async def referenced_by(self, subject: str, version: Version = "latest") -> list[int]:
        """The ids of the schemas that refer to a version."""
        return await self.run(calls.referenced_by(subject, version))

    async def list_types(self) -> list[str]:
        return await self.run(calls.list_types())

    async def register(
        self,
        subject: str,
        schema: SchemaLike,
        *,
        schema_type: SchemaType | None = None,
        references: Sequence[Reference] | None = None,
        normalize: bool = False,
    ) -> model.Registered:
        """The same schema once more is found, not registered again. Raises `IncompatibleSchema`, `InvalidSchema`."""
        return await self.run(calls.register(subject, given(schema, schema_type, references).schema, normalize))

    async def lookup(
        self,
        subject: str,
        schema: SchemaLike,
        *,
        schema_type: SchemaType | None = None,
        references: Sequence[Reference] | None = None,
        normalize: bool = False,
        deleted: bool = False,
    ) -> model.SchemaVersion:
        """The version that holds a schema. Raises `SchemaNotFound`."""
        return await self.run(calls.lookup(subject, given(schema, schema_type, references).schema, normalize, deleted))

    async def is_compatible(
        self,
        subject: str,
        schema: SchemaLike,
        version: Version | None = None,
        *,
        schema_type: SchemaType | None = None,
        references: Sequence[Reference] | None = None,
        normalize: bool = False,
    ) -> model.Compatibility:
        """Whether a registration would pass, as Confluent's API tells it; `check` tells more."""
        candidate = given(schema, schema_type, references).schema
        return await self.run(calls.compatibility(subject, candidate, version, normalize))

    async def delete_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        return await self.run(calls.delete_subject(subject, permanent))

    async def delete_version(self, subject: str, version: Version, *, permanent: bool = False) -> int:
        return await self.run(calls.delete_version(subject, version, permanent))

    # === settings; without a subject, what holds where a subject has none of its own

    async def get_config(self, subject: str | None = None, *, effective: bool = False) -> model.Config:
        """What is set for a subject; with `effective`, what holds for it wherever it comes from."""
        return await self.run(calls.get_config(subject, effective))

    async def put_config(self, subject: str | None = None, **changes: Any) -> None:
        """`compatibility="FULL"`, `normalize=True`, …: the members of a config in snake case; None clears one."""
        await self.run(calls.put_config(subject, changes))

    async def delete_config(self, subject: str | None = None) -> None:
        await self.run(calls.delete_config(subject))

    async def get_mode(self, subject: str | None = None, *, effective: bool = False) -> str | None:
        found = await self.run(calls.get_mode(subject, effective))
        return found.mode

    async def put_mode(self, mode: model.ModeName, subject: str | None = None, *, force: bool = False) -> None:
        await self.run(calls.put_mode(subject, mode, force))

    # === governance, as Tidegate has it

    async def explain(
        self,
        schema: SchemaLike,
        subject: str,
        version: Version | None = None,
        *,
        level: Level | None = None,
        schema_type: SchemaType | None = None,
        references: Sequence[Reference] | None = None,
    ) -> explanation.Explanation:
        """What a schema would change, for whom, and under which levels it would pass."""
        candidate = given(schema, schema_type, references).schema
        return await self.run(calls.explain(candidate, subject, version, (), level, normalize=False))

    async def check(
        self,
        schema: SchemaLike,
        against: Against,
        *,
        version: Version | None = None,
        level: Level | None = None,
        schema_type: SchemaType | None = None,
        references: Sequence[Reference] | None = None,
        normalize: bool = False,
    ) -> checked.Checked:
        """Judges a schema against a subject (a `str`), or against texts, files and values, newest first.

        Without a `level` the subject's own counts, for texts the server's. The outcome is true if it passes, prints
        itself with every finding, and raises on `require()`.
        """
        asked = checked.question(
            schema,
            against,
            version=version,
            level=level,
            schema_type=schema_type,
            references=references,
            normalize=normalize,
        )
        return asked.answered(await self.run(asked.call))

    async def compatibility_rules(self) -> list[explanation.CompatibilityRule]:
        return await self.run(calls.compatibility_rules())

    async def overview(
        self,
        *,
        prefix: str | None = None,
        context: str | None = None,
        schema_type: SchemaType | None = None,
        page_size: int = 500,
    ) -> AsyncIterator[governance.SubjectOverview]:
        """Every subject at a glance, sorted by name, asked for page by page as they are used."""
        call = calls.overview(prefix=prefix, context=context, type=schema_type, limit=page_size)
        while True:
            page = await self.run(call)
            for subject in page.subjects:
                yield subject
            if page.next is None:
                return
            call = call.following(page.next)

    async def policies(self, *, page_size: int = 500) -> AsyncIterator[governance.Policy]:
        """The topic policies that the registry keeps, in the order in which they are asked."""
        call = calls.list_policies(page_size)
        while True:
            page = await self.run(call)
            for policy in page.policies:
                yield policy
            if page.next is None:
                return
            call = call.following(page.next)

    async def get_policy(self, name: str) -> governance.Policy:
        return await self.run(calls.get_policy(name))

    async def match_policy(
        self, topic: str, *, client_id: str | None = None, principal: str | None = None
    ) -> governance.PolicyMatch:
        """Which policy decides for a topic, and how strictly a producer is treated."""
        return await self.run(calls.match_policy(topic, client_id, principal))

    async def violations(
        self,
        *,
        topic: str | None = None,
        cluster: str | None = None,
        rule: str | None = None,
        client_id: str | None = None,
        principal: str | None = None,
        since: int | None = None,
        state: str | None = None,
        page_size: int = 500,
    ) -> AsyncIterator[governance.Violation]:
        """Which rules records break, who sends them and how often; those seen last first.

        `since`: ms since 1970. `state`: new, acknowledged, muted or fixed; several with commas.
        """
        call = calls.list_violations(
            topic=topic,
            cluster=cluster,
            rule=rule,
            client_id=client_id,
            principal=principal,
            since=since,
            state=state,
            limit=page_size,
        )
        while True:
            page = await self.run(call)
            for violation in page.violations:
                yield violation
            if page.next is None:
                return
            call = call.following(page.next)

    async def get_violation(self, violation: str) -> governance.Violation:
        """One violation with a few of the records, their values masked."""
        return await self.run(calls.get_violation(violation))

    async def topic_lineage(self, topic: str, cluster: str | None = None) -> governance.TopicLineage:
        """Who writes and reads a topic, in which schema versions."""
        return await self.run(calls.topic_lineage(topic, cluster))

    async def validate_records(
        self,
        records: Iterable[object],
        *,
        subject: str | None = None,
        schema: SchemaLike | None = None,
        schema_type: SchemaType | None = None,
        rule_set: model.RuleSet | None = None,
        metadata: model.Metadata | None = None,
        framing: str | None = None,
    ) -> Verdict:
        """Judges records: bytes as they are, else as JSON. `framing="confluent"` if they begin with a schema's id."""
        candidate = None if schema is None else given(schema, schema_type).schema
        told = calls.records(records)
        call = calls.try_rules(candidate, subject, rule_set, metadata, records=told, framing=framing)
        return Verdict(await self.run(call))

    async def validate_topic(
        self,
        topic: str,
        *,
        schema: SchemaLike | None = None,
        schema_type: SchemaType | None = None,
        subject: str | None = None,
        rule_set: model.RuleSet | None = None,
        metadata: model.Metadata | None = None,
        last: int = 100,
        part: str | None = None,
        framing: str | None = None,
        cluster: str | None = None,
    ) -> Verdict:
        """Judges the last records of a topic, at most 1000, by the schema and rules that are given or its subject's.

        The server reads them on the spot through its own proxy; no value of a record leaves it. It takes the right to
        write a subject of the topic.
        """
        candidate: Schema | None = None if schema is None else given(schema, schema_type).schema
        rest = {"topic": topic, "last": last, "part": part, "framing": framing, "cluster": cluster}
        call = calls.try_rules(candidate, subject, rule_set, metadata, **rest)
        # Reading a topic takes the server up to 10 s, of which it says nothing before the end.
        return Verdict(await self.run(call, timeout=max(self._settings.timeout, 20.0)))

    # === how it is asked

    async def run(self, call: calls.Call[T], *, timeout: float | None = None) -> T:
        """Sends a call, and again where that may help."""
        attempt = 1
        while True:
            try:
                answer = await self._send(call, timeout or self._settings.timeout)
                return call.read(answer.value())
            except TidegateError as error:
                pause = self._settings.retry.pause(attempt, call.safe, error)
                if pause is None:
                    raise
            await asyncio.sleep(pause)
            attempt += 1

    async def _send(self, call: calls.Call[Any], timeout: float) -> Answer:
        headers, body = content(call, self._settings.auth)
        deadline = time.monotonic() + timeout
        try:
            request = self._http.build_request(
                call.method, self._settings.url + call.target, headers=headers, content=body, timeout=timeout
            )
            response = await self._http.send(request, stream=True)
            try:
                answer = await self._receive(response, deadline)
            finally:
                await response.aclose()
        except FAULTS as error:
            raise fault(error, self._settings.url) from error
        if not 200 <= answer.status < 300:
            raise refusal(
                answer.status, answer.body, response.headers.get("x-request-id"), response.headers.get("retry-after")
            )
        return answer

    async def _receive(self, response: httpx.Response, deadline: float) -> Answer:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._settings.largest_answer:
                raise UnexpectedAnswer(f"the answer has more than {self._settings.largest_answer} bytes")
            if time.monotonic() > deadline:
                raise TimedOut("the answer did not arrive in time", sent=True)
        return Answer(response.status_code, bytes(body))
