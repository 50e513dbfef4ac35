// Who reads a topic? Members of one group are one reader; who fetches does not say for which group, but who else it is.
import type { Lineage } from "../api/queries";

export type Producer = Lineage["producers"][number];
export type Consumer = { name: string; isGroup: boolean; evidence: string[]; software: string; last_seen: string };

export function consumersOf(told: Lineage): Consumer[] {
  const found = new Map<string, Consumer>();
  const groups = new Map<string, Set<string>>();
  for (const { client_id, group } of told.consumers)
    if (group !== undefined) groups.set(client_id, (groups.get(client_id) ?? new Set()).add(group));
  for (const one of told.consumers) {
    const [only, ...others] = groups.get(one.client_id) ?? [];
    const group = one.group ?? (others.length ? undefined : only);
    const name = group ?? one.client_id;
    const before = found.get(name);
    found.set(name, {
      name,
      isGroup: group !== undefined,
      evidence: [...new Set([...(before?.evidence ?? []), ...(one.evidence ?? [])])],
      software: before?.software || one.software || "",
      last_seen: before && before.last_seen > one.last_seen ? before.last_seen : one.last_seen,
    });
  }
  return [...found.values()];
}
