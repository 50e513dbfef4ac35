// Can the JavaScript clients read what every client, of whatever language, has laid on the shelf?

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const {
  AvroDeserializer,
  JsonDeserializer,
  ProtobufDeserializer,
  SchemaRegistryClient,
  SerdeType,
} = require('@confluentinc/schemaregistry');
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry');
const shelf = require('./shelf');
const { url } = require('./support');

const plain = ({ id, city, weight }) => ({ id: Number(id), city, weight });
const deserializers = { avro: AvroDeserializer, json: JsonDeserializer, protobuf: ProtobufDeserializer };
const confluent = new SchemaRegistryClient({ baseURLs: [url] });
const kafkajs = new SchemaRegistry({ host: url });

for (const [format, Deserializer] of Object.entries(deserializers)) {
  const items = shelf.items(format);
  test(`there is ${format} to be read`, () => assert.ok(items.length > 0));
  for (const { name, value, headers } of items) {
    test(`@confluentinc/schemaregistry reads ${name}`, async () => {
      const found = await new Deserializer(confluent, SerdeType.VALUE, {}).deserialize(shelf.topic(format), value, headers);
      assert.deepEqual(plain(found), shelf.parcel);
    });
    if (headers.__value_schema_id) continue; // The other client looks for the id in front, and for nothing else.
    test(`@kafkajs/confluent-schema-registry reads ${name}`, async () => {
      assert.deepEqual(plain(await kafkajs.decode(value)), shelf.parcel);
    });
  }
}
