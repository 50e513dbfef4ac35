"""Do JSON and dataclasses become each other, and is what does not fit refused with its place?"""

from dataclasses import dataclass, field
from datetime import datetime, timezone

import pytest

from tidegate import Metadata, Reference, Rule, RuleSet, Schema, UnexpectedAnswer, wire
from tidegate.cache import Cache
from tidegate.errors import refusal
from tidegate.governance import SampledNode


@dataclass(frozen=True)
class Part:
    number: int


@dataclass(frozen=True)
class Whole:
    first_part: Part
    share: float = 0.0
    at: datetime | None = None
    named: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    is_odd: bool = field(default=False, metadata={"wire": "from"})


def test_reading():
    told = {
        "firstPart": {"number": 1, "unknown": []},
        "share": 1,
        "at": "2026-03-01T10:00:00.000Z",
        "named": {"a": [{"number": 2}]},
        "from": True,
    }
    at = datetime(2026, 3, 1, 10, tzinfo=timezone.utc)
    assert wire.reads(Whole)(told) == Whole(Part(1), 1, at, {"a": (Part(2),)}, is_odd=True)
    assert wire.reads(Whole)({"firstPart": {"number": 1}, "share": None}) == Whole(Part(1))


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({}, "firstPart"),
        ([], "it is not an object"),
        ({"firstPart": {"number": "1"}}, "firstPart.number"),
        ({"firstPart": {"number": True}}, "firstPart.number"),
        ({"firstPart": {"number": 1}, "at": "soon"}, "at is not a time"),
        ({"firstPart": {"number": 1}, "named": {"a": {}}}, "named.a is not a list"),
        ({"firstPart": {"number": 1}, "named": {"a": [{"number": 1}, {}]}}, r"named.a\[1\].number"),
        ({"firstPart": {"number": 1}, "from": "yes"}, "from is not bool"),
    ],
)
def test_what_does_not_fit(told, place):
    with pytest.raises(UnexpectedAnswer, match=place):
        wire.reads(Whole)(told)


def test_what_holds_others_of_itself():
    price = {"name": "price", "mask": "bytes(2)", "rules": ["positive"]}
    lines = {"name": "lines", "mask": "list(9)", "inner": [{"name": "[7]", "mask": "record", "inner": [price]}]}
    entry = {"name": "{1}", "mask": "unknown", "rules": ["tidegate.payload", "closed"]}
    record = {"name": "", "mask": "record", "inner": [entry, {"name": "id", "mask": "int"}, lines]}
    tree = wire.reads(SampledNode)(record)
    assert wire.write(tree) == record
    assert [(path, node.rules) for path, node in tree.faults()] == [
        ("{1}", ("tidegate.payload", "closed")),
        ("lines[7].price", ("positive",)),
    ]
    price["rules"] = "positive"
    with pytest.raises(UnexpectedAnswer, match=r"inner\[2\].inner\[0\].inner\[0\].rules is not a list"):
        wire.reads(SampledNode)(record)


def test_writing():
    rules = RuleSet(domain_rules=(Rule("a", "CEL", on_failure="DLQ"),))
    schema = Schema("{}", references=(Reference("m", "s", -1),), metadata=Metadata({"f": ("PII",)}), rule_set=rules)
    assert wire.write(schema) == {
        "schema": "{}",
        "schemaType": "AVRO",
        "references": [{"name": "m", "subject": "s", "version": -1}],
        "metadata": {"tags": {"f": ["PII"]}},
        "ruleSet": {
            "domainRules": [
                {
                    "name": "a",
                    "type": "CEL",
                    "kind": "TRANSFORM",
                    "mode": "WRITEREAD",
                    "onFailure": "DLQ",
                    "disabled": False,
                }
            ]
        },
    }


def test_a_cache_forgets_what_was_not_used_for_longest():
    cache = Cache(2)
    for key in "ab":
        cache.put(key, key.upper())
    assert cache.get("a") == "A"
    cache.put("c", "C")
    assert [cache.get(key) for key in "abc"] == ["A", None, "C"]
    assert len(cache) == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error_code": "x"}', b"\xff" * 10_000, b"[" * 100_000])
def test_refusals_without_a_body_of_ours(body):
    error = refusal(502, body, retry_after="Wed, 21 Oct 2026 07:28:00 GMT")
    assert (error.status, error.code, error.retry_after) == (502, 502, None)
    assert len(str(error)) < 300
