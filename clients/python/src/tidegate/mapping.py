"""Which subject does a file belong to? Lines say it, such as `schemas/{domain}/{name}.avsc = {domain}.{name}-value`.

`{var}` captures within one segment of a path, `*` and `?` match within one, `**` any number. The first match wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

_TOKEN = re.compile(r"\{(?P<variable>[a-z_][a-z0-9_]*)\}|(?P<deep>\*\*/?)|(?P<star>\*)|(?P<one>\?)|(?P<text>[^{}*?]+)")


@dataclass(frozen=True)
class Mapping:
    """One line: which files, and the template of their subject."""

    pattern: re.Pattern[str]
    subject: str

    def subject_of(self, path: PurePath) -> str | None:
        found = self.pattern.fullmatch(path.as_posix())
        return self.subject.format(**found.groupdict()) if found else None


def parse(line: str) -> Mapping:
    """Raises `ValueError` with what is wrong about the line."""
    files, equals, subject = (part.strip() for part in line.partition("="))
    if not (files and equals and subject):
        raise ValueError(f"expected `files = subject`: {line!r}")
    pattern = _pattern(files, line)
    for variable in _variables(subject, line):
        if variable not in pattern.groupindex:
            raise ValueError(f"{{{variable}}} is not in the part about files: {line!r}")
    return Mapping(pattern, subject)


def subject_of(path: PurePath, mappings: Iterable[Mapping]) -> str | None:
    return next((subject for mapping in mappings if (subject := mapping.subject_of(path)) is not None), None)


def _pattern(files: str, line: str) -> re.Pattern[str]:
    parts: list[str] = []
    at, seen = 0, set()
    while at < len(files):
        token = _TOKEN.match(files, at)
        if token is None:
            raise ValueError(f"a brace without its other half, or with no name in it: {line!r}")
        if variable := token["variable"]:
            parts.append(f"(?P={variable})" if variable in seen else f"(?P<{variable}>[^/]+)")
            seen.add(variable)
        elif deep := token["deep"]:
            parts.append("(?:.*/)?" if deep.endswith("/") else ".*")
        else:
            parts.append("[^/]*" if token["star"] else "[^/]" if token["one"] else re.escape(token["text"]))
        at = token.end()
    return re.compile("".join(parts))


def _variables(subject: str, line: str) -> list[str]:
    left = re.sub(r"\{[a-z_][a-z0-9_]*\}", "", subject)
    if "{" in left or "}" in left:
        raise ValueError(f"a brace without its other half, or with no name in it: {line!r}")
    return re.findall(r"\{([a-z_][a-z0-9_]*)\}", subject)
