"""Which subjects do files get, and which lines are refused?"""

from pathlib import PurePosixPath

import pytest

from tidegate.mapping import parse, subject_of


@pytest.mark.parametrize(
    ("line", "file", "subject"),
    [
        ("schemas/{domain}/{name}.avsc = {domain}.{name}-value", "schemas/orders/created.avsc", "orders.created-value"),
        ("schemas/{domain}/{name}.avsc = {name}", "schemas/orders/deep/created.avsc", None),
        ("proto/**/{name}.proto = {name}-value", "proto/a/b/click.proto", "click-value"),
        ("proto/**/{name}.proto = {name}-value", "proto/click.proto", "click-value"),
        ("schemas/*.json = all", "schemas/a.json", "all"),
        ("schemas/*.json = all", "schemas/a/b.json", None),
        ("v?.avsc = one", "v1.avsc", "one"),
        ("v?.avsc = one", "v12.avsc", None),
        ("{a}/{a}.avsc = {a}", "x/x.avsc", "x"),
        ("{a}/{a}.avsc = {a}", "x/y.avsc", None),
        ("a.b(c.avsc = s", "a.b(c.avsc", "s"),
        ("a.b.avsc = s", "axb.avsc", None),
    ],
)
def test_lines(line, file, subject):
    assert subject_of(PurePosixPath(file), [parse(line)]) == subject


def test_the_first_match_wins():
    mappings = [parse("a/b.avsc = first"), parse("a/*.avsc = second")]
    assert subject_of(PurePosixPath("a/b.avsc"), mappings) == "first"
    assert subject_of(PurePosixPath("a/c.avsc"), mappings) == "second"


@pytest.mark.parametrize(
    "line", ["a.avsc", "= x", "a =", "{x.avsc = x", "{}/a = x", "a.avsc = {x}", "a = {", "a = }", "{X} = x"]
)
def test_lines_that_make_no_sense(line):
    with pytest.raises(ValueError, match=r"expected|brace|part about files"):
        parse(line)
