"""How is a verdict told in a notebook? As HTML that takes the notebook's own colours and holds nothing unescaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from . import render
from .explanation import Explanation, Finding
from .given import Given
from .governance import Tried

_COLOURS = {"error": "#c62828", "warning": "#b26a00", "info": "#1565c0"}
_CELL = "text-align:left;vertical-align:top;padding:4px 8px"


def checked(headline: str, given: Given, explanation: Explanation) -> str:
    parts = [_headline(headline, explanation.is_compatible)]
    if not explanation.is_compatible:
        parts.append(f"<p>It would pass under: {escape(', '.join(explanation.passes) or 'no level')}</p>")
    parts += [_finding(given, finding) for finding in explanation.findings]
    if explanation.changes:
        rows = [(change.summary, change.backward.verdict, change.forward.verdict) for change in explanation.changes]
        parts.append(_table(("change", "new reads old", "old reads new"), rows))
    return _whole(parts)


def tried(headline: str, is_clean: bool, answer: Tried) -> str:
    parts = [_headline(headline, is_clean)]
    if counts := render.by_rule(answer):
        parts.append(_table(("rule", "records"), counts.items()))
    rows = [
        (
            record.index if record.offset is None else f"{record.partition}@{record.offset}",
            violation.rule,
            violation.path,
            violation.reason,
            violation.action,
        )
        for record in answer.found[: render.MOST_SAMPLES]
        for violation in record.violations
    ]
    if rows:
        parts.append(_table(("record", "rule", "field", "reason", "action"), rows))
    left = [f"{rule.rule}: {rule.why}" for rule in answer.not_checkable]
    left += [f"{name}: changes records, which is left to clients" for name in answer.left_to_client]
    parts += [f"<p>Not judged: {escape(line)}</p>" for line in left]
    return _whole(parts)


def _whole(parts: Iterable[str]) -> str:
    return f'<div class="tidegate">{"".join(parts)}</div>'


def _headline(text: str, is_good: bool) -> str:
    colour = "#2e7d32" if is_good else _COLOURS["error"]
    return f'<p style="border-left:4px solid {colour};padding-left:8px"><b>{escape(text)}</b></p>'


def _finding(given: Given, finding: Finding) -> str:
    span = finding.candidate.span
    shown = render.frame(given.schema.schema, span) if span else None
    place = f"{given.name}:{span.line}:{span.column}" if span else given.name
    colour = _COLOURS.get(finding.severity, "#888")
    title = f"{finding.severity} {finding.rule} {finding.slug}"
    parts = [f"<b>{escape(title)}</b> <small>{escape(place)} · {escape(finding.direction)}</small>"]
    if shown:
        style = f"background:none;color:inherit;border-bottom:2px solid {colour}"
        marked = f'<mark style="{style}">{escape(shown.marked)}</mark>'
        parts.append(f"<pre>{shown.line} │ {escape(shown.before)}{marked}{escape(shown.after)}</pre>")
    parts.append(f"<div>{escape(finding.message)}</div>")
    if finding.fix:
        parts.append(f"<div><i>Fix: {escape(finding.fix)}</i></div>")
    return f'<div style="border-left:4px solid {colour};padding-left:8px;margin:8px 0">{"".join(parts)}</div>'


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    titles = "".join(f'<th scope="col" style="{_CELL}">{escape(title)}</th>' for title in head)
    lines = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(str(cell))}</td>' for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"
