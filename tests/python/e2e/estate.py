"""What would a company's applications do, and what did they really do? A seeded load that writes its own truth.

Nothing here asks the product. Every line of the truth comes from a report of delivery or from a message that was handed
out. A line is an identity, a topic or a group, and what the one did with the other:

* `writes`: records of it were delivered; `tries`: all were refused.
* `reads`: records were handed out to it; `subscribes`: it asked, and there was nothing to read.
* `member`: it read for that group, or committed what the group had read.

`tied` says that it was in a transaction that read and wrote and was committed.
"""

import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

APPLICATIONS = 20
TOPICS = 40
PATIENCE = 30


class Truth:
    """What was done, as far as those who did it know."""

    def __init__(self):
        self._lock = threading.Lock()
        self._lines: dict[tuple, bool] = {}

    def note(self, identity: str, target: str, did: str, tied: bool = False) -> None:
        with self._lock:
            self._lines[identity, target, did] = self._lines.get((identity, target, did), False) or tied

    def written(self) -> set[str]:
        return {target for _, target, did in self._lines if did == "writes"}

    def write(self, path: Path, shared: Iterable[str]) -> None:
        lines = [dict(zip(("identity", "target", "did"), key)) | {"tied": tied} for key, tied in self._lines.items()]
        path.write_text(json.dumps({"shared": sorted(shared), "lines": lines}, indent=1))


class Estate:
    """Twenty applications and two that get nowhere, around forty topics of one partition."""

    def __init__(self, bootstrap: str, direct: AdminClient, seed: int, good: bytes):
        """`good` is what topics take that are checked."""
        self.bootstrap, self.direct, self.good = bootstrap, direct, good
        self.dice = random.Random(seed)
        self.run = f"{seed}-{uuid.uuid4().hex[:6]}"
        self.truth = Truth()
        self.checked = f"enforced.estate-{self.run}"
        self.topics = [f"free.estate-{self.run}-{number:02}" for number in range(TOPICS - 1)] + [self.checked]
        free = self.topics[:-1]
        self.dice.shuffle(free)
        # What is written first, what is made of it, and what stays empty.
        self.sources, self.made, self.empty = free[:22], free[22:36], free[36:]
        self._free_made = iter(self.made)
        self.shared = self._named("etl")

    def make_topics(self) -> None:
        made = self.direct.create_topics([NewTopic(topic, 1, 1) for topic in self.topics])
        for future in made.values():
            future.result(30)
        deadline = time.monotonic() + PATIENCE
        for topic in self.topics:
            # Kafka says that a topic is made before its leader serves it.
            while not self._is_led(topic):
                assert time.monotonic() < deadline, f"{topic} has no leader"
                time.sleep(0.1)

    def live(self) -> None:
        """Everybody at work: who writes, who reads and writes, and who reads what those have made."""
        some = self._some
        writers = [self._writer(f"till-{number}", self.sources[number * 4 : number * 4 + 4]) for number in range(5)]
        self._together([*writers, lambda: self._renamed(self.sources[20:22])])
        everything = self.sources[:22]
        self._together(
            [
                self._transformer("enrich", some(everything, 2), self._new(2)),
                self._transformer("join", some(everything, 3), self._new(1)),
                self._streams("settle", some(everything, 2), self._new(2), is_named=True),
                self._streams("ledger", some(everything, 1), self._new(2), is_named=False),
                self._shared_one(some(everything, 2), self._new(1)),
                self._shared_other(self._new(2)),
                lambda: self._intruder(),
            ]
        )
        done = [topic for topic in self.made if topic in self.truth.written()]
        self._together(
            [
                *(self._reader(f"billing-{number}", "classic", some(everything + done, 3)) for number in range(3)),
                *(self._reader(f"audit-{number}", "consumer", some(everything + done, 3)) for number in range(2)),
                self._reader("nameless", "classic", some(done, 2), is_named=False),
                self._lone("console", some(done, 2)),
                self._pair("fleet", some(everything + done, 2)),
                self._lurker(),
            ]
        )

    # --- one application each

    def _writer(self, name: str, topics: list[str]) -> Callable:
        return lambda: self._write(self._named(name), topics)

    def _renamed(self, topics: list[str]) -> None:
        """One program, which is called otherwise from its second release on: two names, and no word of why."""
        for name in ["kiosk", "counter"]:
            self._write(self._named(name), topics)

    def _reader(self, name: str, protocol: str, topics: list[str], is_named: bool = True) -> Callable:
        group = self._named(f"{name}-group")
        return lambda: self._read(self._named(name) if is_named else None, group, topics, protocol)

    def _transformer(self, name: str, sources: list[str], targets: list[str]) -> Callable:
        def work():
            self._read(self._named(name), self._named(f"{name}-group"), sources, "classic")
            self._write(self._named(name), targets)

        return work

    def _shared_one(self, sources: list[str], targets: list[str]) -> Callable:
        def work():
            self._read(self.shared, self._named("etl-group"), sources, "classic", of="etl-1")
            self._write(self.shared, targets, of="etl-1")

        return work

    def _shared_other(self, targets: list[str]) -> Callable:
        return lambda: self._write(self.shared, targets, of="etl-2")

    def _lone(self, name: str, topics: list[str]) -> Callable:
        """Reads without being in a group, as tools do."""

        def work():
            consumer = self._consumer(self._named(name), self._named(f"{name}-never-committed"), "classic")
            consumer.assign([TopicPartition(topic, 0, 0) for topic in topics])
            for topic in self._hand_out(consumer, topics):
                self.truth.note(self._named(name), topic, "reads")
            consumer.close()

        return work

    def _pair(self, name: str, topics: list[str]) -> Callable:
        """Two members of one group, who share its topics between them."""

        def work():
            group = self._named(f"{name}-group")
            # By range each topic's only partition would go to the same member.
            strategy = {"partition.assignment.strategy": "roundrobin"}
            members = [self._consumer(self._named(f"{name}-{number}"), group, "classic", **strategy) for number in (0, 1)]
            for consumer in members:
                consumer.subscribe(topics)
            left, deadline = set(topics), time.monotonic() + PATIENCE
            while left or not all(consumer.assignment() for consumer in members):
                assert time.monotonic() < deadline, f"{group} could not read {left}"
                for number, consumer in enumerate(members):
                    message = consumer.poll(0.1)
                    if message is not None and message.error() is None:
                        left.discard(message.topic())
                        self.truth.note(group, message.topic(), "reads")
                        consumer.commit(message, asynchronous=True)
                    self.truth.note(self._named(f"{name}-{number}"), group, "member")
            for consumer in members:
                consumer.close()

        return work

    def _streams(self, name: str, sources: list[str], targets: list[str], is_named: bool) -> Callable:
        """Reads, makes something of it, and commits both at once, with the names that Kafka Streams gives its clients; or
        with none, and then it goes by that of its group."""

        def work():
            group, thread = self._named(name), self._named(f"{name}-StreamThread-1")
            consuming, producing = (f"{thread}-consumer", f"{thread}-producer") if is_named else (None, None)
            consumer = self._consumer(consuming, group, "classic")
            consumer.subscribe(sources)
            producer = Producer(self._settings(producing) | {"transactional.id": f"{thread}-0"})
            producer.init_transactions(PATIENCE)
            # The first one comes to nothing, and what was read is read again.
            for conclude in [producer.abort_transaction, producer.commit_transaction]:
                commits = conclude == producer.commit_transaction
                read = self._hand_out(consumer, sources)
                producer.begin_transaction()
                written = targets if commits else targets[:1]
                self._deliver(producer, producing or group, written, tied=commits)
                positions = consumer.position(consumer.assignment())
                producer.send_offsets_to_transaction(positions, consumer.consumer_group_metadata(), PATIENCE)
                conclude(PATIENCE)
                for topic in read:
                    self.truth.note(group, topic, "reads", tied=commits)
                self.truth.note(consuming or group, group, "member", tied=commits and not is_named)
                self.truth.note(producing or group, group, "member", tied=commits)
                for position in positions:
                    consumer.seek(TopicPartition(position.topic, position.partition, 0))
            consumer.close()

        return work

    def _intruder(self) -> None:
        """Writes nothing but what is refused."""
        reports = []
        producer = Producer(self._settings(self._named("intruder")))
        producer.produce(self.checked, b"bad", on_delivery=lambda error, _: reports.append(error))
        assert producer.flush(PATIENCE) == 0 and reports[0] is not None, reports
        self.truth.note(self._named("intruder"), self.checked, "tries")
        self._write(self._named("till-0"), [self.checked])

    def _lurker(self) -> Callable:
        """Subscribes to what nobody writes."""

        def work():
            group = self._named("lurker-group")
            consumer = self._consumer(self._named("lurker"), group, "classic")
            consumer.subscribe(self.empty[:2])
            deadline = time.monotonic() + PATIENCE
            while not consumer.assignment():
                assert time.monotonic() < deadline
                consumer.poll(0.1)
            until = time.monotonic() + 2
            while time.monotonic() < until:
                assert consumer.poll(0.1) is None
            for topic in self.empty[:2]:
                self.truth.note(group, topic, "subscribes")
            self.truth.note(self._named("lurker"), group, "member")
            consumer.close()

        return work

    # --- the words of all of them

    def _named(self, name: str) -> str:
        return f"{name}-{self.run}"

    def _some(self, topics: list[str], count: int) -> list[str]:
        return self.dice.sample(topics, count)

    def _new(self, count: int) -> list[str]:
        """Topics that nobody has written to."""
        return [next(self._free_made) for _ in range(count)]

    def _together(self, applications: list[Callable]) -> None:
        with ThreadPoolExecutor(len(applications)) as pool:
            for done in [pool.submit(work) for work in applications]:
                done.result()

    def _settings(self, client_id: str | None) -> dict:
        return {"bootstrap.servers": self.bootstrap} | ({"client.id": client_id} if client_id else {})

    def _write(self, client_id: str, topics: list[str], of: str | None = None) -> None:
        self._deliver(Producer(self._settings(client_id)), self._named(of) if of else client_id, topics)

    def _deliver(self, producer: Producer, identity: str, topics: list[str], tied: bool = False) -> None:
        def report(error: KafkaError | None, message) -> None:
            assert error is None, error
            self.truth.note(identity, message.topic(), "writes", tied)

        for topic in topics:
            for _ in range(random.Random(f"{self.run[:8]}{topic[-2:]}").randint(1, 5)):
                producer.produce(topic, self.good if topic == self.checked else b"something", on_delivery=report)
        assert producer.flush(PATIENCE) == 0, "not everything was delivered"

    def _consumer(self, client_id: str | None, group: str, protocol: str, **more) -> Consumer:
        reading = {
            "group.id": group,
            "group.protocol": protocol,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
        return Consumer(self._settings(client_id) | reading | more)

    def _read(self, client_id: str | None, group: str, topics: list[str], protocol: str, of: str | None = None) -> None:
        consumer = self._consumer(client_id, group, protocol)
        consumer.subscribe(topics)
        for topic in self._hand_out(consumer, topics):
            self.truth.note(group, topic, "reads")
        identity = self._named(of) if of else client_id or group
        self.truth.note(identity, group, "member")
        consumer.commit(asynchronous=False)
        consumer.close()

    def _hand_out(self, consumer: Consumer, topics: list[str]) -> set[str]:
        """Reads until there was something of each topic, and a little more: whoever has read asks for the next."""
        seen, deadline = set(), time.monotonic() + PATIENCE
        while seen < set(topics):
            assert time.monotonic() < deadline, f"there was nothing in {set(topics) - seen}"
            message = consumer.poll(0.1)
            if message is not None:
                assert message.error() is None, message.error()
                seen.add(message.topic())
        until = time.monotonic() + 0.7
        while time.monotonic() < until:
            consumer.poll(0.1)
        return seen

    def _is_led(self, topic: str) -> bool:
        try:
            asked = self.direct.list_offsets({TopicPartition(topic, 0): OffsetSpec.latest()}, request_timeout=5)
            return all(answer.result(10).offset >= 0 for answer in asked.values())
        except KafkaException:
            return False
