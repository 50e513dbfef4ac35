// What is being refused, by whom, and why?
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Download, X } from "lucide-react";
import { useMemo } from "react";
import { useFresh } from "../../api/fresh";
import { useLive } from "../../api/live";
import { metrics, type Violation, violations } from "../../api/queries";
import { download } from "../../model/download";
import { ago, capital, compact, dateTime, number } from "../../model/format";
import { verdictsOf } from "../../model/live";
import { answer, csv, plainReason, ruleName, side, values } from "../../model/violations";
import { Button, MenuButton, Select } from "../../parts/Controls";
import { LiveState, PauseButton } from "../../parts/Live";
import { Page } from "../../parts/Page";
import { Pill } from "../../parts/Pill";
import { Spark } from "../../parts/Spark";
import { Empty, Failed, Skeleton, Stale } from "../../parts/States";
import { type Column, Table } from "../../parts/Table";
import type { ViolationsSearch } from "../../router";
import { t } from "../../strings";
import { Feed } from "./Feed";
import { STATES, StatePill } from "./State";

const route = getRouteApi("/violations");
const RANGES = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 } as const;

const columns: Column<Violation>[] = [
  {
    id: "what",
    label: t.violations.columns.what,
    width: "minmax(280px, 3.2fr)",
    cell: (one) => (
      <span className="two-lines">
        <Link to="/violations/$id" params={{ id: one.id }} className="strong">
          {plainReason(one)}
        </Link>
        <span className="fine">
          <span className="mono">{ruleName(one.rule)}</span>
          {one.path && (
            <>
              {" "}
              {t.violations.at} <span className="mono">{one.path}</span>
            </>
          )}
          {side(one.reason) === "key" && <Pill>{t.violations.key}</Pill>}{" "}
          {/* Most are new: that nobody has said anything need not be said. */}
          {(one.state !== "new" || one.stateBy) && <StatePill of={one} />}
        </span>
      </span>
    ),
  },
  {
    id: "topic",
    label: t.violations.columns.topic,
    width: "minmax(140px, 1.3fr)",
    cell: (one) => <span className="mono clip">{one.topic}</span>,
  },
  {
    id: "producer",
    label: t.violations.columns.producer,
    width: "minmax(120px, 1.1fr)",
    cell: (one) => <Producer one={one} />,
  },
  {
    id: "trend",
    label: t.violations.columns.trend,
    width: "132px",
    isExtra: true,
    cell: (one) => <Spark trend={one.trend} />,
  },
  {
    id: "records",
    label: t.violations.columns.records,
    width: "88px",
    isNumber: true,
    cell: (one) => <span title={number(one.records)}>{compact(one.records)}</span>,
  },
  {
    id: "seen",
    label: t.violations.columns.seen,
    width: "116px",
    isNumber: true,
    cell: (one) => (
      <time dateTime={one.lastSeen} title={dateTime(one.lastSeen)} className="muted">
        {ago(one.lastSeen)}
      </time>
    ),
  },
];

function Producer({ one }: { one: Violation }) {
  return (
    <span className="two-lines">
      <span className="mono clip">{one.clientId || t.none.client}</span>
      {one.principal && <span className="fine clip">{one.principal}</span>}
    </span>
  );
}

export function Violations() {
  const asked = route.useSearch();
  const live = useLive();
  useFresh(live, live.broken[0]?.key, ["violations"]);
  const navigate = route.useNavigate();
  const range = asked.range && asked.range in RANGES ? (asked.range as keyof typeof RANGES) : "24h";
  const pages = useInfiniteQuery({
    ...violations({ ...asked, hours: RANGES[range] }),
    ...(live.state === "paused" ? { refetchInterval: false as const } : {}),
  });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.violations) ?? [], [pages.data]);
  const set = (change: ViolationsSearch) => void navigate({ search: (old) => tidy({ ...old, ...change }) });
  const isNarrowed = Boolean(asked.topic || asked.rule || asked.producer || asked.state);
  const filter = (name: "topic" | "rule" | "producer" | "state", label: string, any: string, options: string[]) => (
    <Select
      label={label}
      isHidden
      value={asked[name] ?? "*"}
      onChange={(value) => set({ [name]: value === "*" ? undefined : value })}
      options={[
        { id: "*", label: any },
        ...[...new Set([...options, ...(asked[name] ? [asked[name]] : [])])].map((value) => ({
          id: value,
          label:
            name === "rule"
              ? ruleName(value)
              : name === "state"
                ? (t.violations.states[value as Violation["state"]] ?? value)
                : value,
        })),
      ]}
    />
  );
  return (
    <Page
      title={t.nav.violations}
      answer={pages.data ? answer(rows, t.violations.ranges[range], pages.hasNextPage) : " "}
      beside={<LiveState state={live.state} />}
      actions={
        <>
          <PauseButton state={live.state} />
          {rows.length > 0 && (
            <MenuButton
              label={t.action.export}
              icon={<Download size={15} aria-hidden />}
              items={[
                {
                  id: "csv",
                  label: t.violations.exportCsv(rows.length),
                  onAction: () => download("violations.csv", "text/csv", csv(rows)),
                },
                {
                  id: "json",
                  label: t.violations.exportJson(rows.length),
                  onAction: () => download("violations.json", "application/json", JSON.stringify(rows, null, 2)),
                },
              ]}
            />
          )}
        </>
      }
    >
      {pages.data && pages.isError && <Stale error={pages.error} since={pages.dataUpdatedAt} />}
      <div className="filters">
        <Select
          label={t.violations.range}
          isHidden
          value={range}
          onChange={(value) => set({ range: value === "24h" ? undefined : value })}
          options={Object.keys(RANGES).map((id) => ({
            id,
            label: capital(t.violations.ranges[id as keyof typeof RANGES]),
          }))}
        />
        {filter("topic", t.violations.columns.topic, t.violations.anyTopic, values(rows, "topic"))}
        {filter("rule", t.violations.rule, t.violations.anyRule, values(rows, "rule"))}
        {filter("producer", t.violations.columns.producer, t.violations.anyProducer, values(rows, "clientId"))}
        {filter("state", t.violations.state, t.violations.anyState, STATES)}
        {isNarrowed && (
          <Button
            kind="quiet"
            onPress={() => set({ topic: undefined, rule: undefined, producer: undefined, state: undefined })}
          >
            <X size={15} aria-hidden />
            {t.action.reset}
          </Button>
        )}
      </div>
      {live.broken.length > 0 && <Feed live={live} topic={asked.topic} />}
      {pages.isPending ? (
        <Skeleton rows={8} />
      ) : !pages.data ? (
        <Failed what={t.violations.what} error={pages.error} retry={() => void pages.refetch()} />
      ) : rows.length ? (
        <>
          <Table label={t.nav.violations} rows={rows} columns={columns} keyOf={(one) => one.id} rowHeight={60} />
          {pages.hasNextPage && (
            <div className="row-actions center">
              <Button isDisabled={pages.isFetchingNextPage} onPress={() => void pages.fetchNextPage()}>
                {t.action.more}
              </Button>
            </div>
          )}
        </>
      ) : (
        <Empty title={t.violations.none(t.violations.ranges[range])}>
          <p className="muted">{isNarrowed ? t.violations.noneNarrowed : t.violations.noneHow}</p>
          {!isNarrowed && (
            <>
              <Judged />
              <Link to="/proxy" className="button plain">
                {t.violations.policies}
              </Link>
            </>
          )}
        </Empty>
      )}
    </Page>
  );
}

/** Silence can be believed where it is known that somebody looked. */
function Judged() {
  const { data } = useQuery(metrics);
  const records = verdictsOf(data ?? "").reduce((sum, { verdicts }) => sum + verdicts.valid + verdicts.invalid, 0);
  return data ? <p className="muted">{t.violations.judged(records)}</p> : null;
}

function tidy(search: ViolationsSearch): ViolationsSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value)) as ViolationsSearch;
}
