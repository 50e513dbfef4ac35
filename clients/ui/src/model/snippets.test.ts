// Does what one is told to copy name the right registry, topic, part and format?
import { expect, test } from "vitest";
import { fetching, LANGUAGES, snippet, WAYS } from "./snippets";

const origin = "http://127.0.0.1:8081";
const of = (
  subject: string,
  type = "AVRO",
  way: "write" | "read" = "write",
  language: (typeof LANGUAGES)[number] = "python",
) => snippet({ origin, subject, type, way, language });

test("a writer takes the latest version of the registry that is looked at, and registers nothing", () => {
  expect(of("orders-value")).toBe(`# pip install 'confluent-kafka[avro]'
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

registry = SchemaRegistryClient({"url": "http://127.0.0.1:8081"})
conf = {"auto.register.schemas": False, "use.latest.version": True}
serialize = AvroSerializer(registry, conf=conf)
producer = Producer({"bootstrap.servers": "PROXY:9092", "client.id": "my-application"})

value = serialize(record, SerializationContext("orders", MessageField.VALUE))
producer.produce("orders", value=value)
producer.flush()`);
  expect(of("orders-value", "JSON", "write", "java")).toBe(`bootstrap.servers=PROXY:9092
client.id=my-application
schema.registry.url=http://127.0.0.1:8081
value.serializer=io.confluent.kafka.serializers.json.KafkaJsonSchemaSerializer
auto.register.schemas=false
use.latest.version=true`);
});

test("a reader needs neither the name of the subject nor its version", () => {
  expect(of("orders-value", "JSON", "read", "javascript")).toContain(
    "new JsonDeserializer(registry, SerdeType.VALUE, {})",
  );
  expect(of("orders-value", "PROTOBUF", "read")).toContain(
    "ProtobufDeserializer(Message, schema_registry_client=registry)",
  );
  expect(of("orders-value", "AVRO", "read", "java")).toContain("value.deserializer=");
  for (const language of LANGUAGES)
    expect(of("common.address", "AVRO", "read", language)).not.toContain("common.address");
});

test("keys are keys, a context has its own address, and another name is told to the serializer", () => {
  expect(of("orders-key", "AVRO", "read")).toContain(
    'deserialize(message.key(), SerializationContext("orders", MessageField.KEY))',
  );
  for (const way of WAYS)
    for (const language of LANGUAGES)
      expect(of(":.staging:orders-value", "AVRO", way, language)).toContain(`${origin}/contexts/.staging`);
  expect(of("common.address")).toContain('"subject.name.strategy": lambda *_: "common.address"');
  expect(of("common.address", "AVRO", "write", "javascript")).toContain('subjectNameStrategy: () => "common.address"');
  expect(fetching(origin, ":.staging:a/b value", "PROTOBUF")).toBe(
    `curl -o a_b_value.proto ${origin}/contexts/.staging/subjects/a%2Fb%20value/versions/latest/schema`,
  );
});
