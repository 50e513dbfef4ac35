// What do all stories share? The registry's address, names that nobody else uses, and the schemas.

'use strict';

const crypto = require('node:crypto');
const { create, createFileRegistry, createMutableRegistry, fromBinary, toBinary } = require('@bufbuild/protobuf');
const {
  FieldDescriptorProto_Label: Label,
  FieldDescriptorProto_Type: Type,
  FileDescriptorProtoSchema,
} = require('@bufbuild/protobuf/wkt');

const url = process.env.TIDEGATE_URL;
const run = crypto.randomBytes(4).toString('hex');
let number = 0;

/** A topic of one story, and its subject. */
function names() {
  const topic = `javascript-${run}-${++number}`;
  return { topic, subject: `${topic}-value`, other: what => `${topic}-${what}` };
}

const fields = [{ name: 'id', type: 'long' }, { name: 'city', type: 'string' }];
const parcel = { type: 'record', name: 'Parcel', namespace: 'shop', fields };
const withWeight = { ...parcel, fields: [...fields, { name: 'weight', type: 'double', default: 0 }] };
const withStreet = { ...parcel, fields: [...fields, { name: 'street', type: 'string' }] }; // Old records have none.

const avro = (schema, members) => ({ schemaType: 'AVRO', schema: JSON.stringify(schema), ...members });

/** The id in front of a record. */
function idOf(framed) {
  return framed[0] === 0 ? framed.readUInt32BE(1) : undefined;
}

/** shelf/parcel.proto as protoc would describe it. */
function parcelInProtobuf() {
  const field = (number, name, type) => ({ name, jsonName: name, number, type, label: Label.OPTIONAL });
  const described = create(FileDescriptorProtoSchema, {
    name: 'parcel.proto',
    package: 'shop',
    syntax: 'proto3',
    messageType: [
      {
        name: 'Parcel',
        field: [field(1, 'id', Type.INT64), field(2, 'city', Type.STRING), field(3, 'weight', Type.DOUBLE)],
      },
    ],
  });
  const files = createFileRegistry(
    fromBinary(FileDescriptorProtoSchema, toBinary(FileDescriptorProtoSchema, described)),
    () => undefined,
  );
  const message = files.getMessage('shop.Parcel');
  return {
    registry: createMutableRegistry(message),
    make: value => create(message, { ...value, id: BigInt(value.id) }),
    plain: found => ({ id: Number(found.id), city: found.city, weight: found.weight }),
  };
}

module.exports = { avro, idOf, names, parcel, parcelInProtobuf, url, withStreet, withWeight };
