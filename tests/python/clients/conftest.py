"""Which registry do the clients talk to? The one at TIDEGATE_URL; it may be any that speaks Confluent's API."""

import os
from itertools import count
from uuid import uuid4

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient

from subjects import Names


@pytest.fixture(scope="session")
def url() -> str:
    return os.environ["TIDEGATE_URL"]


@pytest.fixture(scope="session")
def brokers() -> str:
    """Where records can be sent to."""
    return os.environ["TIDEGATE_BROKERS"]


@pytest.fixture
def registry(url) -> SchemaRegistryClient:
    return SchemaRegistryClient({"url": url})


@pytest.fixture
def stranger(url) -> SchemaRegistryClient:
    """Another client, which has seen nothing yet."""
    return SchemaRegistryClient({"url": url})


RUN, NUMBERS = uuid4().hex[:8], count(1)


@pytest.fixture
def names() -> Names:
    """Names that nobody else uses."""
    return Names(f"python-{RUN}-{next(NUMBERS)}")
