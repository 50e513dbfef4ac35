// What was just counted? The last minutes of the stream, second by second, and what they say together.
import type { components } from "../api/schema";

export type Counts = components["schemas"]["CountsEvent"];
export type Broken = components["schemas"]["ViolationEvent"];
/** A second of the stream. `topics` and `rules` hold only what was counted. */
export type Second = { at: number; topics: Map<string, Tally>; leftOut: number };
type Tally = { records: number; refused: number; rules: Map<string, { records: number; acted: number }> };
/** From when to when the stream was heard; what was outside of these is unknown, not nothing. */
export type Span = { from: number; to: number };
export type Row = { name: string; records: number; bad: number };

/** How long is remembered. */
export const KEPT = 15 * 60_000;

export function secondOf(event: Counts): Second {
  const topics = new Map<string, Tally>();
  for (const { topic, records, refused, rules } of event.topics) {
    const tally = topics.get(topic) ?? { records: 0, refused: 0, rules: new Map() };
    tally.records += records;
    tally.refused += refused;
    for (const one of rules) {
      const rule = tally.rules.get(one.rule) ?? { records: 0, acted: 0 };
      tally.rules.set(one.rule, { records: rule.records + one.records, acted: rule.acted + one.acted });
    }
    topics.set(topic, tally);
  }
  return { at: Math.floor(new Date(event.at).getTime() / 1000) * 1000, topics, leftOut: event.leftOut };
}

/** With one more, without what is too old. Counts that come late are put where they belong. */
export function withSecond(seconds: Second[], next: Second): Second[] {
  const from = next.at - KEPT;
  const kept = seconds.filter((one) => one.at >= from);
  kept.push(next);
  const before = kept.at(-2);
  return before && before.at > next.at ? kept.sort((a, b) => a.at - b.at) : kept;
}

export type Series = { at: number[]; records: (number | null)[]; bad: (number | null)[] };

/** Records and bad records a second, in steps of so many milliseconds, oldest first; null where nobody listened. */
export function series(
  seconds: Second[],
  heard: Span[],
  now: number,
  length: number,
  step: number,
  topic?: string,
): Series {
  const end = Math.floor(now / step) * step;
  const count = Math.ceil(length / step);
  const at = Array.from({ length: count }, (_, index) => end - (count - index) * step);
  const first = at[0] ?? end;
  // A step that somebody began to listen in would show less than was written.
  const isHeard = (from: number) => heard.some((one) => one.from <= from && one.to > from);
  const records: (number | null)[] = at.map((from) => (isHeard(from) ? 0 : null));
  const bad: (number | null)[] = [...records];
  for (const second of seconds) {
    const place = Math.floor((second.at - first) / step);
    if (place < 0 || place >= count || records[place] === null) continue;
    for (const [name, tally] of second.topics) {
      if (topic && name !== topic) continue;
      records[place] = (records[place] ?? 0) + (tally.records * 1000) / step;
      bad[place] = (bad[place] ?? 0) + (tally.refused * 1000) / step;
    }
  }
  return { at, records, bad };
}

/** For how long of a part of the time somebody listened, in seconds; one at least. */
export const heardFor = (heard: Span[], from: number, to: number) =>
  Math.max(
    1_000,
    heard.reduce((sum, one) => sum + Math.max(0, Math.min(to, one.to) - Math.max(from, one.from)), 0),
  ) / 1_000;

/** What was written and what was bad between two times. */
export function sums(seconds: Second[], from: number, to: number, topic?: string): { records: number; bad: number } {
  let [records, bad] = [0, 0];
  for (const second of seconds) {
    if (second.at < from || second.at >= to) continue;
    for (const [name, tally] of second.topics) {
      if (topic && name !== topic) continue;
      records += tally.records;
      bad += tally.refused;
    }
  }
  return { records, bad };
}

export function byTopic(seconds: Second[], from: number): Row[] {
  const found = new Map<string, Row>();
  for (const second of seconds) {
    if (second.at < from) continue;
    for (const [name, tally] of second.topics) {
      const row = found.get(name) ?? { name, records: 0, bad: 0 };
      row.records += tally.records;
      row.bad += tally.refused;
      found.set(name, row);
    }
  }
  return [...found.values()].sort((a, b) => b.bad - a.bad || b.records - a.records || a.name.localeCompare(b.name));
}

export type RuleRow = { rule: string; records: number; acted: number };

export function byRule(seconds: Second[], from: number, topic?: string): RuleRow[] {
  const found = new Map<string, RuleRow>();
  for (const second of seconds) {
    if (second.at < from) continue;
    for (const [name, tally] of second.topics) {
      if (topic && name !== topic) continue;
      for (const [rule, { records, acted }] of tally.rules) {
        const row = found.get(rule) ?? { rule, records: 0, acted: 0 };
        found.set(rule, { rule, records: row.records + records, acted: row.acted + acted });
      }
    }
  }
  return [...found.values()].sort((a, b) => b.records - a.records || a.rule.localeCompare(b.rule));
}

export type ProducerRow = { producer: string; records: number; acted: number };

/** Whose records were bad. The stream tells of that one by one and not of very many at once, so it may be less than all. */
export function byProducer(
  broken: (Pick<Broken, "topic" | "clientId" | "records" | "acted"> & { at: number })[],
  from: number,
  topic?: string,
): ProducerRow[] {
  const found = new Map<string, ProducerRow>();
  for (const one of broken) {
    if (one.at < from || (topic && one.topic !== topic)) continue;
    const { records, acted } = found.get(one.clientId) ?? { records: 0, acted: 0 };
    found.set(one.clientId, { producer: one.clientId, records: records + one.records, acted: acted + one.acted });
  }
  return [...found.values()].sort((a, b) => b.records - a.records || a.producer.localeCompare(b.producer));
}

/** One sample of the Prometheus format. */
export type Sample = { name: string; labels: Record<string, string>; value: number };

/** The samples of some metrics of a page in the format of Prometheus. */
export function samples(page: string, wanted: string[]): Sample[] {
  const found: Sample[] = [];
  for (const line of page.split("\n")) {
    if (!wanted.some((name) => line.startsWith(name))) continue;
    const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (!parts) continue;
    const [, name = "", inner = "", value = ""] = parts;
    if (!wanted.includes(name)) continue;
    const labels: Record<string, string> = {};
    for (const [, key = "", text = ""] of inner.matchAll(/([\w]+)="((?:[^"\\]|\\.)*)"/g))
      labels[key] = text.replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign));
    found.push({ name, labels, value: Number(value) });
  }
  return found;
}

export const VERDICTS = ["valid", "invalid", "refused", "undecided", "unchecked"] as const;
export type Verdicts = Record<(typeof VERDICTS)[number], number>;

/** How the records of each topic were judged since the server began, the busiest topic first. */
export function verdictsOf(page: string): { topic: string; verdicts: Verdicts; all: number }[] {
  const found = new Map<string, Verdicts>();
  for (const { labels, value } of samples(page, ["tidegate_proxy_records_total"])) {
    const topic = labels.topic ?? "";
    const one = found.get(topic) ?? { valid: 0, invalid: 0, refused: 0, undecided: 0, unchecked: 0 };
    const verdict = VERDICTS.find((name) => name === labels.verdict);
    if (verdict) one[verdict] += value;
    found.set(topic, one);
  }
  return [...found]
    .map(([topic, verdicts]) => ({ topic, verdicts, all: VERDICTS.reduce((sum, name) => sum + verdicts[name], 0) }))
    .sort((a, b) => b.all - a.all || a.topic.localeCompare(b.topic));
}

/** How long judging took for this share of the requests, in seconds: the edge of the bucket that it falls into. */
export function quantile(page: string, share: number): number | undefined {
  const edges = new Map<number, number>();
  for (const { labels, value } of samples(page, ["tidegate_proxy_judge_seconds_bucket"])) {
    const edge = labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le);
    edges.set(edge, (edges.get(edge) ?? 0) + value);
  }
  const sorted = [...edges].sort((a, b) => a[0] - b[0]);
  const all = sorted.at(-1)?.[1] ?? 0;
  if (!all) return undefined;
  const found = sorted.find(([, count]) => count >= share * all)?.[0];
  return found === Number.POSITIVE_INFINITY ? sorted.at(-2)?.[0] : found;
}
