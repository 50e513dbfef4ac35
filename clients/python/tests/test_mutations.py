"""What if an answer, or a line of the settings, is anything at all? It is read, or refused in our words."""

import copy
import random

import pytest

from test_contract import CALLS, operation, resolved
from tidegate import TidegateError, UnexpectedAnswer
from tidegate.errors import refusal
from tidegate.mapping import parse

ROUNDS = 300
ODD = [None, True, 0, -1, 1.5, 10**400, "", "x", "2026-13-01T00:00:00Z", "\ud800", [], [[]], [None], {}, {"": {}}]


def example(call):
    """The answer that openapi.yaml gives as an example, if it does."""
    _, asked = operation(call)
    found = asked["responses"].get("200")
    [content] = resolved(found).get("content", {"": {}}).values()
    return content.get("example")


EXAMPLES = [(call, told) for call in CALLS if (told := example(call)) is not None]


@pytest.mark.parametrize(("call", "told"), EXAMPLES, ids=lambda one: getattr(one, "path", ""))
def test_examples_of_the_contract_are_read(call, told):
    call.read(told)


def places(value, found):
    """Every container in a value."""
    if isinstance(value, dict | list):
        found.append(value)
        for part in value.values() if isinstance(value, dict) else value:
            places(part, found)
    return found


def mutated(value, chance: random.Random):
    """With one to three of its parts replaced or left out."""
    root = [copy.deepcopy(value)]
    for _ in range(chance.randint(1, 3)):
        container = chance.choice(places(root, []))
        keys = list(container) if isinstance(container, dict) else list(range(len(container)))
        if not keys:
            continue
        key = chance.choice(keys)
        if container is not root and chance.random() < 0.2:
            del container[key]
        else:
            container[key] = copy.deepcopy(chance.choice(ODD))
    return root[0]


@pytest.mark.parametrize(("call", "told"), EXAMPLES, ids=lambda one: getattr(one, "path", ""))
def test_whatever_is_answered(call, told):
    chance = random.Random(call.path)
    refused = 0
    for _ in range(ROUNDS):
        try:
            call.read(mutated(told, chance))
        except UnexpectedAnswer:
            refused += 1
    # Of what these answer nothing is read.
    assert refused or call.method in ("PUT", "DELETE")


def test_whatever_refuses():
    chance = random.Random(7)
    for _ in range(ROUNDS):
        body = bytes(chance.choices(b'{}[]":,0123456789error_codemessage\xff', k=chance.randint(0, 80)))
        assert isinstance(refusal(chance.randint(300, 599), body, retry_after=str(chance.random())), TidegateError)


def test_whatever_line_is_written():
    chance = random.Random(7)
    parsed = 0
    for _ in range(20 * ROUNDS):
        line = "".join(
            chance.choices(["{a}", "{b}", "*", "**", "**/", "?", "/", "x", "{", "}", "=", ".", "[", "("], k=8)
        )
        try:
            parse(line)
            parsed += 1
        except ValueError:
            pass
    assert parsed
