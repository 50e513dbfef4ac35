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
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_block(2)
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.properties = folder / "server.properties"
        settings = {"port": self.port, "controller": self.port + 1, "data": folder / "data"}
        self.properties.write_text(PROPERTIES.format(**settings))
        self.log = folder / "kafka.log"
        self._format()
        self.daemon: Daemon | None = None

    def start(self, seconds: float = 90) -> "Kafka":
        self.daemon = Daemon("Apache Kafka", java("kafka.Kafka", self.properties), self.log)
        try:
            self.daemon.wait_until(self._answers, seconds)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        if self.daemon:
            self.daemon.stop(grace=20)

    def _format(self) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # Joined by "=": an id may begin with a hyphen, and would pass for a flag.
        command = java("kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "-c", self.properties)
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
                    return brokers == 1
        except (OSError, struct.error):
            return False


def java(main: str, *arguments) -> list[str]:
    return ["java", *JVM, *LOGGING, "-cp", f"{LIB}/*", main, *map(str, arguments)]
