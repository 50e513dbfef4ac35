"""Are records judged, and is told how many are bad and why?"""

import base64
import struct

import pytest

import tidegate
from schemas import ORDER, REFUND
from tidegate import Rule, RuleSet

SMALL = RuleSet(
    domain_rules=(Rule("small", "CEL", kind="CONDITION", mode="WRITE", expr="message.amount <= 1000.0"),),
)


def framed(schema_id: int, payload: bytes) -> dict:
    data = struct.pack(">bI", 0, schema_id) + payload
    return {"type": "BINARY", "data": base64.b64encode(data).decode()}


def test_the_last_records_of_a_topic(client, produce, name):
    known = client.register(f"{name}-value", REFUND)
    values = [framed(known.id, b'{"amount": %d}' % amount) for amount in (1, 2, 3)]
    bad = framed(known.id, b'{"amount": "much"}')
    assert produce(name, *values, bad, {"type": "BINARY", "data": None}) == []
    verdict = tidegate.validate_topic(name, last=50, client=client)
    assert not verdict
    assert (verdict.records, verdict.refused, verdict.passed, verdict.empty) == (4, 1, 3, 1)
    assert not verdict.is_cut
    sample = verdict.samples[0]
    assert (sample.schema_id, sample.violations[0].path) == (known.id, "amount")
    assert verdict.by_rule == {sample.violations[0].rule: 1}
    assert f"1 of 4 records of {name} would be refused (1 empty)" in str(verdict)
    assert f"@{sample.offset}" in str(verdict)
    assert "much" not in str(verdict) + verdict._repr_html_(), "no value of a record is told"
    with pytest.raises(tidegate.RecordsRefused, match="1 of 4"):
        verdict.require()
    assert verdict.require(at_most=1) is verdict


def test_rules_that_nobody_has_registered_yet(client, produce, name):
    known = client.register(f"{name}-value", REFUND)
    produce(name, framed(known.id, b'{"amount": 25}'), framed(known.id, b'{"amount": 2500}'))
    assert client.validate_topic(name).require()
    verdict = client.validate_topic(name, rule_set=SMALL)
    assert verdict.by_rule == {"small": 1}
    assert "small" in verdict._repr_html_()


def test_a_topic_that_is_not_there(client, name):
    client.register(f"{name}-value", REFUND)
    with pytest.raises(tidegate.ApiError):
        client.validate_topic(name, cluster="elsewhere")


def test_records_at_hand(client, name):
    client.register(name, REFUND)
    verdict = tidegate.validate_records([{"amount": 1}, {"amount": "x"}, b'{"amount": 2}'], subject=name, client=client)
    assert (verdict.records, verdict.refused) == (3, 1)
    assert verdict.samples[0].index == 1
    assert "record 1" in str(verdict)
    avro = client.validate_records([b"\x02", b"\x80"], schema=ORDER)
    assert (avro.records, avro.refused) == (2, 1)


def test_nothing_judged_is_nothing_proved(client, name):
    client.register(name, REFUND)
    verdict = client.validate_records([], subject=name)
    assert not verdict
    with pytest.raises(tidegate.RecordsRefused):
        verdict.require()
    with pytest.raises(ValueError, match="at most 1000"):
        client.validate_records([{}] * 1001, subject=name)
