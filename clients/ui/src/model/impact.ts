// Who is concerned by a change, how far away, and what does it do to each? What is not known stays unknown: it is never nought.
import type { Impact, NativeGraph, Usage } from "../api/lineage";
import type { Explanation } from "./compare";
import { csvOf } from "./csv";
import { type Kind, parts } from "./nodes";

export type Role = "writer" | "reader" | "made";
export type Party = {
  id: string;
  kind: Kind;
  name: string;
  role: Role;
  /** How many steps away; writers are one step away on the other side. */
  step: number;
  /** Whether it reads the records themselves, and not only what others make of them. */
  isDirect: boolean;
  owners: string[];
  /** Versions that it writes; empty of whom it isn't known, such as readers. */
  versions: { id: number; version: number | undefined }[];
  /** Records in a second; null where they aren't counted. */
  rate: number | null;
  records: number | null;
  refused: number;
  lastSeen: string;
  firstSeen: string;
  grades: string[];
  isObserved: boolean;
  /** Whether it reads past the gate: only the cluster told of it. */
  isElsewhere: boolean;
  /** Members of a group that do nothing else. */
  members: string[];
};

/** Who was not seen for so long is silent. */
export const SILENT = 24 * 3_600_000;
export const isLive = (one: Pick<Party, "lastSeen" | "isObserved">, now = Date.now()) =>
  !one.isObserved || now - new Date(one.lastSeen).getTime() < SILENT;

type Told = Impact["writers"][number];

/** All parties, writers first and then by steps. Members of a group that lead nowhere else are told with their group. */
export function partiesOf(impact: Impact, usage: Usage | undefined, graph: NativeGraph | undefined): Party[] {
  const versionOf = new Map(usage?.versions.map((one) => [one.id, one.version]));
  const members = membersOf(graph);
  const folded = new Set([...members.values()].flat());
  const groups = new Set(impact.readers.filter((one) => one.kind === "group" && one.depth === 1).map((one) => one.id));
  const inGroups = new Set(graph?.edges.filter((edge) => groups.has(edge.from)).map((edge) => edge.to));
  const parties: Party[] = [];
  // A group that nobody has said the owner of is theirs who are in it.
  const ownersOf = new Map(impact.readers.map((one) => [one.id, one.owners ?? []]));
  const inherited = (group: string) => {
    const inside = graph?.edges.filter((edge) => edge.from === group).map((edge) => edge.to) ?? [];
    return [...new Set(inside.flatMap((id) => ownersOf.get(id) ?? []))].sort();
  };
  const add = (told: Told[], role: Role) => {
    for (const one of told) {
      if (role !== "writer" && folded.has(one.id)) continue;
      const isObserved = one.evidence.includes("observed");
      // Only what is written is counted: who fetches is seen, how much is not.
      const isCounted = role === "writer" && one.grades.includes("produced");
      const rates = usage?.writers.filter((each) => each.application === one.name && each.topic === impact.node) ?? [];
      const schemas = new Map((one.schemas ?? []).map((each) => [each.id, each.version]));
      parties.push({
        id: one.id,
        kind: one.kind,
        name: one.name,
        role,
        step: one.depth,
        isDirect: role === "reader" && (one.depth === 1 || inGroups.has(one.id)),
        owners: one.owners?.length || one.kind !== "group" ? (one.owners ?? []) : inherited(one.id),
        versions: [...schemas].map(([id, version]) => ({ id, version: version ?? versionOf.get(id) })).sort(byVersion),
        rate: isCounted && rates.length ? rates.reduce((sum, each) => sum + each.recordsPerSecond, 0) : null,
        records: isCounted ? one.records : null,
        refused: one.refused,
        lastSeen: one.lastSeen,
        firstSeen: one.firstSeen,
        grades: one.grades,
        isObserved,
        isElsewhere: false,
        members: (members.get(one.id) ?? []).map((id) => id.slice(id.lastIndexOf(":") + 1)),
      });
    }
  };
  add(impact.writers, "writer");
  add(impact.readers, "reader");
  add(impact.downstream, "made");
  for (const { group, topic, lastMoved } of impact.coverage.groupsElsewhere ?? [])
    parties.push({
      id: `group:${parts(topic).namespace}:${group}`,
      kind: "group",
      name: group,
      role: "reader",
      step: 1,
      isDirect: true,
      owners: [],
      versions: [],
      rate: null,
      records: null,
      refused: 0,
      lastSeen: lastMoved,
      firstSeen: "",
      grades: ["committed"],
      isObserved: true,
      isElsewhere: true,
      members: [],
    });
  const order = (one: Party) => (one.role === "writer" ? 0 : one.step);
  return parties.sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name));
}

const byVersion = (a: { version: number | undefined }, b: { version: number | undefined }) =>
  (b.version ?? 0) - (a.version ?? 0);

/** Of each group, the applications that only it leads to and that lead nowhere. */
export function membersOf(graph: NativeGraph | undefined): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const node of graph?.nodes ?? []) {
    if (node.kind !== "application" || node.depth === 0) continue;
    const into = graph?.edges.filter((edge) => edge.to === node.id) ?? [];
    const [only] = into;
    if (into.length !== 1 || !only?.from.startsWith("group:")) continue;
    if (graph?.edges.some((edge) => edge.from === node.id)) continue;
    found.set(only.from, [...(found.get(only.from) ?? []), node.id].sort());
  }
  return found;
}

export type Change = "any" | "delete" | "versions";
export type Says = Impact["declaredReaders"];
export type Situation = {
  change: Change;
  field: string;
  explained: Explanation | undefined;
  fields: Impact["fields"];
  says: Says;
};

const WEIGHT = [
  "breaks",
  "loses",
  "waits",
  "declared",
  "reads",
  "guessed",
  "assumed",
  "concerned",
  "unmade",
  "unread",
  "fine",
] as const;
export type Verdict = (typeof WEIGHT)[number];
export const weight = (verdict: Verdict) => WEIGHT.indexOf(verdict);

/** Whether a new version breaks readers as they are, readers once they are upgraded, both or none. */
export function broken(explained: Explanation | undefined): { now: boolean; later: boolean } {
  const has = (side: "forward" | "backward") =>
    explained?.changes.some((change) => change[side].verdict === "error") ?? false;
  return { now: has("forward"), later: has("backward") };
}

/** What a reader has published of a field. An old word that it is not read counts for nothing, one that it is read still does. */
function saidOf(party: Party, says: Says): "reads" | "unread" | undefined {
  const names = [party.name, ...party.members];
  if (says.some((one) => one.reads && (names.includes(one.group ?? "") || names.includes(one.application))))
    return "reads";
  // What is said of one group holds for that only, and of a group that nobody speaks for, every member has to say so.
  const denies = (name: string) =>
    says.some((one) => one.reads === false && !one.stale && (one.group ?? one.application) === name);
  const members = party.members.length > 0 && party.members.every(denies);
  return denies(party.name) || members ? "unread" : undefined;
}

/** What a change does to somebody, as far as it is known. */
export function verdictOf(party: Party, { change, field, explained, fields, says }: Situation): Verdict {
  if (change === "versions") {
    if (party.role === "writer") return "fine";
    const { now, later } = broken(explained);
    // Who only reads what others make of it is cut off with them, whatever it can read.
    if (!party.isDirect) return now ? "concerned" : "fine";
    return now ? "breaks" : later ? "waits" : "fine";
  }
  if (field) {
    if (party.role === "writer") return change === "delete" ? "waits" : "concerned";
    // Datasets are declared field by field, or not at all; of whoever reads nobody knows what they use.
    if (party.role === "made" && fields) {
      const own = fields.filter((one) => party.id.endsWith(`:${one.namespace}:${one.dataset}`));
      if (own.length) return own.some((one) => !one.inferred) ? "declared" : "guessed";
      // Where all that is told was guessed, nobody has declared that this one is not made of it.
      return fields.length && fields.every((one) => one.inferred) ? "assumed" : "unmade";
    }
    return party.isDirect ? (saidOf(party, says) ?? "assumed") : "assumed";
  }
  if (change === "delete") return party.role === "writer" ? "loses" : "concerned";
  return "concerned";
}

export type Sums = {
  writers: number;
  readers: number;
  further: number;
  silent: number;
  ownerless: number;
  owners: [string, string[]][];
  rate: number | null;
  /** Kinds of what is further on, with how many of each. */
  kinds: [Kind, number][];
};

/** In numbers. Readers are those of the topic itself; all others are further on. */
export function sums(parties: Party[], now = Date.now()): Sums {
  const live = parties.filter((one) => isLive(one, now));
  const writers = live.filter((one) => one.role === "writer");
  const readers = live.filter((one) => one.role === "reader" && one.step === 1);
  const further = parties.filter((one) => one.role !== "writer" && one.step > 1);
  const owners = new Map<string, string[]>();
  for (const one of parties)
    for (const owner of one.owners) owners.set(owner, [...(owners.get(owner) ?? []), one.name]);
  const kinds = new Map<Kind, number>();
  for (const one of further) kinds.set(one.kind, (kinds.get(one.kind) ?? 0) + 1);
  const rates = writers.map((one) => one.rate).filter((rate) => rate !== null);
  return {
    writers: writers.length,
    readers: readers.length,
    further: further.length,
    silent: parties.length - live.length,
    ownerless: parties.filter((one) => !one.owners.length).length,
    owners: [...owners].sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0])),
    rate: rates.length ? rates.reduce((sum, rate) => sum + rate, 0) : null,
    kinds: [...kinds].sort((a, b) => b[1] - a[1]),
  };
}

/** By steps away from the topic, the nearest first; writers apart. What is as far as the last one or further is together. */
export function stepsOf(parties: Party[], last = Number.POSITIVE_INFINITY): { step: number; parties: Party[] }[] {
  const steps = new Map<number, Party[]>();
  for (const one of parties) {
    const step = Math.min(one.step, last);
    if (one.role !== "writer") steps.set(step, [...(steps.get(step) ?? []), one]);
  }
  return [...steps].sort(([a], [b]) => a - b).map(([step, each]) => ({ step, parties: each }));
}

export type Narrow = { role?: string | undefined; owner?: string | undefined };
export const NOBODY = "-";

export function narrowed(parties: Party[], { role, owner }: Narrow): Party[] {
  return parties.filter(
    (one) =>
      (!role || (role === "further" ? one.role !== "writer" && one.step > 1 : one.role === role && one.step === 1)) &&
      (!owner || (owner === NOBODY ? !one.owners.length : one.owners.includes(owner))),
  );
}

const KEYS: Record<string, (one: Party, verdict: Verdict) => string | number> = {
  name: (one) => one.name.toLowerCase(),
  owner: (one) => one.owners[0] ?? "\uffff",
  step: (one) => (one.role === "writer" ? -1 : one.step),
  rate: (one) => one.rate ?? -1,
  seen: (one) => new Date(one.lastSeen).getTime(),
  verdict: (_, verdict) => weight(verdict),
};

/** `rate` or, the other way round, `-rate`. */
export function sorted(parties: Party[], sort: string | undefined, of: (one: Party) => Verdict): Party[] {
  const key = KEYS[sort?.replace(/^-/, "") ?? ""];
  if (!key) return parties;
  const sign = sort?.startsWith("-") ? -1 : 1;
  return [...parties].sort((a, b) => {
    const [left, right] = [key(a, of(a)), key(b, of(b))];
    return sign * (left < right ? -1 : left > right ? 1 : a.name.localeCompare(b.name));
  });
}

/** What is not known is left empty, as it is on screen. */
export function csv(parties: Party[], of: (one: Party) => Verdict): string {
  const head = [
    "id",
    "kind",
    "name",
    "role",
    "steps",
    "owners",
    "versions",
    "records_per_second",
    "records",
    "refused",
  ];
  const rows = parties.map((one) => [
    one.id,
    one.kind,
    one.name,
    one.role,
    one.step,
    one.owners.join(" "),
    one.versions.map((each) => (each.version === undefined ? `id:${each.id}` : each.version)).join(" "),
    one.rate ?? "",
    one.records ?? "",
    one.records === null ? "" : one.refused,
    one.firstSeen,
    one.lastSeen,
    one.grades.join(" "),
    of(one),
  ]);
  return csvOf([[...head, "first_seen", "last_seen", "grades", "verdict"], ...rows]);
}
