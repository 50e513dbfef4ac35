"""Do the Kafka clients of Go and Node.js get through: good records, a refusal that says so, a group?"""

import base64
import json
import os
import subprocess
import uuid

import pytest

from gate import eventually, order
from lab import Unavailable, gokafka, kafkajs

# Each says in its own words that a record was not valid.
REFUSALS = {
    "kgo": "INVALID_RECORD",
    "sarama": "failed the validation",
    "kafkajs": "INVALID_RECORD",
}


@pytest.fixture(scope="module")
def go():
    try:
        return gokafka.build()
    except Unavailable as missing:
        pytest.skip(str(missing))


@pytest.fixture
def program(client, request):
    """What to run, and its environment."""
    if client != "kafkajs":
        return [request.getfixturevalue("go"), client], dict(os.environ)
    try:
        kafkajs.prepare()
    except Unavailable as missing:
        pytest.skip(str(missing))
    return ["node", kafkajs.FOLDER / "main.js"], kafkajs.environment()


@pytest.mark.parametrize("client", REFUSALS)
def test_records_are_acknowledged_refused_and_read(gate, program, client):
    command, environment = program
    topic, group = gate.topic("enforced"), f"{client}-{uuid.uuid4()}"
    schema_id = gate.register(f"{topic}-value")
    good = [order(schema_id, number) for number in range(20)]
    lines = b"\n".join(base64.b64encode(value) for value in [*good, b"bad"])
    command = [*command, gate.server.bootstrap, topic, group]
    done = subprocess.run(command, input=lines, capture_output=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr.decode()
    outcome = json.loads(done.stdout)
    assert outcome["acknowledged"] == 20
    assert REFUSALS[client] in outcome["refusal"], outcome["refusal"]
    assert [base64.b64decode(value) for value in outcome["read"]] == good == gate.values(topic)

    def is_known():
        seen = gate.ask("GET", f"/govern/v1/lineage/topics/{topic}")
        assert group in {consumer.get("group") for consumer in seen["consumers"]}
        [version] = seen["schema_versions"]
        assert (version["id"], version["records"]) == (schema_id, 20), version

    eventually(is_known)
