// What is in the id of a node? Its kind, its namespace and its name, with colons between, which both of the latter may hold.
export const KINDS = ["application", "group", "job", "table", "topic"] as const;
export type Kind = (typeof KINDS)[number];

export type NodeId = { kind: Kind; namespace: string; name: string };

/** `topic:kafka://broker-1:9092:orders` in its parts. Names with colons of their own are cut at the last one: for display only. */
export function parts(id: string): NodeId {
  const [, kind = "", rest = ""] = /^([a-z]+):([\s\S]*)$/.exec(id) ?? [];
  const end = rest.lastIndexOf(":");
  return {
    kind: KINDS.find((one) => one === kind) ?? "table",
    namespace: end < 0 ? "" : rest.slice(0, end),
    name: end < 0 ? rest || id : rest.slice(end + 1),
  };
}

/**
 * The id of a node as the graph writes it, of one that is written in full; undefined of a topic's name alone. OpenLineage says
 * `dataset` of topics and tables both.
 */
export function nodeOf(focus: string): string | undefined {
  const [, kind = "", rest = ""] = /^(application|dataset|group|job|table|topic):([\s\S]+)$/.exec(focus) ?? [];
  if (kind === "dataset") return `${rest.startsWith("kafka://") ? "topic" : "table"}:${rest}`;
  if (kind === "topic" && !rest.includes("://")) return undefined;
  return kind ? focus : undefined;
}

/** A topic of a cluster is looked at by its name, which is what people know. */
export const isTopic = (id: string) => parts(id).kind === "topic";
