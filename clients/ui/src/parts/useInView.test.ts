// Of a long list, are the rows there that somebody sees, and some more?
import { expect, test } from "vitest";
import { around } from "./useInView";

test("those in view are there, and some before and behind", () => {
  expect(around(0, 20, 1000)).toEqual({ from: 0, to: 32 });
  expect(around(500, 20, 1000)).toEqual({ from: 488, to: 532 });
  expect(around(990, 20, 1000)).toEqual({ from: 978, to: 1000 });
  expect(around(3, 20, 5)).toEqual({ from: 0, to: 5 });
  expect(around(0, 20, 0)).toEqual({ from: 0, to: 0 });
});

test("of a list far below or above the nearer end is there", () => {
  expect(around(-400, 20, 1000)).toEqual({ from: 0, to: 12 });
  // It became shorter while the page has not scrolled back yet.
  expect(around(900, 20, 40)).toEqual({ from: 28, to: 40 });
});
