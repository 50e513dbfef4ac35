"""What was the outcome? Counts per suite, kept between steps, and one last line with the totals."""

import json
from dataclasses import asdict, dataclass, field

from . import CACHE

RESULTS = CACHE / "results"


@dataclass
class Suite:
    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""


@dataclass
class Report:
    """The suites of one step, such as `lint` or `test`."""

    step: str
    suites: list[Suite] = field(default_factory=list)

    def add(self, suite: Suite) -> None:
        self.suites.append(suite)

    def skip(self, name: str, why: object) -> None:
        print(f"\n!!! SKIPPED {name}: {why}\n", flush=True)
        self.add(Suite(name, skipped=1, note=f"SKIPPED: {why}"))

    def fail(self, name: str, why: object) -> None:
        print(f"\n!!! FAILED {name}: {why}\n", flush=True)
        self.add(Suite(name, failed=1, note=str(why).splitlines()[0]))

    def save(self) -> None:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{self.step}.json").write_text(json.dumps([asdict(suite) for suite in self.suites], indent=1))


def load(step: str) -> Report:
    """What a step left; a step that left nothing has failed."""
    try:
        stored = json.loads((RESULTS / f"{step}.json").read_text())
    except FileNotFoundError:
        return Report(step, [Suite(step, failed=1, note="ended without a result")])
    return Report(step, [Suite(**suite) for suite in stored])


def conclude(*reports: Report) -> int:
    """Prints the table and, as the very last line, the totals. Returns the exit code."""
    suites = [suite for report in reports for suite in report.suites]
    width = max((len(suite.name) for suite in suites), default=0)
    print("\n=== Summary")
    for suite in suites:
        skipped = f"{suite.skipped:5} skipped" if suite.skipped else ""
        note = f"  {suite.note}" if suite.note else ""
        print(f"{suite.name:{width}}  {suite.passed:5} passed {suite.failed:5} failed {skipped}{note}".rstrip())
    passed, failed, skipped = (sum(getattr(suite, key) for suite in suites) for key in ("passed", "failed", "skipped"))
    if not passed and not failed:
        failed = 1  # Nothing ran: that is no success.
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed else 0
