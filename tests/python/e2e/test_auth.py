"""Do stock clients get in with what they know: a password, a token, an authority's certificate?"""

import json
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request
from base64 import b64encode, urlsafe_b64decode
from hashlib import sha256

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from gate import INVALID_RECORD, ORDER, Gate, eventually, order
from lab.server import Server

CONTEXT = SerializationContext("orders", MessageField.VALUE)


class Secured(Server):
    """A server that speaks TLS; `certificate` is its own authority."""

    certificate = None

    def is_ready(self) -> bool:
        try:
            trust = ssl.create_default_context(cafile=self.certificate)
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=2, context=trust) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def run(self, *arguments: str, given: str = "") -> str:
        """A command beside the server, on the same store."""
        command = [self.command[0], *arguments]
        return subprocess.run(command, input=given, capture_output=True, text=True, check=True, cwd=self.folder).stdout

    def token(self, name: str, *grants: str) -> str:
        given = [part for grant in grants for part in ("--grant", grant)]
        return self.run("token", "create", name, *given, "--store", f"sqlite://{self.folder / 'tidegate.db'}").strip()

    def ask(self, token: str, path: str, body: dict | None = None):
        """What is answered to somebody with a token; with a body, to a POST."""
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode() if body else None)
        request.add_header("Authorization", f"Bearer {token}")
        request.add_header("Content-Type", "application/json")
        trust = ssl.create_default_context(cafile=self.certificate)
        with urllib.request.urlopen(request, timeout=5, context=trust) as answer:
            return json.load(answer)

    def database(self) -> bytes:
        """All that SQLite has written, into its file and into those beside it."""
        files = sorted(self.folder.glob("tidegate.db*"))
        assert {file.name for file in files} >= {"tidegate.db", "tidegate.db-wal"}
        return b"".join(file.read_bytes() for file in files)


@pytest.fixture(scope="module")
def secured(binary, folder):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    home = folder / "secured"
    home.mkdir()
    certificate, key = home / "cert.pem", home / "key.pem"
    # Not an authority for others: rustls takes no authority's certificate for that of a server.
    extensions = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=registry"]
    command = ["openssl", "req", "-x509", *curve, *extensions, "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    hashed = subprocess.run([binary, "auth", "hash"], input="wonder:land\n", capture_output=True, text=True, check=True)
    config = {
        "http": {"tls_certificate": str(certificate), "tls_key": str(key)},
        "auth": {"users": [{"name": "alice", "password": hashed.stdout.strip(), "grants": ["write orders-"]}]},
    }
    server = Secured(binary, home, config)
    server.url = server.url.replace("http://", "https://")
    server.certificate = str(certificate)
    server.start()
    yield server
    server.stop()


def client(server, **settings) -> SchemaRegistryClient:
    named = {name.replace("_", "."): value for name, value in settings.items()}
    return SchemaRegistryClient({"url": server.url, "ssl.ca.location": server.certificate, "max.retries": 0} | named)


def bearer(server, token: str) -> SchemaRegistryClient:
    return client(
        server,
        bearer_auth_credentials_source="STATIC_TOKEN",
        bearer_auth_token=token,
        bearer_auth_logical_cluster="any",
        bearer_auth_identity_pool_id="any",
    )


def known(registry: SchemaRegistryClient) -> SchemaRegistryClient:
    """The same client, once the running server has heard of its token."""

    def look():
        try:
            registry.get_subjects()
        except SchemaRegistryError as refusal:
            raise AssertionError("not known yet") from refusal

    eventually(look)
    return registry


def refused(call) -> int:
    with pytest.raises(SchemaRegistryError) as refusal:
        call()
    return refusal.value.http_status_code


def round_trip(registry: SchemaRegistryClient) -> None:
    record = {"id": 1, "amount": 9.99, "note": None}
    written = AvroSerializer(registry, json.dumps(ORDER))(record, CONTEXT)
    assert AvroDeserializer(registry)(written, CONTEXT) == record


def test_a_user_with_a_password(secured):
    alice = client(secured, basic_auth_user_info="alice:wonder:land")
    round_trip(alice)
    assert alice.get_subjects() == ["orders-value"]
    assert refused(lambda: alice.register_schema("payments-value", Schema(json.dumps(ORDER), "AVRO"))) == 403
    assert refused(lambda: client(secured, basic_auth_user_info="alice:wonderland").get_subjects()) == 401
    assert refused(lambda: client(secured).get_subjects()) == 401


def test_a_token_as_a_bearer_and_as_a_password(secured):
    token = secured.token("ci", "write orders-")
    round_trip(known(client(secured, basic_auth_user_info=f"any:{token}")))
    round_trip(bearer(secured, token))
    assert refused(lambda: bearer(secured, token[:-1]).get_subjects()) == 401
    assert refused(lambda: bearer(secured, token).get_versions("payments-value")) == 403


def test_of_a_token_only_the_hash_is_kept(secured):
    steward = secured.token("steward", "admin")
    known(bearer(secured, steward))
    made = secured.ask(steward, "/govern/v1/tokens", {"name": "services", "grants": ["write"]})
    token = made.pop("token")
    assert token not in json.dumps(secured.ask(steward, "/govern/v1/tokens"))
    # Shown in both ways, used, and refused: whatever is noted of that is in the file or in the log, too.
    assert bearer(secured, token).register_schema("hashed-value", Schema(json.dumps(ORDER), "AVRO"))
    assert client(secured, basic_auth_user_info=f"any:{token}").get_subjects()
    assert refused(lambda: bearer(secured, f"{token}x").get_subjects()) == 401

    def use_is_noted():
        [found] = [it for it in secured.ask(steward, "/govern/v1/tokens") if it["name"] == "services"]
        assert found.get("usedAt")

    eventually(use_is_noted)
    kept, said = secured.database(), secured.log.read_bytes()
    for secret in (steward, token):
        assert secret.startswith("tdg_") and len(secret) > 40
        assert sha256(secret.encode()).hexdigest().encode() in kept, "this is not where tokens are kept"
        random = secret.removeprefix("tdg_")
        clear = {
            "as it is": random.encode(),
            "its beginning": random[:20].encode(),
            "its end": random[-20:].encode(),
            "in hexadecimal": random.encode().hex().encode(),
            "its bits": urlsafe_b64decode(f"{random}="),
            "as a password": b64encode(f"any:{secret}".encode()),
        }
        assert [how for how, what in clear.items() if what in kept or what in said] == []


def test_an_authority_that_is_not_trusted(secured):
    registry = SchemaRegistryClient({"url": secured.url, "max.retries": 0, "basic.auth.user.info": "alice:wonder:land"})
    with pytest.raises(Exception, match="(?i)certificate"):
        registry.get_subjects()


def test_a_proxy_elsewhere_shows_its_token(secured, binary, folder, kafka):
    token = folder / "token"
    token.write_text(secured.token("proxy", "read", "observe") + "\n")
    settings = {
        "brokers": [kafka.bootstrap],
        "registry_url": secured.url,
        "registry_token": f"file:{token}",
        "registry_ca": secured.certificate,
        "policies": [{"topics": "orders.*"}],
    }
    config = {"proxy": settings, "lineage": {"flush_interval": "300ms"}}
    proxy = Server(binary, folder / "proxy-with-token", config, command="proxy").start()
    try:
        gate = Gate(proxy, kafka)
        topic = gate.topic("orders")
        writer = known(client(secured, basic_auth_user_info=f"any:{secured.token('writer', 'write')}"))
        schema_id = writer.register_schema(f"{topic}-value", Schema(json.dumps(ORDER), "AVRO"))
        assert gate.produce(topic, [order(schema_id)])[0].error is None
        assert gate.produce(topic, [b"bad"])[0].code == INVALID_RECORD

        def lineage_arrives():
            told = secured.ask(token.read_text().strip(), f"/govern/v1/lineage/topics/{topic}")
            assert told["producers"]

        eventually(lineage_arrives)
    finally:
        proxy.stop()
