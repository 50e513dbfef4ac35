// How did a number go, part by part of the time? Bars with the time below; the same as a table.
import { number, time } from "../model/format";
import { t } from "../strings";
import { type Hour, lastDay } from "./Spark";

export type Bar = { at: number; records: number; refused?: number };

type Props = {
  rows: Bar[];
  /** What a part of the time is called. */
  say: (at: number) => string;
  /** What stands over the table: the time, the number, and what of it is bad where that is told apart. */
  heads: [string, string, string?];
  /** Under which parts their time stands. */
  every: number;
  tone?: "accent" | "bad";
  /** What stands under the last one. */
  end?: string;
};

/** Nothing that happened is too small to be seen. */
const LEAST = "2px";

export function Bars({ rows, say, heads, every, tone = "accent", end = t.time.now }: Props) {
  const most = Math.max(1, ...rows.map(({ records, refused = 0 }) => records + refused));
  const tall = (value: number) => (value ? `max(${LEAST}, ${(value / most) * 100}%)` : 0);
  const isParted = heads[2] !== undefined;
  const title = ({ at, records, refused }: Bar) =>
    [`${say(at)}: ${heads[1]} ${number(records)}`, isParted ? `${heads[2]} ${number(refused ?? 0)}` : ""]
      .filter(Boolean)
      .join(", ");
  return (
    <figure className="day-chart">
      <div className="bars" aria-hidden style={{ gridTemplateColumns: `repeat(${rows.length}, 1fr)` }}>
        {rows.map((row) => (
          <div key={row.at} className="bar" data-tone={tone} title={title(row)}>
            {isParted && <span className="bad" style={{ blockSize: tall(row.refused ?? 0) }} />}
            <span style={{ blockSize: tall(row.records) }} />
          </div>
        ))}
      </div>
      <div className="hours" aria-hidden>
        {rows
          .filter((_, index) => index % every === 0)
          .map(({ at }) => (
            <span key={at}>{say(at)}</span>
          ))}
        <span>{end}</span>
      </div>
      <details>
        <summary>{t.action.asTable}</summary>
        <table className="plain">
          <thead>
            <tr>
              {heads
                .filter((name) => name !== undefined)
                .map((name, index) => (
                  <th key={name} scope="col" className={index ? "number" : ""}>
                    {name}
                  </th>
                ))}
            </tr>
          </thead>
          <tbody>
            {rows
              .filter(({ records, refused = 0 }) => records + refused > 0)
              .map(({ at, records, refused = 0 }) => (
                <tr key={at}>
                  <th scope="row">{say(at)}</th>
                  <td className="number">{number(records)}</td>
                  {isParted && <td className={refused ? "number bad-text" : "number"}>{number(refused)}</td>}
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

/** The last 24 hours of something bad. */
export function DayChart({ trend }: { trend: Hour[] }) {
  return <Bars rows={lastDay(trend)} say={time} heads={[t.violation.hour, t.violation.records]} every={6} tone="bad" />;
}
