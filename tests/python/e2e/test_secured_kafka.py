"""Do clients get through to a Kafka that asks who they are, and does lineage know it too?"""

import base64
import socket
import struct
import time

import pytest
from confluent_kafka import KafkaException

from gate import INVALID_RECORD, Gate, eventually, order
from lab import javatools
from lab.certificates import Authority
from lab.kafka_secured import PASSWORD, SecuredKafka
from lab.server import Server

POLICIES = [{"topics": "enforced.*"}, {"topics": "kept.*", "action": "reject_and_dead_letter"}]
LINEAGE = {"flush_interval": "300ms"}

PLAIN = {"sasl_mechanisms": "PLAIN", "sasl_username": "alice", "sasl_password": PASSWORD}
MECHANISMS = {
    "PLAIN": PLAIN,
    "SCRAM-SHA-256": PLAIN | {"sasl_mechanisms": "SCRAM-SHA-256"},
    "SCRAM-SHA-512": PLAIN | {"sasl_mechanisms": "SCRAM-SHA-512"},
    "OAUTHBEARER": {
        "sasl_mechanisms": "OAUTHBEARER",
        "enable_sasl_oauthbearer_unsecure_jwt": True,
        "sasl_oauthbearer_config": "principal=alice",
    },
}


@pytest.fixture(scope="module")
def authority(folder):
    return Authority(folder / "certificates")


@pytest.fixture(scope="module")
def secured(folder, authority):
    node = SecuredKafka(folder / "secured", authority).start()
    yield node
    node.stop()


def before(binary, folder, secured, name: str, proxy: dict, door: list[str] = ()) -> Server:
    config = {"proxy": {"policies": POLICIES} | proxy, "lineage": LINEAGE, "door": {"settings": list(door)}}
    return Server(binary, folder / name, config).start()


@pytest.fixture(scope="module")
def sasl_gate(binary, folder, secured):
    door = ["security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", "sasl.username=alice"]
    door += [f"sasl.password={PASSWORD}"]
    running = before(binary, folder, secured, "sasl", {"brokers": [secured.sasl], "expected_brokers": [1]}, door)
    yield Gate(running, secured)
    running.stop()


@pytest.fixture(scope="module")
def tls_gate(binary, folder, secured, authority):
    certificate, key = authority.signed("gate", ["127.0.0.1"])
    own, own_key = authority.signed("proxy")
    proxy = {
        "brokers": [secured.tls],
        "broker_tls": True,
        "broker_ca": str(authority.certificate),
        "broker_certificate": str(own),
        "broker_key": str(own_key),
        "tls_certificate": str(certificate),
        "tls_key": str(key),
        "tls_client_ca": str(authority.certificate),
    }
    mine, my_key = authority.signed("door")
    door = [f"ssl.ca.location={authority.certificate}"]
    door += [f"ssl.certificate.location={mine}", f"ssl.key.location={my_key}"]
    running = before(binary, folder, secured, "tls", proxy, door)
    yield Gate(running, secured)
    running.stop()


def with_certificate(authority, name: str = "alice") -> dict:
    certificate, key = authority.signed(name)
    return {
        "security_protocol": "SSL",
        "ssl_ca_location": str(authority.certificate),
        "ssl_certificate_location": str(certificate),
        "ssl_key_location": str(key),
    }


def principals(gate, topic: str) -> set:
    seen = gate.ask("GET", f"/govern/v1/lineage/topics/{topic}")
    return {producer.get("principal") for producer in seen["producers"]}


def one_good_one_bad(gate, **settings) -> str:
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    assert gate.produce(topic, [order(schema_id)], **settings)[0].error is None
    assert gate.produce(topic, [b"bad"], **settings)[0].code == INVALID_RECORD
    assert gate.values(topic) == [order(schema_id)]
    return topic


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_clients_log_in_through_the_proxy(sasl_gate, mechanism):
    topic = one_good_one_bad(sasl_gate, security_protocol="SASL_PLAINTEXT", **MECHANISMS[mechanism])

    def is_known():
        assert principals(sasl_gate, topic) == {"User:alice"}

    eventually(is_known)


def over_http(gate, topic: str, value: bytes) -> dict:
    body = {"value": {"type": "BINARY", "data": base64.b64encode(value).decode()}}
    return gate.ask("POST", f"/kafka/v3/clusters/default/topics/{topic}/records", body)


@pytest.mark.parametrize("gate_of, principal", [("sasl_gate", "User:alice"), ("tls_gate", "User:CN=door,O=Shop")])
def test_the_http_door_gets_in_as_a_producer_does(request, gate_of, principal):
    gate = request.getfixturevalue(gate_of)
    topic = gate.topic("enforced")
    schema_id = gate.register(f"{topic}-value")
    told = over_http(gate, topic, order(schema_id))
    assert told["error_code"] == 200, told
    assert over_http(gate, topic, b"bad")["error_code"] == 42292
    assert gate.values(topic) == [order(schema_id)]

    def is_known():
        assert principals(gate, topic) == {principal}

    eventually(is_known)


def test_who_has_the_wrong_password_is_refused_by_the_broker(sasl_gate):
    wrong = PLAIN | {"sasl_password": "wrong", "security_protocol": "SASL_PLAINTEXT"}
    with pytest.raises(KafkaException):
        sasl_gate.producer(**wrong).list_topics(timeout=3)


def test_a_client_logs_in_again_while_it_goes_on(sasl_gate):
    """The broker ends a login by PLAIN after two seconds (KIP-368)."""
    topic = sasl_gate.topic("off")
    login = f'org.apache.kafka.common.security.plain.PlainLoginModule required username=alice password="{PASSWORD}";'
    file = sasl_gate.server.folder / "client.properties"
    file.write_text(f"security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config={login}\n")
    began = time.monotonic()
    arguments = ["--bootstrap-server", sasl_gate.server.bootstrap, "--topic", topic, "--record-size", 10]
    arguments += ["--num-records", 300, "--throughput", 50, "--command-config", file]
    assert "300 records sent" in javatools.run(javatools.PRODUCER_PERFORMANCE, arguments)
    assert time.monotonic() - began > 5
    assert len(sasl_gate.values(topic)) == 300


def test_old_clients_send_their_tokens_without_a_header(sasl_gate):
    host, port = sasl_gate.server.bootstrap.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection, connection.makefile("rb") as answers:

        def ask(frame: bytes) -> bytes:
            connection.sendall(struct.pack(">i", len(frame)) + frame)
            return answers.read(struct.unpack(">i", answers.read(4))[0])

        handshake = ask(struct.pack(">hhih3sh5s", 17, 0, 1, 3, b"old", 5, b"PLAIN"))
        assert handshake[4:6] == b"\0\0"
        assert ask(b"\0alice\0" + PASSWORD.encode()) == b""
        metadata = ask(struct.pack(">hhih3si", 3, 1, 2, 3, b"old", 0))
        assert struct.unpack(">ii", metadata[:8]) == (2, 1)


def test_both_sides_may_speak_tls(tls_gate, authority):
    topic = one_good_one_bad(tls_gate, **with_certificate(authority))

    def is_known():
        assert principals(tls_gate, topic) == {"User:CN=alice,O=Shop"}

    eventually(is_known)


def test_dead_letters_are_written_to_the_same_brokers_in_the_same_way(tls_gate, authority):
    topic = tls_gate.topic("kept")
    tls_gate.topic_named(f"{topic}.dlq", 1)
    tls_gate.register(f"{topic}-value")
    assert tls_gate.produce(topic, [b"bad"], **with_certificate(authority))[0].code == INVALID_RECORD

    def is_kept():
        assert tls_gate.values(f"{topic}.dlq") == [b"bad"]

    eventually(is_kept)


def test_who_shows_no_certificate_stays_outside(tls_gate, authority):
    producer = tls_gate.producer(security_protocol="SSL", ssl_ca_location=str(authority.certificate))
    with pytest.raises(KafkaException):
        producer.list_topics(timeout=3)


def test_a_broker_of_another_authority_is_not_believed(binary, folder, secured):
    other = Authority(folder / "others", "others")
    proxy = {"brokers": [secured.tls], "broker_tls": True, "broker_ca": str(other.certificate)}
    server = Server(binary, folder / "unbelieving", {"proxy": proxy})
    with pytest.raises(RuntimeError, match="not ready"):
        server.start(seconds=4)
    assert "invalid peer certificate: UnknownIssuer" in server.log.read_text()


def test_new_certificates_are_taken_up_without_a_restart(binary, folder, secured, authority):
    mine = Authority(folder / "renewed", "renewed")
    certificate, key = mine.signed("gate", ["127.0.0.1"])
    proxy = {"brokers": [secured.bootstrap], "tls_certificate": str(certificate), "tls_key": str(key)}
    server = before(binary, folder, secured, "renewing", proxy)
    gate = Gate(server, secured)
    topic = gate.topic("off")
    delivered = gate.produce(topic, [b"x"], security_protocol="SSL", ssl_ca_location=str(mine.certificate))
    assert delivered[0].error is None
    renewed, renewed_key = authority.signed("renewed-gate", ["127.0.0.1"])
    key.write_bytes(renewed_key.read_bytes())
    certificate.write_bytes(renewed.read_bytes())
    server.daemon.process.send_signal(1)

    def is_shown():
        producer = gate.producer(security_protocol="SSL", ssl_ca_location=str(authority.certificate))
        assert topic in producer.list_topics(topic, timeout=3).topics

    eventually(is_shown, seconds=60)
    server.stop()
