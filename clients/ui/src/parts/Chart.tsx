// How does a number go? A line over time, and what it is where somebody points; its table stands with whoever shows it.
import { type PointerEvent, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { clockTimes, path, rounds } from "../model/axis";
import { compact, timeOfDay } from "../model/format";

type Props = {
  label: string;
  at: number[];
  values: (number | null)[];
  tone: "accent" | "bad";
  /** Charts that stand together point at the same time. */
  sync: string;
  /** Moments at which something changed. What it was is told beside the chart. */
  marks?: number[];
  height?: number;
};

const NONE: number[] = [];
/** Room for the scale at the left and the times below. */
const [LEFT, TOP, RIGHT, BELOW] = [52, 8, 8, 22];
/** So far apart are the words of a scale at least. */
const [WORDS, LINES] = [96, 34];

export default function Chart({ label, at, values, tone, sync, marks = NONE, height = 180 }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const parent = place.current;
    if (!parent) return;
    const observer = new ResizeObserver(() => setWidth(parent.clientWidth));
    observer.observe(parent);
    setWidth(parent.clientWidth);
    return () => observer.disconnect();
  }, []);
  const [from = 0, to = 0] = [at[0], at.at(-1)];
  const right = Math.max(LEFT + 1, width - RIGHT);
  const base = height - BELOW;
  const most = useMemo(() => Math.max(1, ...values.map((one) => one ?? 0)) * 1.05, [values]);
  const scale = rounds(most, Math.max(1, Math.floor((base - TOP) / LINES)));
  const top = scale.at(-1) ?? 1;
  const x = (moment: number) => LEFT + ((moment - from) / Math.max(1, to - from)) * (right - LEFT);
  const y = (value: number) => base - (value / top) * (base - TOP);
  const [line, area] = useMemo(() => {
    const points = at.map((moment, index) => {
      const value = values[index];
      return value === null || value === undefined ? null : ([x(moment), y(value)] as const);
    });
    return [path(points), path(points, base)];
  }, [at, values, right, base, top]);
  const pointed = useSyncExternalStore(listen, () => points.get(sync));
  const nearest =
    pointed === undefined ? -1 : Math.round(((pointed - from) / Math.max(1, to - from)) * (at.length - 1));
  const here = at[nearest];
  const value = values[nearest];
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const passed = (event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT) / (right - LEFT);
    tell(sync, from + Math.min(1, Math.max(0, passed)) * (to - from));
  };
  return (
    <div className="chart" ref={place} data-tone={tone}>
      <svg
        role="img"
        aria-label={label}
        width={width}
        height={height}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => tell(sync, undefined)}
      >
        {scale.map((one) => (
          <g key={one}>
            <path className="chart-rule" d={`M${LEFT},${Math.round(y(one)) + 0.5}H${right}`} />
            <text x={LEFT - 8} y={y(one)} textAnchor="end" dominantBaseline="central">
              {compact(one)}
            </text>
          </g>
        ))}
        {clockTimes(from, to, (right - LEFT) / WORDS)
          .filter((one) => x(one) < right - WORDS / 4)
          .map((one) => (
            <g key={one}>
              <path className="chart-rule" d={`M${Math.round(x(one)) + 0.5},${base}v5`} />
              <text x={x(one)} y={height - 4} textAnchor="middle">
                {timeOfDay(one)}
              </text>
            </g>
          ))}
        <path className="chart-area" d={area} />
        <path className="chart-line" d={line} />
        {/* What is newer than the last point stands at the end of the line. */}
        {marks
          .filter((one) => one >= from)
          .map((one, index) => (
            <path
              key={index}
              className="chart-mark"
              d={`M${Math.round(Math.min(x(one), right - 4))},${TOP}h4v4h-3V${base}h-1V${TOP + 4}h-4v-4z`}
            />
          ))}
        {here !== undefined && (
          <g className="chart-pointed">
            <path d={`M${Math.round(x(here)) + 0.5},${TOP}V${base}`} />
            {value !== null && value !== undefined && <circle cx={x(here)} cy={y(value)} r={3.5} />}
          </g>
        )}
      </svg>
      <p className="chart-says" aria-hidden>
        {here !== undefined && (
          <>
            {timeOfDay(here)}
            {value !== null && value !== undefined && <b>{compact(value)}</b>}
          </>
        )}
      </p>
    </div>
  );
}

/** At which time somebody points, in charts that stand together. */
const points = new Map<string, number>();
const listeners = new Set<() => void>();

function listen(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

function tell(sync: string, moment: number | undefined) {
  if (moment === undefined) points.delete(sync);
  else points.set(sync, moment);
  for (const listener of listeners) listener();
}
