"""Which applications run in the demo's estate? Kafka clients, jobs and a door over HTTP; some of them write what they should not.

python applications.py http://127.0.0.1:8081 127.0.0.1:9092

All of it goes through the doors that anybody has: Kafka's protocol at the proxy, the registry's and the governance REST API,
OpenLineage events. It goes on until it is ended. Needs confluent-kafka and fastavro.
"""

import io
import json
import random
import signal
import struct
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

import fastavro
from confluent_kafka import Consumer, KafkaError, Producer

STATUS_EVERY = 30.0
SKUS = ["HB-1001", "HB-1002", "HB-2040", "HB-3307", "HB-7710"]
CITIES = [("Lund", "SE"), ("Bergen", "NO"), ("Kiel", "DE"), ("Aarhus", "DK")]


class Registry:
    def __init__(self, url: str):
        self.url = url

    def call(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError as error:
            return 0, str(error)

    def latest(self, subject: str) -> dict:
        return self.version(subject, "latest")

    def version(self, subject: str, version: str | int) -> dict:
        status, found = self.call("GET", f"/subjects/{quote(subject, safe='')}/versions/{version}")
        if status != 200:
            raise SystemExit(f"{subject} is not registered: {found}")
        return found


class Avro:
    """Records of a subject's latest version, as a serializer would frame them."""

    def __init__(self, registry: Registry, subject: str):
        latest = registry.latest(subject)
        self.id, named = latest["id"], {}
        for reference in latest.get("references", []):
            used = registry.version(reference["subject"], reference["version"])
            fastavro.parse_schema(json.loads(used["schema"]), named_schemas=named)
        self.schema = fastavro.parse_schema(json.loads(latest["schema"]), named_schemas=named)

    def frame(self, record: dict) -> bytes:
        out = io.BytesIO()
        fastavro.schemaless_writer(out, self.schema, record)
        return struct.pack(">bI", 0, self.id) + out.getvalue()


class Json:
    def __init__(self, registry: Registry, subject: str):
        self.id = registry.latest(subject)["id"]

    def frame(self, record: object) -> bytes:
        return struct.pack(">bI", 0, self.id) + json.dumps(record).encode()


class Protobuf:
    """The first message of a file, from numbered fields that are whole numbers or texts."""

    def __init__(self, registry: Registry, subject: str):
        self.id = registry.latest(subject)["id"]

    def frame(self, fields: dict[int, int | str]) -> bytes:
        body = b"".join(self.field(number, value) for number, value in fields.items())
        return struct.pack(">bI", 0, self.id) + b"\x00" + body

    def field(self, number: int, value: int | str) -> bytes:
        if isinstance(value, int):
            return self.varint(number << 3) + self.varint(value & 0xFFFF_FFFF_FFFF_FFFF)
        text = value.encode()
        return self.varint(number << 3 | 2) + self.varint(len(text)) + text

    @staticmethod
    def varint(value: int) -> bytes:
        out = bytearray()
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
        return bytes(out)


def now() -> int:
    return int(time.time() * 1000)


def order(is_bad: bool = False) -> dict:
    quantity, price = random.randint(1, 4), Decimal(random.randint(300, 19_900)) / 100
    city, country = random.choice(CITIES)
    return {
        "order_id": str(uuid.uuid4()),
        "customer_id": random.randint(1, 99_999),
        "placed_at": now(),
        # The tills book a return as an order of less than nothing.
        "total_cents": int(price * 100) * (-1 if is_bad else quantity),
        "currency": random.choice(["EUR", "SEK", "GBP"]),
        "lines": [{"sku": random.choice(SKUS), "quantity": quantity, "unit_price": price}],
        "email": random.choice([None, "ada@example.com", "grace@example.org"]),
        "channel": random.choice(["WEB", "APP", "STORE", "PARTNER"]),
        "ship_to": {"street": "Quay 1", "postcode": "22100", "city": city, "country": country},
        "coupon": None,
    }


def parcel(is_bad: bool = False) -> dict:
    weight = 98_000 if is_bad else random.randint(120, 24_000)
    return {
        "shipment_id": str(uuid.uuid4()),
        "order_id": str(uuid.uuid4()),
        "carrier": random.choice(["DHL", "POSTNORD", "UPS", "BUDBEE"]),
        "weight_grams": weight,
    }


def page(is_bad: bool = False) -> dict:
    view = {"url": f"https://shop.example.com/p/{random.choice(SKUS)}", "at": now()}
    return view if is_bad else view | {"session": uuid.uuid4().hex[:12]}


def payment(is_bad: bool = False) -> dict:
    amount = 0 if is_bad else random.randint(300, 90_000)
    return {1: uuid.uuid4().hex, 2: str(uuid.uuid4()), 3: amount, 4: "EUR", 5: random.randint(1, 2)}


def settled(_: bool = False) -> dict:
    return {1: uuid.uuid4().hex, 2: random.randint(300, 90_000), 3: "SE45 5000 0000 0583 9825 7466"}


def cancelled(_: bool = False) -> dict:
    return {"order_id": str(uuid.uuid4()), "reason": "changed their mind", "cancelled_at": now()}


def price(_: bool = False) -> dict:
    amount = Decimal(random.randint(300, 19_900)) / 100
    return {"sku": random.choice(SKUS), "amount": amount, "currency": "EUR", "valid_from": now()}


def stock(_: bool = False) -> dict:
    return {"sku": random.choice(SKUS), "warehouse": "LUND-1", "pieces": random.randint(0, 900), "at": now()}


# Who writes: client id, topic, format, record, seconds between two, and every how manieth is bad.
WRITERS = [
    ("checkout-api", "orders.created", Avro, order, 0.5, 0),
    ("pos-gateway", "orders.created", Avro, order, 1.1, 3),
    ("checkout-api", "orders.cancelled", Avro, cancelled, 6.0, 0),
    ("payment-hub", "payments.authorised", Protobuf, payment, 0.7, 45),
    ("bank-bridge", "payments.settled", Protobuf, settled, 1.3, 0),
    ("warehouse-wms", "shipments.dispatched", Json, parcel, 0.9, 20),
    ("web-tracker", "clickstream.page", Json, page, 0.12, 30),
    ("pricing", "catalog.price", Avro, price, 2.0, 0),
    ("stock-counter", "inventory.level", Avro, stock, 1.5, 0),
]
# Who reads: consumer group and topics.
READERS = {
    "billing": ["orders.created", "orders.cancelled", "payments.authorised"],
    "fraud-scorer": ["orders.created"],
    "enricher": ["orders.created"],
    "warehouse-sink": ["orders.created", "orders.cancelled"],
    "ledger": ["payments.authorised", "payments.settled"],
    "notifier": ["orders.enriched", "shipments.dispatched"],
    "analytics": ["clickstream.page", "orders.enriched"],
    "search-ranker": ["clickstream.page", "catalog.price"],
    "customer-portal": ["shipments.dispatched"],
}
# Who answers for whom. What goes by several names is one: `enricher` reads as a group and writes as a client.
OWNERS = {
    "checkout-api": "team-orders",
    "pos-gateway": "team-retail",
    "billing": "team-payments",
    "payment-hub": "team-payments",
    "fraud-scorer": "team-risk",
    "enricher": "team-data",
    "analytics": "team-data",
    "warehouse-sink": "team-fulfilment",
    "notifier": "team-customer",
}
# What a schema becomes while one looks on: a further optional field at a time.
GROWS = ("inventory.level-value", ["batch", "shelf", "counted_by", "reserved_for"], 75.0)


class Estate:
    def __init__(self, url: str, bootstrap: str):
        self.registry, self.bootstrap, self.is_ended = Registry(url), bootstrap, False
        self.producers: dict[str, Producer] = {}
        self.formats: dict[str, object] = {}
        self.written = self.refused = self.read = 0
        self.flink = str(uuid.uuid4())
        self.grown = 0

    def producer(self, client: str) -> Producer:
        if client not in self.producers:
            settings = {"bootstrap.servers": self.bootstrap, "client.id": client, "linger.ms": 1, "log_level": 2}
            self.producers[client] = Producer(settings | {"message.timeout.ms": 20_000})
        return self.producers[client]

    def write(self, client: str, topic: str, kind: type, record: object, trace: str | None = None) -> None:
        """`trace`: that of what the record comes of, as OpenTelemetry would go on with it; else it begins one."""
        subject = f"{topic}-value"
        if subject not in self.formats:
            self.formats[subject] = kind(self.registry, subject)
        try:
            headers = {"traceparent": f"00-{trace or uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"}
            value = self.formats[subject].frame(record)
            self.producer(client).produce(topic, value, headers=headers, on_delivery=self.count)
        except BufferError:
            pass  # The gate is away; what can't wait is let go.

    def count(self, error: KafkaError | None, _: object) -> None:
        self.refused += error is not None
        self.written += error is None

    def points(self, is_bad: bool) -> None:
        """An application that speaks no Kafka: it writes over HTTP."""
        value = {"member": uuid.uuid4().hex[:8], "points": "many" if is_bad else random.randint(1, 500)}
        topics = "/kafka/v3/clusters/harbour/topics"
        self.registry.call("POST", f"{topics}/loyalty.points/records", {"value": {"type": "JSONSCHEMA", "data": value}})

    def declare(self) -> None:
        for name, owner in OWNERS.items():
            reads = name in READERS
            names = {"clientIds": [name, *([f"{name}-1"] if reads else [])], "groups": [name] if reads else []}
            self.registry.call("PUT", f"/govern/v1/applications/{name}", {"owner": owner} | names)

    def grow(self) -> None:
        subject, names, _ = GROWS
        if self.grown >= len(names):
            return
        latest = self.registry.latest(subject)
        schema = json.loads(latest["schema"])
        if all(field["name"] != names[self.grown] for field in schema["fields"]):
            schema["fields"].append({"name": names[self.grown], "type": ["null", "string"], "default": None})
            self.registry.call("POST", f"/subjects/{subject}/versions", {"schema": json.dumps(schema)})
        self.grown += 1

    def tell(self, job: str, run: str, state: str, inputs: list, outputs: list, facets: dict | None = None) -> None:
        event = {
            "eventType": state,
            "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "producer": "https://example.com/harbour",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": run},
            "job": {"namespace": "harbour", "name": job, "facets": facets or {}},
            "inputs": [{"namespace": space, "name": name} for space, name in inputs],
            "outputs": [{"namespace": space, "name": name, "facets": more} for space, name, more in outputs],
        }
        self.registry.call("POST", "/api/v1/lineage", event)

    def stream_job(self, state: str = "RUNNING") -> None:
        """What Flink's listener says of a job that never ends."""
        kafka = f"kafka://{self.bootstrap}"
        kind = {"processingType": "STREAMING", "integration": "FLINK", "jobType": "JOB"}
        about = {"_producer": "https://example.com/harbour", "_schemaURL": "https://example.com/facet"}
        field = {"namespace": kafka, "name": "orders.created", "field": "order_id"}
        columns = {"columnLineage": about | {"fields": {"order_id": {"inputFields": [field]}}}}
        text = "Joins orders with what we know of the customer."
        facets = {"jobType": about | kind, "documentation": about | {"description": text}}
        inputs = [(kafka, "orders.created"), ("postgres://crm.harbour:5432", "crm.public.customers")]
        self.tell("flink.enrich-orders", self.flink, state, inputs, [(kafka, "orders.enriched", columns)], facets)

    def batch_jobs(self) -> None:
        kafka, lake = f"kafka://{self.bootstrap}", "s3://harbour-lake"
        warehouse = "postgres://warehouse.harbour:5432"
        jobs = [
            ("connect.orders-to-warehouse", [(kafka, "orders.enriched")], [(warehouse, "dwh.raw.orders", {})]),
            ("dbt.daily_revenue", [(warehouse, "dwh.raw.orders")], [(warehouse, "dwh.mart.daily_revenue", {})]),
            ("spark.sessions", [(kafka, "clickstream.page")], [(lake, "clickstream/sessions", {})]),
        ]
        for job, inputs, outputs in jobs:
            run = str(uuid.uuid4())
            self.tell(job, run, "START", inputs, outputs)
            self.tell(job, run, "COMPLETE", inputs, outputs)

    def run(self) -> None:
        self.declare()
        self.stream_job("START")
        self.batch_jobs()
        consumers = {group: self.consumer(group, topics) for group, topics in READERS.items()}
        due: list[tuple[float, float, object]] = []  # When next, how often, what.
        for client, topic, kind, make, every, bad in WRITERS:
            turns = iter(range(1, sys.maxsize))

            def step(client=client, topic=topic, kind=kind, make=make, bad=bad, turns=turns) -> None:
                self.write(client, topic, kind, make(bool(bad) and next(turns) % bad == 0))

            due.append((time.monotonic() + random.random() * every, every, step))
        due += [(time.monotonic() + 1, 4.0, lambda: self.points(random.random() < 0.15))]
        due += [(time.monotonic() + 20, GROWS[2], self.grow), (time.monotonic() + 15, 30.0, self.stream_job)]
        due += [(time.monotonic() + 120, 120.0, self.batch_jobs), (time.monotonic() + 10, STATUS_EVERY, self.report)]
        try:
            while not self.is_ended:
                self.turn(due, consumers)
                time.sleep(0.02)
        finally:
            self.stream_job("COMPLETE")
            for consumer in consumers.values():
                consumer.close()
            for producer in self.producers.values():
                producer.flush(2)

    def turn(self, due: list, consumers: dict[str, Consumer]) -> None:
        for place, (when, every, what) in enumerate(due):
            if when <= time.monotonic():
                what()
                due[place] = (max(when + every, time.monotonic()), every, what)
        for group, consumer in consumers.items():
            message = consumer.poll(0)
            if message is None or message.error():
                continue
            self.read += 1
            if group == "enricher":
                enriched = {"order_id": str(uuid.uuid4()), "customer_id": random.randint(1, 99_999)}
                enriched |= {"segment": random.choice(["new", "loyal"]), "lifetime_value": 120.5, "fraud_score": None}
                headers = {name: value.decode() for name, value in message.headers() or []}
                trace = headers.get("traceparent", "").split("-")[1:2]
                self.write("enricher-1", "orders.enriched", Avro, enriched, *trace)
        for producer in self.producers.values():
            producer.poll(0)

    def consumer(self, group: str, topics: list[str]) -> Consumer:
        settings = {"bootstrap.servers": self.bootstrap, "group.id": group, "client.id": f"{group}-1", "log_level": 2}
        settings |= {"auto.offset.reset": "latest", "allow.auto.create.topics": True, "session.timeout.ms": 10_000}
        consumer = Consumer(settings)
        consumer.subscribe(topics)
        return consumer

    def report(self) -> None:
        print(f"{self.written} records stored, {self.refused} refused, {self.read} read", flush=True)

    def end(self, *_: object) -> None:
        self.is_ended = True


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    estate = Estate(sys.argv[1], sys.argv[2])
    signal.signal(signal.SIGTERM, estate.end)
    signal.signal(signal.SIGINT, estate.end)
    estate.run()
