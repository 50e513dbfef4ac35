// How does a number go? A line over time by uPlot, in the colours of the theme; its table stands with whoever shows it.
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useIsDark } from "../app/theme";
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

export default function Chart({ label, at, values, tone, sync, marks = NONE, height = 180 }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef<uPlot.AlignedData>([[], []]);
  latest.current = [at.map((one) => one / 1000), values];
  const marked = useRef(marks);
  marked.current = marks;
  const isDark = useIsDark();
  useEffect(() => {
    const parent = place.current;
    if (!parent) return;
    const line = colour(parent, `--${tone}`);
    const grid = colour(parent, "--border");
    const words = colour(parent, "--muted");
    const font = `12px ${getComputedStyle(parent).fontFamily}`;
    const axis = { stroke: words, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 } };
    const made = new uPlot(
      {
        width: Math.max(200, parent.clientWidth),
        height,
        cursor: { sync: { key: sync }, points: { size: 7 }, drag: { x: false, y: false } },
        legend: { show: true, live: true },
        hooks: { draw: [(drawn) => mark(drawn, marked.current, words)] },
        scales: { y: { range: (_, __, most) => [0, Math.max(1, (most ?? 0) * 1.1)] } },
        axes: [
          { ...axis, values: (_, splits) => splits.map((one) => timeOfDay(one * 1000)), space: 90 },
          { ...axis, values: (_, splits) => splits.map((one) => compact(one)), size: 56 },
        ],
        series: [
          { value: (_, one) => (one === null ? "" : timeOfDay(one * 1000)) },
          {
            label,
            stroke: line,
            width: 2,
            fill: faded(line),
            spanGaps: false,
            points: { show: false },
            ...(tone === "bad" ? { dash: [6, 3] } : {}),
            value: (_, one) => (one === null || one === undefined ? "" : compact(one)),
          },
        ],
      },
      latest.current,
      parent,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: Math.max(200, parent.clientWidth), height }));
    observer.observe(parent);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [label, tone, sync, height, isDark]);
  useEffect(() => plot.current?.setData(latest.current), [at, values]);
  useEffect(() => plot.current?.redraw(false), [marks]);
  return <div className="chart" ref={place} role="img" aria-label={label} />;
}

/** A line from top to bottom for each moment, with a flag at its top. */
function mark({ ctx, bbox, valToPos }: uPlot, moments: number[], tone: string) {
  const { left, top, width, height } = bbox;
  const flag = 4 * uPlot.pxRatio;
  ctx.fillStyle = tone;
  for (const moment of moments) {
    // What is newer than the last point stands at the end of the line.
    const x = Math.min(left + width - flag, Math.round(valToPos(moment / 1000, "x", true)));
    if (x < left) continue;
    ctx.fillRect(x, top, uPlot.pxRatio, height);
    ctx.fillRect(x - flag, top, 2 * flag, flag);
  }
}

/** What a token is in this theme; a canvas can't read `light-dark()`. */
function colour(parent: HTMLElement, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  parent.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const faded = (rgb: string) =>
  rgb.replace(/^rgba?\(([^)]*)\)$/, (_, inner: string) => `rgb(${inner.split(",").slice(0, 3).join(" ")} / 0.1)`);
