// What could come next in a schema? Words that the format has, and types that this text and its references name.
import type { SchemaType } from "./editor";

export type Offer = { from: number; words: string[]; isText: boolean };

const AVRO = {
  types: [
    "string",
    "int",
    "long",
    "float",
    "double",
    "boolean",
    "bytes",
    "null",
    "record",
    "enum",
    "array",
    "map",
    "fixed",
  ],
  logical: [
    "date",
    "decimal",
    "duration",
    "local-timestamp-micros",
    "local-timestamp-millis",
    "time-micros",
    "time-millis",
    "timestamp-micros",
    "timestamp-millis",
    "uuid",
  ],
  keys: [
    "aliases",
    "confluent:tags",
    "default",
    "doc",
    "fields",
    "items",
    "logicalType",
    "name",
    "namespace",
    "order",
    "precision",
    "scale",
    "size",
    "symbols",
    "type",
    "values",
  ],
};
const JSON_SCHEMA = {
  types: ["array", "boolean", "integer", "null", "number", "object", "string"],
  formats: ["date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "regex", "time", "uri", "uuid"],
  keys: [
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "additionalProperties",
    "allOf",
    "anyOf",
    "confluent:tags",
    "const",
    "default",
    "definitions",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "oneOf",
    "pattern",
    "patternProperties",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
  ],
};
const PROTOBUF =
  "bool bytes double enum fixed32 fixed64 float import int32 int64 map message oneof option optional package repeated reserved service sfixed32 sfixed64 sint32 sint64 string syntax uint32 uint64".split(
    " ",
  );
/** So much before the cursor is looked at. */
const BEHIND = 400;

/** What may stand where the cursor is; nothing where a text of one's own goes. */
export function offer(type: SchemaType, text: string, at: number, named: string[] = []): Offer | undefined {
  const before = text.slice(Math.max(0, at - BEHIND), at);
  if (type === "PROTOBUF") {
    const word = /(?:^|[\s(<])([a-z]\w*)$/.exec(before)?.[1];
    return word ? { from: at - word.length, words: PROTOBUF, isText: false } : undefined;
  }
  const value = /"(\w+)"\s*:\s*(?:\[[^\]{}]*)?"([\w.-]*)$/.exec(before);
  if (value) {
    const words = wordsFor(type, value[1] ?? "", text, named);
    return words ? { from: at - (value[2] ?? "").length, words, isText: true } : undefined;
  }
  // A quote that begins a member: behind a brace or a comma, but not within a list of texts.
  const key = /[{,]\s*"([\w:$]*)$/.exec(before);
  if (!key || /\[[^\]{}]*$/.test(before)) return undefined;
  return {
    from: at - (key[1] ?? "").length,
    words: type === "AVRO" ? AVRO.keys : JSON_SCHEMA.keys,
    isText: true,
  };
}

function wordsFor(type: SchemaType, member: string, text: string, named: string[]): string[] | undefined {
  if (type === "JSON") return { type: JSON_SCHEMA.types, format: JSON_SCHEMA.formats }[member];
  if (member === "logicalType") return AVRO.logical;
  if (!["type", "items", "values"].includes(member)) return undefined;
  return [...AVRO.types, ...new Set([...namesIn(text), ...named])];
}

/** Names of types that the text defines. It need not be whole, so it is not parsed. */
function namesIn(text: string): string[] {
  const found = text.matchAll(/"type"\s*:\s*"(?:record|enum|fixed)"\s*,\s*"name"\s*:\s*"([\w.]+)"/g);
  return [...found].map(([, name = ""]) => name);
}
