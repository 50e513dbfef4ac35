"""Does what the client asks and reads stand in openapi.yaml? So that neither changes without the other."""

import dataclasses
import re
from pathlib import Path
from typing import get_type_hints

import pytest
import yaml

from tidegate import Schema, calls, explanation, governance, model, wire

CONTRACT = yaml.safe_load((Path(__file__).resolve().parents[3] / "openapi.yaml").read_text(encoding="utf-8"))
SCHEMA = Schema("{}")
CALLS = [
    calls.list_subjects("a", True),
    calls.list_versions("s", True),
    calls.get_version("s", 1, True),
    calls.get_schema(1, "s"),
    calls.get_schema_by_guid("g"),
    calls.versions_of(1, "s"),
    calls.referenced_by("s", 1),
    calls.list_types(),
    calls.register("s", SCHEMA, True),
    calls.lookup("s", SCHEMA, True, True),
    calls.compatibility("s", SCHEMA, None, True),
    calls.compatibility("s", SCHEMA, 1, True),
    calls.delete_subject("s", True),
    calls.delete_version("s", 1, True),
    calls.get_config(None, True),
    calls.get_config("s", True),
    calls.put_config("s", {"compatibility": "FULL"}),
    calls.delete_config("s"),
    calls.get_mode("s", True),
    calls.put_mode("s", "IMPORT", True),
    calls.explain(SCHEMA, "s", 1, (), "FULL", True),
    calls.compatibility_rules(),
    calls.overview(prefix="p", context="c", type="AVRO", limit=1),
    calls.list_policies(1),
    calls.get_policy("p"),
    calls.match_policy("t", "c", "p"),
    calls.list_violations(
        topic="t", cluster="c", rule="r", client_id="i", principal="p", since=1, state="new", limit=1
    ),
    calls.get_violation("v"),
    calls.topic_lineage("t", "c"),
    calls.try_rules(SCHEMA, "s", model.RuleSet(), model.Metadata(), topic="t", last=1, part="key", framing="none"),
]
MODELS = {
    "Reference": model.Reference,
    "Metadata": model.Metadata,
    "Rule": model.Rule,
    "RuleSet": model.RuleSet,
    "RegisterRequest": model.Schema,
    "SchemaById": model.Content,
    "Schema": model.SchemaVersion,
    "Registered": model.Registered,
    "Config": model.Config,
    "Mode": model.Mode,
    "Explanation": explanation.Explanation,
    "Change": explanation.Change,
    "Finding": explanation.Finding,
    "Judgement": explanation.Judgement,
    "Place": explanation.Place,
    "Span": explanation.Span,
    "CompatibilityRule": explanation.CompatibilityRule,
    "SubjectPage": governance.SubjectPage,
    "SubjectOverview": governance.SubjectOverview,
    "Policy": governance.Policy,
    "PolicyPage": governance.PolicyPage,
    "PolicyMatch": governance.PolicyMatch,
    "ViolationPage": governance.ViolationPage,
    "ViolationDetail": governance.Violation,
    "ViolationHour": governance.ViolationHour,
    "ViolationSample": governance.ViolationSample,
    "ViolationField": governance.SampledField,
    "ViolationNode": governance.SampledNode,
    "TopicLineage": governance.TopicLineage,
    "Tried": governance.Tried,
    "TriedRecord": governance.TriedRecord,
    "TriedViolation": governance.BrokenRule,
}


# Of what is sent we may want more than the server does.
SENT = {"RegisterRequest"}


def resolved(node: dict) -> dict:
    while "$ref" in node:
        found = CONTRACT
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def members(node: dict) -> tuple[dict, set]:
    """Properties and the required ones, those of `allOf` too."""
    node = resolved(node)
    properties, required = dict(node.get("properties", {})), set(node.get("required", ()))
    for part in node.get("allOf", ()):
        more, needed = members(part)
        properties |= more
        required |= needed
    return properties, required


def operation(call: calls.Call) -> tuple[dict, dict]:
    for path, item in CONTRACT["paths"].items():
        pattern = "[^/]+".join(map(re.escape, re.split(r"\{\w+\}", path)))
        if re.fullmatch(pattern, call.path) and call.method.lower() in item:
            return item, item[call.method.lower()]
    raise AssertionError(f"{call.method} {call.path} is not in openapi.yaml")


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
def test_requests(call):
    item, asked = operation(call)
    known = {resolved(one)["name"] for one in [*item.get("parameters", ()), *asked.get("parameters", ())]}
    assert {name for name, _ in call.query} <= known
    if call.body is not None:
        [content] = resolved(asked["requestBody"])["content"].values()
        properties, _ = members(content["schema"])
        assert set(call.body) <= set(properties)


@pytest.mark.parametrize("name", MODELS)
def test_answers(name):
    kind = MODELS[name]
    properties, required = members(CONTRACT["components"]["schemas"][name])
    get_type_hints(kind)
    for field in dataclasses.fields(kind):
        member = field.metadata.get("wire") or wire.camel(field.name)
        assert member in properties, f"{name} has no {member}"
        is_needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        assert not is_needed or member in required or name in SENT, f"{member} may be left out of {name}"
