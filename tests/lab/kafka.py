"""Where does a real Apache Kafka come from? Jars from Maven Central, one KRaft node in a temporary folder."""

import base64
import socket
import struct
import subprocess
import uuid
from pathlib import Path

from . import ROOT, maven
from .daemon import Daemon
from .ports import free_block

FOLDER = ROOT / "tests" / "kafka"
LIB = FOLDER / "lib"

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
num.partitions=1
auto.create.topics.enable=true
group.initial.rebalance.delay.ms=0
group.consumer.heartbeat.interval.ms=500
group.consumer.min.heartbeat.interval.ms=500
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.retention.ms=-1
log.cleaner.dedupe.buffer.size=2097152
"""

JVM = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
LOGGING = [
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
]


def fetch() -> None:
    """Puts the jars into tests/kafka/lib, unless those of this pom are there already."""
    maven.fetch("Apache Kafka", FOLDER / "pom.xml", LIB)


class Kafka:
    """One node, broker and controller at once."""

    def __init__(self, folder: Path):
        port = free_block(2)
        settings = {"port": port, "controller": port + 1, "data": folder / "data"}
        self._prepare(folder, port, PROPERTIES.format(**settings))

    def _prepare(self, folder: Path, port: int, properties: str, formatting: list = (), brokers: int = 1) -> None:
        """`brokers` is how many must be there before the node counts as started."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.brokers = port, brokers
        self.bootstrap = f"127.0.0.1:{port}"
        self.properties = folder / "server.properties"
        self.properties.write_text(properties)
        self.log = folder / "kafka.log"
        self._format(formatting)
        self.daemon: Daemon | None = None

    def start(self, seconds: float = 90) -> "Kafka":
        self.begin()
        return self.wait(seconds)

    def begin(self) -> None:
        self.daemon = Daemon("Apache Kafka", java("kafka.Kafka", self.properties), self.log)

    def wait(self, seconds: float) -> "Kafka":
        try:
            self.daemon.wait_until(self._answers, seconds)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        if self.daemon:
            self.daemon.stop(grace=20)

    def _format(self, more: list) -> None:
        options = more if any(str(option).startswith("--cluster-id") for option in more) else [new_cluster(), *more]
        command = java("kafka.tools.StorageTool", "format", *options, "-c", self.properties)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")

    def _answers(self) -> bool:
        """Whether the node names itself in its answer to a Metadata request: only then can it lead partitions."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(struct.pack(">ihhih3si", 17, 3, 1, 7, 3, b"lab", 0))
                with connection.makefile("rb") as answer:
                    _size, _correlation, brokers = struct.unpack(">iii", answer.read(12))
                    return brokers >= self.brokers
        except (OSError, struct.error):
            return False


def new_cluster() -> str:
    """The option that gives a cluster its id. Joined by "=": an id may begin with a hyphen, and would pass for a flag."""
    return f"--cluster-id={base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip('=')}"


def java(main: str, *arguments) -> list[str]:
    return ["java", *JVM, *LOGGING, "-cp", f"{LIB}/*", main, *map(str, arguments)]
