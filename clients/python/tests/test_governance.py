"""Is what Tidegate tells beyond Confluent's API read, all pages of it?"""

import time

import httpx
import pytest

import tidegate
from schemas import ORDER, REFUND


def until(ask, seconds: float = 20):
    """What is counted by the proxy arrives a little later."""
    deadline = time.monotonic() + seconds
    while not (found := ask()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def test_subjects_at_a_glance_page_by_page(client, name):
    names = [f"{name}-{number}" for number in range(5)]
    for subject in names:
        client.register(subject, ORDER)
    client.register(f"{name}-5", REFUND)
    found = list(client.overview(prefix=f"{name}-", page_size=2))
    assert [subject.subject for subject in found] == [*names, f"{name}-5"]
    assert (found[0].version, found[0].schema_type, found[0].compatibility.level) == (1, "AVRO", "BACKWARD")
    assert found[0].compatibility.origin == "server"
    assert [subject.subject for subject in client.overview(prefix=name, schema_type="JSON")] == [f"{name}-5"]


def test_what_the_checks_know(client):
    rules = {rule.rule: rule for rule in client.compatibility_rules()}
    assert rules["TG101"].confluent == "READER_FIELD_MISSING_DEFAULT_VALUE"


def test_policies(server, client, name):
    for number in range(3):
        wish = {"topics": f"{name}-{number}.*", "mode": "shadow", "producers": ["shop"]}
        httpx.put(f"{server.url}/govern/v1/policies/{name}-{number}", json=wish).raise_for_status()
    ours = [policy for policy in client.policies(page_size=1) if policy.name.startswith(name)]
    assert [policy.name for policy in ours] == [f"{name}-{number}" for number in range(3)]
    assert ours[0] == client.get_policy(f"{name}-0")
    assert (ours[0].mode, ours[0].producers, ours[0].changed_at.tzinfo is None) == ("shadow", ("shop",), False)
    match = client.match_policy(f"{name}-1.eu", client_id="shop")
    assert (match.policy.name, match.mode) == (f"{name}-1", "shadow")
    assert client.match_policy("nobody-decides").policy is None
    with pytest.raises(tidegate.NotFound):
        client.get_policy("none-such")


def test_violations_and_lineage(client, produce, name):
    topic = f"gated-{name}"
    known = client.register(f"{topic}-value", REFUND)
    good = {"type": "JSONSCHEMA", "schema_id": known.id, "data": {"amount": 1}}
    bad = {"type": "JSONSCHEMA", "schema_id": known.id, "data": {"amount": "x"}}
    worse = {"type": "JSONSCHEMA", "schema_id": known.id, "data": {}}
    failures = produce(topic, good, bad, worse)
    assert [failure["error_code"] for failure in failures] == [42292, 42292]
    found = until(lambda: (seen := list(client.violations(topic=topic, page_size=1))) and len(seen) >= 2 and seen)
    assert {violation.topic for violation in found} == {topic}
    assert len({violation.id for violation in found}) == len(found) >= 2
    detail = client.get_violation(found[0].id)
    assert (detail.id, detail.reason) == (found[0].id, found[0].reason)
    assert detail.samples[0].bytes > 0
    assert detail.samples[0].tree is not None
    assert [found for _, node in detail.samples[0].tree.faults() for found in node.rules] == [detail.rule]
    assert list(client.violations(topic=topic, since=2**42)) == []
    assert {violation.state for violation in client.violations(topic=topic, state="new,fixed")} == {"new"}
    assert list(client.violations(topic=topic, state="muted")) == []
    lineage = until(lambda: (seen := client.topic_lineage(topic)).producers and seen)
    assert [producer.client_id for producer in lineage.producers] == ["tidegate-http"]
    assert lineage.producers[0].records >= 1
    assert (lineage.schema_versions[0].id, lineage.schema_versions[0].subject) == (known.id, f"{topic}-value")


def test_lineage_of_what_nobody_saw(client, name):
    seen = client.topic_lineage(name)
    assert (seen.topic, seen.producers, seen.first_seen) == (name, (), None)
