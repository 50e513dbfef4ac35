"""How do clients find their broker? By names behind one port, through a balancer, and in one of several clusters."""

import asyncio
import socket
import ssl
import threading

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from gate import INVALID_RECORD, Gate, deliver, eventually, order, producer, read
from lab.certificates import Authority
from lab.kafka import Kafka
from lab.ports import free_block
from lab.server import Server

POLICIES = [{"topics": "enforced.*"}]
LINEAGE = {"flush_interval": "300ms"}
DOMAIN = "kafka.example.com"


@pytest.fixture
def names_lead_here(monkeypatch):
    """Stands in for a name server: whatever is asked for below the domain is on this machine."""
    asked, original = set(), socket.getaddrinfo

    def getaddrinfo(host, *arguments, **options):
        if isinstance(host, str) and host.endswith(DOMAIN):
            asked.add(host)
            host = "127.0.0.1"
        return original(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_brokers_are_told_apart_by_name_behind_one_port(binary, folder, kafka, names_lead_here):
    authority = Authority(folder / "names")
    certificate, key = authority.signed("wildcard", [f"*.{DOMAIN}"])
    proxy = {
        "brokers": [kafka.bootstrap],
        "policies": POLICIES,
        "broker_hosts": f"broker-{{id}}.{DOMAIN}",
        "tls_certificate": str(certificate),
        "tls_key": str(key),
    }
    server = Server(binary, folder / "by-name", {"proxy": proxy}).start()
    gate = Gate(server, kafka)
    topic = gate.topic("enforced")
    values = [order(gate.register(f"{topic}-value"), number) for number in range(5)]
    port = server.bootstrap.split(":")[1]
    settings = {
        "bootstrap_servers": f"any.{DOMAIN}:{port}",
        "security_protocol": "SSL",
        "ssl_context": ssl.create_default_context(cafile=str(authority.certificate)),
    }

    async def story():
        async with AIOKafkaProducer(**settings) as sender:
            for value in values:
                await sender.send_and_wait(topic, value)
            with pytest.raises(KafkaError):
                await sender.send_and_wait(topic, b"bad")
        async with AIOKafkaConsumer(topic, auto_offset_reset="earliest", **settings) as reader:
            return [(await asyncio.wait_for(anext(reader), 20)).value for _ in values]

    assert asyncio.run(story()) == values
    assert names_lead_here == {f"any.{DOMAIN}", f"broker-1.{DOMAIN}"}
    assert gate.values(topic) == values
    server.stop()


def test_each_of_several_clusters_has_a_door_of_its_own(binary, folder, kafka):
    other = Kafka(folder / "payments-kafka").start()
    try:
        door = free_block(6)
        payments = {"cluster": "payments", "brokers": [other.bootstrap], "listen": f"127.0.0.1:{door}"}
        proxy = {"cluster": "shop", "brokers": [kafka.bootstrap], "policies": POLICIES, "clusters": [payments]}
        server = Server(binary, folder / "clusters", {"proxy": proxy, "lineage": LINEAGE}).start()
        shop, pay = Gate(server, kafka), Gate(server, other)
        topic = shop.topic("enforced")
        pay.topic_named(topic)
        schema_id = shop.register(f"{topic}-value")
        for number, bootstrap in enumerate((server.bootstrap, f"127.0.0.1:{door}")):
            sender = producer(bootstrap)
            assert deliver(sender, topic, [order(schema_id, number)])[0].error is None
            assert deliver(sender, topic, [b"bad"])[0].code == INVALID_RECORD
        assert read(kafka.bootstrap, topic)[0].value == order(schema_id, 0)
        assert read(other.bootstrap, topic)[0].value == order(schema_id, 1)

        def are_told_apart():
            for cluster in ("shop", "payments"):
                producers = shop.ask("GET", f"/govern/v1/lineage/topics/{topic}?cluster={cluster}")["producers"]
                assert [entry["records"] for entry in producers] == [1]

        eventually(are_told_apart)
        server.stop()
    finally:
        other.stop()


def test_a_balancer_may_say_whom_it_speaks_for(binary, folder, kafka):
    """The header of the PROXY protocol, in both versions, before anything that a real client says."""
    proxy = {"brokers": [kafka.bootstrap], "policies": POLICIES, "proxy_protocol": True}
    proxy["advertised_host"] = "127.0.0.2"
    server = Server(binary, folder / "balanced", {"proxy": proxy, "lineage": LINEAGE}).start()
    gate = Gate(server, kafka)
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    address = socket.inet_aton("203.0.113.7") + socket.inet_aton("192.0.2.1")
    second = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + address + b"\x10\0\x23\x84"
    headers = [b"PROXY TCP4 203.0.113.7 192.0.2.1 4096 9092\r\n", second]
    with Balancer(server) as balancer:
        for number, balancer.header in enumerate(headers):
            sender = producer(balancer.bootstrap)
            assert deliver(sender, topic, [order(schema_id, number)])[0].error is None

    def is_the_client():
        producers = gate.ask("GET", f"/govern/v1/lineage/topics/{topic}")["producers"]
        assert {entry["address"] for entry in producers} == {"203.0.113.7"}
        assert sum(entry["records"] for entry in producers) == 2

    eventually(is_the_client)
    server.stop()


class Balancer:
    """Takes connections on the ports of another address of this machine and begins each with a header."""

    header = b""

    def __init__(self, server: Server):
        self.ports = server.ports
        self.bootstrap = f"127.0.0.2:{self.ports[0]}"
        self.listeners = []

    def __enter__(self) -> "Balancer":
        for port in self.ports:
            listener = socket.create_server(("127.0.0.2", port))
            self.listeners.append(listener)
            threading.Thread(target=self._accept, args=(listener, port), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        for listener in self.listeners:
            listener.close()

    def _accept(self, listener: socket.socket, port: int) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", port))
            server.sendall(self.header)
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=_carry, args=(source, target), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
