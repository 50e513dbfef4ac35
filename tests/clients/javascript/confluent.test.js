// Does @confluentinc/schemaregistry get through the life of a subject, and its serializers with it?

'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const {
  AvroDeserializer,
  AvroSerializer,
  HeaderSchemaIdSerializer,
  JsonDeserializer,
  JsonSerializer,
  ProtobufDeserializer,
  ProtobufSerializer,
  RestError,
  SchemaRegistryClient,
  SerdeType,
  SubjectNameStrategyType,
} = require('@confluentinc/schemaregistry');
const shelf = require('./shelf');
const { avro, idOf, names, parcel, parcelInProtobuf, url, withStreet, withWeight } = require('./support');

const client = () => new SchemaRegistryClient({ baseURLs: [url], maxRetries: 0 });
const refused = (status, errorCode) => error =>
  error instanceof RestError && error.status === status && error.errorCode === errorCode;
const register = { autoRegisterSchemas: true };

test('a subject lives and dies', async () => {
  const { subject } = names();
  const [mine, other] = [client(), client()];
  const first = await mine.register(subject, avro(parcel));
  assert.equal(await other.register(subject, avro(parcel)), first);
  const second = await mine.register(subject, avro(withWeight));
  assert.notEqual(second, first);

  assert.equal(await mine.testSubjectCompatibility(subject, avro(withStreet)), false);
  assert.equal(await mine.testCompatibility(subject, 1, avro(withWeight)), true);
  await assert.rejects(mine.register(subject, avro(withStreet)), refused(409, 40901));

  assert.deepEqual(JSON.parse((await other.getBySubjectAndId(subject, first)).schema), parcel);
  const latest = await other.getLatestSchemaMetadata(subject);
  assert.deepEqual([latest.version, latest.id], [2, second]);
  assert.equal((await other.getSchemaMetadata(subject, 1)).id, first);
  assert.equal(await other.getId(subject, avro(parcel)), first);
  assert.equal(await other.getVersion(subject, avro(withWeight)), 2);
  assert.deepEqual(JSON.parse((await other.getByGuid(latest.guid)).schema), withWeight);
  assert.ok((await other.getAllSubjects()).includes(subject));
  assert.deepEqual(await other.getAllVersions(subject), [1, 2]);

  assert.equal(await mine.deleteSubjectVersion(subject, 1), 1);
  assert.deepEqual(await mine.deleteSubject(subject), [2]);
  assert.ok(!(await other.getAllSubjects()).includes(subject));
  assert.deepEqual(JSON.parse((await client().getBySubjectAndId(subject, first)).schema), parcel);
  assert.deepEqual(await mine.deleteSubject(subject, true), [1, 2]);
  await assert.rejects(client().getLatestSchemaMetadata(subject), refused(404, 40401));
});

test('references are kept and told', async () => {
  const { subject, other } = names();
  const city = { type: 'record', name: 'City', namespace: 'shop', fields: [{ name: 'name', type: 'string' }] };
  const addressed = { ...parcel, fields: [{ name: 'city', type: 'shop.City' }] };
  const references = [{ name: 'shop.City', subject: other('city'), version: 1 }];
  const mine = client();
  await mine.register(other('city'), avro(city));
  const id = await mine.register(subject, avro(addressed, { references }));
  assert.deepEqual((await client().getBySubjectAndId(subject, id)).references, references);
  await assert.rejects(mine.deleteSubject(other('city')), refused(422, 42206));
});

test('settings of a subject', async () => {
  const { subject } = names();
  const mine = client();
  await mine.register(subject, avro(parcel));
  assert.equal(await mine.getDefaultCompatibility(), 'BACKWARD');
  assert.equal(await mine.updateCompatibility(subject, 'NONE'), 'NONE');
  assert.equal(await mine.getCompatibility(subject), 'NONE');
  await mine.register(subject, avro(withStreet));
  await mine.updateConfig(subject, { compatibility: 'FULL', compatibilityGroup: 'major', normalize: true });
  const config = await mine.getConfig(subject);
  assert.deepEqual(
    [config.compatibilityLevel, config.compatibilityGroup, config.normalize],
    ['FULL', 'major', true],
  );
});

test('a version is found by its metadata', async () => {
  const { subject } = names();
  const mine = client();
  const metadata = major => ({ properties: { 'application.major': major } });
  const first = await mine.register(subject, avro(parcel, { metadata: metadata('1') }));
  await mine.register(subject, avro(withWeight, { metadata: metadata('2') }));
  const found = await client().getLatestWithMetadata(subject, { 'application.major': '1' });
  assert.deepEqual([found.id, found.version], [first, 1]);
  assert.deepEqual(found.metadata, metadata('1'));
});

const protobuf = parcelInProtobuf();
const formats = {
  avro: {
    value: shelf.parcel,
    info: { schemaType: 'AVRO', schema: shelf.schema('avro') },
    serializer: (of, conf) => new AvroSerializer(of, SerdeType.VALUE, conf),
    deserializer: of => new AvroDeserializer(of, SerdeType.VALUE, {}),
    plain: found => ({ ...found }),
  },
  json: {
    value: shelf.parcel,
    info: { schemaType: 'JSON', schema: shelf.schema('json') },
    serializer: (of, conf) => new JsonSerializer(of, SerdeType.VALUE, { validate: true, ...conf }),
    deserializer: of => new JsonDeserializer(of, SerdeType.VALUE, { validate: true }),
    plain: found => ({ ...found }),
  },
  protobuf: {
    value: protobuf.make(shelf.parcel),
    serializer: (of, conf) =>
      new ProtobufSerializer(of, SerdeType.VALUE, { registry: protobuf.registry, ...conf }),
    deserializer: of => new ProtobufDeserializer(of, SerdeType.VALUE, {}),
    plain: protobuf.plain,
  },
};

for (const [name, format] of Object.entries(formats)) {
  test(`${name} gets there and back`, async () => {
    const { topic, subject } = names();
    const mine = client();
    if (format.info) await mine.register(subject, format.info);
    const conf = format.info ? { useLatestVersion: true } : register;
    const written = await format.serializer(mine, conf).serialize(topic, format.value);
    assert.equal(idOf(written), (await client().getLatestSchemaMetadata(subject)).id);
    const found = await format.deserializer(client()).deserialize(topic, written);
    assert.deepEqual(format.plain(found), shelf.parcel);
  });

  test(`${name} gets there and back with the guid in a header`, async () => {
    const { topic, subject } = names();
    const mine = client();
    if (format.info) await mine.register(subject, format.info);
    const conf = { ...(format.info ? { useLatestVersion: true } : register), schemaIdSerializer: HeaderSchemaIdSerializer };
    const headers = {};
    const written = await format.serializer(mine, conf).serialize(topic, format.value, headers);
    const { guid } = await client().getLatestSchemaMetadata(subject);
    assert.equal(headers.__value_schema_id.subarray(1, 17).toString('hex'), guid.replaceAll('-', ''));
    const found = await format.deserializer(client()).deserialize(topic, written, headers);
    assert.deepEqual(format.plain(found), shelf.parcel);
  });

  test(`${name} is laid on the shelf`, async () => {
    const topic = shelf.topic(name);
    const mine = client();
    if (format.info) await mine.register(`${topic}-value`, format.info);
    const conf = format.info ? { useLatestVersion: true } : register;
    shelf.put('confluentinc-javascript', name, await format.serializer(mine, conf).serialize(topic, format.value));
    const headers = {};
    const inHeader = { ...conf, schemaIdSerializer: HeaderSchemaIdSerializer };
    const value = await format.serializer(mine, inHeader).serialize(topic, format.value, headers);
    shelf.put('confluentinc-javascript-guid', name, value, headers.__value_schema_id);
  });
}

test('what a schema does not allow never leaves', async () => {
  const { topic, subject } = names();
  const mine = client();
  await mine.register(subject, formats.json.info);
  const serializer = formats.json.serializer(mine, { useLatestVersion: true });
  await assert.rejects(serializer.serialize(topic, { ...shelf.parcel, weight: 'heavy' }));
});

test('the subject is named by the strategy', async () => {
  const { topic, other } = names();
  const mine = client();
  const serializer = subjectNameStrategyType =>
    new AvroSerializer(mine, SerdeType.VALUE, { useLatestVersion: true, subjectNameStrategyType });
  for (const [type, subject] of [
    [SubjectNameStrategyType.TOPIC, other('value')],
    [SubjectNameStrategyType.RECORD, 'shop.Parcel'],
    [SubjectNameStrategyType.TOPIC_RECORD, other('shop.Parcel')],
    [SubjectNameStrategyType.ASSOCIATED, other('value')], // Nothing is associated: it falls back to the topic's name.
  ]) {
    assert.equal(await serializer(type).subjectName(topic, avro(parcel)), subject);
  }
  const id = await mine.register(other('value'), avro(parcel));
  const written = await serializer(SubjectNameStrategyType.ASSOCIATED).serialize(topic, { id: 7, city: 'Ry' });
  assert.equal(idOf(written), id);
});

test('a topic that shares a subject writes under it', async () => {
  const { topic, other } = names();
  const mine = client();
  const id = await mine.register(other('shared'), avro(parcel));
  await mine.createAssociation({
    resourceName: topic,
    resourceNamespace: 'lkc-1',
    resourceId: other('id'),
    resourceType: 'topic',
    associations: [{ subject: other('shared'), associationType: 'value', lifecycle: 'WEAK' }],
  });
  const [found] = await client().getAssociationsByResourceName(topic, '-', 'topic', ['value'], null, 0, -1);
  assert.equal(found.subject, other('shared'));
  const serializer = new AvroSerializer(client(), SerdeType.VALUE, { useLatestVersion: true });
  assert.equal(idOf(await serializer.serialize(topic, { id: 7, city: 'Ry' })), id);
  await mine.deleteAssociations(other('id'), 'topic', ['value'], false);
  assert.deepEqual(await client().getAssociationsByResourceName(topic, '-', 'topic', ['value'], null, 0, -1), []);
});
