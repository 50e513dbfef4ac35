"""Is a verdict explained, and told so that people see it: in a terminal, a notebook, a failed test?"""

import json
from html.parser import HTMLParser

import pytest

import tidegate
from schemas import ORDER, REFUND, WITH_NOTE, WITHOUT_DEFAULT, text
from tidegate import Schema


def check(client, *given, **options) -> tidegate.Checked:
    return tidegate.check(*given, client=client, **options)


def test_what_passes(client, name):
    client.register(name, ORDER)
    verdict = check(client, WITH_NOTE, name)
    assert verdict
    assert verdict.require() is verdict
    assert verdict.level == "BACKWARD"
    assert "FULL" in verdict.passes
    assert str(verdict).startswith(f"✓ schema is compatible with {name} (version 1) under BACKWARD")
    assert "field 'note'" in str(verdict), "what changed is told"


def test_what_does_not(client, name, tmp_path):
    client.register(name, ORDER)
    file = tmp_path / "order.avsc"
    file.write_text(json.dumps(WITHOUT_DEFAULT, indent=2))
    verdict = check(client, file, name)
    assert not verdict
    assert [finding.rule for finding in verdict.errors] == ["TG101"]
    lines = str(verdict).splitlines()
    assert lines[0] == f"✗ {file} is not compatible with {name} (version 1) under BACKWARD"
    assert lines[1] == "  it would pass under: NONE, FORWARD, FORWARD_TRANSITIVE"
    span = verdict.errors[0].candidate.span
    assert f"error[TG101] {file}:{span.line}:{span.column}" in str(verdict)
    pointed = next(index for index, line in enumerate(lines) if "^" in line)
    marked = lines[pointed - 1][lines[pointed].index("^") : lines[pointed].rindex("^") + 1]
    assert "note" in marked, "the caret stands below what is meant"
    assert "  fix: " in str(verdict)
    with pytest.raises(tidegate.CheckFailed) as failed:
        verdict.require()
    assert str(failed.value) == str(verdict)
    assert isinstance(failed.value, AssertionError)


def test_another_level_and_another_version(client, name):
    client.register(name, ORDER)
    client.register(name, WITH_NOTE)
    assert check(client, WITHOUT_DEFAULT, name, level="NONE")
    assert not check(client, WITHOUT_DEFAULT, name, version=1)
    assert check(client, WITHOUT_DEFAULT, name, version=2)
    assert check(client, WITHOUT_DEFAULT, name, version="latest").explanation.compared_with == (2,)


def test_a_new_subject_is_no_error(client, name):
    verdict = check(client, ORDER, name)
    assert verdict
    assert "(a new subject)" in str(verdict)


def test_against_texts(client, tmp_path):
    old = tmp_path / "old.avsc"
    old.write_text(text(ORDER))
    assert not check(client, text(WITHOUT_DEFAULT), old)
    assert check(client, WITH_NOTE, ORDER, level="FULL")
    assert check(client, WITH_NOTE, [Schema(text(WITH_NOTE)), old], level="FULL_TRANSITIVE")
    with pytest.raises(ValueError, match="a version is one of a subject"):
        check(client, WITH_NOTE, ORDER, version=1)


def test_types_are_told_by_endings_and_by_words(client, tmp_path):
    proto = tmp_path / "click.proto"
    proto.write_text('syntax = "proto3"; message Click { string page = 1; }')
    assert check(client, proto, proto).explanation.schema_type == "PROTOBUF"
    assert check(client, REFUND, REFUND).explanation.schema_type == "JSON"
    assert check(client, '{"type": "object"}', REFUND, schema_type="JSON").explanation.schema_type == "JSON"
    with pytest.raises(ValueError, match=r"pathlib\.Path"):
        check(client, "schemas/order.avsc", "orders-value")
    with pytest.raises(ValueError, match="schema_type"):
        check(client, tmp_path / "order.txt", "orders-value")


def test_a_text_that_is_no_schema(client, name):
    with pytest.raises(tidegate.InvalidSchema):
        check(client, '{"type": "strin"}', name)


class Tags(HTMLParser):
    """Which tags are open, and does each end?"""

    def __init__(self, page: str):
        super().__init__()
        self.open, self.seen, self.text = [], set(), ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, _):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_a_notebook_shows_it_and_runs_nothing_of_it(client):
    hostile = {
        "type": "record",
        "name": "Order",
        "fields": [{"name": "a", "type": "string", "doc": "<script>alert(1)</script>"}],
    }
    old = {"type": "record", "name": "Order", "fields": []}
    page = check(client, text(hostile), old, level="BACKWARD")._repr_html_()
    tags = Tags(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert "<script>" in tags.text, "the line of the schema is shown as it is"
    assert {"table", "mark", "pre"} <= tags.seen
    good = Tags(check(client, WITH_NOTE, ORDER)._repr_html_())
    assert good.open == []
    assert "✓" in good.text


def test_long_lines_are_cut(client):
    fields = [{"name": f"field{number}", "type": "long"} for number in range(200)]
    long = {"type": "record", "name": "Order", "fields": fields}
    shown = str(check(client, text(long), ORDER))
    assert max(map(len, shown.splitlines())) < 300
    assert "^" in shown
