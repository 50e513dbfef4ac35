"""What does the registry speak of? Schemas, versions, references, rules, settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

SchemaType: TypeAlias = Literal["AVRO", "PROTOBUF", "JSON"]
Level: TypeAlias = Literal[
    "NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"
]
ModeName: TypeAlias = Literal["READWRITE", "READONLY", "READONLY_OVERRIDE", "IMPORT", "FORWARD"]
Version: TypeAlias = int | Literal["latest"]


@dataclass(frozen=True)
class Reference:
    """Another version that a schema stands on. `name` is what the text calls it; version -1 means the latest."""

    name: str
    subject: str
    version: int


@dataclass(frozen=True)
class Metadata:
    """Tags by path pattern, properties, and which of the properties are secrets."""

    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule of a data contract."""

    name: str
    type: str
    kind: str = "TRANSFORM"
    mode: str = "WRITEREAD"
    expr: str | None = None
    doc: str | None = None
    tags: tuple[str, ...] = ()
    params: dict[str, str] = field(default_factory=dict)
    on_success: str | None = None
    on_failure: str | None = None
    disabled: bool = False


@dataclass(frozen=True)
class RuleSet:
    migration_rules: tuple[Rule, ...] = ()
    domain_rules: tuple[Rule, ...] = ()
    encoding_rules: tuple[Rule, ...] = ()
    enable_at: str | None = None


@dataclass(frozen=True)
class Schema:
    """A schema as it is sent: its text, and what belongs to it."""

    schema: str
    schema_type: str = "AVRO"
    references: tuple[Reference, ...] = ()
    metadata: Metadata | None = None
    rule_set: RuleSet | None = None


@dataclass(frozen=True)
class Content:
    """What an id stands for. It never changes, and is therefore kept. Who uses it does change: ask `versions_of`."""

    schema: str
    schema_type: str = "AVRO"
    references: tuple[Reference, ...] = ()
    metadata: Metadata | None = None
    rule_set: RuleSet | None = None
    guid: str | None = None


@dataclass(frozen=True)
class SchemaVersion:
    """A version of a subject. `ts` is when it was stored, in milliseconds since 1970."""

    subject: str
    version: int
    id: int
    schema: str
    schema_type: str = "AVRO"
    references: tuple[Reference, ...] = ()
    metadata: Metadata | None = None
    rule_set: RuleSet | None = None
    guid: str | None = None
    ts: int | None = None
    deleted: bool = False


@dataclass(frozen=True)
class Registered:
    """Under which id and version a schema is stored, and in which form. Confluent's own registry tells the id only."""

    id: int
    version: int | None = None
    guid: str | None = None
    schema: str | None = None
    schema_type: str = "AVRO"
    references: tuple[Reference, ...] = ()
    metadata: Metadata | None = None
    rule_set: RuleSet | None = None


@dataclass(frozen=True)
class SubjectVersion:
    subject: str
    version: int


@dataclass(frozen=True)
class Compatibility:
    """Whether a registration would pass, and the reasons if not."""

    is_compatible: bool = field(metadata={"wire": "is_compatible"})
    messages: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.is_compatible


@dataclass(frozen=True)
class Config:
    """The settings of a scope; only what is set."""

    compatibility_level: str | None = None
    alias: str | None = None
    normalize: bool | None = None
    validate_fields: bool | None = None
    validate_rules: bool | None = None
    compatibility_policy: str | None = None
    compatibility_group: str | None = None
    default_metadata: Metadata | None = None
    override_metadata: Metadata | None = None
    default_rule_set: RuleSet | None = None
    override_rule_set: RuleSet | None = None


@dataclass(frozen=True)
class Mode:
    mode: str | None = None
