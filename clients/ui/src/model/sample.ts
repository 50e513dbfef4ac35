// What would a record of a schema look like? One made-up record to begin with, and pasted ones as what is sent.
import { base64, encodeAvro } from "./avro-encode";
import type { FieldNode } from "./fields";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A record with something in every field. */
export function sampleOf(fields: FieldNode[]): Json {
  return Object.fromEntries(fields.map((field) => [field.name, madeUp(field)]));
}

function madeUp(field: FieldNode): Json {
  const type = field.type.toLowerCase();
  if (field.default !== undefined) return JSON.parse(field.default) as Json;
  if (type.startsWith("array of"))
    return [field.children.length ? sampleOf(field.children) : single(type.slice(9), field.name)];
  if (type.startsWith("map of"))
    return { name: field.children.length ? sampleOf(field.children) : single(type.slice(7), field.name) };
  if (type.endsWith("or null")) return null;
  return field.children.length ? sampleOf(field.children) : single(type, field.name);
}

function single(type: string, name: string): Json {
  const [first = ""] = /^one of (.+?)(?:,|$)/.exec(type)?.slice(1) ?? [];
  if (first) return JSON.parse(first.toUpperCase()) as Json;
  if (/uuid/.test(type)) return "5f0c2b1e-8f3e-4e57-9d4d-0a6a1f2c3b4d";
  if (/date-time/.test(type)) return "2026-03-01T10:00:00Z";
  if (/timestamp|time-/.test(type)) return 1_772_359_200_000;
  if (/^date$/.test(type)) return 20_513;
  if (/decimal/.test(type)) return 9.5;
  if (/^bool/.test(type)) return true;
  if (/int|long|fixed\d|number|double|float/.test(type)) return 1;
  if (/currency/.test(name)) return "EUR";
  if (/mail/.test(name)) return "ada@example.com";
  return name;
}

export type Sent = { base64: string } | { json: unknown };
export type Parsed = { records: Sent[]; shown: unknown[] } | { error: string };

/** Records as they are pasted: a JSON list, one object, or one in each line; for Protobuf lines in base64, too. */
export function parseRecords(type: string, schema: string, text: string): Parsed {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  if (type === "PROTOBUF" && !/^[[{]/.test(text.trim()))
    return { records: lines.map((line) => ({ base64: line })), shown: lines };
  let values: unknown[];
  try {
    const all: unknown = JSON.parse(text);
    values = Array.isArray(all) ? all : [all];
  } catch {
    try {
      values = lines.map((line) => JSON.parse(line) as unknown);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }
  // Decimals and the like are put into Avro's words here; messages are told as Protobuf itself maps them to JSON.
  if (type !== "AVRO") return { records: values.map((json) => ({ json })), shown: values };
  const parsed = JSON.parse(schema) as Json;
  const records: Sent[] = [];
  for (const [index, value] of values.entries()) {
    try {
      records.push({ base64: base64(encodeAvro(parsed, value as Json)) });
    } catch (error) {
      return { error: `${index + 1}: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  return { records, shown: values };
}
