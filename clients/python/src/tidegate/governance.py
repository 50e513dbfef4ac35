"""What does the server tell of an estate? Subjects at a glance, policies, violations, lineage, rules tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class LevelInForce:
    """The level that holds. `origin` says who set it: subject, context, global, or server for nobody."""

    level: str
    origin: str = field(metadata={"wire": "from"})


@dataclass(frozen=True)
class ModeInForce:
    mode: str
    origin: str = field(metadata={"wire": "from"})


@dataclass(frozen=True)
class SubjectOverview:
    """A subject at a glance; `updated` is in milliseconds since 1970."""

    subject: str
    context: str
    version: int
    id: int
    guid: str
    schema_type: str
    versions: int
    updated: int
    compatibility: LevelInForce
    mode: ModeInForce
    deleted: bool = False
    owner: str | None = None
    tags: tuple[str, ...] = ()
    sensitive: int = 0


@dataclass(frozen=True)
class SubjectPage:
    subjects: tuple[SubjectOverview, ...] = ()
    next: str | None = None


@dataclass(frozen=True)
class Policy:
    """What is asked of the records of some topics. The words are those of `proxy.policies`."""

    name: str
    position: int
    version: int
    topics: str
    mode: str
    action: str
    when_undecidable: str
    context: str
    subject: str
    changed_at: datetime
    changed_by: str
    key: bool = False
    value: bool = True
    framing: str = "confluent"
    percent: int = 100
    producers: tuple[str, ...] = ()
    dead_letter_topic: str | None = None
    transforms: str = "leave"
    redrive: tuple[str, ...] = ()


@dataclass(frozen=True)
class PolicyPage:
    revision: int
    policies: tuple[Policy, ...] = ()
    next: str | None = None


@dataclass(frozen=True)
class PolicyMatch:
    """The policy that decides for a topic, and how strictly a producer is treated; None if no policy here does."""

    topic: str
    policy: Policy | None = None
    mode: str | None = None


@dataclass(frozen=True)
class ViolationHour:
    hour: datetime
    records: int


@dataclass(frozen=True)
class SampledField:
    """The name of a field and what kind of value it held; of personal fields not even this."""

    path: str
    mask: str


@dataclass(frozen=True)
class SampledNode:
    """A value of a masked record, and what is in it: of lists and maps the first few and those at fault.

    `name` is `[2]` for an item, `{2}` for an entry of a map or a member that the schema doesn't know, and empty for the
    whole record. `mask` says what kind of value it is and how long; `hidden`, `absent`, `unreadable` or `unknown` where
    that can't be said. `rules` are those that it breaks.
    """

    name: str
    mask: str
    rules: tuple[str, ...] = ()
    inner: tuple[SampledNode, ...] = ()

    def faults(self) -> Iterator[tuple[str, SampledNode]]:
        """Each value in it that breaks a rule, itself included, with its path from here: `lines[2].price`."""
        todo = [("", self)]
        while todo:
            path, node = todo.pop()
            if node.rules:
                yield path, node
            todo.extend((_within(path, inner.name), inner) for inner in reversed(node.inner))


def _within(path: str, name: str) -> str:
    return f"{path}{name}" if not path or name.startswith(("[", "{")) else f"{path}.{name}"


@dataclass(frozen=True)
class SampleSchema:
    context: str
    id: int


@dataclass(frozen=True)
class ViolationSample:
    at: datetime
    partition: int
    index: int
    action: str
    bytes: int
    path: str = ""
    fields: tuple[SampledField, ...] = ()
    schema: SampleSchema | None = None
    tree: SampledNode | None = None
    """The same record as it is nested, with everything in it that is at fault. None where nobody could read it."""


@dataclass(frozen=True)
class Violation:
    """Records of one producer that break one rule in one way. `samples` are there when it was asked for by its id.

    `state` is `new`, `acknowledged`, `muted` (till `until`) or `fixed`. `note`, `state_by` and `state_at` tell what was
    said last, also where it holds no more.
    """

    id: str
    cluster: str
    topic: str
    rule: str
    reason: str
    client_id: str
    records: int
    acted: int
    first_seen: datetime
    last_seen: datetime
    path: str = ""
    principal: str | None = None
    trend: tuple[ViolationHour, ...] = ()
    samples: tuple[ViolationSample, ...] = ()
    state: str = "new"
    until: datetime | None = None
    note: str = ""
    state_by: str | None = None
    state_at: datetime | None = None


@dataclass(frozen=True)
class ViolationPage:
    violations: tuple[Violation, ...] = ()
    next: str | None = None


@dataclass(frozen=True)
class SchemaTraffic:
    """What was written under one schema. Subject and version are there where the registry still knows them."""

    id: int
    context: str
    records: int
    first_seen: datetime = field(metadata={"wire": "first_seen"})
    last_seen: datetime = field(metadata={"wire": "last_seen"})
    subject: str | None = None
    version: int | None = None
    bytes: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Producer:
    client_id: str = field(metadata={"wire": "client_id"})
    records: int
    bytes: int
    refused: int
    first_seen: datetime = field(metadata={"wire": "first_seen"})
    last_seen: datetime = field(metadata={"wire": "last_seen"})
    software: str | None = None
    principal: str | None = None
    address: str | None = None
    schemas: tuple[SchemaTraffic, ...] = ()
    groups: tuple[str, ...] = ()
    traced_from: tuple[str, ...] = field(default=(), metadata={"wire": "traced_from"})


@dataclass(frozen=True)
class Consumer:
    """`evidence` says how it is known: subscribed, fetched, committed, transactional."""

    client_id: str = field(metadata={"wire": "client_id"})
    first_seen: datetime = field(metadata={"wire": "first_seen"})
    last_seen: datetime = field(metadata={"wire": "last_seen"})
    group: str | None = None
    software: str | None = None
    principal: str | None = None
    address: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class TopicLineage:
    """Who writes and reads a topic, in which schema versions."""

    topic: str
    cluster: str | None = None
    producers: tuple[Producer, ...] = ()
    schema_versions: tuple[SchemaTraffic, ...] = field(default=(), metadata={"wire": "schema_versions"})
    consumers: tuple[Consumer, ...] = ()
    first_seen: datetime | None = field(default=None, metadata={"wire": "first_seen"})
    last_seen: datetime | None = field(default=None, metadata={"wire": "last_seen"})


@dataclass(frozen=True)
class BrokenRule:
    """`action` is what the contract wants done: NONE, ERROR or DLQ."""

    rule: str
    path: str
    reason: str
    action: str


@dataclass(frozen=True)
class TriedRecord:
    """A record with something against it. Partition, offset and schema are there when it was read from a topic."""

    index: int
    violations: tuple[BrokenRule, ...] = ()
    partition: int | None = None
    offset: int | None = None
    schema_id: int | None = None


@dataclass(frozen=True)
class NotCheckable:
    rule: str
    why: str


@dataclass(frozen=True)
class TopicRead:
    """What was read of a topic: `empty` records were not tried; `cut` says that time or room ended too early."""

    cluster: str
    topic: str
    part: str
    empty: int
    cut: bool
    micros: int


@dataclass(frozen=True)
class Tried:
    """What a schema and its rules would say about records. Nothing of them is kept."""

    schema_type: str
    records: int
    refused: int
    micros: int
    left_to_client: tuple[str, ...] = ()
    not_checkable: tuple[NotCheckable, ...] = ()
    found: tuple[TriedRecord, ...] = ()
    topic: TopicRead | None = None
