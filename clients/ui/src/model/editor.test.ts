// Does the editor put what the server says where it belongs?
import { describe, expect, test } from "vitest";
import { encodeAvro } from "./avro-encode";
import type { Explanation, Finding } from "./compare";
import {
  applied,
  asHeld,
  draftFrom,
  editsOf,
  indexAt,
  isAsked,
  metadataOf,
  missingReferences,
  notesOf,
  troubleAt,
  withDefinitions,
} from "./editor";

const finding = (more: Partial<Finding> = {}): Finding => ({
  rule: "TG101",
  slug: "avro-field-without-default",
  severity: "error",
  direction: "BACKWARD",
  version: 2,
  candidate: { path: "/fields/1", span: { start: 3, end: 5, line: 1, column: 1 } },
  existing: { path: "" },
  message: "no default",
  ...more,
});
const told = (findings: Finding[], more: Partial<Explanation> = {}): Explanation => ({
  isCompatible: false,
  schemaType: "AVRO",
  compatibility: "BACKWARD",
  compatibilityPolicy: "STRICT",
  passes: ["NONE"],
  comparedWith: [2, 1],
  changes: [],
  findings,
  ...more,
});

describe("places", () => {
  test("of bytes are those of letters, whatever they take", () => {
    const text = "aé€😀z";
    expect([0, 1, 3, 6, 10, 11].map((byte) => indexAt(text, byte))).toEqual([0, 1, 2, 3, 5, 6]);
    expect(indexAt(text, 99)).toBe(text.length);
  });

  test("where a text stops making sense are found in what is said about it", () => {
    expect(troubleAt("AVRO", "{\n  x}", "expected value at line 2 column 3")).toBe(4);
    expect(troubleAt("PROTOBUF", "a\nb", "2:1: unexpected 'b'")).toBe(2);
    expect(troubleAt("JSON", '{"a": ', "no JSON")).toBe(6);
    expect(troubleAt("PROTOBUF", "a", "nothing told")).toBeUndefined();
    expect(troubleAt("AVRO", "{}", "at line 9 column 1")).toBeUndefined();
  });
});

describe("a fix", () => {
  test("is put in where it belongs, several at once", () => {
    const text = "é[a,b]";
    const edits = editsOf(
      text,
      finding({
        edits: [
          { text: "candidate", span: { start: 5, end: 6, line: 1, column: 5 }, replacement: "B" },
          { text: "candidate", span: { start: 3, end: 4, line: 1, column: 3 }, replacement: "AA" },
        ],
      }),
    );
    expect(applied(text, edits)).toBe("é[AA,B]");
  });

  test("of another text is none here", () => {
    const span = { start: 0, end: 1, line: 1, column: 1 };
    expect(editsOf("a", finding({ edits: [{ text: "existing", span, replacement: "b" }] }))).toEqual([]);
    expect(editsOf("a", finding())).toEqual([]);
  });
});

describe("what is said", () => {
  test("counts if the level looks at it", () => {
    const one = told([]);
    expect(isAsked(finding(), one)).toBe(true);
    expect(isAsked(finding({ direction: "FORWARD" }), one)).toBe(false);
    expect(isAsked(finding({ version: 1 }), one)).toBe(false);
    expect(isAsked(finding({ version: 1 }), { ...one, compatibility: "BACKWARD_TRANSITIVE" })).toBe(true);
  });

  test("of several versions stands in the margin once", () => {
    const notes = notesOf(
      "0123456789",
      told([finding(), finding({ version: 1 }), finding({ message: "later", candidate: { path: "" } })], {
        compatibility: "FULL_TRANSITIVE",
      }),
    );
    expect(notes.map(({ from, to, message }) => [from, to, message])).toEqual([
      [0, 0, "TG101: later"],
      [3, 5, "TG101: no default"],
    ]);
  });

  test("about an older version frightens nobody whose level does not look at it", () => {
    const change = {
      kind: "added" as const,
      element: "field" as const,
      name: "a",
      summary: "a was added",
      backward: { verdict: "error" as const, findings: [0] },
      forward: { verdict: "safe" as const },
    };
    const explained = told([finding({ version: 1 })], { changes: [change] });
    expect(asHeld(explained).changes[0]?.backward.verdict).toBe("safe");
    const transitive = { ...explained, compatibility: "BACKWARD_TRANSITIVE" as const };
    expect(asHeld(transitive).changes[0]?.backward.verdict).toBe("error");
  });
});

describe("references", () => {
  test("of Avro are names that are used and not defined", () => {
    const text = JSON.stringify({
      type: "record",
      name: "a.Order",
      fields: [
        { name: "own", type: { type: "enum", name: "Kind", symbols: ["A"] } },
        { name: "again", type: ["null", "Kind"] },
        { name: "there", type: { type: "array", items: "b.Address" } },
        { name: "near", type: { type: "map", values: "Money" } },
      ],
    });
    expect(missingReferences("AVRO", text, [])).toEqual(["b.Address", "a.Money"]);
    expect(missingReferences("AVRO", text, [{ name: "b.Address", subject: "s", version: 1 }])).toEqual(["a.Money"]);
    expect(missingReferences("AVRO", "{", [])).toEqual([]);
  });

  test("of the other formats are what is imported, or pointed at", () => {
    const proto = 'import "google/protobuf/timestamp.proto";\nimport public "shop/money.proto";';
    expect(missingReferences("PROTOBUF", proto, [])).toEqual(["shop/money.proto"]);
    const json = JSON.stringify({
      $id: "own.json",
      a: { $ref: "#/b" },
      c: { $ref: "other.json#/d" },
      e: { $ref: "own.json" },
    });
    expect(missingReferences("JSON", json, [])).toEqual(["other.json"]);
  });

  test("of Avro are put beside a text, so that it can be read here", () => {
    const text = JSON.stringify({ type: "record", name: "a.Order", fields: [{ name: "to", type: "b.Address" }] });
    const address = '{"type": "record", "name": "b.Address", "fields": [{"name": "city", "type": "string"}]}';
    const whole = withDefinitions(text, [address]);
    expect([...encodeAvro(JSON.parse(whole), { to: { city: "A" } })]).toEqual([2, 65]);
    expect(() => encodeAvro(JSON.parse(text), { to: { city: "A" } })).toThrow();
    const bare = withDefinitions(text.replace("b.Address", "Address"), [address.replace("b.Address", "Address")]);
    expect([...encodeAvro(JSON.parse(bare), { to: { city: "A" } })]).toEqual([2, 65]);
    expect(withDefinitions("{", [address])).toBe("{");
    expect(withDefinitions(text, [])).toBe(text);
  });
});

describe("what belongs to a version", () => {
  test("is sent only where it was changed", () => {
    const before = { properties: { owner: "team", other: "x" }, tags: { a: ["PII"] } };
    expect(metadataOf(before, "team", "")).toBeUndefined();
    expect(metadataOf(before, "new", " what ")).toEqual({
      properties: { owner: "new", other: "x", description: "what" },
      tags: { a: ["PII"] },
    });
    expect(metadataOf(undefined, "", "")).toBeUndefined();
  });

  test("is kept as a draft, and nothing else is taken for one", () => {
    const draft = { type: "JSON", text: "{}", references: [], contract: { owner: "a" }, level: "", at: 5 };
    expect(draftFrom(JSON.stringify(draft))).toEqual(draft);
    for (const wrong of [undefined, "", "{", "[]", '{"text": 1}', '{"text": "a", "type": "XML"}'])
      expect(draftFrom(wrong)).toBeUndefined();
  });
});
