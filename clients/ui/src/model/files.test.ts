// Is each schema a file of its own, where it is wanted and nowhere else?
import { expect, test } from "vitest";
import { fileOf, pathOf } from "./files";

test("a context is a folder, and no name leads out of it", () => {
  expect(pathOf("orders.created-value", "AVRO")).toBe("orders.created-value.avsc");
  expect(pathOf(":.staging:orders-value", "PROTOBUF")).toBe("staging/orders-value.proto");
  expect(pathOf("../../etc/passwd", "JSON")).toBe("%2E%2E%2F..%2Fetc%2Fpasswd.json");
  expect(pathOf("a*b'c d", "JSON")).toBe("a%2Ab%27c%20d.json");
  expect(pathOf(":.:..", "OTHER")).toBe("%2E%2E.txt");
  expect(pathOf("a/b", "AVRO")).not.toBe(pathOf("a%2Fb", "AVRO"));
  expect(fileOf(":.staging:a/b value")).toBe("_.staging_a_b_value");
});
