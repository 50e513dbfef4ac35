// Is what is typed in the form of an application what the server is told?
import { expect, test } from "vitest";
import { type Application, draftOf, FRESH, lacks, namesIn, wishOf } from "./applications";

const BILLING: Application = {
  name: "billing",
  owner: "team-finance",
  principals: ["CN=billing, O=Shop"],
  clientIds: ["billing-*", "invoices"],
  groups: [],
  job: { namespace: "flink-prod", name: "billing" },
  changedAt: "2026-03-01T10:00:00.000Z",
  changedBy: "steward",
};

test("a declaration comes back as it was", () => {
  const { name: _name, changedAt: _at, changedBy: _by, ...wish } = BILLING;
  expect(wishOf(draftOf(BILLING))).toEqual(wish);
  expect(lacks(draftOf(BILLING))).toEqual([]);
});

test("names stand in lines, each once, and may hold commas", () => {
  expect(namesIn(" a \n\nCN=x, O=y\r\na")).toEqual(["a", "CN=x, O=y"]);
});

test("what is missing is told", () => {
  expect(lacks(FRESH)).toEqual(["name", "names"]);
  const draft = { ...FRESH, name: "shop", groups: "shop" };
  expect(lacks(draft)).toEqual([]);
  expect(lacks({ ...draft, clientIds: "*" })).toEqual(["star"]);
  expect(lacks({ ...draft, jobName: "shop" })).toEqual(["job"]);
  expect(lacks({ ...draft, owner: "é".repeat(128) })).toEqual(["long"]);
  expect(lacks({ ...draft, clientIds: Array.from({ length: 101 }, (_, at) => `c${at}`).join("\n") })).toEqual(["many"]);
  expect(wishOf(draft)).toEqual({ groups: ["shop"], clientIds: [], principals: [] });
});
