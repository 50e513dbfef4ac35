#!/usr/bin/env python3
"""What `make` runs. Needs only Python's standard library; everything else is fetched as it is needed.

run.py product [--kafka] [ARGUMENTS...]   build the server and start it for trying it out
run.py demo [ARGUMENTS...]                the same with an estate that runs
run.py test [--only rust|clients|python|action|contract|ui|e2e] [ARGUMENTS...]   all tests; ARGUMENTS go to pytest
run.py wheel                              the Python package, into clients/python/dist
run.py static                             the command line tool as one static file, and whether it is small enough
run.py lint                               format, clippy, documentation, licences
run.py bench [--quick]                    benchmarks
run.py summary STEP...                    the sum of what these steps last gave
"""

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from lab import (
    Unavailable,
    action,
    avro,
    bench,
    cargo,
    clients,
    contract,
    demo,
    e2e,
    lint,
    product,
    pypackage,
    static,
    summary,
    ui,
)
from lab.postgres import Postgres

PARTS = ["rust", "clients", "python", "action", "contract", "ui", "e2e"]


def test(only: str | None, arguments: list[str]) -> int:
    report = summary.Report("test")
    # First, since the server takes it in when it is built.
    has_ui = only in (None, "ui") and ui.build_if_possible(report)
    try:
        server = cargo.build_for_tests()
        if only in (None, "rust"):
            test_rust(report, server)
        if only in (None, "clients"):
            clients.test(report, server)
        if only in (None, "python"):
            pypackage.test(report, server)
        if only in (None, "action"):
            action.test(report, server.with_name("tidegate"))
        if only in (None, "contract"):
            contract.test(report, server)
        if has_ui:
            ui.test(report, server)
        if only in (None, "e2e"):
            e2e.test(report, server, arguments)
    except cargo.BuildFailed as failure:
        report.fail("build", failure)
    report.save()
    return summary.conclude(report)


def test_rust(report: summary.Report, server: Path) -> None:
    with ExitStack() as cleanup:
        # Built by itself it would be built again: with fewer features than beside all the others.
        environment = {"TIDEGATE_SERVER_BIN": str(server)}
        try:
            folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="tidegate-postgres-")))
            folder.chmod(0o755)  # The server runs as another user when we are root.
            database = Postgres(folder / "cluster").start()
            cleanup.callback(database.stop)
            environment["TIDEGATE_TEST_POSTGRES"] = database.url
        except Unavailable as missing:
            report.skip("tests on PostgreSQL", missing)
        except RuntimeError as failure:
            report.fail("tests on PostgreSQL", failure)
        try:
            environment["TIDEGATE_AVRO_JARS"] = str(avro.fetch())
        except Unavailable as missing:
            report.skip("Avro's verdicts against its Java library", missing)
        cargo.test(report, environment)


def check() -> int:
    report = summary.Report("lint")
    lint.check(report)
    report.save()
    return summary.conclude(report)


def arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("product").add_argument("--kafka", action="store_true")
    commands.add_parser("demo")
    commands.add_parser("test").add_argument("--only", choices=PARTS)
    commands.add_parser("wheel")
    commands.add_parser("static")
    commands.add_parser("lint")
    commands.add_parser("bench").add_argument("--quick", action="store_true")
    commands.add_parser("summary").add_argument("steps", nargs="+")
    return parser.parse_known_args()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that what was started is ended.
    known, rest = arguments()
    match known.command:
        case "product":
            return product.run(known.kafka, rest)
        case "demo":
            return demo.run(rest)
        case "test":
            return test(known.only, rest)
        case "wheel":
            return pypackage.wheel()
        case "static":
            return static.build()
        case "lint":
            return check()
        case "bench":
            return bench.run(known.quick)
        case _:
            return summary.conclude(*map(summary.load, known.steps))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
