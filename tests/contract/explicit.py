"""How does openapi.yaml read when every status is written out? `default` would foresee any, and nothing could break it."""

import json
import sys
from pathlib import Path

import yaml

# What the head of the contract says of every path.
ANYWHERE = ["400", "401", "403", "404", "405", "406", "408", "413", "415", "422", "429", "503"]
METHODS = {"get", "post", "put", "delete", "patch"}
NEGOTIATED = "application/vnd.schemaregistry.v1+json"


def is_endless(operation: dict) -> bool:
    return any("text/event-stream" in response.get("content", {}) for response in operation["responses"].values())


def explicit(contract: dict) -> dict:
    for item in contract["paths"].values():
        # Whoever waits for the end of such an answer waits for ever.
        for method in [method for method in METHODS & item.keys() if is_endless(item[method])]:
            del item[method]
        for method in METHODS & item.keys():
            responses = item[method]["responses"]
            otherwise = responses.pop("default")
            for status in ANYWHERE:
                responses.setdefault(status, otherwise)
    return contract


def main(source: str, target: str) -> None:
    contract = yaml.safe_load(Path(source).read_text())
    Path(target).write_text(json.dumps(explicit(contract)))


if __name__ == "__main__":
    main(*sys.argv[1:])
