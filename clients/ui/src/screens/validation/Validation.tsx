// How good is the data right now? What the gate counts, second by second, and how it judged since it began.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { type Live, useLive } from "../../api/live";
import { metrics, violations } from "../../api/queries";
import { capital, compact, dateTime, duration, number, percent, time, timeOfDay } from "../../model/format";
import { byProducer, byRule, byTopic, heardFor, quantile, type Series, series, sums } from "../../model/live";
import { ruleName, sumOfTrends } from "../../model/violations";
import { DayChart } from "../../parts/Bars";
import { Button, Select } from "../../parts/Controls";
import { LiveState, PauseButton } from "../../parts/Live";
import { Page } from "../../parts/Page";
import { Skeleton } from "../../parts/States";
import { t } from "../../strings";
import { gate } from "../../strings-gate";
import "../../styles/validation.css";
import { Meanwhile, useChanges } from "./Meanwhile";
import { Verdicts } from "./Verdicts";

const Chart = lazy(() => import("../../parts/Chart"));
const History = lazy(() => import("../lineage/History"));
const route = getRouteApi("/validation");
const SECOND = 1_000;
/** How long each range is, and how long one point of its line. */
const RANGES = {
  "1m": [60 * SECOND, 2 * SECOND],
  "5m": [300 * SECOND, 5 * SECOND],
  "15m": [900 * SECOND, 15 * SECOND],
} as const;
const LATELY = 10 * SECOND;

export function Validation() {
  const asked = route.useSearch();
  const navigate = route.useNavigate();
  const live = useLive();
  const range = asked.range && asked.range in RANGES ? (asked.range as keyof typeof RANGES) : "5m";
  const [length, step] = RANGES[range];
  const { topic } = asked;
  const now = useNow(live);
  const line = useMemo(
    () => series(live.seconds, live.heard, now, length, step, topic),
    [live.seconds, live.heard, now, length, step, topic],
  );
  const whole = sums(live.seconds, now - length, now, topic);
  const lately = sums(live.seconds, now - LATELY, now, topic);
  const heardFrom = live.heard[0]?.from;
  const topics = byTopic(live.seconds, now - length);
  const rules = byRule(live.seconds, now - length, topic);
  const producers = byProducer(live.broken, now - length, topic);
  const changes = useChanges(topic, now - length);
  const marks = useMemo(() => changes?.events.map((one) => new Date(one.at).getTime()) ?? [], [changes]);
  const set = (change: { topic?: string | undefined; range?: string | undefined }) =>
    void navigate({
      search: (old) =>
        Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value)) as typeof old,
    });
  return (
    <Page
      title={t.nav.validation}
      answer={
        heardFrom === undefined
          ? live.state === "closed"
            ? t.live.means.closed
            : gate.validation.waiting
          : gate.validation.answer({
              rate: compact(Math.round(lately.records / heardFor(live.heard, now - LATELY, now))),
              records: whole.records,
              bad: whole.bad,
              worst: topic ?? (topics[0]?.bad ? topics[0].name : ""),
              range: gate.validation.ranges[range],
            })
      }
      beside={<LiveState state={live.state} />}
      actions={<PauseButton state={live.state} />}
    >
      <div className="filters">
        <Select
          label={gate.validation.range}
          isHidden
          value={range}
          onChange={(value) => set({ range: value === "5m" ? undefined : value })}
          options={Object.keys(RANGES).map((id) => ({
            id,
            label: capital(gate.validation.ranges[id as keyof typeof RANGES]),
          }))}
        />
        <Select
          label={t.violations.columns.topic}
          isHidden
          value={topic ?? "*"}
          onChange={(value) => set({ topic: value === "*" ? undefined : value })}
          options={[
            { id: "*", label: gate.validation.anyTopic },
            ...[...new Set([...topics.map((one) => one.name).sort(), ...(topic ? [topic] : [])])].map((id) => ({
              id,
              label: id,
            })),
          ]}
        />
        {heardFrom !== undefined && (
          <p className="count" title={dateTime(heardFrom)}>
            {gate.validation.since(time(heardFrom))}
          </p>
        )}
      </div>
      <Numbers live={live} now={now} length={length} topic={topic} />
      <div className="columns wide-columns">
        <Line title={gate.validation.throughput} line={line} values={line.records} tone="accent" marks={marks} />
        <Line title={gate.validation.refusals} line={line} values={line.bad} tone="bad" marks={marks} />
      </div>
      <Meanwhile changes={changes} />
      <div className="columns wide-columns">
        <section className="card scroll-x">
          <h2>{gate.validation.byTopic}</h2>
          {topics.length === 0 ? (
            <p className="muted">{gate.validation.noTopic}</p>
          ) : (
            <table className="plain">
              <Head names={gate.validation.topicColumns} />
              <tbody>
                {topics.map((one) => (
                  <tr key={one.name} data-chosen={one.name === topic}>
                    <th scope="row" className="mono">
                      <Button
                        kind="quiet"
                        label={gate.validation.narrow(one.name)}
                        onPress={() => set({ topic: one.name })}
                      >
                        {one.name}
                      </Button>
                    </th>
                    <td className="number">{number(one.records)}</td>
                    <td className={one.bad ? "number bad-text" : "number"}>{number(one.bad)}</td>
                    <td className="number">{percent(one.bad, one.records + one.bad)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
        <div className="stack">
          <section className="card scroll-x">
            <h2>{gate.validation.byRule}</h2>
            {rules.length === 0 ? (
              <p className="muted">{gate.validation.noRule}</p>
            ) : (
              <Counts
                names={gate.validation.ruleColumns}
                rows={rules.map(({ rule, ...counts }) => ({
                  ...counts,
                  name: (
                    <Link to="/violations" search={{ rule, ...(topic ? { topic } : {}) }}>
                      {ruleName(rule)}
                    </Link>
                  ),
                  key: rule,
                }))}
              />
            )}
          </section>
          {producers.length > 0 && (
            <section className="card scroll-x">
              <h2>{gate.validation.byProducer}</h2>
              <Counts
                names={gate.validation.producerColumns}
                rows={producers.map(({ producer, ...counts }) => ({
                  ...counts,
                  // One without a client id can't be asked for: the list would be that of everybody.
                  name: producer ? (
                    <Link className="mono" to="/violations" search={{ producer, ...(topic ? { topic } : {}) }}>
                      {producer}
                    </Link>
                  ) : (
                    t.none.client
                  ),
                  key: producer,
                }))}
              />
              <p className="fine">{gate.validation.byProducerHow}</p>
            </section>
          )}
        </div>
      </div>
      <Day topic={topic} />
      {topic && (
        <Suspense fallback={<Skeleton rows={4} />}>
          <History key={topic} topic={topic} begin="day" />
        </Suspense>
      )}
      <Verdicts topic={topic} />
    </Page>
  );
}

/** Time goes on by the second while the stream is open, and stands still while it is held. */
function useNow(live: Live): number {
  const last = useRef(Date.now());
  if (live.state !== "paused") last.current = Date.now();
  return Math.floor(last.current / SECOND) * SECOND;
}

function Numbers({ live, now, length, topic }: { live: Live; now: number; length: number; topic: string | undefined }) {
  const page = useQuery(metrics);
  const whole = sums(live.seconds, now - length, now, topic);
  const lately = sums(live.seconds, now - LATELY, now, topic);
  const before = sums(live.seconds, now - 2 * length, now - length, topic);
  const isKnown = (live.heard[0]?.from ?? now) <= now - 2 * length;
  const acted = byRule(live.seconds, now - length, topic).reduce((sum, one) => sum + one.acted, 0);
  const half = page.data ? quantile(page.data, 0.5) : undefined;
  const most = page.data ? quantile(page.data, 0.99) : undefined;
  const all = whole.records + whole.bad;
  return (
    <ul className="kpis">
      <Kpi
        title={gate.validation.rate}
        value={compact(lately.records / heardFor(live.heard, now - LATELY, now))}
        more={gate.validation.rateHow}
      />
      <Kpi
        title={gate.validation.bad}
        value={number(whole.bad)}
        more={gate.validation.badHow(number(acted))}
        tone={whole.bad ? "bad" : "ok"}
      />
      <Kpi
        title={gate.validation.share}
        value={all ? percent(whole.bad, all) : "–"}
        more={
          isKnown && before.records + before.bad > 0
            ? gate.validation.before(percent(before.bad, before.records + before.bad))
            : gate.validation.noBefore
        }
        tone={whole.bad ? "bad" : "ok"}
      />
      <Kpi
        title={gate.validation.latency}
        value={half === undefined ? "–" : `≤ ${duration(half)}`}
        more={most === undefined ? gate.validation.noLatency : gate.validation.latencyHow(duration(most))}
      />
    </ul>
  );
}

function Kpi({ title, value, more, tone = "plain" }: { title: string; value: string; more: string; tone?: string }) {
  return (
    <li className="card kpi" data-tone={tone}>
      <span>{title}</span>
      <strong>{value}</strong>
      <small>{more}</small>
    </li>
  );
}

/** One number over time, with the same as a table. */
function Line({
  title,
  line,
  values,
  tone,
  marks,
}: {
  title: string;
  line: Series;
  values: (number | null)[];
  tone: "accent" | "bad";
  marks: number[];
}) {
  const [isOpen, setOpen] = useState(false);
  const rows = isOpen
    ? line.at
        .map((at, index) => ({ at, value: values[index] }))
        .filter((one) => one.value !== null && one.value !== undefined)
        .reverse()
    : [];
  return (
    <section className="card">
      <h2>{title}</h2>
      <Suspense fallback={<Skeleton rows={4} />}>
        <Chart label={title} at={line.at} values={values} tone={tone} sync="validation" marks={marks} />
      </Suspense>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t.action.asTable}</summary>
        <table className="plain">
          <Head names={[gate.validation.time, title]} />
          <tbody>
            {rows.map(({ at, value }) => (
              <tr key={at}>
                <th scope="row">{timeOfDay(at)}</th>
                <td className="number">{compact(value ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}

type Count = { key: string; name: ReactNode; records: number; acted: number };

/** Bad records by what they have in common, and how many of them something was done about. */
function Counts({ names, rows }: { names: string[]; rows: Count[] }) {
  return (
    <table className="plain">
      <Head names={names} />
      <tbody>
        {rows.map((one) => (
          <tr key={one.key}>
            <th scope="row">{one.name}</th>
            <td className="number">{number(one.records)}</td>
            <td className="number">{number(one.acted)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Head({ names }: { names: string[] }) {
  return (
    <thead>
      <tr>
        {names.map((name, index) => (
          <th key={name} scope="col" className={index ? "number" : ""}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** What was bad in the last day is kept by the server: this does not begin with the page. */
function Day({ topic }: { topic: string | undefined }) {
  const pages = useInfiniteQuery(violations({ topic, hours: 24 }));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const trend = useMemo(() => sumOfTrends(pages.data?.pages.flatMap((page) => page.violations) ?? []), [pages.data]);
  if (!pages.data) return null;
  return (
    <section className="card">
      <h2>{gate.validation.day}</h2>
      <DayChart trend={trend} />
    </section>
  );
}
