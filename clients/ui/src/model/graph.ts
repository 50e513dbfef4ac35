// What of the whole lineage is looked at? The part around one node, so many jobs away, with what was opened by hand.
import type { Lineage } from "../api/queries";
import type { components } from "../api/schema";
import { consumersOf } from "./lineage";

type Told = components["schemas"]["LineageGraph"];
export type Evidence = "observed" | "declared" | "both";
export type Kind = "topic" | "dataset" | "job" | "client";
export type Node = {
  id: string;
  kind: Kind;
  name: string;
  namespace: string;
  about: string;
  /** Of a job, how its last run went. */
  state: string;
  evidence: Evidence;
};
export type Edge = { id: string; from: string; to: string; evidence: Evidence; lastSeen: string };
export type Graph = { nodes: Map<string, Node>; edges: Edge[]; isTruncated: boolean };
export type View = { nodes: (Node & { hidden: number })[]; edges: Edge[]; isCapped: boolean };

/** More than these nobody reads. */
export const MOST_NODES = 150;

function gradeOf(evidence: string[] | undefined): Evidence {
  const isObserved = evidence?.includes("observed");
  return isObserved && evidence?.includes("declared") ? "both" : isObserved ? "observed" : "declared";
}

export function graphOf(told: Told): Graph {
  const nodes = new Map<string, Node>();
  const edges = new Map<string, Edge>();
  for (const one of told.graph) {
    const { data } = one;
    const evidence = gradeOf(data.evidence);
    const isTopic = data.namespace?.startsWith("kafka://") ?? false;
    const run = "latestRun" in data ? data.latestRun?.state : undefined;
    nodes.set(one.id, {
      id: one.id,
      kind: one.type === "JOB" ? (evidence === "observed" ? "client" : "job") : isTopic ? "topic" : "dataset",
      name: data.name,
      namespace: data.namespace ?? "",
      about: data.description ?? "",
      state: run ?? "",
      evidence,
    });
    for (const edge of [...one.inEdges, ...one.outEdges]) {
      const id = `${edge.origin} > ${edge.destination}`;
      edges.set(id, {
        id,
        from: edge.origin,
        to: edge.destination,
        evidence: gradeOf(edge.evidence),
        lastSeen: edge.lastSeen ?? "",
      });
    }
  }
  const known = [...edges.values()].filter((edge) => nodes.has(edge.from) && nodes.has(edge.to));
  return { nodes, edges: known, isTruncated: told.truncated === true };
}

/** What the gate alone saw of a topic, for a topic that nobody has declared anything about. */
export function graphOfTopic(told: Lineage): Graph {
  const id = `dataset:${told.topic}`;
  const plain = { namespace: told.cluster ?? "", about: "", state: "", evidence: "observed" as const };
  const nodes = new Map<string, Node>([[id, { ...plain, id, kind: "topic", name: told.topic }]]);
  const edges: Edge[] = [];
  const add = (name: string, lastSeen: string, isWriter: boolean) => {
    const job = `job:${name}`;
    nodes.set(job, { ...plain, id: job, kind: "client", name });
    const [from, to] = isWriter ? [job, id] : [id, job];
    const edge = `${from} > ${to}`;
    if (!edges.some((one) => one.id === edge)) edges.push({ id: edge, from, to, evidence: "observed", lastSeen });
  };
  for (const one of told.producers) add(one.client_id, one.last_seen, true);
  for (const one of consumersOf(told)) add(one.name, one.last_seen, false);
  return { nodes, edges, isTruncated: false };
}

/** The node that is meant: by its id, or a topic by its name. */
export function focusOf(graph: Graph, focus: string): string | undefined {
  if (graph.nodes.has(focus)) return focus;
  const topic = focus.replace(/^topic:/, "");
  const named = [...graph.nodes.values()].filter((one) => one.name === topic && one.id.startsWith("dataset:"));
  return (named.find((one) => one.kind === "topic") ?? named[0])?.id;
}

/**
 * The focus, what is so many jobs before and after it, and all neighbours of what is open. A job and the dataset behind it
 * are one step, since a job alone answers nothing.
 */
export function around(graph: Graph, focus: string, up: number, down: number, open: ReadonlySet<string>): View {
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
    const seen = new Set([focus]);
    let edge = [focus];
    for (let step = 0; step < steps && edge.length; step += 1) {
      edge = edge.flatMap((id) => next.get(id) ?? []).filter((id) => !seen.has(id));
      for (const id of edge) {
        seen.add(id);
        take(id);
      }
    }
  };
  walk(before, up * 2);
  walk(after, down * 2);
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
    const around = new Set([...(before.get(id) ?? []), ...(after.get(id) ?? [])]);
    return [{ ...node, hidden: [...around].filter((one) => !shown.has(one)).length }];
  });
  return { nodes, edges: graph.edges.filter((one) => shown.has(one.from) && shown.has(one.to)), isCapped };
}
