// Is it told where bad records are, whatever policy and rule say together?
import { expect, test } from "vitest";
import type { components } from "../api/schema";
import { redriveOf } from "./redrive";

type Policy = components["schemas"]["Policy"];
const match = (action: Policy["action"], more: Partial<Policy> = {}, mode: Policy["mode"] = "enforce") => ({
  topic: "orders",
  mode,
  policy: { name: "orders", action, redrive: ["User:ops-*"], ...more } as Policy,
});
const rule = (onFailure?: string, params?: Record<string, string>) =>
  ({
    name: "cheap",
    ...(onFailure ? { onFailure } : {}),
    ...(params ? { params } : {}),
  }) as components["schemas"]["Rule"];

test("dead letters are where the policy says, else behind the topic's own name", () => {
  expect(redriveOf("orders", match("reject_and_dead_letter"), rule())).toEqual({
    kind: "kept",
    topic: "orders.dlq",
    past: ["User:ops-*"],
  });
  const elsewhere = match("remove_and_dead_letter", { deadLetterTopic: "letters" });
  expect(redriveOf("orders", elsewhere, rule("DLQ", { "dlq.topic": "its-own" }))).toMatchObject({ topic: "letters" });
  // Nobody may have a record pass that does not fit its schema.
  expect(redriveOf("orders", match("reject_and_dead_letter"))).toMatchObject({ past: [] });
});

test("a rule that keeps copies does so where the policy only refuses", () => {
  expect(redriveOf("orders", match("reject"), rule("DLQ", { "dlq.topic": "its-own" }))).toMatchObject({
    kind: "kept",
    topic: "its-own",
  });
  expect(redriveOf("orders", match("reject"), rule("DLQ,NONE"))).toMatchObject({ kind: "kept", topic: "orders.dlq" });
  expect(redriveOf("orders", match("reject"), rule("ERROR"))).toEqual({ kind: "refused" });
});

test("what was let pass is in its topic", () => {
  expect(redriveOf("orders", match("flag"))).toEqual({ kind: "flagged" });
  expect(redriveOf("orders", match("reject_and_dead_letter", {}, "shadow"))).toEqual({ kind: "passed" });
  expect(redriveOf("orders", match("reject"), rule("NONE"))).toEqual({ kind: "passed" });
  expect(redriveOf("orders", { topic: "orders" })).toBeUndefined();
  expect(redriveOf("orders", undefined)).toBeUndefined();
});
