import { describe, expect, test } from "vitest";
import { askable, chosenFacets, has, part, partsOf, quoted, toggled, valuesIn, without, withoutKey } from "./search";

describe("a search", () => {
  test("is read as the server reads it", () => {
    const q = 'Orders -owner:"Team Blue" format:avro :.staging:x "two words" owner:""';
    expect(partsOf(q).map(({ key, value, isNot }) => [key, value, isNot])).toEqual([
      ["", "Orders", false],
      ["owner", "Team Blue", true],
      ["type", "avro", false],
      ["", ":.staging:x", false],
      ["", "two words", false],
      ["owner", "", false],
    ]);
    expect(partsOf('a "never closed b').map(({ value }) => value)).toEqual(["a", "never closed b"]);
    expect(partsOf("  -  ")).toEqual([{ text: "-", key: "", value: "-", isNot: false }]);
  });

  test("takes a facet's value in, and lets it go, however it was written", () => {
    expect(part("owner", "")).toBe('owner:""');
    expect(part("tag", "two words")).toBe('tag:"two words"');
    expect(toggled("orders", "type", "AVRO")).toBe("orders type:AVRO");
    expect(toggled("format:avro orders", "type", "AVRO")).toBe("orders");
    expect(has("-type:AVRO", "type", "AVRO")).toBe(false);
    expect(toggled("-type:AVRO", "type", "AVRO")).toBe("-type:AVRO type:AVRO");
    expect(toggled('owner:"" x', "owner", "")).toBe("x");
  });

  test("is asked without one part, or without what narrows a facet", () => {
    expect(without('a owner:"Team Blue" b', 'owner:"Team Blue"')).toBe("a b");
    expect(withoutKey("tag:a tag:b -tag:c d", "tag")).toBe("-tag:c d");
    expect(valuesIn('tag:a -tag:b tag:"c d" tag:a', "tag")).toEqual(["a", "c d"]);
    expect(chosenFacets("level:FULL -tag:c id:7")).toEqual(["compatibility"]);
  });

  test("that is being written is asked without what has no value yet", () => {
    expect(askable("orders tag:")).toBe("orders");
    expect(askable('orders owner:""')).toBe('orders owner:""');
    expect(askable("context:. -field:")).toBe("context:.");
    expect(quoted('a "b" tag:c ')).toBe('"a  b  tag:c"');
    expect(quoted(' " ')).toBe("");
  });
});
