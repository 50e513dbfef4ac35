// How much flows along an edge, and how wide is its line? The wider by a step, the more by a factor.
import { number } from "./format";

type Told = { records: number; firstSeen: string; grades: readonly string[] };
type Span = { from?: string; to?: string };
/** Records a second on average, and of which part of the time; `to` is absent where it goes on still. */
export type Rate = { perSecond: number; from: number; to?: number };

const HOUR = 3_600_000;

/** Under a second nothing is told apart. */
const LEAST = 1_000;
/** Between these powers of ten, lines grow. */
const [SLOWEST, FASTEST] = [-2, 4];
const [THIN, WIDE] = [1.25, 6.5];
/** As wide as what nobody counted. */
export const UNCOUNTED = 1.5;
/** What the legend shows, in records a second. */
export const SAMPLES = [0.01, 1, 100, 10_000];

/**
 * Records a second on average, from when it was first seen, in the part of the time that is looked at, until the end of it: as
 * the server reckons for writers of a subject. Nothing where nothing was counted, as of readers.
 */
export function rateOf({ records, firstSeen, grades }: Told, span: Span = {}, now = Date.now()): Rate | undefined {
  if (!grades.includes("produced") || records <= 0 || !firstSeen) return undefined;
  const to = span.to ? new Date(span.to).getTime() : now;
  const end = Math.min(now, to);
  const from = Math.max(new Date(firstSeen).getTime(), span.from ? new Date(span.from).getTime() : 0);
  return { perSecond: records / (Math.max(LEAST, end - from) / 1000), from, ...(to < now - HOUR ? { to } : {}) };
}

/** From when on is lately: the server counts by the hour, so the hour before the one that goes on, and what has passed of that. */
export const latelyFrom = (now = Date.now()) => new Date((Math.floor(now / HOUR) - 1) * HOUR).toISOString();

/**
 * What was counted lately: nothing, if it was not seen. Who was there before and wrote once just now did not begin just now. Without
 * an answer about it, the rate that is known otherwise.
 */
export function lately(
  known: Rate | undefined,
  lastSeen: string,
  told: Told | undefined,
  from: string,
  now = Date.now(),
): Rate | undefined {
  if (!known || known.to !== undefined) return known;
  if (told) return rateOf({ ...told, firstSeen: new Date(known.from).toISOString() }, { from }, now) ?? known;
  return new Date(lastSeen) < new Date(from) ? { perSecond: 0, from: new Date(from).getTime() } : known;
}

export function widthOf(rate: number | undefined): number {
  if (rate === undefined || rate <= 0) return UNCOUNTED;
  const power = Math.min(FASTEST, Math.max(SLOWEST, Math.log10(rate)));
  return THIN + ((power - SLOWEST) / (FASTEST - SLOWEST)) * (WIDE - THIN);
}

/** Short: a screen has room for a few, and three digits are as many as anybody reads. */
export const rateText = (rate: number) =>
  rate > 0 && rate < 0.01 ? "< 0.01" : number(Number(rate.toPrecision(rate >= 100 ? 3 : 2)));
