"""What share of the throughput of real clients is left, with a real Kafka behind the proxy and every record checked?

Run by `make bench`. librdkafka (confluent-kafka) sends Avro, Java (kafka-producer-perf-test) JSON; directly and through the
proxy in turn, medians of several runs. Client, proxy and broker share all cores. A delivery that fails ends the bench.
"""

import json
import os
import random
import re
import statistics
import string
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from confluent_kafka import Producer  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient  # noqa: E402
from e2e.gate import ORDER, avro, frame  # noqa: E402
from lab import javatools  # noqa: E402
from lab.kafka import Kafka  # noqa: E402
from lab.server import Server  # noqa: E402

QUICK = "--quick" in sys.argv
REPEATS = 2 if QUICK else 5
RECORDS = 50_000 if QUICK else 400_000
DIFFERENT = 4096
PARTITIONS = 4
JSON_SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "amount": {"type": "number"}, "note": {"type": "string"}},
    "required": ["id", "amount"],
    "additionalProperties": False,
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as name:
        folder = Path(name)
        kafka = Kafka(folder / "kafka").start()
        try:
            binary = Path(os.environ["TIDEGATE_SERVER_BIN"])
            config = {"proxy": {"brokers": [kafka.bootstrap], "policies": [{"topics": "*"}]}}
            server = Server(binary, folder / "server", config).start()
            try:
                measure(kafka, server, folder)
            finally:
                server.stop()
        finally:
            kafka.stop()


def measure(kafka: Kafka, server: Server, folder: Path) -> None:
    registry = SchemaRegistryClient({"url": server.url})
    as_avro = registry.register_schema("avro-value", Schema(json.dumps(ORDER), "AVRO"))
    as_json = registry.register_schema("json-value", Schema(json.dumps(JSON_SCHEMA), "JSON"))
    topics = [NewTopic(topic, PARTITIONS, 1) for topic in ("avro", "json")]
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for made in admin.create_topics(topics).values():
        made.result(20)
    values = [frame(as_avro, avro(event)) for event in events()]
    payloads = folder / "payloads.txt"
    # The tool reads text; the frame is text too while the id is a small one.
    payloads.write_bytes(b"\n".join(frame(as_json, json.dumps(event).encode()) for event in events()))
    print(f"\nReal clients, {RECORDS} records, cores shared by client, proxy and broker; records a second")
    print(f"{'':<44}{'direct':>12}{'checked':>12}{'of direct':>12}")
    for codec in ("none", "lz4", "zstd"):
        row(f"librdkafka, Avro of about {size(values)} B, {codec}", kafka, server, lambda at: librdkafka(at, codec, values))
    for codec in ("none", "lz4", "zstd"):
        row(f"Java, JSON, {codec}", kafka, server, lambda at: java(at, codec, payloads))


def row(what: str, kafka: Kafka, server: Server, send: Callable[[str], float]) -> None:
    send(kafka.bootstrap), send(server.bootstrap)  # Warm-up.
    direct, checked = [], []
    for _ in range(REPEATS):
        direct.append(send(kafka.bootstrap))
        checked.append(send(server.bootstrap))
    base, rate = statistics.median(direct), statistics.median(checked)
    print(f"{what:<44}{base:>12,.0f}{rate:>12,.0f}{rate / base:>11.0%}", flush=True)


def librdkafka(bootstrap: str, codec: str, values: list[bytes]) -> float:
    """Records a second, from the first record to the last acknowledgement."""
    failed = []
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "compression.type": codec,
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
            "delivery.report.only.error": True,
            "on_delivery": lambda error, _: failed.append(error),
        }
    )
    begun = time.monotonic()
    for number in range(RECORDS):
        producer.produce("avro", values[number % DIFFERENT])
        if number % 10_000 == 0:
            producer.poll(0)
    left = producer.flush(120)
    taken = time.monotonic() - begun
    if failed or left:
        raise SystemExit(f"void: {len(failed)} records failed ({failed[:1]}), {left} were left")
    return RECORDS / taken


def java(bootstrap: str, codec: str, payloads: Path) -> float:
    """Records a second, as the tool tells them."""
    options = ["--bootstrap-server", bootstrap, "--topic", "json", "--num-records", RECORDS, "--throughput", -1]
    options += ["--payload-file", payloads, "--command-property", f"compression.type={codec}"]
    told = javatools.run(javatools.PRODUCER_PERFORMANCE, [*options, "--command-property", "linger.ms=5"])
    found = re.findall(r"^(\d+) records sent, ([\d.]+) records/sec", told, re.MULTILINE)[-1]
    if int(found[0]) != RECORDS:
        raise SystemExit(f"void: {told}")
    return float(found[1])


def events() -> list[dict]:
    """Different orders, the same in every run."""
    source = random.Random(1)
    words = lambda length: "".join(source.choices(string.ascii_lowercase + " ", k=length))  # noqa: E731
    return [
        {"id": number, "amount": source.randrange(10**6) / 100, "note": words(source.randrange(120, 240))}
        for number in range(DIFFERENT)
    ]


def size(values: list[bytes]) -> int:
    return sum(map(len, values)) // len(values)


if __name__ == "__main__":
    main()
