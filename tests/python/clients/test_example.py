"""Do the examples of docs/clients.md work? Each is quoted from a test, between two marks."""

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = {
    "python": Path(__file__),
    "js": ROOT / "tests/clients/javascript/example.test.js",
    "go": ROOT / "tests/clients/go/example_test.go",
    "java": ROOT / "tests/clients/java/Example.java",
}
BEGIN, END = "begin of the example", "end of the example"


def test_the_example_for_python(url, names):
    topic = names.topic
    # begin of the example
    from confluent_kafka.schema_registry import SchemaRegistryClient
    from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
    from confluent_kafka.serialization import MessageField, SerializationContext

    registry = SchemaRegistryClient({"url": url})  # "http://127.0.0.1:8081"
    schema = '{"type": "record", "name": "Ping", "fields": [{"name": "at", "type": "long"}]}'
    serialize, deserialize = AvroSerializer(registry, schema), AvroDeserializer(registry)

    context = SerializationContext(topic, MessageField.VALUE)
    record = serialize({"at": 1}, context)  # Registers the schema under `<topic>-value`.
    assert deserialize(record, context) == {"at": 1}
    # end of the example


@pytest.mark.parametrize("language", SOURCES)
def test_the_page_quotes_what_is_tested(language):
    page = (ROOT / "docs" / "clients.md").read_text()
    [quoted] = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    source = SOURCES[language].read_text().splitlines()
    first = next(number for number, line in enumerate(source) if line.strip("\t #/") == BEGIN)
    last = next(number for number, line in enumerate(source) if line.strip("\t #/") == END)
    assert quoted.strip() == textwrap.dedent("\n".join(source[first + 1 : last])).expandtabs(4).strip()
