"""What does an explained change look like? The answer of `/govern/v1/explain`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A stretch of a text. `start` and `end` are bytes; line and column count from 1, columns in characters."""

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True)
class Place:
    """Where in a schema; the path is empty for all of it."""

    path: str = ""
    span: Span | None = None


@dataclass(frozen=True)
class Edit:
    """A part of a fix: what to write in place of a span, in the candidate or in the existing text."""

    text: str
    span: Span
    replacement: str


@dataclass(frozen=True)
class Finding:
    """What a rule found: an error is against the level; warnings and notes are advice."""

    rule: str
    slug: str
    severity: str
    direction: str
    candidate: Place
    existing: Place
    message: str
    version: int | None = None
    fix: str | None = None
    edits: tuple[Edit, ...] = ()
    confluent: str | None = None


@dataclass(frozen=True)
class Facet:
    name: str
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True)
class Judgement:
    """The worst that was found about a change in one direction: safe, info, warning or error."""

    verdict: str
    findings: tuple[int, ...] = ()


@dataclass(frozen=True)
class Change:
    """What is different from the newest version that was compared with."""

    kind: str
    element: str
    name: str
    summary: str
    backward: Judgement
    forward: Judgement
    path: str = ""
    facets: tuple[Facet, ...] = ()
    existing: Place | None = None
    candidate: Place | None = None


@dataclass(frozen=True)
class Explanation:
    """The verdict under `compatibility`, every level that would pass, what changed and what was found."""

    is_compatible: bool
    schema_type: str
    compatibility: str
    compatibility_policy: str
    passes: tuple[str, ...] = ()
    compared_with: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class CompatibilityRule:
    """A rule of the checks. `basis` says how its verdict relates to data: sound, stricter, laxer or advice."""

    rule: str
    slug: str
    severity: str
    basis: str
    purpose: str
    confluent: str | None = None
