// Are rights written as the server reads them, and is nothing sent that it would refuse?
import { expect, test } from "vitest";
import { grantOf } from "./rights";
import {
  endState,
  FRESH_GRANT,
  FRESH_TOKEN,
  grantText,
  isName,
  mayAdminister,
  secondsOf,
  wishOf,
  withRight,
} from "./tokens";

const row = (more: Partial<typeof FRESH_GRANT>) => ({ ...FRESH_GRANT, ...more });

test("a right is written with where it holds, and read again as it was meant", () => {
  const cases = [
    [row({ right: "write" }), "write", "*", ""],
    [row({ right: "admin", place: "context", context: "staging" }), "admin :.staging:", ".staging", ""],
    [row({ place: "context" }), "read :.:", ".", ""],
    [row({ place: "subjects", prefix: " orders-" }), "read orders-", ".", "orders-"],
    [row({ place: "subjects", prefix: ":odd" }), "read :.::odd", ".", ":odd"],
    [row({ place: "subjects", context: ".lab", prefix: "x" }), "read :.lab:x", ".lab", "x"],
    [row({ place: "anywhere", prefix: "orders-" }), "read :*:orders-", "*", "orders-"],
  ] as const;
  for (const [one, text, context, prefix] of cases) {
    expect(grantText(one)).toBe(text);
    expect(grantOf(text)).toMatchObject({ right: one.right, context, prefix });
  }
  expect(grantText(row({ place: "subjects", prefix: " " }))).toBeUndefined();
});

test("a right takes along only a place that it may have", () => {
  const some = row({ place: "subjects", prefix: "orders-" });
  expect(withRight(some, "write").place).toBe("subjects");
  expect(withRight(some, "admin").place).toBe("everything");
  expect(withRight(row({ place: "context" }), "observe").place).toBe("everything");
});

test("nothing is sent that lacks something", () => {
  const draft = { ...FRESH_TOKEN, name: " ci " };
  expect(wishOf(draft)).toEqual({ name: "ci", grants: ["read"], expiresInSeconds: 90 * 86_400 });
  expect(wishOf({ ...draft, ends: "never" })).toEqual({ name: "ci", grants: ["read"] });
  expect(wishOf({ ...draft, grants: [FRESH_GRANT, FRESH_GRANT] })?.grants).toEqual(["read"]);
  expect(wishOf({ ...draft, name: "a b" })).toBeUndefined();
  expect(wishOf({ ...draft, grants: [] })).toBeUndefined();
  expect(wishOf({ ...draft, grants: [row({ place: "anywhere" })] })).toBeUndefined();
  expect(wishOf({ ...draft, ends: "other", days: "0" })).toBeUndefined();
  expect(secondsOf({ ends: "other", days: "2" })).toBe(172_800);
  expect(secondsOf({ ends: "other", days: "two" })).toBeUndefined();
  expect(isName("a".repeat(101)) || isName("")).toBe(false);
  expect(mayAdminister(draft)).toBe(false);
  expect(mayAdminister({ ...draft, grants: [row({ right: "admin" })] })).toBe(true);
});

test("an end is told as it comes near", () => {
  const now = Date.parse("2026-03-01T00:00:00Z");
  expect(endState(undefined, now)).toBe("never");
  expect(endState("2026-02-28T00:00:00Z", now)).toBe("ended");
  expect(endState("2026-03-04T00:00:00Z", now)).toBe("soon");
  expect(endState("2026-06-01T00:00:00Z", now)).toBe("later");
});
