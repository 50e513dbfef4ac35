"""How do JSON and our dataclasses become each other? By the types of their fields; members in camel case.

Members that a class doesn't know are passed over, so that a newer server can be spoken to. What is missing, or of
another type, raises `UnexpectedAnswer` with its place.
"""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from .errors import UnexpectedAnswer

T = TypeVar("T")
Reader = Callable[[object, str], Any]


def reads(kind: type[T]) -> Callable[[object], T]:
    """A function that turns what `json` gives into a `kind`."""
    reader = _reader(cast(Any, kind))
    return lambda value: cast(T, reader(value, ""))


def write(value: object) -> Any:
    """What `json` takes. Members that are None or empty are left out, as the server does."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = ((_name(field), getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: write(member) for name, member in members if member is not None and member != () and member != {}}
    if isinstance(value, dict):
        return {key: write(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [write(item) for item in value]
    return value


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _name(field: dataclasses.Field[Any]) -> str:
    return str(field.metadata.get("wire") or camel(field.name))


@functools.cache
def _reader(hint: Any) -> Reader:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any or hint is object:
        return lambda value, _: value
    if hint in (str, bool):
        return _scalar(hint)
    if hint in (int, float):
        return _number(hint)
    if hint is datetime:
        return _time
    if origin in (list, tuple):
        return _sequence(origin, _reader(arguments[0]))
    if origin is dict:
        return _mapping(_reader(arguments[1]))
    if origin in (Union, types.UnionType):
        return _optional(_reader(next(part for part in arguments if part is not types.NoneType)))
    if dataclasses.is_dataclass(hint):
        return _members(cast("type[Any]", hint))
    raise TypeError(f"no form on the wire: {hint}")


def _scalar(kind: type) -> Reader:
    def read(value: object, where: str) -> object:
        return value if isinstance(value, kind) else _refuse(where, kind.__name__)

    return read


def _number(kind: type) -> Reader:
    def read(value: object, where: str) -> object:
        fits = isinstance(value, (int, kind)) and not isinstance(value, bool)
        return value if fits else _refuse(where, kind.__name__)

    return read


def _time(value: object, where: str) -> datetime:
    try:
        # Python 3.10 doesn't know that Z is UTC.
        return datetime.fromisoformat(value.replace("Z", "+00:00") if isinstance(value, str) else "")
    except ValueError:
        return cast(datetime, _refuse(where, "a time"))


def _sequence(kind: Any, item: Reader) -> Reader:
    def read(value: object, where: str) -> object:
        if not isinstance(value, list):
            return _refuse(where, "a list")
        return kind(item(part, f"{where}[{index}]") for index, part in enumerate(value))

    return read


def _mapping(item: Reader) -> Reader:
    def read(value: object, where: str) -> object:
        if not isinstance(value, dict):
            return _refuse(where, "an object")
        return {key: item(part, f"{where}.{key}") for key, part in value.items()}

    return read


def _optional(inner: Reader) -> Reader:
    return lambda value, where: None if value is None else inner(value, where)


def _members(kind: type[Any]) -> Reader:
    @functools.cache
    def known() -> list[tuple[dataclasses.Field[Any], str, Reader]]:
        # Not before a value comes, since a class may hold others of itself.
        hints = get_type_hints(kind)
        return [(field, _name(field), _reader(hints[field.name])) for field in dataclasses.fields(kind)]

    def read(value: object, where: str) -> object:
        if not isinstance(value, dict):
            return _refuse(where, "an object")
        found = {}
        for field, name, reader in known():
            member = value.get(name)
            if member is not None:
                found[field.name] = reader(member, f"{where}.{name}".lstrip("."))
            elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                _refuse(f"{where}.{name}".lstrip("."), "there")
        return kind(**found)

    return read


def _refuse(where: str, what: str) -> object:
    raise UnexpectedAnswer(f"the answer is not what the registry's API promises: {where or 'it'} is not {what}")
