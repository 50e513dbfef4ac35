// Is of the whole lineage shown what was asked for, and told what is not?
import { describe, expect, test } from "vitest";
import type { Difference, NativeGraph } from "../api/lineage";
import { around, edgeId, graphOf, joined, MOST_NODES, marked, spokenOf } from "./graph";
import { svgOf } from "./graph-svg";
import { through } from "./line";
import { consumersOf, producersOf, tracedFrom } from "./lineage";

type Evidence = ("declared" | "observed")[];

/** `j` is a job, `g` a group, `p` an application; all else are topics. The first that is named is where the walk began. */
const id = (name: string) =>
  name.startsWith("j")
    ? `job:n:${name}`
    : name.startsWith("g")
      ? `group:kafka://c:${name}`
      : name.startsWith("p")
        ? `application:kafka://c:${name}`
        : `topic:kafka://c:${name}`;
const edge = (from: string, to: string, evidence: Evidence = ["observed"]): NativeGraph["edges"][number] => ({
  from: id(from),
  to: id(to),
  evidence,
  grades: evidence.includes("observed") ? ["produced"] : ["declared"],
  confidence: 1,
  records: 10,
  bytes: 100,
  refused: 0,
  firstSeen: "2026-01-01T00:00:00Z",
  lastSeen: "2026-01-02T00:00:00Z",
});
const chain = (start: string, edges: NativeGraph["edges"]): NativeGraph => {
  const ids = [...new Set([id(start), ...edges.flatMap((one) => [one.from, one.to])])];
  return {
    node: id(start),
    nodes: ids.map((one) => ({
      id: one,
      kind: one.slice(0, one.indexOf(":")) as "topic",
      namespace: "kafka://c",
      name: one.slice(one.lastIndexOf(":") + 1),
      depth: one === id(start) ? 0 : 1,
    })),
    edges,
    truncated: false,
    totals: { nodes: ids.length, edges: edges.length, nodesAtDepth: [] },
  };
};
const told = chain("a", [
  edge("p0", "a"),
  edge("a", "j1", ["declared", "observed"]),
  edge("j1", "b", ["declared"]),
  edge("b", "j2", ["declared"]),
  edge("j2", "c", ["declared"]),
]);
const whole = graphOf(told);
const names = (view: ReturnType<typeof around>) => view.nodes.map((one) => one.name).sort();

describe("a graph", () => {
  test("has each flow once, with how it is known", () => {
    expect(whole.edges.map((one) => one.evidence)).toEqual(["observed", "both", "declared", "declared", "declared"]);
    expect(whole.nodes.get(id("j1"))?.evidence).toBe("both");
    expect(whole.middle).toBe(id("a"));
  });

  test("is cut at so many steps to each side, and tells where there is more", () => {
    const view = around(whole, 1, 1, new Set());
    expect(names(view)).toEqual(["a", "b", "j1", "p0"]);
    expect(view.nodes.find((one) => one.name === "b")?.hidden).toBe(1);
    expect(view.edges).toHaveLength(3);
    expect(names(around(whole, 0, 2, new Set()))).toEqual(["a", "b", "c", "j1", "j2"]);
    expect(names(around(whole, 0, 0, new Set()))).toEqual(["a"]);
  });

  test("takes a group and who is in it as one step, since the step ends at what they write", () => {
    const graph = graphOf(
      chain("a", [edge("a", "g"), edge("g", "p1"), edge("p1", "b"), edge("b", "p2"), edge("p2", "c")]),
    );
    expect(names(around(graph, 0, 1, new Set()))).toEqual(["a", "b", "g", "p1"]);
  });

  test("is opened node by node, also what came by opening", () => {
    expect(names(around(whole, 0, 1, new Set([id("b")])))).toEqual(["a", "b", "j1", "j2"]);
    expect(names(around(whole, 0, 1, new Set([id("b"), id("j2")])))).toEqual(["a", "b", "c", "j1", "j2"]);
    expect(names(around(whole, 1, 0, new Set([id("b")])))).toEqual(["a", "p0"]);
  });

  test("knows more when others have been asked", () => {
    const more = joined(whole, [graphOf(chain("p0", [edge("p0", "a"), edge("p0", "z")]))]);
    expect(more.edges).toHaveLength(6);
    expect(around(more, 1, 0, new Set()).nodes.find((one) => one.name === "p0")?.hidden).toBe(1);
  });

  test("tells members of a group with it, but for those who do more and those who are spoken of", () => {
    const group = chain("a", [edge("a", "g"), edge("g", "p1"), edge("g", "p2"), edge("p2", "b")]);
    const graph = graphOf(group);
    expect(graph.nodes.get(id("g"))?.members).toEqual(["p1"]);
    expect(graph.nodes.has(id("p1"))).toBe(false);
    expect(graph.nodes.has(id("p2"))).toBe(true);
    expect(graphOf(group, new Set([id("p1")])).nodes.has(id("p1"))).toBe(true);
  });

  test("never draws more than can be read", () => {
    const edges = Array.from({ length: 400 }, (_, index) => edge("a", `j${index}`));
    const view = around(graphOf(chain("a", edges)), 1, 1, new Set());
    expect(view.nodes).toHaveLength(MOST_NODES);
    expect(view.isCapped).toBe(true);
    expect(view.nodes[0]?.hidden).toBe(400 - MOST_NODES + 1);
  });
});

describe("a difference", () => {
  const difference: Difference = {
    node: id("a"),
    before: { from: "", to: "", resolution: 3600 },
    after: { from: "", to: "", resolution: 3600 },
    nodesAdded: [id("j1")],
    nodesRemoved: [id("pold"), id("a")],
    edgesAdded: [edge("a", "j1")],
    edgesRemoved: [edge("pold", "a")],
    edgesChanged: [
      { from: id("p0"), to: id("a"), schemasAdded: [], schemasRemoved: [], recordsBefore: 100, recordsAfter: 10 },
    ],
    truncated: false,
  };
  const graph = marked(graphOf(told, spokenOf(difference)), difference);

  test("marks what came, went and changed, and keeps what went in the picture", () => {
    const mark = (from: string, to: string) => graph.edges.find((one) => one.id === edgeId(id(from), id(to)))?.mark;
    expect([mark("a", "j1"), mark("pold", "a"), mark("p0", "a"), mark("j1", "b")]).toEqual([
      "came",
      "went",
      "changed",
      undefined,
    ]);
    expect(graph.nodes.get(id("pold"))).toMatchObject({ mark: "went", kind: "application", name: "pold" });
    expect(names(around(graph, 1, 0, new Set()))).toEqual(["a", "p0", "pold"]);
  });

  test("tells who went with their group as part of it", () => {
    const gone = { ...difference, nodesAdded: [], edgesAdded: [], edgesChanged: [] };
    const both = { ...gone, nodesRemoved: [id("g"), id("p1")], edgesRemoved: [edge("a", "g"), edge("g", "p1")] };
    const after = marked(graphOf(told, spokenOf(both)), both);
    expect(after.nodes.get(id("g"))).toMatchObject({ mark: "went", members: ["p1"] });
    expect(after.nodes.has(id("p1"))).toBe(false);
    const left = { ...gone, nodesRemoved: [id("p1")], edgesRemoved: [edge("g", "p1")] };
    expect(marked(graphOf(told, spokenOf(left)), left).nodes.get(id("p1"))?.mark).toBe("went");
  });

  test("never strikes out what is looked at", () => {
    expect(graph.nodes.get(id("a"))?.mark).toBeUndefined();
  });
});

test("members of one group are one reader", () => {
  const seen = { first_seen: "2026-01-01T00:00:00Z", last_seen: "2026-01-02T00:00:00Z" };
  const found = consumersOf({
    topic: "t",
    producers: [],
    schema_versions: [],
    consumers: [
      { client_id: "c-1", group: "c", ...seen },
      { client_id: "c-2", group: "c", ...seen },
      // Fetching tells no group; it is known who it is all the same.
      { client_id: "c-2", evidence: ["fetched"], ...seen },
    ],
  });
  expect(found.map((one) => one.name)).toEqual(["c"]);
});

test("a graph becomes a picture that holds nothing but its own text", () => {
  const graph = graphOf(chain("<a>&", [edge("<a>&", "j", ["declared"])]));
  const view = around(graph, 1, 1, new Set());
  const places = Object.fromEntries(view.nodes.map((one, index) => [one.id, { x: index * 300, y: 0 }]));
  const svg = svgOf(view, places, 200, 80, { topic: "topic", job: "job" });
  expect(svg).toContain("&lt;a&gt;&amp;");
  expect(svg).not.toContain("<a>");
  expect(svg).toContain("stroke-dasharray");
  expect(svg).toContain('viewBox="0 0 524 104"');
  // A line that has to pass others goes by the points that it was given.
  const way = { [view.edges[0]?.id ?? ""]: [{ x: 250, y: 7 }] };
  expect(svgOf(view, places, 200, 80, {}, way)).toMatch(/C225 40 225 7 250 7C/);
});

test("a line goes through all of its points, along the graph at each", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 10, y: 20 },
    { x: 30, y: 20 },
  ];
  expect(through(points, false)).toBe("M0 0C5 0 5 20 10 20C20 20 20 20 30 20");
  expect(through(points, true)).toBe("M0 0C0 10 10 10 10 20C10 20 30 20 30 20");
  expect(through([], false)).toBe("");
});

test("an application on many machines is one producer", () => {
  const seen = (day: number) => ({ first_seen: `2026-01-0${day}T00:00:00Z`, last_seen: `2026-02-0${day}T00:00:00Z` });
  const one = { client_id: "p", records: 2, bytes: 3, refused: 1 };
  const told = {
    topic: "t",
    producers: [
      { ...one, address: "10.0.0.1", traced_from: ["carts"], ...seen(2) },
      { ...one, address: "10.0.0.2", traced_from: ["carts", "baskets"], ...seen(1) },
      { ...one, principal: "User:other", ...seen(1) },
    ],
    schema_versions: [],
    consumers: [],
  };
  const found = producersOf(told);
  expect(found).toHaveLength(2);
  expect(found[0]).toMatchObject({ records: 4, refused: 2, address: "10.0.0.1, 10.0.0.2" });
  expect([found[0]?.first_seen, found[0]?.last_seen]).toEqual(["2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"]);
  expect(found.map((each) => each.traced_from)).toEqual([["baskets", "carts"], undefined]);
  // Whoever is not known by the name that the graph has for it may be any of them.
  expect([tracedFrom(told, "User:other"), tracedFrom(told, "shop")]).toEqual([[], ["baskets", "carts"]]);
});
