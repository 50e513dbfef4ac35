// The examples of docs/clients.md for JavaScript.

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { names, url } = require('./support');

test('the example', async () => {
  const { topic } = names();
  // begin of the example
  const { AvroDeserializer, AvroSerializer, SchemaRegistryClient, SerdeType } = require('@confluentinc/schemaregistry');

  const registry = new SchemaRegistryClient({ baseURLs: [url] }); // 'http://127.0.0.1:8081'
  const schema = '{"type": "record", "name": "Ping", "fields": [{"name": "at", "type": "long"}]}';
  await registry.register(`${topic}-value`, { schemaType: 'AVRO', schema });

  const serializer = new AvroSerializer(registry, SerdeType.VALUE, { useLatestVersion: true });
  const deserializer = new AvroDeserializer(registry, SerdeType.VALUE, {});
  const record = await serializer.serialize(topic, { at: 1 });
  assert.equal((await deserializer.deserialize(topic, record)).at, 1);
  // end of the example
});
