// Do columns that have no room share what there is?
import { expect, test } from "vitest";
import { tracks } from "./Table";

test("columns keep their least widths where there is room, and give them up where there is none", () => {
  const columns = [{ width: "minmax(280px, 3.2fr)" }, { width: "88px" }];
  // 280 and 88, 12 for either, and 60 around.
  expect(tracks(columns, 452)).toEqual(["minmax(280px, 3.2fr)", "88px"]);
  expect(tracks(columns, 451)).toEqual(["minmax(0px, 3.2fr)", "88px"]);
  // It is not known yet how wide it is.
  expect(tracks(columns, 0)).toEqual(["minmax(280px, 3.2fr)", "88px"]);
});
