"""How does a Kafka of several nodes look? Each of them broker and controller, with copies of everything on all."""

from pathlib import Path

from .kafka import PROPERTIES, Kafka, new_cluster
from .ports import free_block

REPLICATED = {
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "share.coordinator.state.topic.replication.factor",
}
IN_SYNC = {"transaction.state.log.min.isr", "share.coordinator.state.topic.min.isr"}


class Node(Kafka):
    """One of several."""

    def __init__(self, folder: Path, number: int, ports: int, count: int, cluster: str):
        port = ports + 2 * (number - 1)
        settings = {"port": port, "controller": port + 1, "data": folder / "data"}
        voters = ",".join(f"{other + 1}@127.0.0.1:{ports + 2 * other + 1}" for other in range(count))
        lines = []
        for line in PROPERTIES.format(**settings).splitlines():
            name = line.split("=")[0]
            if name == "node.id":
                line = f"node.id={number}"
            if name == "controller.quorum.voters":
                line = f"controller.quorum.voters={voters}"
            if name in REPLICATED:
                line = f"{name}={count}"
            if name in IN_SYNC:
                line = f"{name}=2"
            lines.append(line)
        lines += [f"default.replication.factor={count}", "min.insync.replicas=2", "controlled.shutdown.enable=true"]
        self._prepare(folder, port, "\n".join(lines) + "\n", [cluster], brokers=count)


class Cluster:
    def __init__(self, folder: Path, count: int = 3):
        ports, cluster = free_block(2 * count), new_cluster()
        self.nodes = [Node(folder / f"node-{number}", number, ports, count, cluster) for number in range(1, count + 1)]

    @property
    def bootstrap(self) -> str:
        return ",".join(node.bootstrap for node in self.nodes)

    @property
    def ports(self) -> set[int]:
        return {node.port for node in self.nodes}

    def start(self) -> "Cluster":
        """All at once: none of them is ready before most are."""
        for node in self.nodes:
            node.begin()
        for node in self.nodes:
            node.wait(seconds=180)
        return self

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()
