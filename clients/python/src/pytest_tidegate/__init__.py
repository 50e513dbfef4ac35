"""How are schemas judged in pytest? Files that `tidegate_schemas` names are tests; fixtures judge what else one has.

Every run of pytest loads this module. It stands beside the package and imports it only when something is to judge.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tidegate.checked import Checked
    from tidegate.client import Client
    from tidegate.mapping import Mapping

_CLIENT: pytest.StashKey[Client] = pytest.StashKey()
_MAPPINGS: pytest.StashKey[list[Mapping]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tidegate", "schemas judged by a Tidegate registry")
    group.addoption("--tidegate-url", help="The registry to ask; otherwise `tidegate_url`, or TIDEGATE_URL.")
    group.addoption("--tidegate-level", help="Another compatibility level than that of the subjects.")
    parser.addini("tidegate_url", "The registry to ask, unless TIDEGATE_URL names one.")
    parser.addini(
        "tidegate_schemas",
        "Files to judge and their subjects: schemas/{domain}/{name}.avsc = {domain}.{name}-value",
        type="linelist",
    )


def pytest_configure(config: pytest.Config) -> None:
    lines = config.getini("tidegate_schemas")
    if not lines:
        return
    from tidegate.mapping import parse

    try:
        config.stash[_MAPPINGS] = [parse(line) for line in lines]
    except ValueError as error:
        raise pytest.UsageError(f"tidegate_schemas: {error}") from None


def pytest_unconfigure(config: pytest.Config) -> None:
    if client := config.stash.get(_CLIENT, None):
        client.close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SchemaFile | None:
    mappings = parent.config.stash.get(_MAPPINGS, None)
    if not mappings or not file_path.is_relative_to(parent.config.rootpath):
        return None
    from tidegate.mapping import subject_of

    subject = subject_of(file_path.relative_to(parent.config.rootpath), mappings)
    if subject is None:
        return None
    collected: SchemaFile = SchemaFile.from_parent(parent, path=file_path)
    collected.subject = subject
    return collected


class SchemaFile(pytest.File):
    """A file with a schema, and the subject that it would be registered under."""

    subject: str

    def collect(self) -> Iterator[SchemaItem]:
        item: SchemaItem = SchemaItem.from_parent(self, name=self.subject)
        yield item


class SchemaItem(pytest.Item):
    """Passes if the schema would be accepted."""

    def runtest(self) -> None:
        shown = self.path.relative_to(self.config.rootpath)
        _ask(self.config, self.path, shown, self.name).require()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from tidegate.checked import CheckFailed
        from tidegate.errors import ConnectionFailed, InvalidSchema, TidegateError

        error = excinfo.value
        if isinstance(error, CheckFailed | InvalidSchema):
            return str(error)
        if isinstance(error, ConnectionFailed):
            return f"nothing was judged: {error}"
        if isinstance(error, TidegateError | OSError | ValueError):
            return f"{type(error).__name__}: {error}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        return self.path, 0, f"{self.path.relative_to(self.config.rootpath)} as {self.name}"


@pytest.fixture(scope="session")
def tidegate_client(pytestconfig: pytest.Config) -> Client:
    """A client of the registry that options or environment name."""
    return _client(pytestconfig)


@pytest.fixture(scope="session")
def tidegate_check(pytestconfig: pytest.Config) -> Callable[..., Checked]:
    """`tidegate.check` at that registry: `tidegate_check(Path("order.avsc"), "orders-value").require()`."""
    client = _client(pytestconfig)
    level = pytestconfig.getoption("--tidegate-level")

    def check(schema: Any, against: Any, **options: Any) -> Checked:
        return client.check(schema, against, **({"level": level} if level else {}) | options)

    return check


def _client(config: pytest.Config) -> Client:
    known = config.stash.get(_CLIENT, None)
    if known is not None:
        return known
    from tidegate.client import Client

    url = config.getoption("--tidegate-url") or os.environ.get("TIDEGATE_URL") or config.getini("tidegate_url")
    if not url:
        pytest.fail("where is the registry? Set TIDEGATE_URL, --tidegate-url or tidegate_url", pytrace=False)
    config.stash[_CLIENT] = made = Client.from_env(url=url)
    return made


def _ask(config: pytest.Config, file: Path, shown: Path, subject: str) -> Checked:
    """References are those of the subject's latest version: a file alone doesn't say where what it imports lies."""
    from dataclasses import replace

    from tidegate.errors import NotFound
    from tidegate.given import given

    client = _client(config)
    candidate = given(file)
    try:
        references = client.get_version(subject).references
    except NotFound:
        references = ()
    asked = client.check(
        replace(candidate.schema, references=references), subject, level=config.getoption("--tidegate-level")
    )
    return replace(asked, given=replace(asked.given, name=str(shown)))
