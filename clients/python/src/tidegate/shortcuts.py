"""What is asked without a client at hand? The registry that the environment names, or a client that is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from .checked import Checked
from .client import Client
from .given import Against, SchemaLike
from .model import Level, Metadata, Reference, RuleSet, SchemaType, Version
from .topic import Verdict


def check(
    schema: SchemaLike,
    against: Against,
    *,
    version: Version | None = None,
    level: Level | None = None,
    schema_type: SchemaType | None = None,
    references: Sequence[Reference] | None = None,
    normalize: bool = False,
    client: Client | None = None,
) -> Checked:
    """Judges a schema: `Client.check`, at the registry that `TIDEGATE_URL` names unless a client is given."""
    with _borrowed(client) as registry:
        return registry.check(
            schema,
            against,
            version=version,
            level=level,
            schema_type=schema_type,
            references=references,
            normalize=normalize,
        )


def validate_records(
    records: Iterable[object],
    *,
    subject: str | None = None,
    schema: SchemaLike | None = None,
    schema_type: SchemaType | None = None,
    rule_set: RuleSet | None = None,
    metadata: Metadata | None = None,
    framing: str | None = None,
    client: Client | None = None,
) -> Verdict:
    """Judges records: `Client.validate_records`, at the registry that `TIDEGATE_URL` names unless a client is given."""
    with _borrowed(client) as registry:
        return registry.validate_records(
            records,
            subject=subject,
            schema=schema,
            schema_type=schema_type,
            rule_set=rule_set,
            metadata=metadata,
            framing=framing,
        )


def validate_topic(
    topic: str,
    *,
    schema: SchemaLike | None = None,
    schema_type: SchemaType | None = None,
    subject: str | None = None,
    rule_set: RuleSet | None = None,
    metadata: Metadata | None = None,
    last: int = 100,
    part: str | None = None,
    framing: str | None = None,
    cluster: str | None = None,
    client: Client | None = None,
) -> Verdict:
    """Judges the last records of a topic: `Client.validate_topic`, at the registry that `TIDEGATE_URL` names."""
    with _borrowed(client) as registry:
        return registry.validate_topic(
            topic,
            schema=schema,
            schema_type=schema_type,
            subject=subject,
            rule_set=rule_set,
            metadata=metadata,
            last=last,
            part=part,
            framing=framing,
            cluster=cluster,
        )


@contextmanager
def _borrowed(client: Client | None) -> Iterator[Client]:
    """A client that is given stays open; one that is made here does not."""
    if client is not None:
        yield client
        return
    with Client.from_env() as made:
        yield made
