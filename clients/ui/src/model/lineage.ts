// Who writes and who reads a topic? An application on many machines is one. Members of one group are one reader; who fetches does not say for which group, but who else it is.
import type { Lineage } from "../api/queries";
import { rateOf } from "./rate";

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

/** More addresses than these are not told. */
const ADDRESSES = 3;

/** Who calls itself the same and has proved to be the same is one producer, wherever it runs. */
export function producersOf(told: Lineage): Producer[] {
  const found = new Map<string, Producer[]>();
  for (const one of told.producers) {
    const key = JSON.stringify([one.client_id, one.principal ?? ""]);
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return [...found.values()].flatMap((same) => {
    const [first] = same;
    if (!first || same.length === 1) return same;
    const sum = (of: (one: Producer) => number) => same.reduce((total, one) => total + of(one), 0);
    const texts = (of: (one: Producer) => string | undefined) => [...new Set(same.map(of))].filter(Boolean);
    const addresses = texts((one) => one.address);
    const schemas = new Map(same.flatMap((one) => one.schemas ?? []).map((one) => [`${one.context} ${one.id}`, one]));
    return [
      {
        ...first,
        software: texts((one) => one.software).join(", "),
        address: [...addresses.slice(0, ADDRESSES), ...(addresses.length > ADDRESSES ? ["…"] : [])].join(", "),
        records: sum((one) => one.records),
        bytes: sum((one) => one.bytes),
        refused: sum((one) => one.refused),
        schemas: [...schemas.values()],
        groups: [...new Set(same.flatMap((one) => one.groups ?? []))].sort(),
        traced_from: [...new Set(same.flatMap((one) => one.traced_from ?? []))].sort(),
        first_seen: same.map((one) => one.first_seen).sort()[0] ?? first.first_seen,
        last_seen:
          same
            .map((one) => one.last_seen)
            .sort()
            .at(-1) ?? first.last_seen,
      },
    ];
  });
}

/** Records a second that a producer wrote since it was first seen. */
export const producerRate = (one: Producer) =>
  rateOf({ records: one.records, firstSeen: one.first_seen, grades: ["produced"] });

/**
 * From which topics traces led to this one, by way of an application; of all who write it, if none goes by the name of the
 * application, which may have been declared to be called otherwise.
 */
export function tracedFrom(told: Lineage, application: string): string[] {
  const own = told.producers.filter((one) => one.client_id === application || one.principal === application);
  return [...new Set((own.length ? own : told.producers).flatMap((one) => one.traced_from ?? []))].sort();
}
