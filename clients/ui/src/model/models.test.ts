// Do comparisons, records, rules and policies mean what they say?
import { describe, expect, test } from "vitest";
import { type Overview, split } from "../api/subject-name";
import { encodeAvro } from "./avro-encode";
import { type Change, directions, type Explanation, findingsOf, merged, ranked, verdictUnder } from "./compare";
import { fieldsOf } from "./fields";
import { ago } from "./format";
import { printed } from "./json-text";
import { differences, FRESH, plainPolicy, wishOf } from "./policy";
import { parseRecords, sampleOf } from "./sample";
import { csv } from "./subjects";

const subject = (name: string) =>
  ({
    subject: name,
    context: ".",
    version: 1,
    id: 1,
    schemaType: "AVRO",
    versions: 1,
    updated: 0,
    compatibility: { level: "BACKWARD", from: "server" },
    mode: { mode: "READWRITE", from: "server" },
  }) as Overview;

describe("subjects", () => {
  test("are exported without formulas", () => {
    expect(csv([subject('=cmd|"x",y')])).toContain(`"'=cmd|""x"",y"`);
  });

  test("have a context in front or none", () => {
    expect(split(":.staging:orders-value")).toEqual({ context: ".staging", name: "orders-value" });
    expect(split("a:b/c %")).toEqual({ context: ".", name: "a:b/c %" });
  });
});

describe("a comparison", () => {
  const change = (path: string, kind: string, backward: string, forward: string, findings: number[] = []) =>
    ({
      kind,
      element: "field",
      name: path,
      path,
      summary: path,
      backward: { verdict: backward, findings },
      forward: { verdict: forward },
    }) as unknown as Change;
  const told = {
    compatibility: "BACKWARD",
    changes: [
      change("a", "removed", "safe", "error"),
      change("b", "changed", "error", "safe", [0]),
      change("c", "added", "safe", "safe"),
    ],
    findings: [{ rule: "TG103", severity: "error", direction: "BACKWARD", message: "m" }],
  } as unknown as Explanation;

  test("puts what the level refuses first, and knows each direction", () => {
    expect(ranked(told).map((one) => one.path)).toEqual(["b", "a", "c"]);
    expect(verdictUnder(told.changes[0] as Change, "FORWARD_TRANSITIVE")).toBe("error");
    expect(verdictUnder(told.changes[0] as Change, "NONE")).toBe("safe");
    expect(directions("FULL")).toEqual(["BACKWARD", "FORWARD"]);
    expect(findingsOf(told.changes[1] as Change, told)).toHaveLength(1);
  });

  test("is one tree, with what is gone where it was", () => {
    const avro = (names: string[]) =>
      fieldsOf(
        "AVRO",
        JSON.stringify({ type: "record", name: "R", fields: names.map((name) => ({ name, type: "int" })) }),
      ) ?? [];
    const tree = merged(avro(["x", "a", "b"]), avro(["x", "b", "c"]), told.changes);
    expect(tree.map((node) => `${node.mark} ${(node.after ?? node.before)?.name}`)).toEqual([
      "same x",
      "removed a",
      "changed b",
      "added c",
    ]);
  });
});

test("JSON is printed with the line of every pointer", () => {
  const { text, lines } = printed('{"a/b":[1,2],"fields":[{"name":"x"},{"name":"y","items":[]}]}');
  expect(JSON.parse(text)).toEqual({ "a/b": [1, 2], fields: [{ name: "x" }, { name: "y", items: [] }] });
  const line = lines.get("/fields/1/name") ?? 0;
  expect(text.split("\n")[line - 1]).toContain('"name": "y"');
  expect(lines.get("/a~1b")).toBe(2);
  expect(printed("not json").text).toBe("not json");
});

describe("records", () => {
  test("become Avro's bytes", () => {
    const bytes = (type: unknown, value: unknown) => [...encodeAvro(type as never, value as never)];
    expect(bytes("long", -65)).toEqual([0x81, 0x01]);
    expect(bytes("string", "hé")).toEqual([6, 0x68, 0xc3, 0xa9]);
    expect(bytes(["null", "int"], 1)).toEqual([2, 2]);
    expect(bytes({ type: "array", items: "boolean" }, [true])).toEqual([2, 1, 0]);
    expect(bytes({ type: "map", values: "int" }, {})).toEqual([0]);
    expect(bytes({ type: "bytes", logicalType: "decimal", precision: 4, scale: 2 }, -1.28)).toEqual([2, 0x80]);
    expect(bytes({ type: "enum", name: "E", symbols: ["A", "B"] }, "B")).toEqual([2]);
    const list = {
      type: "record",
      name: "n.R",
      fields: [
        { name: "v", type: "int", default: 5 },
        { name: "next", type: ["null", "R"], default: null },
      ],
    };
    expect(bytes(list, { next: { v: 1 } })).toEqual([10, 2, 2, 0]);
    expect(() => bytes(list, { v: "x" })).toThrow("v: a whole number is expected");
  });

  test("are pasted as a list, as one, or line by line", () => {
    const count = (text: string) => {
      const parsed = parseRecords("JSON", "{}", text);
      return "records" in parsed ? parsed.records.length : parsed.error;
    };
    expect(count('[{"a":1},{"a":2}]')).toBe(2);
    expect(count('{"a":1}\n{"a":2}\n\n{"a":3}')).toBe(3);
    expect(typeof count("{")).toBe("string");
  });

  test("are messages in JSON or in bytes for Protobuf", () => {
    expect(parseRecords("PROTOBUF", "", '{"id":1}\n{"id":2}')).toMatchObject({
      records: [{ json: { id: 1 } }, { json: { id: 2 } }],
    });
    expect(parseRecords("PROTOBUF", "", "CAE=\nCAI=")).toMatchObject({
      records: [{ base64: "CAE=" }, { base64: "CAI=" }],
    });
  });

  test("can be made up from a schema, and then fit it", () => {
    const schema = JSON.stringify({
      type: "record",
      name: "R",
      fields: [
        { name: "id", type: { type: "string", logicalType: "uuid" } },
        { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
        { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 4, scale: 2 } },
        { name: "tags", type: { type: "array", items: "string" } },
        { name: "note", type: ["null", "string"] },
      ],
    });
    expect(parseRecords("AVRO", schema, JSON.stringify(sampleOf(fieldsOf("AVRO", schema) ?? [])))).toHaveProperty(
      "records",
    );
  });
});

test("policies are told in words, and only what differs is a difference", () => {
  const policy = { ...FRESH, topics: "orders.*", mode: "enforce" as const, percent: 10 };
  expect(plainPolicy(policy)).toContain("orders.*");
  expect(plainPolicy(policy)).toContain("10");
  expect(wishOf(policy)).not.toHaveProperty("deadLetterTopic");
  expect(differences(wishOf(policy), wishOf({ ...policy, percent: 20 }))).toEqual([
    { name: "percent", before: "10", after: "20" },
  ]);
});

test("times are told from now, by the largest whole unit", () => {
  expect(ago(Date.now() - 3 * 3_600_000 - 5_000)).toMatch(/3/);
  expect(ago(0, 30_000)).not.toMatch(/30/);
});
