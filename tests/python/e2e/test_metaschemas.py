"""Does the schema of each JSON Schema draft accept schemas, itself among them, and refuse what is none?"""

import json

import pytest
from jsonschema_specifications import REGISTRY

import raw
from forms import MONEY_IN_JSON, ORDER_IN_JSON
from gate import INVALID_RECORD, frame

DRAFTS = {
    "draft 4": "http://json-schema.org/draft-04/schema#",
    "draft 6": "http://json-schema.org/draft-06/schema#",
    "draft 7": "http://json-schema.org/draft-07/schema#",
    "2019-09": "https://json-schema.org/draft/2019-09/schema",
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
}
BAD = [
    {"type": 5},
    {"type": "objekt"},
    {"minLength": -1},
    {"minLength": 1.5},
    {"properties": {"a": {"properties": {"b": {"required": "all"}}}}},
    {"items": {"multipleOf": 0}},
    {"anyOf": []},
    {"uniqueItems": "yes"},
    5,
    [],
]


def register(gate, subject: str, uri: str) -> int:
    """The newer drafts consist of several schemas, which the main one refers to."""
    schema = REGISTRY.contents(uri)
    parts = [part["$ref"] for part in schema.get("allOf", []) if "$ref" in part]
    references = []
    for part in parts:
        whole = f"{uri.rpartition('/')[0]}/{part}"
        name = f"{subject}-{part.replace('/', '-')}"
        body = {"schemaType": "JSON", "schema": json.dumps(REGISTRY.contents(whole))}
        gate.ask("POST", f"/subjects/{name}/versions", body)
        references.append({"name": whole, "subject": name, "version": 1})
    body = {"schemaType": "JSON", "schema": json.dumps(schema), "references": references}
    return gate.ask("POST", f"/subjects/{subject}/versions", body)["id"]


@pytest.mark.parametrize("draft", DRAFTS)
def test_a_draft_accepts_itself_and_refuses_what_is_no_schema(gate, draft):
    topic = gate.topic("enforced")
    schema_id = register(gate, f"{topic}-value", DRAFTS[draft])
    own = REGISTRY.contents(DRAFTS[draft])
    values = [own, ORDER_IN_JSON, MONEY_IN_JSON, {}, *BAD]
    framed = [frame(schema_id, json.dumps(value).encode()) for value in values]
    outcome = raw.produce(gate.server.bootstrap, topic, {0: framed})[0]
    assert outcome.code == INVALID_RECORD
    assert sorted(outcome.records) == list(range(4, len(values))), outcome.records
    assert raw.produce(gate.server.bootstrap, topic, {0: framed[:4]})[0].code == 0
