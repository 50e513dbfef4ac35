"""What came of judging records? Counts, samples without values, and an assertion for those who want one."""

from __future__ import annotations

from dataclasses import dataclass

from . import page, render
from .errors import TidegateError
from .governance import Tried, TriedRecord


class RecordsRefused(TidegateError, AssertionError):
    """Records were required to pass and did not, or there were none to judge. The message is the whole verdict."""

    def __init__(self, verdict: Verdict):
        super().__init__(str(verdict))
        self.verdict = verdict


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a schema and its rules say about some records. True if there were any and none would be refused."""

    answer: Tried

    @property
    def records(self) -> int:
        """How many were judged."""
        return self.answer.records

    @property
    def refused(self) -> int:
        """How many of them a policy in mode `enforce` would act on."""
        return self.answer.refused

    @property
    def passed(self) -> int:
        return self.records - self.refused

    @property
    def empty(self) -> int:
        """How many records of the topic had nothing to judge, such as tombstones."""
        return self.answer.topic.empty if self.answer.topic else 0

    @property
    def is_cut(self) -> bool:
        """Whether time or room ended before all records that were asked for were read."""
        return bool(self.answer.topic and self.answer.topic.cut)

    @property
    def by_rule(self) -> dict[str, int]:
        """How many records break each rule."""
        return render.by_rule(self.answer)

    @property
    def samples(self) -> tuple[TriedRecord, ...]:
        """The records with something against them."""
        return self.answer.found

    def require(self, *, at_most: int = 0, at_least: int = 1) -> Verdict:
        """Itself if at least so many records were judged and at most so many refused, else `RecordsRefused`."""
        if self.refused > at_most or self.records < at_least:
            raise RecordsRefused(self)
        return self

    def __bool__(self) -> bool:
        return self.records > 0 and self.refused == 0

    def __str__(self) -> str:
        return render.tried(self.headline, self.answer)

    __repr__ = __str__

    @property
    def headline(self) -> str:
        read = self.answer.topic
        place = f" of {read.topic}" if read else ""
        rest = [f"{self.empty} empty"] if self.empty else []
        rest += ["reading was cut short"] if self.is_cut else []
        told = f"{self.refused} of {self.records} records{place} would be refused"
        return f"{'✓' if self else '✗'} {told}" + (f" ({', '.join(rest)})" if rest else "")

    def _repr_html_(self) -> str:
        return page.tried(self.headline, bool(self), self.answer)
