// What of the whole lineage is looked at? The part around one node, so many steps away, with what was opened by hand.
import type { Difference, NativeGraph } from "../api/lineage";
import { membersOf } from "./impact";
import { type Kind, parts } from "./nodes";
import { lately, type Rate, rateOf } from "./rate";

export type Evidence = "observed" | "declared" | "both";
/** Against an earlier moment. */
export type Mark = "came" | "went" | "changed";
type Told = NativeGraph["edges"][number];
export type Node = {
  id: string;
  kind: Kind;
  name: string;
  namespace: string;
  owners: string[];
  evidence: Evidence;
  /** Of a group, the applications in it that lead nowhere else. */
  members: string[];
  mark?: Mark;
};
export type Edge = {
  id: string;
  from: string;
  to: string;
  evidence: Evidence;
  confidence: number;
  grades: Told["grades"];
  schemas: NonNullable<Told["schemas"]>;
  records: number;
  refused: number;
  /** Where records are counted. */
  rate?: Rate | undefined;
  firstSeen: string;
  lastSeen: string;
  mark?: Mark;
  change?: Difference["edgesChanged"][number];
};
export type Graph = { middle: string; nodes: Map<string, Node>; edges: Edge[]; isTruncated: boolean };
export type View = { nodes: (Node & { hidden: number })[]; edges: Edge[]; isCapped: boolean };

/** More than these nobody reads. */
export const MOST_NODES = 150;

export const edgeId = (from: string, to: string) => `${from} > ${to}`;

function gradeOf(evidence: readonly string[]): Evidence {
  const isObserved = evidence.includes("observed");
  return isObserved && evidence.includes("declared") ? "both" : isObserved ? "observed" : "declared";
}

function edgeOf(told: Told, span?: NativeGraph["window"]): Edge {
  return {
    id: edgeId(told.from, told.to),
    from: told.from,
    to: told.to,
    evidence: gradeOf(told.evidence),
    confidence: told.confidence,
    grades: told.grades,
    schemas: told.schemas ?? [],
    records: told.records,
    refused: told.refused,
    rate: rateOf(told, span),
    firstSeen: told.firstSeen,
    lastSeen: told.lastSeen,
  };
}

const nodeOfId = (id: string): Node => ({ id, ...parts(id), owners: [], evidence: "observed", members: [] });

/** A graph as it was told; `keep` are nodes that stay even where they would be told with their group. */
export function graphOf(told: NativeGraph, keep: ReadonlySet<string> = new Set()): Graph {
  const members = membersOf(told);
  const folded = new Set([...members.values()].flat().filter((id) => !keep.has(id)));
  const edges = told.edges.filter((edge) => !folded.has(edge.to)).map((edge) => edgeOf(edge, told.window));
  const nodes = new Map<string, Node>();
  for (const one of told.nodes) {
    if (folded.has(one.id)) continue;
    const own = new Set(
      edges.filter((edge) => edge.from === one.id || edge.to === one.id).map((edge) => edge.evidence),
    );
    nodes.set(one.id, {
      id: one.id,
      kind: one.kind,
      name: one.name,
      namespace: one.namespace,
      owners: one.owners ?? [],
      evidence: own.has("both") || own.size > 1 ? "both" : own.has("declared") ? "declared" : "observed",
      members: (members.get(one.id) ?? []).filter((id) => folded.has(id)).map((id) => parts(id).name),
    });
  }
  const middle = told.nodes.find((one) => one.depth === 0)?.id ?? told.node;
  return { middle, nodes, edges, isTruncated: told.truncated };
}

/** One graph with what others know beyond it. */
export function joined(graph: Graph, others: Graph[]): Graph {
  if (!others.length) return graph;
  const nodes = new Map(graph.nodes);
  const edges = new Map(graph.edges.map((edge) => [edge.id, edge]));
  for (const other of others) {
    for (const [id, node] of other.nodes) if (!nodes.has(id)) nodes.set(id, node);
    for (const edge of other.edges) if (!edges.has(edge.id)) edges.set(edge.id, edge);
  }
  const isTruncated = graph.isTruncated || others.some((one) => one.isTruncated);
  // What one of them tells with its group, another may tell by itself: both ends have to be there.
  const known = [...edges.values()].filter((edge) => nodes.has(edge.from) && nodes.has(edge.to));
  return { ...graph, nodes, edges: known, isTruncated };
}

/** With the rates of late, as far as the graphs of that time tell them. */
export function withLately(graph: Graph, told: NativeGraph[], from: string): Graph {
  const known = new Map(told.flatMap((one) => one.edges.map((edge) => [edgeId(edge.from, edge.to), edge])));
  const edges = graph.edges.map((edge) => ({
    ...edge,
    rate: lately(edge.rate, edge.lastSeen, known.get(edge.id), from),
  }));
  return { ...graph, edges };
}

/** Whether a graph of that time would have something to tell of a node. */
export const isSeenSince = (graph: Graph, node: string, from: string) =>
  graph.edges.some(
    (edge) =>
      (edge.from === node || edge.to === node) &&
      edge.evidence !== "declared" &&
      new Date(edge.lastSeen) >= new Date(from),
  );

/** The nodes that a difference speaks of, which are shown by themselves. */
export const spokenOf = (difference: Difference): Set<string> =>
  new Set([...difference.nodesAdded, ...difference.nodesRemoved]);

/** The later graph with marks at what came and changed, and with what went. */
export function marked(graph: Graph, difference: Difference): Graph {
  const nodes = new Map(graph.nodes);
  const edges = new Map(graph.edges.map((edge) => [edge.id, edge]));
  const node = (id: string) => nodes.get(id) ?? nodeOfId(id);
  for (const id of difference.nodesAdded) if (id !== graph.middle) nodes.set(id, { ...node(id), mark: "came" });
  for (const id of difference.nodesRemoved) if (id !== graph.middle) nodes.set(id, { ...node(id), mark: "went" });
  for (const told of difference.edgesAdded) {
    const edge = edgeOf(told, difference.after);
    edges.set(edge.id, { ...edge, mark: "came" });
  }
  for (const told of difference.edgesRemoved) {
    const edge = edgeOf(told, difference.before);
    edges.set(edge.id, { ...edge, mark: "went" });
  }
  for (const change of difference.edgesChanged) {
    const edge = edges.get(edgeId(change.from, change.to));
    if (edge) edges.set(edge.id, { ...edge, mark: "changed", change });
  }
  const known = [...edges.values()].filter(
    (edge) => (nodes.has(edge.from) && nodes.has(edge.to)) || edge.mark === "went" || edge.mark === "came",
  );
  for (const edge of known) for (const id of [edge.from, edge.to]) if (!nodes.has(id)) nodes.set(id, nodeOfId(id));
  return folded({ ...graph, nodes, edges: known });
}

/** Who came or went with a group, and leads nowhere else, is told with it. */
function folded(graph: Graph): Graph {
  const nodes = new Map(graph.nodes);
  const gone = new Set<string>();
  for (const node of graph.nodes.values()) {
    if (node.kind !== "application" || !node.mark || node.id === graph.middle) continue;
    const [only, ...others] = graph.edges.filter((edge) => edge.from === node.id || edge.to === node.id);
    const group = only && nodes.get(only.from);
    if (!group || others.length || group.kind !== "group" || group.mark !== node.mark) continue;
    nodes.set(group.id, { ...group, members: [...group.members, node.name] });
    nodes.delete(node.id);
    gone.add(node.id);
  }
  return { ...graph, nodes, edges: graph.edges.filter((edge) => !gone.has(edge.to)) };
}

const isDataset = (node: Node | undefined) => node?.kind === "topic" || node?.kind === "table";

/**
 * The focus, what is so many steps before and after it, and all neighbours of what is open. A step ends at a dataset: who works
 * on data and the dataset behind it are one, since the former alone answers nothing.
 */
export function around(graph: Graph, up: number, down: number, open: ReadonlySet<string>): View {
  const focus = graph.middle;
  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  for (const { from, to } of graph.edges) {
    after.set(from, [...(after.get(from) ?? []), to]);
    before.set(to, [...(before.get(to) ?? []), from]);
  }
  const shown = new Set<string>([focus]);
  let isCapped = false;
  const take = (id: string): boolean => {
    if (shown.has(id)) return false;
    if (shown.size >= MOST_NODES) {
      isCapped = true;
      return false;
    }
    shown.add(id);
    return true;
  };
  const walk = (next: Map<string, string[]>, steps: number) => {
    if (!steps) return;
    const passed = new Map([[focus, 0]]);
    for (let edge = [focus]; edge.length; ) {
      const further: string[] = [];
      for (const id of edge) {
        const soFar = passed.get(id) ?? 0;
        if (soFar >= steps) continue;
        for (const one of next.get(id) ?? []) {
          const steppedTo = soFar + Number(isDataset(graph.nodes.get(one)));
          if ((passed.get(one) ?? Number.POSITIVE_INFINITY) <= steppedTo) continue;
          passed.set(one, steppedTo);
          take(one);
          further.push(one);
        }
      }
      edge = further;
    }
  };
  walk(before, up);
  walk(after, down);
  // What is open may open more: each round takes what the round before brought.
  for (let isMore = true; isMore; ) {
    isMore = false;
    for (const id of open) {
      if (!shown.has(id)) continue;
      for (const one of [...(before.get(id) ?? []), ...(after.get(id) ?? [])]) isMore = take(one) || isMore;
    }
  }
  const nodes = [...shown].flatMap((id) => {
    const node = graph.nodes.get(id);
    if (!node) return [];
    const near = new Set([...(before.get(id) ?? []), ...(after.get(id) ?? [])]);
    return [{ ...node, hidden: [...near].filter((one) => !shown.has(one)).length }];
  });
  return { nodes, edges: graph.edges.filter((one) => shown.has(one.from) && shown.has(one.to)), isCapped };
}
