// Do the rules that a schema carries reach @confluentinc/schemaregistry, and does the data obey them?

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const {
  AvroDeserializer,
  AvroSerializer,
  CelExecutor,
  CelFieldExecutor,
  JsonataExecutor,
  RuleRegistry,
  SchemaRegistryClient,
  SerdeType,
} = require('@confluentinc/schemaregistry');
const { avro, names, parcel, url } = require('./support');

const client = () => new SchemaRegistryClient({ baseURLs: [url], maxRetries: 0 });
const latest = { useLatestVersion: true };

function executors() {
  const made = new RuleRegistry();
  for (const one of [new CelExecutor(), new CelFieldExecutor(), new JsonataExecutor()]) made.registerExecutor(one);
  return made;
}

const serializer = (of, conf = latest) => new AvroSerializer(of, SerdeType.VALUE, conf, executors());
const deserializer = (of, conf = {}) => new AvroDeserializer(of, SerdeType.VALUE, conf, executors());
const domain = (...rules) => ({ ruleSet: { domainRules: rules } });

test('a condition refuses what breaks it', async () => {
  const { topic, subject } = names();
  const rule = { name: 'check', kind: 'CONDITION', mode: 'WRITE', type: 'CEL', expr: "message.city != ''" };
  const mine = client();
  await mine.register(subject, avro(parcel, domain(rule)));
  const written = await serializer(mine).serialize(topic, { id: 7, city: 'Ry' });
  assert.deepEqual({ ...(await deserializer(client()).deserialize(topic, written)) }, { id: 7, city: 'Ry' });
  await assert.rejects(serializer(mine).serialize(topic, { id: 7, city: '' }));
});

test('a transform changes the tagged fields alone', async () => {
  const { topic, subject } = names();
  const fields = [...parcel.fields, { name: 'note', type: 'string', default: '' }];
  const rule = { name: 'mask', kind: 'TRANSFORM', mode: 'WRITE', type: 'CEL_FIELD', tags: ['PII'], expr: "value + '*'" };
  const metadata = { tags: { 'shop.Parcel.city': ['PII'] } };
  const mine = client();
  await mine.register(subject, avro({ ...parcel, fields }, { metadata, ...domain(rule) }));
  assert.deepEqual((await client().getLatestSchemaMetadata(subject)).metadata, metadata);
  const written = await serializer(mine).serialize(topic, { id: 7, city: 'Ry', note: 'n' });
  const found = await deserializer(client()).deserialize(topic, written);
  assert.deepEqual({ ...found }, { id: 7, city: 'Ry*', note: 'n' });
});

test('a record is carried over a breaking change, up and down', async () => {
  const { topic, subject } = names();
  const schema = (name, type) => ({ ...parcel, fields: [{ name: 'id', type: 'long' }, { name, type }] });
  const major = number => ({ properties: { 'application.major': number } });
  const migrationRules = [
    { name: 'up', kind: 'TRANSFORM', mode: 'UPGRADE', type: 'JSONATA', expr: "{'id': id, 'kilograms': grams / 1000}" },
    { name: 'down', kind: 'TRANSFORM', mode: 'DOWNGRADE', type: 'JSONATA', expr: "{'id': id, 'grams': kilograms * 1000}" },
  ];
  const mine = client();
  await mine.updateConfig(subject, { compatibilityGroup: 'application.major' });
  await mine.register(subject, avro(schema('grams', 'long'), { metadata: major('1') }));
  await mine.register(subject, avro(schema('kilograms', 'double'), { metadata: major('2'), ruleSet: { migrationRules } }));

  const at = number => ({ useLatestWithMetadata: { 'application.major': number } });
  const [old, current] = [{ id: 7, grams: 2500 }, { id: 7, kilograms: 2.5 }];
  for (const [writer, reader, written, wanted] of [['1', '2', old, current], ['2', '1', current, old]]) {
    const bytes = await serializer(client(), at(writer)).serialize(topic, written);
    assert.deepEqual({ ...(await deserializer(client(), at(reader)).deserialize(topic, bytes)) }, wanted);
  }
});
