"""Do the rules of a contract hold on the wire?"""

import json

import pytest

import raw
from gate import INVALID_RECORD, ORDER, Record, eventually, order


def register(gate, topic: str, *rules: dict, **members) -> int:
    body = {"schema": json.dumps(ORDER), "ruleSet": {"domainRules": list(rules)}, **members}
    return gate.ask("POST", f"/subjects/{topic}-value/versions", body)["id"]


def rule(name: str, expr: str, **members) -> dict:
    return {"name": name, "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": expr, **members}


def test_a_record_that_breaks_a_rule_is_refused_with_its_name(gate):
    topic = gate.topic("enforced")
    schema_id = register(gate, topic, rule("positive", "message.id > 0"))
    assert gate.produce(topic, [order(schema_id, 5)])[0].error is None
    refused = raw.produce(gate.server.bootstrap, topic, {0: [order(schema_id, -5)]})[0]
    assert refused.code == INVALID_RECORD and "positive" in refused.records[0]
    assert gate.values(topic) == [order(schema_id, 5)]


def test_what_a_rule_lets_pass_is_counted_only(gate):
    topic = gate.topic("enforced")
    schema_id = register(gate, topic, rule("positive", "message.id > 0", onFailure="NONE"))
    assert gate.produce(topic, [order(schema_id, -5)])[0].error is None

    def told():
        [violation] = gate.ask("GET", f"/govern/v1/violations?topic={topic}")["violations"]
        assert (violation["rule"], violation["records"], violation["acted"]) == ("positive", 1, 0)

    eventually(told)


def test_a_rule_may_want_records_kept(gate):
    topic = gate.topic("enforced")
    gate.topic_named(f"{topic}.graveyard")
    wanted = {"onFailure": "DLQ", "params": {"dlq.topic": f"{topic}.graveyard"}}
    schema_id = register(gate, topic, rule("positive", "message.id > 0", **wanted))
    assert gate.produce(topic, [order(schema_id, -5)])[0].code == INVALID_RECORD

    def kept():
        [letter] = gate.stored(f"{topic}.graveyard")
        return letter

    letter = eventually(kept)
    assert letter.value == order(schema_id, -5)
    headers = dict(letter.headers)
    assert (headers["dlq.rule"], headers["__rule.name"]) == (b"positive", b"positive")


@pytest.mark.parametrize("enable_at, code", [("GATEWAY", INVALID_RECORD), ("CLIENT", None)])
def test_rules_run_where_they_are_enabled(gate, enable_at, code):
    topic = gate.topic("enforced")
    rules = {"domainRules": [rule("positive", "message.id > 0")], "enableAt": enable_at}
    body = {"schema": json.dumps(ORDER), "ruleSet": rules}
    schema_id = gate.ask("POST", f"/subjects/{topic}-value/versions", body)["id"]
    assert gate.produce(topic, [order(schema_id, -5)])[0].code == code


def test_nobody_switches_a_rule_off_by_a_header(gate):
    topic = gate.topic("enforced")
    schema_id = register(gate, topic, rule("positive", "message.id > 0"))
    record = Record(order(schema_id, -5), headers=[("__rule.name", b"positive")])
    assert gate.produce(topic, [record])[0].code == INVALID_RECORD
