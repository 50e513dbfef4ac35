"""Which requests are there? Each as a value: method, path, body, and how its answer is read. Nothing is sent here."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from . import explanation, governance, model, wire
from .errors import UnexpectedAnswer

T = TypeVar("T")
MOST_RECORDS = 1000


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request. `safe` says that it may be sent twice: it changes nothing, or the same as once."""

    method: str
    path: str
    read: Callable[[object], T]
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    safe: bool = False

    @property
    def target(self) -> str:
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")

    def following(self, link: str) -> Call[T]:
        """The call for the next page. Only the query of the link is followed, so that it leads nowhere else."""
        query = tuple(parse_qsl(urlsplit(link).query, keep_blank_values=True))
        if not query or query == self.query:
            raise UnexpectedAnswer("the link to the next page leads to no other page")
        return Call(self.method, self.path, self.read, query, self.body, self.safe)


def part(text: object) -> str:
    """A segment of a path. Dots alone would be taken for steps between folders."""
    encoded = quote(str(text), safe="")
    if not encoded:
        raise ValueError("a name in a path must not be empty")
    return encoded.replace(".", "%2E") if encoded in (".", "..") else encoded


def query(**parameters: str | int | bool | None) -> tuple[tuple[str, str], ...]:
    """Those that say something, in camel case."""
    return tuple(
        (wire.camel(name), ("true" if value else "false") if isinstance(value, bool) else str(value))
        for name, value in parameters.items()
        if value is not None and value is not False
    )


def get(kind: type[T], path: str, **parameters: str | int | bool | None) -> Call[T]:
    return Call("GET", path, wire.reads(kind), query(**parameters), safe=True)


# === subjects and schemas


def list_subjects(prefix: str | None, deleted: bool) -> Call[list[str]]:
    return get(list[str], "/subjects", subject_prefix=prefix, deleted=deleted)


def list_versions(subject: str, deleted: bool) -> Call[list[int]]:
    return get(list[int], f"/subjects/{part(subject)}/versions", deleted=deleted)


def get_version(subject: str, version: model.Version, deleted: bool) -> Call[model.SchemaVersion]:
    return get(model.SchemaVersion, f"/subjects/{part(subject)}/versions/{part(version)}", deleted=deleted)


def get_schema(schema_id: int, subject: str | None) -> Call[model.Content]:
    return get(model.Content, f"/schemas/ids/{schema_id:d}", subject=subject)


def get_schema_by_guid(guid: str) -> Call[model.Content]:
    return get(model.Content, f"/schemas/guids/{part(guid)}")


def versions_of(schema_id: int, subject: str | None) -> Call[list[model.SubjectVersion]]:
    return get(list[model.SubjectVersion], f"/schemas/ids/{schema_id:d}/versions", subject=subject)


def referenced_by(subject: str, version: model.Version) -> Call[list[int]]:
    return get(list[int], f"/subjects/{part(subject)}/versions/{part(version)}/referencedby")


def list_types() -> Call[list[str]]:
    return get(list[str], "/schemas/types")


def register(subject: str, schema: model.Schema, normalize: bool) -> Call[model.Registered]:
    # The same schema is found, not registered again.
    path = f"/subjects/{part(subject)}/versions"
    return Call(
        "POST", path, wire.reads(model.Registered), query(normalize=normalize), body=wire.write(schema), safe=True
    )


def lookup(subject: str, schema: model.Schema, normalize: bool, deleted: bool) -> Call[model.SchemaVersion]:
    parameters = query(normalize=normalize, deleted=deleted)
    path = f"/subjects/{part(subject)}"
    return Call("POST", path, wire.reads(model.SchemaVersion), parameters, body=wire.write(schema), safe=True)


def compatibility(
    subject: str, schema: model.Schema, version: model.Version | None, normalize: bool
) -> Call[model.Compatibility]:
    path = f"/compatibility/subjects/{part(subject)}/versions" + ("" if version is None else f"/{part(version)}")
    parameters = query(normalize=normalize, verbose=True)
    return Call("POST", path, wire.reads(model.Compatibility), parameters, body=wire.write(schema), safe=True)


def delete_subject(subject: str, permanent: bool) -> Call[list[int]]:
    return Call("DELETE", f"/subjects/{part(subject)}", wire.reads(list[int]), query(permanent=permanent))


def delete_version(subject: str, version: model.Version, permanent: bool) -> Call[int]:
    path = f"/subjects/{part(subject)}/versions/{part(version)}"
    return Call("DELETE", path, wire.reads(int), query(permanent=permanent))


# === settings


def _scope(noun: str, subject: str | None) -> str:
    return f"/{noun}" if subject is None else f"/{noun}/{part(subject)}"


def get_config(subject: str | None, effective: bool) -> Call[model.Config]:
    return get(model.Config, _scope("config", subject), default_to_global=effective)


def put_config(subject: str | None, changes: dict[str, Any]) -> Call[None]:
    body = {wire.camel(name): wire.write(value) for name, value in changes.items()}
    return Call("PUT", _scope("config", subject), lambda _: None, body=body, safe=True)


def delete_config(subject: str | None) -> Call[None]:
    return Call("DELETE", _scope("config", subject), lambda _: None)


def get_mode(subject: str | None, effective: bool) -> Call[model.Mode]:
    return get(model.Mode, _scope("mode", subject), default_to_global=effective)


def put_mode(subject: str | None, mode: model.ModeName, force: bool) -> Call[model.Mode]:
    return Call("PUT", _scope("mode", subject), wire.reads(model.Mode), query(force=force), {"mode": mode}, safe=True)


# === governance


def explain(
    schema: model.Schema,
    subject: str | None,
    version: model.Version | None,
    against: Iterable[model.Schema],
    level: model.Level | None,
    normalize: bool,
) -> Call[explanation.Explanation]:
    body = wire.write(schema)
    texts = [wire.write(text) for text in against]
    optional = {"subject": subject, "againstVersion": version, "against": texts, "compatibility": level}
    body |= {name: value for name, value in optional.items() if value}
    body |= {"normalize": True} if normalize else {}
    return Call("POST", "/govern/v1/explain", wire.reads(explanation.Explanation), body=body, safe=True)


def compatibility_rules() -> Call[list[explanation.CompatibilityRule]]:
    return get(list[explanation.CompatibilityRule], "/govern/v1/rules")


def overview(**parameters: str | int | None) -> Call[governance.SubjectPage]:
    return get(governance.SubjectPage, "/govern/v1/subjects", **parameters)


def list_policies(limit: int) -> Call[governance.PolicyPage]:
    return get(governance.PolicyPage, "/govern/v1/policies", limit=limit)


def get_policy(name: str) -> Call[governance.Policy]:
    return get(governance.Policy, f"/govern/v1/policies/{part(name)}")


def match_policy(topic: str, client_id: str | None, principal: str | None) -> Call[governance.PolicyMatch]:
    path = "/govern/v1/policies:match"
    return get(governance.PolicyMatch, path, topic=topic, client_id=client_id, principal=principal)


def list_violations(**parameters: str | int | None) -> Call[governance.ViolationPage]:
    return get(governance.ViolationPage, "/govern/v1/violations", **parameters)


def get_violation(violation: str) -> Call[governance.Violation]:
    return get(governance.Violation, f"/govern/v1/violations/{part(violation)}")


def topic_lineage(topic: str, cluster: str | None) -> Call[governance.TopicLineage]:
    return get(governance.TopicLineage, f"/govern/v1/lineage/topics/{part(topic)}", cluster=cluster)


def try_rules(
    schema: model.Schema | None,
    subject: str | None,
    rule_set: model.RuleSet | None,
    metadata: model.Metadata | None,
    **rest: Any,
) -> Call[governance.Tried]:
    """`rest` are members of the request, None for what is not said."""
    body = {} if schema is None else wire.write(schema)
    body |= wire.write({"subject": subject, "ruleSet": rule_set, "metadata": metadata} | rest)
    body = {name: value for name, value in body.items() if value is not None}
    return Call("POST", "/govern/v1/rules/try", wire.reads(governance.Tried), body=body, safe=True)


def records(given: Iterable[object]) -> list[dict[str, object]]:
    """Bytes as they are; anything else as JSON."""
    told: list[dict[str, object]] = [
        {"base64": base64.b64encode(one).decode()} if isinstance(one, bytes | bytearray | memoryview) else {"json": one}
        for one in given
    ]
    if len(told) > MOST_RECORDS:
        raise ValueError(f"at most {MOST_RECORDS} records can be tried at once, these are {len(told)}")
    return told


# === the server itself


def is_ready() -> Call[dict[str, str]]:
    return get(dict[str, str], "/health/ready")
