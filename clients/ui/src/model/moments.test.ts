// Are moments kept as the address has them, and is what happened put where it belongs?
import { expect, test } from "vitest";
import { clusters, HOUR, laneOf, moment, momentAt, neighbour, placeOf, span } from "./moments";

const at = (hour: number) => new Date(hour * HOUR).toISOString();

test("what happened is of one kind, and what is near to each other is one mark", () => {
  expect(
    ["schema.register", "config.set", "policy.change", "writer.silent", "reader.appeared", "flow.declared"].map(laneOf),
  ).toEqual(["schemas", "settings", "policies", "writers", "readers", "flows"]);
  const events = [at(0), at(0.1), at(12), at(30)].map((when) => ({ at: when, what: "schema.register" }));
  const lanes = clusters(events, 0, 24 * HOUR);
  expect(lanes.get("schemas")?.map((one) => one.events.length)).toEqual([2, 1]);
  expect(lanes.get("schemas")?.[1]?.place).toBeCloseTo(0.5, 1);
  expect(clusters(events, 0, 0).size).toBe(0);
});

test("one steps from what happened to what happened before and next", () => {
  const events = [at(1), at(2), at(3)].map((when) => ({ at: when, what: "policy.change" }));
  expect(neighbour(events, 2 * HOUR, 1)).toBe(3 * HOUR);
  expect(neighbour(events, 2 * HOUR, -1)).toBe(1 * HOUR);
  expect(neighbour(events, 3 * HOUR, 1)).toBeUndefined();
});

test("the end of the line is now, and now is left out of the address", () => {
  const line = span(1, 100.5 * HOUR);
  expect(line).toEqual({ from: 77 * HOUR, to: 101 * HOUR });
  expect(momentAt(line.to, line.to)).toBeUndefined();
  expect(momentAt(80 * HOUR, line.to)).toBe("1970-01-04T08:00:00Z");
  expect(placeOf(undefined, line)).toBe(line.to);
  expect(placeOf("1970-01-04T08:00:00Z", line)).toBe(80 * HOUR);
  expect(placeOf("1960-01-01", line)).toBe(line.from);
  expect(placeOf("nonsense", line)).toBe(line.to);
});

test("an address that says nonsense is not sent on", () => {
  expect([moment("2026-02-28"), moment("2026-02-28T10:00:00Z"), moment("yesterday"), moment(undefined)]).toEqual([
    "2026-02-28",
    "2026-02-28T10:00:00Z",
    undefined,
    undefined,
  ]);
});
