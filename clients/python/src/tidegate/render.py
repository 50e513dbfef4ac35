"""How is a verdict told as text? Findings with the line that they are about, in plain characters and without colour."""

from __future__ import annotations

from dataclasses import dataclass

from .explanation import Explanation, Finding, Span
from .given import Given
from .governance import BrokenRule, Tried

WIDTH = 100  # Characters of a line that are shown, around what is pointed at.
MOST_SAMPLES = 10


@dataclass(frozen=True)
class Frame:
    """The line that a span begins in, and where in it; long lines are cut on both sides."""

    line: int
    before: str
    marked: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.marked + self.after


def frame(text: str, span: Span) -> Frame | None:
    """None where the span is not in the text: then it is about another one."""
    data = text.encode()
    if not 0 <= span.start <= span.end <= len(data):
        return None
    begin = data.rfind(b"\n", 0, span.start) + 1
    end = data.find(b"\n", span.start)
    end = len(data) if end < 0 else end
    before, marked, after = (
        data[first:last].decode(errors="replace").replace("\t", " ")
        for first, last in ((begin, span.start), (span.start, min(span.end, end)), (min(span.end, end), end))
    )
    room = max(0, WIDTH - len(marked)) // 2
    return Frame(span.line, before[-room:] if room else "", marked[:WIDTH], after[:room])


def checked(headline: str, given: Given, explanation: Explanation) -> str:
    lines = [headline]
    if not explanation.is_compatible:
        lines.append(f"  it would pass under: {', '.join(explanation.passes) or 'no level'}")
    for finding in explanation.findings:
        lines += ["", *_finding(given, finding)]
    if not explanation.findings and explanation.changes:
        lines += ["", *(f"  {change.summary}" for change in explanation.changes)]
    return "\n".join(lines)


def _finding(given: Given, finding: Finding) -> list[str]:
    span = finding.candidate.span
    shown = frame(given.schema.schema, span) if span else None
    place = f"{given.name}:{span.line}:{span.column}" if span else given.name
    against = f", against version {finding.version}" if finding.version is not None else ""
    lines = [f"{finding.severity}[{finding.rule}] {place} ({finding.slug}, {finding.direction}{against})"]
    if shown:
        number = str(shown.line)
        lines.append(f"  {number} | {shown.text}")
        lines.append(f"  {' ' * len(number)} | {' ' * len(shown.before)}{'^' * max(1, len(shown.marked))}")
    lines.append(f"  {finding.message}")
    if finding.fix:
        lines.append(f"  fix: {finding.fix}")
    return lines


def tried(headline: str, answer: Tried) -> str:
    lines = [headline]
    lines += [f"  {count} × {rule}" for rule, count in by_rule(answer).items()]
    for record in answer.found[:MOST_SAMPLES]:
        where = f"record {record.index}" if record.offset is None else f"{record.partition}@{record.offset}"
        schema = "" if record.schema_id is None else f", schema {record.schema_id}"
        lines += ["", f"{where}{schema}", *(f"  {_broken(violation)}" for violation in record.violations)]
    if len(answer.found) > MOST_SAMPLES:
        lines += ["", f"and {len(answer.found) - MOST_SAMPLES} more records"]
    lines += [f"not judged: rule {rule.rule}: {rule.why}" for rule in answer.not_checkable]
    lines += [f"not judged: rule {name} changes records, which is left to clients" for name in answer.left_to_client]
    return "\n".join(lines)


def by_rule(answer: Tried) -> dict[str, int]:
    """How many records break each rule, the most frequent first."""
    counts: dict[str, int] = {}
    for record in answer.found:
        for rule in {violation.rule for violation in record.violations}:
            counts[rule] = counts.get(rule, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _broken(violation: BrokenRule) -> str:
    place = f" at {violation.path}" if violation.path else ""
    return f"{violation.rule}{place}: {violation.reason} ({violation.action})"
