// Do scales begin at nought, reach over the most, and stand at round places?
import { expect, test } from "vitest";
import { clockTimes, path, rounds } from "./axis";

test("a scale has round steps and reaches the most", () => {
  expect(rounds(0, 4)).toEqual([0, 0.5, 1]);
  expect(rounds(1, 4)).toEqual([0, 0.5, 1]);
  expect(rounds(37, 4)).toEqual([0, 10, 20, 30, 40]);
  expect(rounds(40, 4)).toEqual([0, 10, 20, 30, 40]);
  expect(rounds(41, 4)).toEqual([0, 20, 40, 60]);
  expect(rounds(123_456, 4)).toEqual([0, 50_000, 100_000, 150_000]);
});

test("times stand where the clock is round, and no closer than there is room for", () => {
  const noon = Date.parse("2026-03-01T12:00:00Z");
  expect(clockTimes(noon + 700, noon + 60_700, 7).map((at) => (at - noon) / 1000)).toEqual([10, 20, 30, 40, 50, 60]);
  expect(clockTimes(noon - 900_000, noon, 5).map((at) => (at - noon) / 60_000)).toEqual([-15, -10, -5, 0]);
  expect(clockTimes(noon, noon, 5)).toEqual([noon]);
});

test("a line is parted by what is unknown, and what stands alone is seen", () => {
  const points = [[0, 5], [10, 4], null, null, [40, 3], null, [60, 2], [70, 1.04]] as const;
  expect(path([...points])).toBe("M0,5L10,4M40,3h1M60,2L70,1");
  expect(path([[0, 5], [10, 4], null], 9)).toBe("M0,5L10,4L10,9H0Z");
  expect(path([null, null])).toBe("");
});
