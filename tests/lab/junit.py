"""What does a JUnit report say? How many tests of each class passed, failed and were skipped."""

import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from pathlib import Path

from .summary import Suite


def read(file: Path, name: str) -> list[Suite]:
    """A suite for each class of tests, called `name` and the class; none where there is no report."""
    suites: dict[str, Suite] = defaultdict(lambda: Suite(""))
    if not file.exists():
        return []
    for case in ElementTree.parse(file).iter("testcase"):
        kind = case.get("classname", "").split(".")[-1]
        suite = suites[kind]
        suite.name = f"{name} {kind}".rstrip()
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            suite.failed += 1
        elif "skipped" in outcomes:
            suite.skipped += 1
        else:
            suite.passed += 1
    return list(suites.values())
