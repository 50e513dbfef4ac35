// What does the server's verdict mean in a text that is being written: where is what, which fix can be put in, may it be registered?
import type { components } from "../api/schema";
import { directions, type Explanation, type Finding, type Level } from "./compare";
import type { ContractDraft } from "./contract";

export type SchemaType = Explanation["schemaType"];
export type Reference = components["schemas"]["Reference"];
export type Severity = "error" | "warning" | "info";
/** Something that is said about a part of the text; from and to are places of the editor. */
export type Note = { from: number; to: number; severity: Severity; message: string; edits: Insert[]; fix: string };
/** A change of the text, as the editor wants it. */
export type Insert = { from: number; to: number; insert: string };

/** The server counts bytes of UTF-8, the editor units of UTF-16. */
export function indexAt(text: string, byte: number): number {
  let bytes = 0;
  let index = 0;
  while (index < text.length && bytes < byte) {
    const code = text.codePointAt(index) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    index += code > 0xffff ? 2 : 1;
  }
  return index;
}

/** Whether the level looks at a finding: its direction, and only the latest version unless the level is transitive. */
export function isAsked(finding: Finding, told: Explanation): boolean {
  const isLatest = finding.version === undefined || finding.version === told.comparedWith[0];
  return (
    directions(told.compatibility).includes(finding.direction) &&
    (isLatest || told.compatibility.endsWith("_TRANSITIVE"))
  );
}

/** The explanation with nothing in it but what the level looks at, so that an older version frightens nobody in vain. */
export function asHeld(told: Explanation): Explanation {
  if (told.compatibility.endsWith("_TRANSITIVE")) return told;
  const isOld = (place: number) => {
    const version = told.findings[place]?.version;
    return version !== undefined && version !== told.comparedWith[0];
  };
  const without = (judgement: Explanation["changes"][number]["backward"]) => {
    const findings = (judgement.findings ?? []).filter((place) => !isOld(place));
    if (findings.length === (judgement.findings ?? []).length) return judgement;
    const ranks = ["safe", "info", "warning", "error"] as const;
    const worst = Math.max(0, ...findings.map((place) => ranks.indexOf(told.findings[place]?.severity ?? "info")));
    return { verdict: ranks[worst] ?? "safe", findings };
  };
  return {
    ...told,
    changes: told.changes.map((change) => ({
      ...change,
      backward: without(change.backward),
      forward: without(change.forward),
    })),
  };
}

/** The fix of a finding as changes of the text; empty where none can be put in, or only in another text. */
export function editsOf(text: string, finding: Finding): Insert[] {
  const edits = finding.edits ?? [];
  if (!edits.length || edits.some((edit) => edit.text !== "candidate")) return [];
  const found = edits.map(({ span, replacement }) => ({
    from: indexAt(text, span.start),
    to: indexAt(text, span.end),
    insert: replacement,
  }));
  return found.sort((a, b) => a.from - b.from);
}

export function applied(text: string, edits: Insert[]): string {
  return [...edits].reverse().reduce((now, { from, to, insert }) => now.slice(0, from) + insert + now.slice(to), text);
}

/** What the level says against the text, and where; the same said of several versions is said once. */
export function notesOf(text: string, told: Explanation): Note[] {
  const found = new Map<string, Note>();
  for (const finding of told.findings) {
    const span = finding.candidate.span;
    if (!isAsked(finding, told)) continue;
    const from = span ? indexAt(text, span.start) : 0;
    const to = span ? Math.max(from, indexAt(text, span.end)) : 0;
    const key = `${from} ${finding.rule} ${finding.message}`;
    if (!found.has(key))
      found.set(key, {
        from,
        to,
        severity: finding.severity,
        message: `${finding.rule}: ${finding.message}`,
        edits: editsOf(text, finding),
        fix: finding.fix ?? "",
      });
  }
  return [...found.values()].sort((a, b) => a.from - b.from);
}

/** Where a text that can't be read stops making sense: as the server says it, or else as the browser's own reader does. */
export function troubleAt(type: SchemaType, text: string, message: string): number | undefined {
  const said = /line (\d+),? column (\d+)/i.exec(message) ?? /(?:^|[\s(:])(\d+):(\d+)(?=[\s:),]|$)/.exec(message);
  if (said) return placeOf(text, Number(said[1]), Number(said[2]));
  if (type === "PROTOBUF") return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const told = error instanceof Error ? error.message : "";
    const at = /position (\d+)/.exec(told);
    if (at) return Math.min(text.length, Number(at[1]));
    return /end of JSON/i.test(told) ? text.length : undefined;
  }
}

function placeOf(text: string, line: number, column: number): number | undefined {
  const lines = text.split("\n");
  if (line < 1 || line > lines.length) return undefined;
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return before + Math.min(Math.max(0, column - 1), lines[line - 1]?.length ?? 0);
}

const PRIMITIVE = new Set(
  "null boolean int long float double bytes string record enum array map fixed error union".split(" "),
);
/** A schema nested deeper than this is not looked through. */
const DEEPEST = 200;

/** What the text uses, and neither has itself nor is given as a reference. */
export function missingReferences(type: SchemaType, text: string, references: Reference[]): string[] {
  const given = new Set(references.map((one) => one.name));
  return [...new Set(usedNames(type, text))].filter((name) => name && !given.has(name));
}

function usedNames(type: SchemaType, text: string): string[] {
  if (type === "PROTOBUF") {
    const imports = [...text.matchAll(/^\s*import\s+(?:public\s+|weak\s+)?"([^"]+)"/gm)].map(([, name]) => name ?? "");
    return imports.filter((name) => !/^(google\/(protobuf|type)|confluent)\//.test(name));
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  return type === "AVRO" ? usedInAvro(value) : usedInJson(value);
}

function usedInAvro(root: unknown): string[] {
  const defined = new Set<string>();
  const used: string[] = [];
  const full = (name: string, space: string) => (name.includes(".") || !space ? name : `${space}.${name}`);
  const walk = (type: unknown, space: string, depth: number): void => {
    if (depth > DEEPEST) return;
    if (typeof type === "string") {
      if (!PRIMITIVE.has(type)) used.push(full(type, space));
    } else if (Array.isArray(type)) for (const branch of type) walk(branch, space, depth + 1);
    else if (typeof type === "object" && type !== null) {
      const one = type as Record<string, unknown>;
      const isNamed = ["record", "error", "enum", "fixed"].includes(String(one.type));
      let inner = space;
      if (isNamed && typeof one.name === "string") {
        const own = typeof one.namespace === "string" ? one.namespace : space;
        const name = full(one.name, own);
        defined.add(name);
        inner = name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : "";
      }
      if (Array.isArray(one.fields))
        for (const field of one.fields) walk((field as { type?: unknown } | null)?.type, inner, depth + 1);
      if (one.type === "array") walk(one.items, inner, depth + 1);
      else if (one.type === "map") walk(one.values, inner, depth + 1);
      else if (!isNamed) walk(one.type, inner, depth + 1);
    }
  };
  walk(root, "", 0);
  return used.filter((name) => !defined.has(name));
}

function usedInJson(root: unknown): string[] {
  const own = new Set<string>();
  const used: string[] = [];
  const walk = (part: unknown, depth: number): void => {
    if (depth > DEEPEST || typeof part !== "object" || part === null) return;
    for (const [name, value] of Object.entries(part)) {
      if (name === "$id" && typeof value === "string") own.add(value.split("#")[0] ?? "");
      if (name === "$ref" && typeof value === "string" && !value.startsWith("#")) used.push(value.split("#")[0] ?? "");
      walk(value, depth + 1);
    }
  };
  walk(root, 0);
  return used.filter((name) => !own.has(name));
}

/**
 * An Avro text with what it refers to, for reading it here only: a record has no `items`, and all that looks for names looks
 * there. A text that is no record, or can't be read, stays as it is.
 */
export function withDefinitions(text: string, others: string[]): string {
  if (!others.length) return text;
  try {
    const root = JSON.parse(text) as Record<string, unknown>;
    if (root?.type !== "record") return text;
    const items = others.map((other) => {
      const one = JSON.parse(other) as Record<string, unknown>;
      // Without a namespace it has none, and not that of where it is put.
      return typeof one === "object" && one !== null && !("namespace" in one) ? { ...one, namespace: "" } : one;
    });
    return JSON.stringify({ ...root, items });
  } catch {
    return text;
  }
}

/** What is being written, as it is kept in the browser until it is registered. */
export type Draft = {
  type: SchemaType;
  text: string;
  references: Reference[];
  contract: ContractDraft;
  level: Level | "";
  at: number;
};
/** As it lay in the browser: of its contract nobody knows yet whether it is one. */
export type KeptDraft = Omit<Draft, "contract"> & { contract: unknown };

/** A kept draft; nothing where it was made by something else. */
export function draftFrom(kept: string | undefined): KeptDraft | undefined {
  if (!kept) return undefined;
  try {
    const one = JSON.parse(kept) as Partial<KeptDraft>;
    if (typeof one.text !== "string" || !["AVRO", "JSON", "PROTOBUF"].includes(String(one.type))) return undefined;
    return {
      type: one.type as SchemaType,
      text: one.text,
      references: Array.isArray(one.references) ? one.references : [],
      contract: one.contract,
      level: (one.level ?? "") as Level | "",
      at: Number(one.at) || 0,
    };
  } catch {
    return undefined;
  }
}

type Metadata = components["schemas"]["Metadata"];

/** The metadata to send; undefined where nothing was changed, since a version inherits those of the one before. */
export function metadataOf(before: Metadata | undefined, owner: string, description: string): Metadata | undefined {
  const properties: Record<string, string> = { ...before?.properties };
  const set = (name: string, value: string) => {
    if (value.trim()) properties[name] = value.trim();
    else delete properties[name];
  };
  set("owner", owner);
  set("description", description);
  const isSame =
    (before?.properties?.owner ?? "") === (properties.owner ?? "") &&
    (before?.properties?.description ?? "") === (properties.description ?? "");
  return isSame ? undefined : { ...before, properties };
}

/** A first text for each format. */
export const STARTS: Record<SchemaType, string> = {
  AVRO: `{
  "type": "record",
  "name": "Event",
  "namespace": "com.example",
  "doc": "Something happened.",
  "fields": [
    {"name": "id", "type": "string", "doc": "Which one."},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
  ]
}
`,
  JSON: `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "Event",
  "type": "object",
  "properties": {
    "id": {"type": "string", "description": "Which one."},
    "at": {"type": "string", "format": "date-time"}
  },
  "required": ["id"],
  "additionalProperties": false
}
`,
  PROTOBUF: `syntax = "proto3";
package com.example;

// Something happened.
message Event {
  // Which one.
  string id = 1;
  int64 at = 2;
}
`,
};
