// What can be asked about lineage, impact and use? Apart from the other queries, since only a few screens ask.
import { queryOptions } from "@tanstack/react-query";
import { nodeOf } from "../model/nodes";
import { ApiError, api, body } from "./client";
import type { components } from "./schema";

export type NativeGraph = components["schemas"]["NativeGraph"];
export type Difference = components["schemas"]["LineageDifference"];
export type Timeline = components["schemas"]["LineageTimeline"];
export type Impact = components["schemas"]["LineageImpact"];
export type Usage = components["schemas"]["SubjectUsage"];

const DAY = 24 * 3_600_000;
/** How far from a node is looked; the server goes 20 steps at most. */
const FAR = 20;
/** How many nodes are asked for at once. What is drawn is less still. */
export const ASKED_NODES = 1000;

/** From so many days ago; without a number, of all time. */
const since = (days: number | undefined) =>
  days === undefined ? {} : { from: new Date(Date.now() - days * DAY).toISOString() };

const orNothing = async <T>(asked: Promise<T>): Promise<T | null> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
};

type ImpactAsked = { node: string | undefined; field?: string | undefined; days: number | undefined };

/** Who is concerned; null where nothing is known of the node in this time. */
export const impact = ({ node = "", field = "", days }: ImpactAsked) =>
  queryOptions({
    queryKey: ["impact", node, field, days ?? 0],
    enabled: node !== "",
    queryFn: ({ signal }) => {
      const query = { node, ...(field ? { field } : {}), depth: FAR, maxNodes: ASKED_NODES, ...since(days) };
      return orNothing(body(api.GET("/govern/v1/lineage/impact", { params: { query }, signal })));
    },
    refetchInterval: 30_000,
  });

/** Who writes with a subject's schemas and who reads; null where there is no such subject. */
export const usage = (subject: string, days: number | undefined) =>
  queryOptions({
    queryKey: ["usage", subject, days ?? 0],
    enabled: subject !== "",
    queryFn: ({ signal }) => {
      // Without a beginning the server takes a week; the beginning of all time is the epoch.
      const query = days === undefined ? { from: new Date(0).toISOString() } : since(days);
      return orNothing(
        body(api.GET("/govern/v1/usage/subjects/{subject}", { params: { path: { subject }, query }, signal })),
      );
    },
    refetchInterval: 30_000,
  });

/** A part of the time, or a moment, or neither for all that is known now. */
export type When = { at?: string | undefined; from?: string | undefined; to?: string | undefined };

export type GraphAsked = When & {
  node: string;
  direction?: "up" | "down" | undefined;
  evidence?: string | undefined;
  confidence?: number | undefined;
  depth?: number | undefined;
};

const narrowing = ({ direction, evidence, confidence, depth = FAR }: GraphAsked) => ({
  depth: Math.min(FAR, depth),
  maxNodes: ASKED_NODES,
  ...(direction ? { direction } : {}),
  ...(evidence ? { evidence } : {}),
  ...(confidence ? { minConfidence: confidence } : {}),
});

/** What lies around a node; null where nothing is known of it, or was at that time. */
export const graph = (asked: GraphAsked) =>
  queryOptions({
    queryKey: ["native-graph", asked],
    enabled: asked.node !== "",
    queryFn: ({ signal }) => {
      const { node, at, from, to } = asked;
      const when = at ? { at } : { ...(from ? { from } : {}), ...(to ? { to } : {}) };
      return orNothing(
        body(
          api.GET("/govern/v1/lineage/graph", {
            params: { query: { node, ...narrowing(asked), ...when } },
            signal,
          }),
        ),
      );
    },
    refetchInterval: asked.at || asked.to ? false : 30_000,
  });

/**
 * What was written to a node since a moment. Answers with the same mark were given at the same time, and stay; those without one
 * are asked for anew.
 */
export const writtenSince = (node: string, from: string, mark = "") =>
  queryOptions({
    ...graph({ node, direction: "up", depth: 1, from }),
    queryKey: ["written", mark, node, from],
    staleTime: mark ? Number.POSITIVE_INFINITY : 0,
    refetchInterval: mark ? false : 60_000,
  });

/** What came, went and changed between two moments; without the second one, until now. */
export const difference = (asked: GraphAsked & { since: string | undefined }) =>
  queryOptions({
    queryKey: ["difference", asked],
    enabled: asked.node !== "" && asked.since !== undefined,
    queryFn: ({ signal }) =>
      body(
        api.GET("/govern/v1/lineage/diff", {
          params: {
            query: {
              node: asked.node,
              from: asked.since ?? "",
              ...(asked.at ? { to: asked.at } : {}),
              ...narrowing(asked),
            },
          },
          signal,
        }),
      ),
  });

/** What happened around a node in so many days until now. */
export const timeline = (node: string, days: number) =>
  queryOptions({
    queryKey: ["timeline", node, days],
    enabled: node !== "",
    queryFn: ({ signal }) =>
      body(api.GET("/govern/v1/lineage/timeline", { params: { query: { node, ...since(days) } }, signal })),
    refetchInterval: 30_000,
  });

/** What changed in the last quarter of an hour, around a node; without one, anywhere in the registry. */
export const lately = (node: string | undefined) =>
  queryOptions({
    queryKey: ["lately", node],
    enabled: node !== "",
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - 15 * 60_000).toISOString();
      return body(
        api.GET("/govern/v1/lineage/timeline", { params: { query: { ...(node ? { node } : {}), from } }, signal }),
      );
    },
    // Whoever may not know is not told the next time, either.
    refetchInterval: ({ state: { error } }) =>
      error instanceof ApiError && [401, 403].includes(error.status) ? false : 15_000,
  });

/** The node that a focus means: as the graph writes it, as OpenLineage does, or a topic by its name alone; null if none is. */
export const nodeNamed = (focus: string) =>
  queryOptions({
    queryKey: ["node", focus],
    enabled: focus !== "",
    queryFn: async ({ signal }) => {
      const whole = nodeOf(focus);
      if (whole) return whole;
      const topic = focus.replace(/^topic:/, "");
      const params = { path: { topic } };
      const told = await body(api.GET("/govern/v1/lineage/topics/{topic}", { params, signal }));
      if (told.producers.length || told.consumers.length) {
        // A cluster goes by several addresses. Whom a change of the topic's subject concerns is told with the one that counts.
        const query = { subject: `${topic}-value`, depth: 0, maxNodes: 1 };
        const seen = await orNothing(body(api.GET("/govern/v1/lineage/impact", { params: { query }, signal })));
        return seen?.node ?? `topic:kafka://${told.cluster}:${topic}`;
      }
      const query = { q: topic, filter: "DATASET" as const, limit: 1000 };
      const named = await body(api.GET("/api/v1/search", { params: { query }, signal }));
      const found = named.results.find((one) => one.name === topic && one.namespace.startsWith("kafka://"));
      return (found && nodeOf(found.nodeId)) ?? null;
    },
    staleTime: 60_000,
  });

/** What OpenLineage says of a job; null of one that it does not know. */
export const job = (namespace: string, name: string) =>
  queryOptions({
    queryKey: ["job", namespace, name],
    enabled: name !== "",
    queryFn: ({ signal }) =>
      orNothing(
        body(
          api.GET("/api/v1/namespaces/{namespace}/jobs/{job}", { params: { path: { namespace, job: name } }, signal }),
        ),
      ),
  });
