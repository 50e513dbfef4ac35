// How did a number go over the last day? Bars by the hour; the same in words for whoever doesn't see them.
import { number } from "../model/format";
import { t } from "../strings";

const HOUR = 3_600_000;

export type Hour = { hour: string; records: number };

/** The last 24 hours, oldest first, with those in which nothing happened. */
export function lastDay(trend: Hour[], now = Date.now()): { at: number; records: number }[] {
  const end = Math.floor(now / HOUR) * HOUR;
  const known = new Map(trend.map(({ hour, records }) => [new Date(hour).getTime(), records]));
  return Array.from({ length: 24 }, (_, index) => {
    const at = end - (23 - index) * HOUR;
    return { at, records: known.get(at) ?? 0 };
  });
}

export function Spark({ trend, height = 22, width = 120 }: { trend: Hour[]; height?: number; width?: number }) {
  const hours = lastDay(trend);
  const most = Math.max(1, ...hours.map(({ records }) => records));
  const step = width / 24;
  const sum = hours.reduce((total, { records }) => total + records, 0);
  return (
    <svg
      className="spark"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={t.violation.trendSays(number(sum))}
    >
      {hours.map(({ at, records }, index) => {
        const tall = records ? Math.max(2, (records / most) * (height - 2)) : 1;
        return (
          <rect
            key={at}
            x={index * step + 0.5}
            y={height - tall}
            width={Math.max(1, step - 1.5)}
            height={tall}
            rx={0.5}
            className={records ? "full" : "none"}
          />
        );
      })}
    </svg>
  );
}
