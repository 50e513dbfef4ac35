// Is of the whole lineage shown what was asked for, and told what is not?
import { describe, expect, test } from "vitest";
import type { components } from "../api/schema";
import { around, focusOf, graphOf, graphOfTopic, MOST_NODES } from "./graph";
import { svgOf } from "./graph-svg";
import { producersOf } from "./lineage";

type Told = components["schemas"]["LineageGraph"];

/** A chain such as `topic > job > topic`; what begins with `j` is a job. */
const chain = (edges: [string, string, ("declared" | "observed")[]][]): Told => {
  const ids = [...new Set([...edges.map(([from]) => from), ...edges.map(([, to]) => to)])];
  const id = (name: string) => (name.startsWith("j") ? `job:n:${name}` : `dataset:kafka://c:${name}`);
  const all = edges.map(([from, to, evidence]) => ({ origin: id(from), destination: id(to), evidence }));
  return {
    graph: ids.map((name) => ({
      id: id(name),
      type: name.startsWith("j") ? "JOB" : "DATASET",
      data: { name, namespace: name.startsWith("j") ? "n" : "kafka://c", evidence: ["declared"] },
      inEdges: all.filter((one) => one.destination === id(name)),
      outEdges: all.filter((one) => one.origin === id(name)),
    })),
  } as unknown as Told;
};
const whole = graphOf(
  chain([
    ["j0", "a", ["observed"]],
    ["a", "j1", ["declared", "observed"]],
    ["j1", "b", ["declared"]],
    ["b", "j2", ["declared"]],
    ["j2", "c", ["declared"]],
  ]),
);
const names = (view: ReturnType<typeof around>) => view.nodes.map((one) => one.name).sort();
const A = "dataset:kafka://c:a";

describe("a graph", () => {
  test("has each flow once, with how it is known", () => {
    expect(whole.edges).toHaveLength(5);
    expect(whole.edges.map((one) => one.evidence)).toEqual(["observed", "both", "declared", "declared", "declared"]);
    expect(whole.nodes.get(A)?.kind).toBe("topic");
  });

  test("is found by a node's id or a topic's name", () => {
    expect(focusOf(whole, "topic:a")).toBe(A);
    expect(focusOf(whole, "job:n:j1")).toBe("job:n:j1");
    expect(focusOf(whole, "topic:nothing")).toBeUndefined();
  });

  test("is cut at so many steps to each side, and tells where there is more", () => {
    const view = around(whole, A, 1, 1, new Set());
    expect(names(view)).toEqual(["a", "b", "j0", "j1"]);
    expect(view.nodes.find((one) => one.name === "b")?.hidden).toBe(1);
    expect(view.edges).toHaveLength(3);
    expect(names(around(whole, A, 0, 2, new Set()))).toEqual(["a", "b", "c", "j1", "j2"]);
    expect(names(around(whole, A, 0, 0, new Set()))).toEqual(["a"]);
  });

  test("is opened node by node, also what came by opening", () => {
    const b = "dataset:kafka://c:b";
    expect(names(around(whole, A, 0, 1, new Set([b])))).toEqual(["a", "b", "j1", "j2"]);
    expect(names(around(whole, A, 0, 1, new Set([b, "job:n:j2"])))).toEqual(["a", "b", "c", "j1", "j2"]);
    expect(names(around(whole, A, 1, 0, new Set([b])))).toEqual(["a", "j0"]);
  });

  test("never draws more than can be read", () => {
    const edges = Array.from(
      { length: 400 },
      (_, index) => ["a", `j${index}`, ["observed"]] as [string, string, ["observed"]],
    );
    const view = around(graphOf(chain(edges)), A, 1, 1, new Set());
    expect(view.nodes).toHaveLength(MOST_NODES);
    expect(view.isCapped).toBe(true);
    expect(view.nodes[0]?.hidden).toBe(400 - MOST_NODES + 1);
  });

  test("of a topic that was only seen has those who were seen", () => {
    const seen = { first_seen: "2026-01-01T00:00:00Z", last_seen: "2026-01-02T00:00:00Z" };
    const graph = graphOfTopic({
      topic: "t",
      producers: [{ client_id: "p", records: 1, bytes: 1, refused: 0, ...seen }],
      schema_versions: [],
      consumers: [
        { client_id: "c-1", group: "c", ...seen },
        { client_id: "c-2", group: "c", ...seen },
        // Fetching tells no group; it is known who it is all the same.
        { client_id: "c-2", evidence: ["fetched"], ...seen },
      ],
    });
    expect([...graph.nodes.values()].map((one) => one.name)).toEqual(["t", "p", "c"]);
    expect(graph.edges).toHaveLength(2);
  });
});

test("a graph becomes a picture that holds nothing but its own text", () => {
  const graph = graphOf(chain([["<a>&", "j", ["declared"]]]));
  const view = around(graph, "dataset:kafka://c:<a>&", 1, 1, new Set());
  const places = Object.fromEntries(view.nodes.map((one, index) => [one.id, { x: index * 300, y: 0 }]));
  const svg = svgOf(view, places, 200, 80, { topic: "topic", job: "job" });
  expect(svg).toContain("&lt;a&gt;&amp;");
  expect(svg).not.toContain("<a>");
  expect(svg).toContain("stroke-dasharray");
  expect(svg).toContain('viewBox="0 0 524 104"');
});

test("an application on many machines is one producer", () => {
  const seen = (day: number) => ({ first_seen: `2026-01-0${day}T00:00:00Z`, last_seen: `2026-02-0${day}T00:00:00Z` });
  const one = { client_id: "p", records: 2, bytes: 3, refused: 1 };
  const found = producersOf({
    topic: "t",
    producers: [
      { ...one, address: "10.0.0.1", ...seen(2) },
      { ...one, address: "10.0.0.2", ...seen(1) },
      { ...one, principal: "User:other", ...seen(1) },
    ],
    schema_versions: [],
    consumers: [],
  });
  expect(found).toHaveLength(2);
  expect(found[0]).toMatchObject({ records: 4, refused: 2, address: "10.0.0.1, 10.0.0.2" });
  expect([found[0]?.first_seen, found[0]?.last_seen]).toEqual(["2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"]);
});
