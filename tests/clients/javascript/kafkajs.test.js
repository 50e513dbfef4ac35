// Does @kafkajs/confluent-schema-registry get through the life of a subject? It can't delete and lists nothing.

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { COMPATIBILITY, SchemaRegistry, SchemaType } = require('@kafkajs/confluent-schema-registry');
const shelf = require('./shelf');
const { idOf, names, parcel, url, withStreet, withWeight } = require('./support');

const client = () => new SchemaRegistry({ host: url, retry: { retries: 0 } });
const asAvro = schema => ({ type: SchemaType.AVRO, schema: JSON.stringify(schema) });
const plain = ({ id, city, weight }) => ({ id: Number(id), city, weight });

test('a subject lives', async () => {
  const { subject } = names();
  const [mine, other] = [client(), client()];
  const { id: first } = await mine.register(asAvro(parcel), { subject });
  assert.equal((await other.register(asAvro(parcel), { subject })).id, first);
  const { id: second } = await mine.register(asAvro(withWeight), { subject });
  assert.notEqual(second, first);

  await assert.rejects(mine.register(asAvro(withStreet), { subject }), error => error.status === 409);
  await assert.rejects(
    mine.register(asAvro(withWeight), { subject, compatibility: COMPATIBILITY.FULL }),
    /Compatibility does not match/, // It asks for the level that it has set when it came first.
  );

  assert.equal(await other.getLatestSchemaId(subject), second);
  assert.equal(await other.getRegistryId(subject, 1), first);
  assert.equal(await other.getRegistryIdBySchema(subject, asAvro(parcel)), first);
  await assert.rejects(other.getRegistryIdBySchema(subject, asAvro(withStreet)), /not found/i);
  assert.equal((await other.getSchema(first)).name, 'shop.Parcel');
  await assert.rejects(client().getSchema(999_999), error => error.status === 404);
});

test('references are fetched', async () => {
  const { subject, other } = names();
  const city = { type: 'record', name: 'City', namespace: 'shop', fields: [{ name: 'name', type: 'string' }] };
  const addressed = { ...parcel, fields: [{ name: 'city', type: 'shop.City' }] };
  const mine = client();
  await mine.register(asAvro(city), { subject: other('city') });
  const references = [{ name: 'shop.City', subject: other('city'), version: 1 }];
  const { id } = await mine.register({ ...asAvro(addressed), references }, { subject });
  const written = await mine.encode(id, { city: { name: 'Ry' } });
  assert.equal((await client().decode(written)).city.name, 'Ry');
});

const formats = { avro: SchemaType.AVRO, json: SchemaType.JSON, protobuf: SchemaType.PROTOBUF };

for (const [name, type] of Object.entries(formats)) {
  test(`${name} gets there and back`, async () => {
    const mine = client();
    const { id } = await mine.register({ type, schema: shelf.schema(name) }, { subject: names().subject });
    const written = await mine.encode(id, shelf.parcel);
    assert.equal(idOf(written), id);
    assert.deepEqual(plain(await client().decode(written)), shelf.parcel);
  });
}

// Not Protobuf: this client writes no message indexes, and what it writes nobody else can read.
for (const name of ['avro', 'json']) {
  test(`${name} is laid on the shelf`, async () => {
    const mine = client();
    const schema = { type: formats[name], schema: shelf.schema(name) };
    const { id } = await mine.register(schema, { subject: `${shelf.topic(name)}-value` });
    shelf.put('kafkajs', name, await mine.encode(id, shelf.parcel));
  });
}

test('what a schema does not allow never leaves', async () => {
  const mine = client();
  const schema = { type: SchemaType.JSON, schema: shelf.schema('json') };
  const { id } = await mine.register(schema, { subject: names().subject });
  await assert.rejects(mine.encode(id, { ...shelf.parcel, weight: 'heavy' }));
});
