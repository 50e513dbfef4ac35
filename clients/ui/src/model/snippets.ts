// How does an application write or read records of a subject? To copy, for clients that are tried against the registry.
import { split } from "../api/subject-name";
import { ending, fileOf } from "./files";
import { recordsOf } from "./topics";

export const WAYS = ["write", "read"] as const;
export const LANGUAGES = ["python", "javascript", "java"] as const;
export type Way = (typeof WAYS)[number];
export type Language = (typeof LANGUAGES)[number];
type Asked = { origin: string; subject: string; type: string; way: Way; language: Language };

/** As Python, JavaScript and Java call a format: the class, and the module, package or extra that it comes from. */
type Format = { python: [string, string, string]; js: string; java: string };
const AVRO: Format = { python: ["Avro", "avro", "avro"], js: "Avro", java: "KafkaAvro" };
const FORMATS: Record<string, Format> = {
  AVRO,
  JSON: { python: ["JSON", "json_schema", "json"], js: "Json", java: "json.KafkaJsonSchema" },
  PROTOBUF: {
    python: ["Protobuf", "protobuf", "protobuf"],
    js: "Protobuf",
    java: "protobuf.KafkaProtobuf",
  },
};
const formatOf = (type: string) => FORMATS[type] ?? AVRO;

/** Where serializers ask: a context has an address of its own. */
const registryOf = (origin: string, context: string) =>
  context === "." ? origin : `${origin}/contexts/${encodeURIComponent(context)}`;

export const fetching = (origin: string, subject: string, type: string) => {
  const { context, name } = split(subject);
  const file = `${fileOf(name)}.${ending(type)}`;
  const path = `subjects/${encodeURIComponent(name)}/versions/latest/schema`;
  return `curl -o ${file} ${registryOf(origin, context)}/${path}`;
};

export function snippet({ origin, subject, type, way, language }: Asked): string {
  const { context, name } = split(subject);
  const records = recordsOf(name);
  const its = {
    url: registryOf(origin, context),
    name,
    topic: records?.topic ?? "my-topic",
    part: records?.part ?? "value",
    isNamed: records !== undefined,
    isWriting: way === "write",
    type,
  };
  return { python, javascript, java }[language](its);
}

type Its = {
  url: string;
  name: string;
  topic: string;
  part: "key" | "value";
  /** Whether the subject is named after its topic, as serializers assume. */
  isNamed: boolean;
  isWriting: boolean;
  type: string;
};

const PROXY = "PROXY:9092";
const APPLICATION = "my-application";

function python({ url, name, topic, part, isNamed, isWriting, type }: Its): string {
  const [format, module, extra] = formatOf(type).python;
  const isProtobuf = type === "PROTOBUF";
  const made = `${format}${isWriting ? "S" : "Des"}erializer`;
  const conf = `{"auto.register.schemas": False, "use.latest.version": True${isNamed ? "" : `, "subject.name.strategy": lambda *_: ${JSON.stringify(name)}`}}`;
  const before = isProtobuf ? "Message, " : type === "JSON" ? "None, " : "";
  const client = type === "AVRO" ? "registry" : "schema_registry_client=registry";
  const context = `SerializationContext(${JSON.stringify(topic)}, MessageField.${part.toUpperCase()})`;
  return [
    `# pip install 'confluent-kafka[${extra}]'`,
    `from confluent_kafka import ${isWriting ? "Producer" : "Consumer"}`,
    "from confluent_kafka.schema_registry import SchemaRegistryClient",
    `from confluent_kafka.schema_registry.${module} import ${made}`,
    "from confluent_kafka.serialization import MessageField, SerializationContext",
    ...(isProtobuf ? ["from message_pb2 import Message  # What protoc makes of the schema."] : []),
    "",
    `registry = SchemaRegistryClient({"url": "${url}"})`,
    ...(isWriting
      ? [
          `conf = ${conf}`,
          `serialize = ${made}(${before}${client}, conf=conf)`,
          `producer = Producer({"bootstrap.servers": "${PROXY}", "client.id": "${APPLICATION}"})`,
          "",
          `${part} = serialize(record, ${context})`,
          `producer.produce(${JSON.stringify(topic)}, ${part}=${part})`,
          "producer.flush()",
        ]
      : [
          `deserialize = ${made}(${before}${client})`,
          `consumer = Consumer({"bootstrap.servers": "${PROXY}", "group.id": "${APPLICATION}", "auto.offset.reset": "earliest"})`,
          `consumer.subscribe([${JSON.stringify(topic)}])`,
          "",
          "while True:",
          "    message = consumer.poll(1.0)",
          "    if message is not None and not message.error():",
          `        print(deserialize(message.${part}(), ${context}))`,
        ]),
  ].join("\n");
}

function javascript({ url, name, topic, part, isNamed, isWriting, type }: Its): string {
  const made = `${formatOf(type).js}${isWriting ? "S" : "Des"}erializer`;
  const options = isWriting
    ? [
        "useLatestVersion: true",
        ...(isNamed ? [] : [`subjectNameStrategy: () => ${JSON.stringify(name)}`]),
        // What `protoc-gen-es` makes of the schema.
        ...(type === "PROTOBUF" ? ["registry: types"] : []),
      ]
    : [];
  const conf = options.length ? `{ ${options.join(", ")} }` : "{}";
  return [
    "// npm install @confluentinc/schemaregistry",
    `const { ${made}, SchemaRegistryClient, SerdeType } = require("@confluentinc/schemaregistry");`,
    "",
    `const registry = new SchemaRegistryClient({ baseURLs: ["${url}"] });`,
    ...(isWriting
      ? [
          `const serializer = new ${made}(registry, SerdeType.${part.toUpperCase()}, ${conf});`,
          "",
          `// For any Kafka client that sends to ${PROXY}.`,
          `const ${part} = await serializer.serialize(${JSON.stringify(topic)}, record);`,
        ]
      : [
          `const deserializer = new ${made}(registry, SerdeType.${part.toUpperCase()}, ${conf});`,
          "",
          `// Of any Kafka client that reads from ${PROXY}.`,
          `const record = await deserializer.deserialize(${JSON.stringify(topic)}, message.${part});`,
        ]),
  ].join("\n");
}

function java({ url, name, part, isNamed, isWriting, type }: Its): string {
  const made = `io.confluent.kafka.serializers.${formatOf(type).java}${isWriting ? "S" : "Des"}erializer`;
  return [
    `bootstrap.servers=${PROXY}`,
    `${isWriting ? "client" : "group"}.id=${APPLICATION}`,
    `schema.registry.url=${url}`,
    `${part}.${isWriting ? "" : "de"}serializer=${made}`,
    ...(isWriting ? ["auto.register.schemas=false", "use.latest.version=true"] : []),
    ...(isWriting && !isNamed ? [`# ${part}.subject.name.strategy=a class of yours that says ${name}`] : []),
  ].join("\n");
}
