// Into which parts is a stretch of time cut, and what was written in each of them?
import type { NativeGraph } from "../api/lineage";

export type Stretch = "day" | "fortnight";
export type Part = { at: number; from: string; to: string };
export type Row = { at: number; records: number; refused: number };

const HOUR = 3_600_000;
const HOURS = 24;
const DAYS = 14;

/** The last hours, or the last days as the reader's clock has them, the oldest first; the last one goes on still. */
export function partsOf(stretch: Stretch, now = Date.now()): Part[] {
  const starts =
    stretch === "day"
      ? Array.from({ length: HOURS + 1 }, (_, index) => Math.floor(now / HOUR) * HOUR - (HOURS - 1 - index) * HOUR)
      : Array.from({ length: DAYS + 1 }, (_, index) => {
          const day = new Date(now);
          // By the calendar, since not every day has 24 hours.
          day.setHours(0, 0, 0, 0);
          day.setDate(day.getDate() - (DAYS - 1 - index));
          return day.getTime();
        });
  return starts.slice(0, -1).map((at, index) => ({
    at,
    from: new Date(at).toISOString(),
    to: new Date(starts[index + 1] ?? now).toISOString(),
  }));
}

/**
 * Of which parts something can be known. Of the others nothing is asked, since the server has no answer about a time in which
 * nothing was seen.
 */
export const seenIn = (parts: Part[], first: string, last: string) =>
  parts.filter((part) => new Date(part.from) <= new Date(last) && new Date(part.to) > new Date(first));

/** What was written in each part, of what was written since the beginning of each. */
export function rowsOf(parts: Part[], since: Map<string, Pick<Row, "records" | "refused">>): Row[] {
  return parts.map(({ at, from, to }) => {
    const [mine, later] = [since.get(from), since.get(to)];
    const rest = (name: "records" | "refused") => Math.max(0, (mine?.[name] ?? 0) - (later?.[name] ?? 0));
    return { at, records: rest("records"), refused: rest("refused") };
  });
}

/** With what is known by now of the part that goes on; it never becomes less. */
export function withLast(rows: Row[], now: Pick<Row, "records" | "refused"> | undefined): Row[] {
  const last = rows.at(-1);
  if (!now || !last) return rows;
  const most = (name: "records" | "refused") => Math.max(last[name], now[name]);
  return [...rows.slice(0, -1), { at: last.at, records: most("records"), refused: most("refused") }];
}

/** What was written to a node, as a graph tells it; nothing known is nothing written. */
export function writtenTo(node: string, told: NativeGraph | null | undefined): Pick<Row, "records" | "refused"> {
  const edges = (told?.edges ?? []).filter((edge) => edge.to === node && edge.grades.includes("produced"));
  return {
    records: edges.reduce((sum, edge) => sum + edge.records, 0),
    refused: edges.reduce((sum, edge) => sum + edge.refused, 0),
  };
}
