// Is time cut without gaps, and is as wide a line drawn as much flows?
import { describe, expect, test } from "vitest";
import type { NativeGraph } from "../api/lineage";
import { partsOf, rowsOf, seenIn, withLast, writtenTo } from "./history";
import { lately, latelyFrom, rateOf, rateText, SAMPLES, UNCOUNTED, widthOf } from "./rate";

const now = Date.parse("2026-03-31T10:30:00Z");
const HOUR = 3_600_000;
const began = now - HOUR;

test.each(["day", "fortnight"] as const)("the parts of a %s follow on each other up to now", (stretch) => {
  const parts = partsOf(stretch, now);
  expect(parts).toHaveLength(stretch === "day" ? 24 : 14);
  for (const [index, part] of parts.entries()) expect(part.to).toBe(parts[index + 1]?.from ?? part.to);
  const last = parts.at(-1);
  expect(Date.parse(last?.from ?? "")).toBeLessThanOrEqual(now);
  expect(Date.parse(last?.to ?? "")).toBeGreaterThan(now);
});

const edge = { records: 3600, refused: 4, grades: ["produced"], firstSeen: "2026-03-31T09:30:00Z", from: "a", to: "t" };

test("what was written is what writers brought, and no more", () => {
  const told = {
    edges: [
      edge,
      { ...edge, from: "b", records: 10, refused: 0 },
      { ...edge, from: "t", to: "g", grades: ["fetched"] },
    ],
  } as unknown as NativeGraph;
  expect(writtenTo("t", told)).toEqual({ records: 3610, refused: 4 });
  expect(writtenTo("t", null)).toEqual({ records: 0, refused: 0 });
});

test("each part has what was written since it began, but for what came after it", () => {
  const parts = partsOf("day", now).slice(-4);
  const [first, second, third] = parts.map((one) => one.from);
  const since = new Map([
    [first ?? "", { records: 30, refused: 3 }],
    [second ?? "", { records: 10, refused: 3 }],
    [third ?? "", { records: 10, refused: 1 }],
  ]);
  expect(rowsOf(parts, since).map(({ records, refused }) => [records, refused])).toEqual([
    [20, 0],
    [0, 2],
    [10, 1],
    [0, 0],
  ]);
  expect(seenIn(parts, "2026-03-31T08:30:00Z", "2026-03-31T09:00:00Z")).toEqual(parts.slice(1, 3));
});

test("the part that goes on has what is known by now", () => {
  const rows = [
    { at: 1, records: 5, refused: 1 },
    { at: 2, records: 7, refused: 2 },
  ];
  expect(withLast(rows, { records: 9, refused: 2 })).toEqual([rows[0], { at: 2, records: 9, refused: 2 }]);
  // What an earlier answer told is no more.
  expect(withLast(rows, { records: 6, refused: 3 }).at(-1)).toEqual({ at: 2, records: 7, refused: 3 });
  expect(withLast(rows, undefined)).toBe(rows);
});

describe("a rate", () => {
  test("is counted from when it was first seen, or from when one looks", () => {
    expect(rateOf(edge, {}, now)).toEqual({ perSecond: 1, from: began });
    expect(rateOf(edge, { from: "2026-03-31T10:00:00Z" }, now)).toEqual({ perSecond: 2, from: now - HOUR / 2 });
    const to = "2026-03-31T09:29:30Z";
    const early = { ...edge, firstSeen: "2026-03-31T09:28:30Z" };
    expect(rateOf(early, { to }, now)).toEqual({ perSecond: 60, from: began - 90_000, to: Date.parse(to) });
    expect(rateOf({ ...edge, firstSeen: "2026-03-31T10:30:00Z" }, {}, now)?.perSecond).toBe(3600);
  });

  test("is that of the hour before and of what has passed of this one, where it is told", () => {
    const from = latelyFrom(now);
    expect(from).toBe("2026-03-31T09:00:00.000Z");
    const ever = { perSecond: 9, from: began - 9 * HOUR };
    // Of what began within it, from then on.
    expect(lately({ ...ever, from: began }, edge.firstSeen, edge, from, now)).toEqual({ perSecond: 1, from: began });
    const again = { ...edge, records: 5400 };
    expect(lately(ever, edge.firstSeen, again, from, now)).toEqual({ perSecond: 1, from: Date.parse(from) });
    // Who was not seen since wrote nothing; of whom nothing was told, what is known stays.
    expect(lately(ever, "2026-03-31T08:59:00Z", undefined, from, now)).toEqual({
      perSecond: 0,
      from: Date.parse(from),
    });
    expect(lately(ever, "2026-03-31T09:01:00Z", undefined, from, now)).toBe(ever);
    // Readers are not counted, and what was then is no matter of now.
    expect(lately(undefined, edge.firstSeen, edge, from, now)).toBeUndefined();
    const then = { ...ever, to: began };
    expect(lately(then, edge.firstSeen, edge, from, now)).toBe(then);
  });

  test("is not made up where nothing was counted", () => {
    expect(rateOf({ ...edge, grades: ["fetched", "committed"] }, {}, now)).toBeUndefined();
    expect(rateOf({ ...edge, records: 0 }, {}, now)).toBeUndefined();
    expect(widthOf(undefined)).toBe(UNCOUNTED);
  });

  test("is as wide as it has digits, within bounds", () => {
    const widths = SAMPLES.map(widthOf);
    const steps = widths.slice(1).map((one, index) => Math.round((one - (widths[index] ?? 0)) * 1000));
    expect(new Set(steps).size).toBe(1);
    expect(widthOf(1e-9)).toBe(widths[0]);
    expect(widthOf(1e9)).toBe(widths.at(-1));
  });

  test("is said in a few digits", () => {
    expect([0, 0.001, 0.0123, 1.26, 12_345].map(rateText)).toEqual(["0", "< 0.01", "0.012", "1.3", "12,300"]);
  });
});
