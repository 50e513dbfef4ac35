// At which moment is lineage looked at? Now, then, or between two: on a line of what happened, by hand, by key or by clock.
import { useQuery } from "@tanstack/react-query";
import { SkipBack, SkipForward } from "lucide-react";
import { Fragment, type PointerEvent, type ReactNode, useEffect, useMemo, useState } from "react";
import { timeline } from "../../api/lineage";
import { useKeys } from "../../app/keys";
import { ago, date, dateTime, time } from "../../model/format";
import { clusters, HOUR, LANES, localText, momentAt, neighbour, placeOf, span } from "../../model/moments";
import { IconButton, Segments, Select } from "../../parts/Controls";
import { Failed, Skeleton } from "../../parts/States";
import type { LineageSearch } from "../../router";
import { lineage as tl } from "../../strings-lineage";
import "../../styles/time.css";
import { Events } from "./Events";

type Mode = "now" | "past" | "between";
const DAYS = [1, 7, 30, 90];
const STEP = HOUR / 12;
export const USUAL_DAYS = 7;

type Props = { node: string; asked: LineageSearch; set: (change: Partial<LineageSearch>) => void };

export function TimeBar({ node, asked, set }: Props) {
  const mode: Mode = asked.since ? "between" : asked.at ? "past" : "now";
  const yesterday = () => momentAt(span(1, Date.now()).from, Number.POSITIVE_INFINITY);
  const modes = (
    <Segments
      label={tl.time}
      value={mode}
      options={(["now", "past", "between"] as const).map((id) => ({ id, label: tl.modes[id] }))}
      onChange={(next) =>
        set(
          next === "now"
            ? { at: undefined, since: undefined }
            : next === "past"
              ? { at: asked.at ?? asked.since ?? yesterday(), since: undefined }
              : { at: undefined, since: asked.since ?? asked.at ?? yesterday() },
        )
      }
    />
  );
  return (
    <section className="time" aria-label={tl.time}>
      {mode === "now" ? (
        <div className="filters">{modes}</div>
      ) : (
        <Line node={node} mode={mode} modes={modes} asked={asked} set={set} />
      )}
    </section>
  );
}

function Line({ node, mode, modes, asked, set }: Props & { mode: "past" | "between"; modes: ReactNode }) {
  const days = asked.days ?? USUAL_DAYS;
  const found = useQuery(timeline(node, days));
  const line = useMemo(() => span(days, found.dataUpdatedAt || Date.now()), [days, found.dataUpdatedAt]);
  const isBetween = mode === "between";
  const kept = useMemo(
    () => (isBetween ? [placeOf(asked.since, line), placeOf(asked.at, line)] : [placeOf(asked.at, line)]),
    [isBetween, asked.since, asked.at, line],
  );
  const [moved, setMoved] = useState(kept);
  useEffect(() => setMoved(kept), [kept]);
  const events = found.data?.events ?? [];
  const keep = (values: number[]) => {
    const [first = line.from, second = line.to] = values;
    if (!isBetween) set({ at: momentAt(Math.min(first, line.to - STEP), Number.POSITIVE_INFINITY) });
    // A difference has two moments: the same one twice is none.
    else
      set({
        since: momentAt(Math.min(first, second - STEP), Number.POSITIVE_INFINITY),
        at: momentAt(second, line.to),
      });
  };
  const step = (direction: -1 | 1) => {
    const next = neighbour(events, moved[0] ?? line.to, direction);
    if (next === undefined) return;
    // Just after it happened, so that it shows; between two, just before, so that it shows as a difference.
    const at = isBetween ? next - 1000 : next + 1000;
    keep(isBetween ? [at, moved[1] ?? line.to] : [at]);
  };
  useKeys({ ",": () => step(-1), ".": () => step(1) });
  const say = (value: number) => (value >= line.to ? tl.now : dateTime(value));
  const part = (value = line.to) => `${((value - line.from) / (line.to - line.from)) * 100}%`;
  /** Neither passes the other. */
  const move = (place: number, value: number) =>
    setMoved((old) => {
      const [first, second] = [place ? old[0] : undefined, place ? undefined : old[1]];
      return old.map((one, index) =>
        index === place ? Math.min(second ?? line.to, Math.max(first ?? line.from, value)) : one,
      );
    });
  /** A press beside the handles brings the nearer one. */
  const moveNearest = (event: PointerEvent<HTMLDivElement>) => {
    if (event.target instanceof HTMLInputElement) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const at = line.from + ((event.clientX - left) / width) * (line.to - line.from);
    const far = moved.map((one) => Math.abs(one - at));
    const near = far.indexOf(Math.min(...far));
    keep(moved.map((one, index) => (index === near ? line.from + Math.round((at - line.from) / STEP) * STEP : one)));
  };
  const ticks = Array.from({ length: 5 }, (_, index) => line.from + ((line.to - line.from) * index) / 4);
  return (
    <>
      <div className="filters">
        {modes}
        <Select
          label={tl.range}
          isHidden
          value={String(days)}
          options={DAYS.map((one) => ({ id: String(one), label: tl.ranges[one] ?? String(one) }))}
          onChange={(next) => set({ days: Number(next) === USUAL_DAYS ? undefined : Number(next) })}
        />
        <IconButton label={tl.previousEvent} onPress={() => step(-1)}>
          <SkipBack size={16} aria-hidden />
        </IconButton>
        <IconButton label={tl.nextEvent} onPress={() => step(1)}>
          <SkipForward size={16} aria-hidden />
        </IconButton>
        {moved.map((value, index) => (
          <label key={isBetween ? (index ? tl.later : tl.earlier) : tl.moment} className="time-field">
            <span className="fine">{isBetween ? (index ? tl.later : tl.earlier) : tl.moment}</span>
            <input
              type="datetime-local"
              value={localText(Math.min(value, Date.now()))}
              max={localText(line.to)}
              onChange={(event) => {
                const at = new Date(event.currentTarget.value).getTime();
                if (!Number.isNaN(at)) keep(moved.map((one, place) => (place === index ? at : one)));
              }}
            />
            <span className="fine">{value >= line.to ? tl.now : ago(value)}</span>
          </label>
        ))}
      </div>
      <div className="card time-card">
        <div className="time-slider" role="group" aria-label={tl.time}>
          <div className="time-lanes" aria-hidden>
            {LANES.map((lane) => (
              <span key={lane} className="lane-name fine">
                {tl.lanes[lane]}
              </span>
            ))}
          </div>
          <div className="time-track" onPointerDown={moveNearest}>
            <Marks node={node} days={days} from={line.from} to={line.to} />
            <div
              className="time-span"
              aria-hidden
              data-between={isBetween}
              style={{
                insetInlineStart: isBetween ? part(moved[0]) : 0,
                insetInlineEnd: `calc(100% - ${part(moved[isBetween ? 1 : 0])})`,
              }}
            />
            {moved.map((value, index) => (
              <Fragment key={index}>
                <input
                  type="range"
                  min={line.from}
                  max={line.to}
                  step={STEP}
                  value={value}
                  aria-label={isBetween ? (index ? tl.later : tl.earlier) : tl.moment}
                  aria-valuetext={say(value)}
                  onChange={(event) => move(index, event.currentTarget.valueAsNumber)}
                  onPointerUp={() => keep(moved)}
                  onPointerCancel={() => keep(moved)}
                  onKeyUp={(event) => /^(?:Arrow|Page|Home|End)/.test(event.key) && keep(moved)}
                />
                <span className="time-thumb" aria-hidden style={{ insetInlineStart: part(value) }} />
              </Fragment>
            ))}
          </div>
          <div className="time-ticks fine" aria-hidden>
            {ticks.map((at, index) => (
              <span key={at}>{index === 4 ? tl.now : days === 1 ? time(at) : date(at)}</span>
            ))}
          </div>
        </div>
        {found.isPending ? (
          <Skeleton rows={2} />
        ) : found.data ? (
          <Events told={found.data} look={(at) => keep(isBetween ? [at - 1000, line.to] : [at + 1000])} />
        ) : (
          <Failed what={tl.happened} error={found.error} retry={() => void found.refetch()} />
        )}
      </div>
    </>
  );
}

/** What happened, as marks on the line; the list below says the same. */
function Marks({ node, days, from, to }: { node: string; days: number; from: number; to: number }) {
  const { data } = useQuery(timeline(node, days));
  const lanes = useMemo(() => clusters(data?.events ?? [], from, to), [data, from, to]);
  return (
    <div className="time-marks" aria-hidden>
      {LANES.map((lane) => (
        <div key={lane} className="time-lane" data-lane={lane}>
          {lanes.get(lane)?.map((one) => (
            <span
              key={one.place}
              className="time-mark"
              data-many={one.events.length > 1}
              style={{ insetInlineStart: `${one.place * 100}%` }}
              title={`${tl.lanes[lane]}: ${tl.laneSays(one.events.length, dateTime(one.at))}`}
            />
          ))}
        </div>
      ))}
    </div>
  );
}
