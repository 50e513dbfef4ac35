// Are the fields of all formats found, under the paths that the server uses?
import { describe, expect, test } from "vitest";
import { countFields, type FieldNode, fieldsOf, filterFields, rowsOf, sinceOf } from "./fields";

const paths = (fields: FieldNode[] | undefined): string[] =>
  (fields ?? []).flatMap((one) => [one.path, ...paths(one.children)]);
const find = (fields: FieldNode[] | undefined, path: string): FieldNode | undefined =>
  (fields ?? []).map((one) => (one.path === path ? one : find(one.children, path))).find(Boolean);

describe("Avro", () => {
  const schema = JSON.stringify({
    type: "record",
    name: "shop.Order",
    fields: [
      { name: "id", type: "long", doc: "Its number." },
      {
        name: "customer",
        type: [
          "null",
          { type: "record", name: "Customer", fields: [{ name: "email", type: "string", "confluent:tags": ["PII"] }] },
        ],
        default: null,
      },
      {
        name: "lines",
        type: {
          type: "array",
          items: {
            type: "record",
            name: "Line",
            fields: [{ name: "price", type: { type: "bytes", logicalType: "decimal", precision: 8, scale: 2 } }],
          },
        },
      },
      { name: "labels", type: { type: "map", values: "Line" } },
      { name: "parent", type: ["null", "Order"] },
    ],
  });
  const fields = fieldsOf("AVRO", schema, { "shop.Order.id": ["KEY"] });

  test("has paths through records, lists and maps, and ends where a type leads to itself", () => {
    expect(paths(fields)).toEqual([
      "id",
      "customer",
      "customer.email",
      "lines",
      "lines[].price",
      "labels",
      "labels{}.price",
      "parent",
    ]);
  });

  test("tells types, defaults, tags and what is optional", () => {
    expect(find(fields, "customer")).toMatchObject({ type: "Customer or null", optional: true, default: "null" });
    expect(find(fields, "customer.email")).toMatchObject({ tags: ["PII"], optional: false });
    expect(find(fields, "lines[].price")?.type).toBe("decimal(8, 2)");
    expect(find(fields, "id")?.tags).toEqual(["KEY"]);
  });
});

test("JSON Schema has required and referenced fields", () => {
  const fields = fieldsOf(
    "JSON",
    JSON.stringify({
      type: "object",
      required: ["id"],
      properties: {
        id: { type: "integer" },
        home: { $ref: "#/definitions/address" },
        tags: { type: "array", items: { type: "object", properties: { name: { const: "x" } } } },
      },
      definitions: {
        address: {
          type: "object",
          properties: { city: { type: "string", format: "city" }, next: { $ref: "#/definitions/address" } },
        },
      },
    }),
  );
  expect(paths(fields)).toEqual(["id", "home", "home.city", "home.next", "tags", "tags[].name"]);
  expect(find(fields, "id")?.optional).toBe(false);
  expect(find(fields, "home.city")?.type).toBe("string (city)");
  expect(find(fields, "tags[].name")?.type).toBe('always "x"');
});

test("Protobuf has nested messages, maps, oneofs and comments", () => {
  const fields = fieldsOf(
    "PROTOBUF",
    `syntax = "proto3"; package a.b; import "x.proto";
     // An order.
     message Order {
       option deprecated = true;
       /* Its number. */ int64 id = 1 [deprecated = true];
       repeated Line lines = 2;
       map<string, a.b.Order.Line> by_name = 3;
       oneof pay { Card card = 4; string invoice = 5; }
       reserved 6 to 9;
       enum State { NEW = 0; }
       message Line { string sku = 1; Order order = 2; }
     }
     message Card { string number = 1; }`,
  );
  expect(paths(fields)).toEqual([
    "id",
    "lines",
    "lines[].sku",
    "lines[].order",
    "by_name",
    "by_name{}.sku",
    "by_name{}.order",
    "card",
    "card.number",
    "invoice",
  ]);
  expect(find(fields, "id")?.doc).toBe("Its number.");
  expect(find(fields, "card")?.tags).toEqual(["oneof pay"]);
});

test("text that is no schema has no fields, and throws nothing", () => {
  expect(fieldsOf("AVRO", "{")).toBeUndefined();
  for (const text of ["", "message", "message A {", "message A { map<", "}}}{{", "oneof"])
    expect(Array.isArray(fieldsOf("PROTOBUF", text))).toBe(true);
});

test("a search keeps the way to what it finds, and closed nodes hide what is in them", () => {
  const fields =
    fieldsOf(
      "AVRO",
      JSON.stringify({
        type: "record",
        name: "A",
        fields: [
          { name: "a", type: { type: "record", name: "B", fields: [{ name: "deep", type: "int" }] } },
          { name: "z", type: "int" },
        ],
      }),
    ) ?? [];
  expect(paths(filterFields(fields, "DEEP"))).toEqual(["a", "a.deep"]);
  expect(countFields(fields)).toBe(3);
  expect(rowsOf(fields, new Set(["a"])).map((row) => row.node.path)).toEqual(["a", "z"]);
});

test("a field tells in which version it came, unless it always was there", () => {
  const version = (number: number, ...names: string[]) => ({
    version: number,
    schema: JSON.stringify({ type: "record", name: "A", fields: names.map((name) => ({ name, type: "int" })) }),
  });
  const versions = [
    version(7, "a", "b", "again", "new"),
    version(5, "a", "b", "again"),
    version(4, "a", "b"),
    version(2, "a", "again"),
  ];
  expect([...sinceOf(versions)].sort()).toEqual([
    ["again", 5],
    ["b", 4],
    ["new", 7],
  ]);
  // Of the one that is looked at alone nothing can be told, nor of none.
  expect(sinceOf(versions.slice(0, 1)).size + sinceOf([]).size).toBe(0);
  // What an unreadable text had is not known.
  expect(sinceOf([version(2, "a"), { version: 1, schema: "{" }]).size).toBe(0);
});
