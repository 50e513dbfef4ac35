// Is everybody told who is concerned, once, with what is known and no more than that?
import { describe, expect, test } from "vitest";
import type { Impact, NativeGraph, Usage } from "../api/lineage";
import { checklist } from "../screens/impact/checklist";
import type { Explanation } from "./compare";
import { csv, isLive, narrowed, partiesOf, type Situation, sorted, stepsOf, sums, verdictOf } from "./impact";
import { nodeOf, parts } from "./nodes";

const NOW = new Date("2026-03-02T00:00:00Z").getTime();
const TOPIC = "topic:kafka://b:9092:orders";
type Told = Impact["readers"][number];
const party = (kind: Told["kind"], name: string, depth: number, more: Partial<Told> = {}): Told => ({
  id: `${kind}:kafka://b:9092:${name}`,
  kind,
  namespace: "kafka://b:9092",
  name,
  depth,
  evidence: ["observed"],
  grades: ["committed"],
  confidence: 1,
  records: 0,
  bytes: 0,
  refused: 0,
  firstSeen: "2026-02-01T00:00:00Z",
  lastSeen: "2026-03-01T23:00:00Z",
  ...more,
});
const impact: Impact = {
  node: TOPIC,
  writers: [
    party("application", "shop", 1, { grades: ["produced"], records: 120, schemas: [{ context: ".", id: 7 }] }),
    party("application", "old-till", 1, { grades: ["produced"], records: 5, lastSeen: "2026-02-20T00:00:00Z" }),
  ],
  readers: [
    party("group", "billing", 1, { owners: ["finance"] }),
    party("job", "enrich", 1, { evidence: ["declared"], grades: ["declared"], owners: ["data"] }),
    party("application", "billing-1", 2),
    party("group", "notifier", 3),
  ],
  declaredReaders: [],
  downstream: [party("topic", "enriched", 2, { evidence: ["declared"], grades: ["declared"], owners: ["data"] })],
  coverage: { groupsObserved: 2, groupsKnown: null, groupsElsewhere: [], fields: "unknown", unknown: ["Much."] },
  truncated: false,
};
const usage = {
  versions: [{ version: 3, id: 7, deleted: false, writers: 1, records: 120 }],
  writers: [{ application: "shop", topic: TOPIC, recordsPerSecond: 0.5 }],
} as unknown as Usage;
const graph = {
  nodes: [TOPIC, impact.readers[0]?.id, impact.readers[2]?.id].map((id, depth) => ({
    id,
    depth,
    kind: String(id).split(":")[0],
  })),
  edges: [
    { from: TOPIC, to: impact.readers[0]?.id },
    { from: impact.readers[0]?.id, to: impact.readers[2]?.id },
  ],
} as unknown as NativeGraph;
const parties = partiesOf(impact, usage, graph);
const by = (name: string) => parties.find((one) => one.name === name);

describe("who is concerned", () => {
  test("is told once, writers first and then by steps, members with their group", () => {
    expect(parties.map((one) => one.name)).toEqual(["old-till", "shop", "billing", "enrich", "enriched", "notifier"]);
    expect(by("billing")?.members).toEqual(["billing-1"]);
    expect(stepsOf(parties).map((one) => [one.step, one.parties.length])).toEqual([
      [1, 2],
      [2, 1],
      [3, 1],
    ]);
  });

  test("of a group that nobody answers for is asked among those who are in it", () => {
    const [billing, enrich, member, notifier] = impact.readers as [Told, Told, Told, Told];
    const unowned = {
      ...impact,
      readers: [{ ...billing, owners: [] }, enrich, { ...member, owners: ["payments"] }, notifier],
    };
    const owners = (told: Impact) => partiesOf(told, usage, graph).find((one) => one.name === "billing")?.owners;
    expect(owners(unowned)).toEqual(["payments"]);
    expect(owners({ ...unowned, readers: [billing, ...unowned.readers.slice(1)] })).toEqual(["finance"]);
  });

  test("is together from some step on", () => {
    expect(stepsOf(parties, 2).map((one) => [one.step, one.parties.length])).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  test("has what is counted, and null for what is not", () => {
    expect(by("shop")).toMatchObject({ rate: 0.5, records: 120, versions: [{ id: 7, version: 3 }] });
    expect(by("old-till")).toMatchObject({ rate: null, records: 5 });
    expect(by("billing")).toMatchObject({ rate: null, records: null, versions: [] });
  });

  test("is live or silent, and in numbers", () => {
    expect(parties.filter((one) => !isLive(one, NOW)).map((one) => one.name)).toEqual(["old-till"]);
    expect(sums(parties, NOW)).toMatchObject({
      writers: 1,
      readers: 2,
      further: 2,
      silent: 1,
      ownerless: 3,
      rate: 0.5,
      owners: [
        ["data", ["enrich", "enriched"]],
        ["finance", ["billing"]],
      ],
    });
  });

  test("is told of, too, where only the cluster knows it", () => {
    const groupsElsewhere = [{ group: "audit", topic: TOPIC, lastMoved: "2026-03-01T22:00:00Z" }];
    const all = partiesOf({ ...impact, coverage: { ...impact.coverage, groupsElsewhere } }, usage, graph);
    const audit = all.find((one) => one.name === "audit");
    expect(audit).toMatchObject({
      id: "group:kafka://b:9092:audit",
      role: "reader",
      isDirect: true,
      isElsewhere: true,
    });
    expect(sums(all, NOW).readers).toBe(3);
  });

  test("is narrowed and sorted", () => {
    expect(narrowed(parties, { role: "reader" }).map((one) => one.name)).toEqual(["billing", "enrich"]);
    expect(narrowed(parties, { role: "further", owner: "-" }).map((one) => one.name)).toEqual(["notifier"]);
    expect(sorted(parties, "-rate", () => "fine")[0]?.name).toBe("shop");
  });

  test("is written down with nothing where nothing is known", () => {
    const [, , shop, billing] = csv(parties, () => "concerned").split("\r\n");
    expect(shop).toContain(",3,0.5,120,0,");
    expect(billing).toContain("billing,reader,1,finance,,,,,");
  });
});

describe("what a change does", () => {
  const situation = (more: Partial<Situation>): Situation => ({
    change: "any",
    field: "",
    explained: undefined,
    fields: undefined,
    says: [],
    ...more,
  });
  const explained = (forward: string, backward: string) =>
    ({ changes: [{ forward: { verdict: forward }, backward: { verdict: backward } }] }) as unknown as Explanation;
  const of = (name: string, more: Partial<Situation>) => {
    const one = by(name);
    return one && verdictOf(one, situation(more));
  };

  test("breaks readers as they are where old readers can't read new data, and later ones where new can't read old", () => {
    const versions = { change: "versions" as const };
    expect(of("billing", { ...versions, explained: explained("error", "safe") })).toBe("breaks");
    expect(of("billing", { ...versions, explained: explained("safe", "error") })).toBe("waits");
    expect(of("billing", { ...versions, explained: explained("safe", "warning") })).toBe("fine");
    expect(of("shop", { ...versions, explained: explained("error", "error") })).toBe("fine");
    expect(of("notifier", { ...versions, explained: explained("error", "safe") })).toBe("concerned");
    expect(of("notifier", { ...versions, explained: explained("safe", "error") })).toBe("fine");
  });

  test("never takes a reader for one who doesn't use a field", () => {
    expect(of("billing", { field: "email" })).toBe("assumed");
    expect(of("enriched", { field: "email" })).toBe("assumed");
    const made = { namespace: "kafka://b:9092", dataset: "enriched", field: "hash", depth: 1, transformations: [] };
    const fields = [{ ...made, inferred: false }];
    expect(of("enriched", { field: "email", fields })).toBe("declared");
    // A guess is told as one, and says nothing of others.
    expect(of("enriched", { field: "email", fields: [{ ...made, inferred: true }] })).toBe("guessed");
    const other = { ...made, dataset: "another", inferred: true };
    expect(of("enriched", { field: "email", fields: [other] })).toBe("assumed");
    expect(of("enriched", { field: "email", fields: [] })).toBe("unmade");
    expect(of("shop", { change: "delete" })).toBe("loses");
  });

  test("takes a reader at its word, and an old word only where it warns", () => {
    const say = (more: object) => ({
      field: "email",
      says: [{ application: "billing", fields: null, publishedAt: "", stale: false, ...more }],
    });
    expect(of("billing", say({ reads: true }))).toBe("reads");
    expect(of("billing", say({ reads: false }))).toBe("unread");
    expect(of("billing", say({ reads: false, stale: true }))).toBe("assumed");
    expect(of("billing", say({ reads: true, stale: true }))).toBe("reads");
    expect(of("billing", say({ application: "another", reads: false }))).toBe("assumed");
    expect(of("billing", say({ application: "another", group: "billing", reads: false }))).toBe("unread");
    // Of another group of the same application nothing is said by that.
    expect(of("billing", say({ group: "elsewhere", reads: false }))).toBe("assumed");
    expect(of("enriched", say({ application: "enriched", reads: false }))).toBe("assumed");
    expect(of("billing", { says: say({ reads: true }).says })).toBe("concerned");
  });

  test("says what is to be done before, and ends with those who are not in the list", () => {
    const one = situation({ change: "versions", explained: explained("error", "safe") });
    const list = checklist({ parties, situation: one, of: (each) => verdictOf(each, one), builds: ["parts-value"] });
    expect(list.some((each) => each.includes("Upgrade these readers first: billing and enrich."))).toBe(true);
    expect(list.some((each) => each.includes("Ask finance about billing."))).toBe(true);
    expect(list.some((each) => each.includes("parts-value"))).toBe(true);
    expect(list.at(-1)).toContain("not in this list");
  });
});

test("ids of nodes are read as the graph and as OpenLineage write them", () => {
  expect(parts(TOPIC)).toEqual({ kind: "topic", namespace: "kafka://b:9092", name: "orders" });
  expect(nodeOf("dataset:kafka://b:9092:orders")).toBe(TOPIC);
  expect(nodeOf("dataset:s3://lake:a/b")).toBe("table:s3://lake:a/b");
  expect(nodeOf("job:n:j")).toBe("job:n:j");
  expect(nodeOf("topic:orders.created")).toBeUndefined();
  expect(nodeOf("orders.created")).toBeUndefined();
});
