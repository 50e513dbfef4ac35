"""What came of a check? An explained verdict that prints itself, in a terminal, a notebook and a failed test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import calls, page, render
from .errors import TidegateError
from .explanation import Change, Explanation, Finding
from .given import Against, Given, SchemaLike, given, texts
from .model import Level, Reference, SchemaType, Version


class CheckFailed(TidegateError, AssertionError):
    """A check that was required to pass did not. The message is the whole explanation."""

    def __init__(self, checked: Checked):
        super().__init__(str(checked))
        self.checked = checked


@dataclass(frozen=True, repr=False)
class Checked:
    """The verdict on a schema. True if it passes under the level that was asked for, or that holds."""

    explanation: Explanation
    given: Given
    against: str

    @property
    def is_compatible(self) -> bool:
        return self.explanation.is_compatible

    @property
    def level(self) -> str:
        return self.explanation.compatibility

    @property
    def passes(self) -> tuple[str, ...]:
        """Every level under which it would pass, weakest first."""
        return self.explanation.passes

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.explanation.findings

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.explanation.changes

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def require(self) -> Checked:
        """Itself if it passes, else `CheckFailed`, which pytest shows as a failed assertion."""
        if not self.is_compatible:
            raise CheckFailed(self)
        return self

    def __bool__(self) -> bool:
        return self.is_compatible

    def __str__(self) -> str:
        return render.checked(self.headline, self.given, self.explanation)

    __repr__ = __str__

    @property
    def headline(self) -> str:
        sign, verdict = ("✓", "compatible with") if self.is_compatible else ("✗", "not compatible with")
        return f"{sign} {self.given.name} is {verdict} {self.against} under {self.level}"

    def _repr_html_(self) -> str:
        return page.checked(self.headline, self.given, self.explanation)


@dataclass(frozen=True)
class Question:
    """A check that is still to be asked: the request, and what makes an answer of it a verdict."""

    call: calls.Call[Explanation]
    given: Given
    subject: str | None

    def answered(self, explanation: Explanation) -> Checked:
        return Checked(explanation, self.given, self._against(explanation.compared_with))

    def _against(self, versions: tuple[int, ...]) -> str:
        if self.subject is None:
            return "what it was compared with"
        if not versions:
            return f"{self.subject} (a new subject)"
        return f"{self.subject} (version{'s' if len(versions) > 1 else ''} {', '.join(map(str, versions))})"


def question(
    schema: SchemaLike,
    against: Against,
    *,
    version: Version | None,
    level: Level | None,
    schema_type: SchemaType | None,
    references: Sequence[Reference] | None,
    normalize: bool,
) -> Question:
    candidate = given(schema, schema_type, references)
    if isinstance(against, str):
        call = calls.explain(candidate.schema, against, version, (), level, normalize)
        return Question(call, candidate, against)
    if version is not None:
        raise ValueError("a version is one of a subject, and no subject is given")
    return Question(
        calls.explain(candidate.schema, None, None, texts(against), level, normalize), candidate, subject=None
    )
