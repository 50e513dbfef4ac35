// Is offered what can stand there, and nothing where it can't?
import { describe, expect, test } from "vitest";
import { offer } from "./complete";

/** The words where the bar stands. */
const at = (type: "AVRO" | "JSON" | "PROTOBUF", marked: string, named: string[] = []) => {
  const place = marked.indexOf("|");
  return offer(type, marked.replace("|", ""), place, named);
};

describe("completion", () => {
  test("offers types, also those of the text and its references", () => {
    const found = at("AVRO", '{"type": "enum", "name": "Kind", "x": {"type": "st|"}}', ["b.Address"]);
    expect(found?.words).toEqual(expect.arrayContaining(["string", "Kind", "b.Address"]));
    expect(at("AVRO", '{"type": ["null", "|"]}')?.words).toContain("long");
    expect(at("AVRO", '{"type": "long", "logicalType": "time|"}')?.words).toContain("timestamp-millis");
    expect(at("JSON", '{"format": "|"}')?.words).toContain("uuid");
  });

  test("offers members, replacing what is there of the word", () => {
    const found = at("AVRO", '{"na|');
    expect(found).toMatchObject({ from: 2, isText: true });
    expect(found?.words).toContain("namespace");
    expect(at("JSON", '{"type": "object", "prop|')?.words).toContain("properties");
  });

  test("offers nothing where somebody's own words go", () => {
    expect(at("AVRO", '{"name": "st|"}')).toBeUndefined();
    expect(at("AVRO", '{"symbols": ["A", "|')).toBeUndefined();
    expect(at("JSON", '{"required": ["a", "|')).toBeUndefined();
    expect(at("PROTOBUF", "message Order { string id = 1|")).toBeUndefined();
  });

  test("offers the words of Protobuf", () => {
    expect(at("PROTOBUF", "message A {\n  str|")?.words).toContain("string");
  });
});
