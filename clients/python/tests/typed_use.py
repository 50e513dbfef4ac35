"""Is what a caller gets of the type that they think? Looked at by mypy only."""

from collections.abc import Iterator
from pathlib import Path

from typing_extensions import assert_type

import tidegate
from tidegate.governance import SampledNode, SubjectOverview
from tidegate.model import Content


def blocking(client: tidegate.Client) -> None:
    assert_type(client.get_schema(1), Content)
    assert_type(client.list_subjects(), list[str])
    assert_type(client.overview(), Iterator[SubjectOverview])
    assert_type(client.check(Path("a.avsc"), "orders-value", level="FULL").passes, tuple[str, ...])
    assert_type(tidegate.validate_topic("orders").by_rule, dict[str, int])
    assert_type(client.get_violation("a").samples[0].tree, SampledNode | None)


async def waiting(client: tidegate.AsyncClient) -> None:
    assert_type(await client.get_schema(1), Content)
    async for subject in client.overview():
        assert_type(subject, SubjectOverview)
