// Is everybody who uses a subject told once, with all that is known of them?
import { expect, test } from "vitest";
import type { Usage } from "../api/lineage";
import { lookupsOf, readersOf, saidOf, writersOf } from "./usage";

const writer = (application: string, version: number, records: number, lastSeen: string): Usage["writers"][number] => ({
  application,
  topic: "topic:kafka://harbour:orders",
  id: version + 1,
  version,
  tier: 1,
  records,
  bytes: records * 100,
  refused: 1,
  recordsPerSecond: records / 100,
  firstSeen: "2026-11-01T00:00:00Z",
  lastSeen,
});
const told = (some: Partial<Usage>) => some as Usage;

test("who writes several versions is one writer, and who writes most is first", () => {
  const writers = [
    writer("till", 5, 120, "2026-11-20T00:00:00Z"),
    writer("checkout", 7, 100, "2026-11-28T00:00:00Z"),
    writer("checkout", 6, 300, "2026-11-25T00:00:00Z"),
    { ...writer("till", 5, 10, "2026-11-21T00:00:00Z"), topic: "topic:kafka://harbour:returns" },
  ];
  expect(writersOf(told({ writers })).map((one) => [one.application, one.versions, one.records, one.refused])).toEqual([
    ["checkout", [6, 7], 400, 2],
    ["till", [5], 120, 1],
    ["till", [5], 10, 1],
  ]);
  expect(writersOf(told({ writers }))[0]).toMatchObject({ recordsPerSecond: 4, lastSeen: "2026-11-28T00:00:00Z" });
});

test("who fetched schemas is told once, the last one first", () => {
  const fetched = (client: string, version: number | undefined, lastSeen: string) => ({
    client,
    namedBy: "principal" as const,
    id: 7,
    ...(version === undefined ? {} : { version }),
    count: 2,
    firstSeen: "2026-11-01T00:00:00Z",
    lastSeen,
  });
  const lookups = [
    fetched("billing", 3, "2026-11-20T00:00:00Z"),
    fetched("report", undefined, "2026-11-21T00:00:00Z"),
    fetched("billing", 2, "2026-11-22T00:00:00Z"),
  ];
  expect(lookupsOf(told({ lookups }))).toEqual([
    { client: "billing", versions: [2, 3], count: 4, lastSeen: "2026-11-22T00:00:00Z" },
    { client: "report", versions: [], count: 2, lastSeen: "2026-11-21T00:00:00Z" },
  ]);
});

test("what readers say that they read is found by their group, or by their name where they told none", () => {
  const said = (application: string, fields: string[] | null, group?: string) => ({
    application,
    ...(group ? { group } : {}),
    fields,
    publishedAt: "2026-11-01T00:00:00Z",
    stale: false,
  });
  const declaredReaders = [
    said("billing", ["id", "email"], "billing"),
    said("ledger", ["id", "total"], "billing"),
    said("audit", null),
  ];
  const usage = told({ declaredReaders });
  expect(saidOf(usage, "billing", ["billing-1"])).toEqual(["id", "email", "total"]);
  expect(saidOf(usage, "audit-group", ["audit"])).toEqual([]);
  expect(saidOf(usage, "unheard", ["billing"])).toBeUndefined();
  expect(saidOf(usage, undefined, ["nobody"])).toBeUndefined();
});

test("a field is read by whoever reads a part of it, or what it is a part of", () => {
  const said = (application: string, fields: string[] | null) => ({
    application,
    fields,
    publishedAt: "2026-11-01T00:00:00Z",
    stale: false,
  });
  const declared = [said("billing", ["id", "lines.price"]), said("packing", ["lines"]), said("audit", null)];
  expect(readersOf(declared, "id")).toEqual(["billing", "audit"]);
  expect(readersOf(declared, "lines")).toEqual(["billing", "packing", "audit"]);
  expect(readersOf(declared, "lines[].sku")).toEqual(["packing", "audit"]);
  expect(readersOf(declared, "lines[].price")).toEqual(["billing", "packing", "audit"]);
  expect(readersOf(declared, "identity")).toEqual(["audit"]);
  expect(readersOf([], "id")).toEqual([]);
});
