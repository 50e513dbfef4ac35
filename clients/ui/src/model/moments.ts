// What happened when, and which moments are looked at? Moments are times as the server takes them; none is now.
import type { Timeline } from "../api/lineage";

export type Happening = Timeline["events"][number];
export const LANES = ["schemas", "settings", "policies", "writers", "readers", "flows"] as const;
export type Lane = (typeof LANES)[number];

export const HOUR = 3_600_000;

/** Of which kind something is that happened; what is new to us is a setting, since those are many. */
export function laneOf(what: string): Lane {
  if (/^(schema|version|subject)\./.test(what)) return "schemas";
  if (what.startsWith("policy.")) return "policies";
  if (what.startsWith("writer.")) return "writers";
  if (what.startsWith("reader.")) return "readers";
  return what.startsWith("flow.") ? "flows" : "settings";
}

/** What is nearer to each other than one of so many parts of the time is one mark. */
const PARTS = 120;

export type Cluster = { place: number; at: number; events: Happening[] };

/** Of each kind, where on the line something happened: from 0, the beginning, to 1, the end. */
export function clusters(events: Happening[], from: number, to: number): Map<Lane, Cluster[]> {
  const lanes = new Map<Lane, Map<number, Cluster>>();
  for (const event of events) {
    const at = new Date(event.at).getTime();
    if (at < from || at > to || to <= from) continue;
    const part = Math.min(PARTS - 1, Math.floor(((at - from) / (to - from)) * PARTS));
    const lane = laneOf(event.what);
    const found = lanes.get(lane) ?? new Map<number, Cluster>();
    const one = found.get(part) ?? { place: (part + 0.5) / PARTS, at, events: [] };
    found.set(part, { ...one, events: [...one.events, event] });
    lanes.set(lane, found);
  }
  return new Map([...lanes].map(([lane, found]) => [lane, [...found.values()]]));
}

/** The moment of the nearest event before or after one; of several in the same minute, all are passed. */
export function neighbour(events: Happening[], moment: number, direction: -1 | 1): number | undefined {
  const times = events.map((one) => new Date(one.at).getTime()).sort((a, b) => a - b);
  const far = 60_000;
  return direction > 0 ? times.find((at) => at > moment + far) : times.findLast((at) => at < moment - far);
}

/** The line of so many days: whole hours, so that the slider stands on them; the end is now. */
export function span(days: number, now: number): { from: number; to: number } {
  const to = Math.ceil(now / HOUR) * HOUR;
  return { from: to - days * 24 * HOUR, to };
}

/** A moment on the line as the address keeps it; the end of the line is now, which the address leaves out. */
export const momentAt = (value: number, to: number): string | undefined =>
  value >= to ? undefined : new Date(value).toISOString().replace(/\.\d+Z$/, "Z");

/** Where a moment is on the line; now is its end. */
export function placeOf(moment: string | undefined, { from, to }: { from: number; to: number }): number {
  const at = moment === undefined ? to : new Date(moment).getTime();
  return Number.isNaN(at) ? to : Math.min(to, Math.max(from, at));
}

/** A day or a time that the server takes; undefined of anything else. */
export function moment(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(new Date(text).getTime())
    ? text
    : undefined;
}

/** As a field for local times has it. */
export function localText(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
