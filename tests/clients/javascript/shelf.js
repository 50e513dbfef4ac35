// What lies on the shelf? One parcel, written by every client, in files that every client reads.
//
// `MAKER.FORMAT` is a record's value; where its schema's id travels in a header, that header is `MAKER.FORMAT.header`.

'use strict';

const fs = require('node:fs');
const path = require('node:path');

const sources = path.join(__dirname, '..', 'shelf');
const folder = process.env.TIDEGATE_SHELF;

const parcel = JSON.parse(fs.readFileSync(path.join(sources, 'parcel.json'), 'utf8'));
const endings = { avro: 'avsc', json: 'schema.json', protobuf: 'proto' };

/** The parcel's schema, which every client registers in its own way. */
function schema(format) {
  return fs.readFileSync(path.join(sources, `parcel.${endings[format]}`), 'utf8');
}

const topic = format => `parcels-${format}`;

function put(maker, format, value, header) {
  const file = path.join(folder, `${maker}.${format}`);
  fs.writeFileSync(file, value);
  if (header) fs.writeFileSync(`${file}.header`, header);
}

function items(format) {
  return fs
    .readdirSync(folder)
    .filter(name => name.endsWith(`.${format}`))
    .sort()
    .map(name => {
      const file = path.join(folder, name);
      const header = `${file}.header`;
      return {
        name,
        value: fs.readFileSync(file),
        headers: fs.existsSync(header) ? { __value_schema_id: fs.readFileSync(header) } : {},
      };
    });
}

module.exports = { items, parcel, put, schema, topic };
