// Who writes a subject, who reads it, and who only fetched its schemas? One line for each who does.
import type { Usage } from "../api/lineage";
import { plain } from "./compare";

type Writer = Usage["writers"][number];
export type WriterLine = Pick<
  Writer,
  "application" | "topic" | "records" | "refused" | "recordsPerSecond" | "lastSeen"
> & {
  versions: number[];
};
export type LookupLine = { client: string; versions: number[]; count: number; lastSeen: string };

const latest = (one: string, other: string) => (one > other ? one : other);
const sorted = (versions: Set<number>) => [...versions].sort((a, b) => a - b);

/** Who writes several versions to a topic is one writer of it; who writes most is first. */
export function writersOf({ writers }: Usage): WriterLine[] {
  const lines = new Map<string, WriterLine>();
  for (const one of writers) {
    const key = `${one.application} ${one.topic}`;
    const line = lines.get(key);
    const versions = new Set([...(line?.versions ?? []), ...(one.version === undefined ? [] : [one.version])]);
    lines.set(key, {
      application: one.application,
      topic: one.topic,
      records: one.records + (line?.records ?? 0),
      refused: one.refused + (line?.refused ?? 0),
      recordsPerSecond: one.recordsPerSecond + (line?.recordsPerSecond ?? 0),
      lastSeen: latest(one.lastSeen, line?.lastSeen ?? ""),
      versions: sorted(versions),
    });
  }
  return [...lines.values()].sort((a, b) => b.records - a.records);
}

/** Who fetched schemas, whatever version; who did so last is first. */
export function lookupsOf({ lookups }: Usage): LookupLine[] {
  const lines = new Map<string, LookupLine>();
  for (const one of lookups) {
    const line = lines.get(one.client);
    const versions = new Set([...(line?.versions ?? []), ...(one.version === undefined ? [] : [one.version])]);
    lines.set(one.client, {
      client: one.client,
      versions: sorted(versions),
      count: one.count + (line?.count ?? 0),
      lastSeen: latest(one.lastSeen, line?.lastSeen ?? ""),
    });
  }
  return [...lines.values()].sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1));
}

/** What readers of a group say that they read; nothing where nobody said so, an empty list for all fields. */
export function saidOf({ declaredReaders }: Usage, group: string | undefined, applications: string[]) {
  const said = declaredReaders.filter((one) =>
    one.group === undefined ? applications.includes(one.application) : one.group === group,
  );
  if (!said.length) return undefined;
  return said.some((one) => !one.fields) ? [] : [...new Set(said.flatMap((one) => one.fields ?? []))];
}

/** Who says that they read a field, a part of it, or what it is a part of. */
export function readersOf(declared: Usage["declaredReaders"], path: string): string[] {
  const field = `${plain(path)}.`;
  const said = declared.filter(
    ({ fields }) => !fields || fields.some((one) => field.startsWith(`${one}.`) || `${one}.`.startsWith(field)),
  );
  return [...new Set(said.map((one) => one.application))];
}
