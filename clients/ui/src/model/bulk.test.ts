// Is the work done for each, a few at a time, and never begun after it was stopped?
import { expect, test } from "vitest";
import { forEach, type Outcome, tally } from "./bulk";

test("each has its own outcome, and no more run at once than may", async () => {
  const outcomes = new Map<string, Outcome>();
  let [running, most] = [0, 0];
  await forEach(
    ["a", "b", "c", "d", "e"],
    async (key) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      if (key === "c") throw new Error("no");
    },
    (key, outcome) => outcomes.set(key, outcome),
    new AbortController().signal,
    2,
  );
  expect(most).toBe(2);
  expect(outcomes.get("c")).toEqual({ is: "failed", why: "no" });
  expect(tally(outcomes.values())).toEqual({ done: 4, failed: 1, over: 5 });
});

test("what was not begun when it was stopped is not done", async () => {
  const stop = new AbortController();
  const outcomes = new Map<string, Outcome>();
  await forEach(
    ["a", "b", "c"],
    async () => stop.abort(),
    (key, outcome) => outcomes.set(key, outcome),
    stop.signal,
    1,
  );
  expect([...outcomes].map(([key, one]) => [key, one.is])).toEqual([
    ["a", "done"],
    ["b", "stopped"],
    ["c", "stopped"],
  ]);
});
