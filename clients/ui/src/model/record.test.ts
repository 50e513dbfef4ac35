import { describe, expect, test } from "vitest";
import type { Violation } from "../api/queries";
import { flat, inner, opened, parts, reasons, recordJson, recordTree, shown } from "./record";

const item = (name: string, ...rules: string[]) => ({
  name,
  mask: "record",
  inner: [
    { name: "sku", mask: "string(3)" },
    { name: "price", mask: rules.length ? "absent" : "bytes(2)", ...(rules.length ? { rules } : {}) },
  ],
});
const tree = {
  name: "",
  mask: "record",
  inner: [
    { name: "id", mask: "int" },
    { name: "lines", mask: "list(9)", rules: ["few"], inner: [item("[0]"), item("[7]", "tidegate.payload", "priced")] },
    { name: "labels", mask: "map(1)", inner: [{ name: "{0}", mask: "hidden" }] },
  ],
};
const sample = { path: "lines[7].price", fields: [{ path: "id", mask: "int" }], tree };
const violation = (id: string, rule: string, path: string, reason: string, clientId = "a") =>
  ({ id, rule, path, reason, clientId }) as Violation;

describe("a record", () => {
  test("is shown as it is nested, with every place at fault and what leads to it", () => {
    const nodes = recordTree(sample, "priced");
    expect(nodes.map((one) => [one.name, one.mask, one.faults, one.left])).toEqual([
      ["id", "int", 0, 0],
      ["lines", "list(9)", 1, 7],
      ["labels", "map(1)", 0, 0],
    ]);
    const faults = flat(nodes).filter((one) => one.rules.length > 0);
    expect(faults.map((one) => [one.path, one.rules])).toEqual([
      ["lines", ["few"]],
      ["lines[7].price", ["tidegate.payload", "priced"]],
    ]);
    expect(new Set(flat(nodes).map(({ id }) => id)).size).toBe(flat(nodes).length);
    expect(flat(nodes).find((one) => one.name === "{0}")?.path).toBe("labels{0}");
    // Only what is opened is seen, and each knows what it is in.
    const seen = shown(nodes, new Set(["0.1", "0.1.1", "0.2.0"]));
    expect(seen.map(({ node, depth, parent }) => `${depth} ${node.path} < ${parent}`)).toEqual([
      "0 id < undefined",
      "0 lines < undefined",
      "1 lines[0] < 0.1",
      "1 lines[7] < 0.1",
      "2 lines[7].sku < 0.1.1",
      "2 lines[7].price < 0.1.1",
      "0 labels < undefined",
    ]);
  });

  test("opens only what leads to a fault where it is large", () => {
    const many = Array.from({ length: 60 }, (_, index) => item(`[${index}]`));
    const large = { ...tree, inner: [...tree.inner, { name: "more", mask: "list(60)", inner: many }] };
    const nodes = recordTree({ ...sample, tree: large }, "priced");
    const names = (ids: string[]) =>
      flat(nodes)
        .filter(({ id }) => ids.includes(id))
        .map(({ path }) => path);
    expect(names(opened(nodes))).toEqual(["lines", "lines[7]"]);
    expect(inner(nodes)).toHaveLength(65);
    const small = recordTree(sample, "priced");
    expect(opened(small)).toEqual(inner(small));
  });

  test("that is at fault as a whole, or is one value, is a node itself", () => {
    expect(recordTree({ ...sample, tree: { ...tree, rules: ["whole"] } }, "whole")).toHaveLength(1);
    const [only] = recordTree({ ...sample, tree: { name: "", mask: "unreadable" } }, "whole");
    expect([only?.name, only?.path, only?.mask]).toEqual(["", "", "unreadable"]);
    expect(recordTree({ path: "", fields: [] }, "tidegate.framing")).toEqual([]);
  });

  test("that is told only by its fields is nested all the same, and what is missing is in it", () => {
    expect(parts("lines[0].labels{a}.sku")).toEqual(["lines", "[0]", "labels", "{a}", "sku"]);
    const fields = [{ path: "lines[0].sku", mask: "string(3)" }];
    const [lines] = recordTree({ path: "lines[0].price", fields }, "priced");
    expect(lines?.faults).toBe(1);
    expect(lines?.children[0]?.children.map((one) => [one.name, one.mask, one.rules])).toEqual([
      ["sku", "string(3)", []],
      ["price", "absent", ["priced"]],
    ]);
    const [whole] = recordTree({ path: "lines", fields }, "few");
    expect([whole?.mask, whole?.rules]).toEqual(["", ["few"]]);
  });

  test("has a reason for each fault, as far as any violation of the topic tells one", () => {
    const own = violation("1", "priced", "lines[].price", "value: every line has a price");
    const why = reasons(own, [
      violation("2", "few", "lines", "value: at most five lines", "b"),
      violation("3", "few", "lines", "value: at most nine lines"),
      violation("4", "tidegate.payload", "lines[].sku", "value: no text"),
    ]);
    expect(why("priced", "lines[7].price")).toEqual({ text: "Every line has a price", violation: undefined });
    expect(why("priced", "elsewhere").text).toBe("Every line has a price");
    expect(why("few", "lines")).toEqual({ text: "At most nine lines", violation: "3" });
    expect(why("tidegate.payload", "lines[7].sku")).toEqual({ text: "No text", violation: "4" });
    expect(why("tidegate.payload", "id")).toEqual({ text: "Payload does not fit its schema", violation: undefined });
  });

  test("is JSON, too", () => {
    const own = violation("1", "priced", "lines[].price", "value: every line has a price");
    const json = JSON.parse(recordJson(recordTree(sample, "priced"), reasons(own, [])));
    expect(json.record.lines["[7]"]).toEqual({ sku: "string(3)", price: "absent" });
    expect(json.faults).toContainEqual({
      path: "lines[7].price",
      rule: "priced",
      reason: "Every line has a price",
    });
    expect(recordJson(recordTree({ ...sample, tree: { name: "", mask: "int" } }, "r"), reasons(own, []))).toContain(
      '"record": "int"',
    );
  });
});
