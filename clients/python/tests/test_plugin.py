"""Are schemas judged by pytest itself, as one would set it up?"""

import json

import pytest

from schemas import ORDER, WITH_NOTE, WITHOUT_DEFAULT, text

PLUGINS = ("-p", "no:cacheprovider", "-p", "pytest_tidegate")
INI = """
[pytest]
tidegate_schemas =
    schemas/{{name}}.avsc = {prefix}.{{name}}-value
"""


@pytest.fixture
def estate(pytester, name):
    """A folder with schemas, set up for them, and a way to run pytest there."""
    pytester.makeini(INI.format(prefix=name))
    (pytester.path / "schemas").mkdir()

    def run(url: str, files: dict[str, dict | str], *arguments: str):
        for file, schema in files.items():
            content = schema if isinstance(schema, str) else json.dumps(schema, indent=2)
            (pytester.path / "schemas" / file).write_text(content)
        return pytester.runpytest_inprocess("--tidegate-url", url, *PLUGINS, *arguments)

    return run


def test_files_are_tests(server, client, estate, name):
    client.register(f"{name}.order-value", ORDER)
    client.register(f"{name}.refund-value", ORDER)
    outcome = estate(
        server.url,
        {"order.avsc": WITH_NOTE, "refund.avsc": WITHOUT_DEFAULT, "new.avsc": ORDER, "other.txt": "no schema"},
    )
    outcome.assert_outcomes(passed=2, failed=1)
    outcome.stdout.fnmatch_lines(
        [
            f"*schemas/refund.avsc as {name}.refund-value*",
            f"✗ schemas/refund.avsc is not compatible with {name}.refund-value (version 1) under BACKWARD",
            "error[[]TG101] schemas/refund.avsc:*",
        ]
    )


def test_a_text_that_is_no_schema_fails(server, estate):
    outcome = estate(server.url, {"order.avsc": '{"type": "strin"}'})
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(["*strin*42201*"])


def test_another_level(server, client, estate, name):
    client.register(f"{name}.order-value", ORDER)
    estate(server.url, {"order.avsc": WITHOUT_DEFAULT}, "--tidegate-level", "NONE").assert_outcomes(passed=1)


def test_references_are_those_of_the_latest_version(server, client, estate, name):
    from tidegate import Reference, Schema

    client.register(f"{name}.money", {"type": "record", "name": "Money", "fields": [{"name": "cents", "type": "long"}]})
    price = {"type": "record", "name": "Price", "fields": [{"name": "net", "type": "Money"}]}
    candidate = Schema(text(price), references=(Reference("Money", f"{name}.money", 1),))
    client.register(f"{name}.price-value", candidate)
    estate(server.url, {"price.avsc": price}).assert_outcomes(passed=1)


def test_nothing_is_judged_when_the_server_is_gone(estate):
    outcome = estate("http://127.0.0.1:1", {"order.avsc": ORDER})
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(["nothing was judged: *"])


def test_a_registry_must_be_named(pytester, estate, name):
    (pytester.path / "schemas" / "order.avsc").write_text(text(ORDER))
    outcome = pytester.runpytest_inprocess(*PLUGINS)
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(["*where is the registry?*"])


def test_a_line_that_makes_no_sense_is_told_at_once(pytester):
    pytester.makeini("[pytest]\ntidegate_schemas = schemas/*.avsc\n")
    outcome = pytester.runpytest_inprocess(*PLUGINS)
    assert outcome.ret == pytest.ExitCode.USAGE_ERROR
    outcome.stderr.fnmatch_lines(["*tidegate_schemas: expected `files = subject`*"])


def test_fixtures(server, client, pytester, name):
    client.register(name, ORDER)
    pytester.makepyfile(
        f"""
        ORDER = {WITHOUT_DEFAULT!r}

        def test_the_level_of_the_subject(tidegate_check):
            tidegate_check(ORDER, {name!r}).require()

        def test_another_level(tidegate_check):
            assert tidegate_check(ORDER, {name!r}, level="FORWARD")

        def test_the_client(tidegate_client):
            assert tidegate_client.list_versions({name!r}) == [1]
        """
    )
    outcome = pytester.runpytest_inprocess("--tidegate-url", server.url, *PLUGINS)
    outcome.assert_outcomes(passed=2, failed=1)
    outcome.stdout.fnmatch_lines(["*CheckFailed: ✗ schema is not compatible with*"])
