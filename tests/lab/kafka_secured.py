"""How does a Kafka look that asks who comes? One node with a port for SASL and a port for TLS besides the plain one."""

from pathlib import Path

from .certificates import Authority
from .kafka import PROPERTIES, Kafka
from .ports import free_block

PASSWORD = "alice-secret"

MORE = """\
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="{password}";
listener.name.sasl.plain.connections.max.reauth.ms=2000
listener.name.sasl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";
listener.name.tls.ssl.client.auth=required
listener.name.tls.ssl.keystore.type=PEM
listener.name.tls.ssl.keystore.location={keystore}
listener.name.tls.ssl.truststore.type=PEM
listener.name.tls.ssl.truststore.location={truststore}
"""


class SecuredKafka(Kafka):
    def __init__(self, folder: Path, authority: Authority):
        folder.mkdir(parents=True, exist_ok=True)
        port = free_block(4)
        self.sasl, self.tls = f"127.0.0.1:{port + 2}", f"localhost:{port + 3}"
        settings = {"port": port, "controller": port + 1, "data": folder / "data"}
        certificate, key = authority.signed("kafka", ["localhost", "127.0.0.1"])
        keystore = folder / "keystore.pem"
        keystore.write_bytes(key.read_bytes() + certificate.read_bytes())
        more = {"password": PASSWORD, "keystore": keystore, "truststore": authority.certificate}
        lines = []
        for line in (PROPERTIES.format(**settings) + MORE.format(**more)).splitlines():
            if line.startswith("listeners="):
                line += f",SASL://{self.sasl},TLS://{self.tls}"
            if line.startswith("advertised.listeners="):
                line += f",SASL://{self.sasl},TLS://{self.tls}"
            if line.startswith("listener.security.protocol.map="):
                line += ",SASL:SASL_PLAINTEXT,TLS:SSL"
            lines.append(line)
        users = [
            option
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for option in ("--add-scram", f"{mechanism}=[name=alice,password={PASSWORD}]")
        ]
        self._prepare(folder, port, "\n".join(lines) + "\n", users)
