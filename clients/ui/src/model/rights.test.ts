import { expect, test } from "vitest";
import { lack, may, plainGrant } from "./rights";

const subject = (name: string) => ({ subject: name });

// The same cases as in the server's grants.rs, which decides.
test("rights hold where they are given", () => {
  const some = ["write orders-", "read :.staging:", "admin :.lab:"];
  expect(may(some, "write", subject("orders-value")) && may(some, "read", subject("orders-value"))).toBe(true);
  expect(may(some, "read", subject("payments-value"))).toBe(false);
  expect(may(some, "read", subject(":.other:orders-value"))).toBe(false);
  expect(may(some, "read", subject(":.staging:x"))).toBe(true);
  expect(may(some, "write", subject(":.staging:x"))).toBe(false);
  expect(may(some, "admin", subject(":.lab:")) && !may(some, "admin", subject(":.staging:"))).toBe(true);
  expect(may(some, "write", subject(""))).toBe(false);
  expect(may(some, "read", "everything")).toBe(false);
  expect(may(["write"], "read", "everything") && may(["write"], "observe", "everything")).toBe(true);
  expect(may(["write"], "admin", "everything")).toBe(false);
  expect(may(["observe"], "read", "everything") || may(["read"], "observe", "everything")).toBe(false);
  expect(may(["read :*:orders-"], "read", subject(":.staging:orders-value"))).toBe(true);
  expect(may(["read :*:orders-"], "read", "everything")).toBe(false);
  expect(
    may(["write orders-"], "write", { topic: "orders" }) && !may(["write orders-"], "write", { topic: "order" }),
  ).toBe(true);
  expect(may(["own"], "read", subject("x")) || may([], "read", subject("x"))).toBe(false);
});

test("are told in words, and so is what is missing", () => {
  expect(plainGrant("write orders-")).toContain("orders-");
  expect(plainGrant("admin :.lab:")).toContain("lab");
  expect(plainGrant("read")).toContain("everything");
  expect(plainGrant("fly")).toBe("fly");
  expect(lack({ name: "ann", grants: ["write"] }, "write", subject("orders-value"))).toBeUndefined();
  expect(lack({ name: "ann", grants: ["read"] }, "write", subject("orders-value"))).toContain("orders-value");
  expect(lack({ grants: [] }, "admin", "everything")).toContain("not signed in");
});
