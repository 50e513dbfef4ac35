"""Does Jenkins take our test reports, by the XML Schema that it has for them?"""

import json
import os
import subprocess
from pathlib import Path

import pytest
import xmlschema
from conftest import ACTION

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "junit" / "junit-10.xsd")
GOLDEN = sorted((ACTION.parent / "cli" / "src" / "render" / "snapshots").glob("*_junit.snap"))

ORDER = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_golden_reports(golden):
    _, _, report = golden.read_text().split("---\n", 2)
    SCHEMA.validate(report)


def test_there_are_golden_reports():
    assert len(GOLDEN) > 1


def test_what_the_tool_writes(tmp_path, environment):
    binary = os.environ.get("TIDEGATE_BIN")
    if binary is None:
        pytest.skip("TIDEGATE_BIN names no tidegate")
    (tmp_path / "before").mkdir()
    (tmp_path / "tidegate.yaml").write_text(
        "version: 1\nsubjects: [{ match: '{name}.avsc', subject: '{name}-value' }]\nlint: { use: [all] }\n"
    )
    (tmp_path / "before" / "order.avsc").write_text(json.dumps(ORDER))
    added = {"name": "note", "type": "string", "doc": 'a <b> & "c" ]]> \u0007'}
    (tmp_path / "order.avsc").write_text(json.dumps(ORDER | {"fields": [*ORDER["fields"], added]}))
    (tmp_path / "fine.avsc").write_text(json.dumps(ORDER))
    (tmp_path / "torn.avsc").write_text('{"type": "rec')
    written = subprocess.run(
        [binary, "check", "--offline", "--against", "dir:before", "--format", "junit=report.xml"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert written.returncode == 1, written.stdout + written.stderr
    SCHEMA.validate(tmp_path / "report.xml")
    read = SCHEMA.decode(str(tmp_path / "report.xml"))
    assert {suite["@name"] for suite in read["testsuite"]}
    assert sum(int(suite["@failures"]) + int(suite["@errors"]) for suite in read["testsuite"]) > 0


@pytest.mark.parametrize(
    "broken",
    [
        "<testsuite/>",
        '<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><case name="b"/></testsuite></testsuites>',
        '<testsuites><testsuite name="a" tests="1" failures="0" errors="0" colour="red"/></testsuites>',
    ],
)
def test_another_form_is_not_taken(broken):
    assert not SCHEMA.is_valid(broken)
