"""Which schemas do the tests speak of?"""

import json

ORDER = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}
WITH_NOTE = ORDER | {"fields": [*ORDER["fields"], {"name": "note", "type": "string", "default": ""}]}
WITHOUT_DEFAULT = ORDER | {"fields": [*ORDER["fields"], {"name": "note", "type": "string"}]}
REFUND = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {"amount": {"type": "number"}},
    "required": ["amount"],
}


def text(schema: dict) -> str:
    return json.dumps(schema, separators=(",", ":"))
