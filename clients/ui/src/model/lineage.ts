// Who reads a topic? Members of one group are one reader.
import type { Lineage } from "../api/queries";

export type Producer = Lineage["producers"][number];
export type Consumer = { name: string; isGroup: boolean; evidence: string[]; software: string; last_seen: string };

export function consumersOf(told: Lineage): Consumer[] {
  const found = new Map<string, Consumer>();
  for (const one of told.consumers) {
    const name = one.group ?? one.client_id;
    const before = found.get(name);
    found.set(name, {
      name,
      isGroup: one.group !== undefined,
      evidence: [...new Set([...(before?.evidence ?? []), ...(one.evidence ?? [])])],
      software: before?.software || one.software || "",
      last_seen: before && before.last_seen > one.last_seen ? before.last_seen : one.last_seen,
    });
  }
  return [...found.values()];
}
