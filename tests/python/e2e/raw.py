"""What does the proxy say word for word? One Produce request (version 8), and the errors in its answer.

Neither of the Python clients shows the texts that a broker gives for single records, so this looks at the wire itself.
"""

import io
import socket
from dataclasses import dataclass

from aiokafka.protocol.api import RequestHeader_v1
from aiokafka.protocol.produce import ProduceRequest_v8, ProduceResponse_v8
from aiokafka.record.default_records import DefaultRecordBatchBuilder


@dataclass
class Outcome:
    code: int
    message: str | None
    records: dict[int, str | None]
    """The texts for bad records, by their place in the batch."""


def produce(address: str, topic: str, batches: dict[int, list[bytes | None]]) -> dict[int, Outcome]:
    """Sends a batch for each partition in one request; the outcome by partition."""
    request = ProduceRequest_v8(
        None, -1, 30_000, [(topic, [(index, batch(values)) for index, values in batches.items()])]
    )
    body = RequestHeader_v1(request, 77, "raw").encode() + request.encode()
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection, connection.makefile("rb") as answers:
        connection.sendall(len(body).to_bytes(4, "big") + body)
        answer = answers.read(int.from_bytes(answers.read(4), "big"))
    assert int.from_bytes(answer[:4], "big") == 77
    rest = io.BytesIO(answer[4:])
    [(name, partitions)] = ProduceResponse_v8.decode(rest).topics
    assert name == topic and rest.read() == b""
    return {index: Outcome(code, message, dict(errors)) for index, code, _, _, _, errors, message in partitions}


def batch(values: list[bytes | None]) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 1 << 24)
    for offset, value in enumerate(values):
        builder.append(offset, 1_700_000_000_000, None, value, [])
    return bytes(builder.build())
