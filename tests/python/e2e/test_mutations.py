"""Do the proxy and the libraries that read records agree on which are broken? Asked of thousands of damaged ones."""

import json
import random
import re

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet
from jsonschema import Draft7Validator
from referencing import Registry, Resource

import protos
import raw
from forms import MONEY_IN_JSON, ORDER_IN_JSON, Json, Protobuf, written
from gate import INVALID_RECORD

BATCH = 900  # As many as are named in one answer.
TELLING = b'\0\1\2\x08\n\x12",:[{}\x7f\xff'  # Bytes that mean something in either format.


def damaged(good: bytes, random_: random.Random) -> bytes:
    """One or two places are changed, left out, doubled or invented."""
    bad = bytearray(good)
    for _ in range(random_.randint(1, 2)):
        at, byte = random_.randrange(len(bad) + 1), random_.choice(TELLING)
        match random_.randrange(5):
            case 0:
                bad[at : at + 1] = bytes([byte])
            case 1:
                bad[at : at + 1] = bytes([random_.randrange(256)])
            case 2:
                del bad[at : at + random_.randint(1, 4)]
            case 3:
                bad[at:at] = bad[at : at + random_.randint(1, 6)]
            case _:
                bad[at:at] = bytes([byte])
    return bytes(bad)


def refused(gate, topic: str, head: bytes, payloads: list[bytes]) -> set[int]:
    outcome = raw.produce(gate.server.bootstrap, topic, {0: [head + payload for payload in payloads]})[0]
    assert outcome.code == INVALID_RECORD
    return set(outcome.records)


def report(payloads: list[bytes], ours: set[int], theirs: set[int]) -> list:
    return [("refused" if index in ours else "taken", payloads[index]) for index in sorted(ours ^ theirs)]


# --- Protobuf

# A number of more than 64 bits: some libraries cut it off, others refuse it.
TOO_LARGE = re.compile(rb"[\x80-\xff]{9}[\x02-\x7f]")


def is_whole(payload: bytes) -> bool:
    """Whether Google's library reads it, and finds each field of the kind that it should be of."""
    message = protos.Order()
    try:
        message.ParseFromString(payload)
    except DecodeError:
        return False
    return has_only_its_kinds(message)


def has_only_its_kinds(message: Message) -> bool:
    """What comes with another wire type than its field has is read as an unknown field: its value would be lost.

    So is, by this library, the entry of a map that has unknown fields itself; others take it.
    """
    known = message.DESCRIPTOR.fields_by_number
    for lost in UnknownFieldSet(message):
        field = known.get(lost.field_number)
        is_entry = field and is_map(field) and lost.wire_type == 2
        if field and not (is_entry and has_only_its_kinds(GetMessageClass(field.message_type).FromString(lost.data))):
            return False
    parts = [(field, value) for field, value in message.ListFields() if field.message_type and not is_map(field)]
    return all(has_only_its_kinds(one) for field, value in parts for one in (value if field.is_repeated else [value]))


def is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


@pytest.mark.parametrize("seed", range(3))
def test_damaged_protobuf(gate, registry, seed):
    topic = gate.topic("enforced")
    good = written(Protobuf.serializer(registry), Protobuf.messages[7], topic).value
    random_ = random.Random(seed)
    payloads = [payload for _ in range(BATCH) if not TOO_LARGE.search(payload := damaged(good[7:], random_))]
    theirs = {index for index, payload in enumerate(payloads) if not is_whole(payload)}
    assert 20 < len(theirs) < BATCH - 20
    assert report(payloads, refused(gate, topic, good[:7], payloads), theirs) == []


# --- JSON

MONEY = Resource.from_contents(MONEY_IN_JSON | {"$schema": "http://json-schema.org/draft-07/schema#"})
VALIDATOR = Draft7Validator(ORDER_IN_JSON, registry=Registry().with_resource(MONEY_IN_JSON["$id"], MONEY))


def no_key_twice(pairs: list) -> dict:
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def no_constant(name: str):
    raise ValueError(name)


def is_valid(payload: bytes) -> bool:
    try:
        value = json.loads(payload.decode(), object_pairs_hook=no_key_twice, parse_constant=no_constant)
    except (ValueError, AssertionError):
        return False
    return VALIDATOR.is_valid(value)


@pytest.mark.parametrize("seed", range(3))
def test_damaged_json(gate, registry, seed):
    topic = gate.topic("enforced")
    good = written(Json.serializer(registry), Json.messages[7], topic).value
    random_ = random.Random(seed)
    payloads = [damaged(good[5:], random_) for _ in range(BATCH)]
    theirs = {index for index, payload in enumerate(payloads) if not is_valid(payload)}
    assert 20 < len(theirs) < BATCH - 20
    assert report(payloads, refused(gate, topic, good[:5], payloads), theirs) == []
