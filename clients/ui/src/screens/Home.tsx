// What needs me today?
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { type Overview, policies as policiesQuery, split, violations as violationsQuery } from "../api/queries";
import { top } from "../api/search";
import { ago, compact, number, version } from "../model/format";
import { plainReason, sumOfTrends } from "../model/violations";
import { Indexing } from "../parts/Indexing";
import { Page } from "../parts/Page";
import { LevelPill, Pill, PolicyModePill } from "../parts/Pill";
import { Spark } from "../parts/Spark";
import { Failed, Skeleton, Stale } from "../parts/States";
import { t } from "../strings";
import { FirstSteps } from "./FirstSteps";

/** How many lines of a list are shown here; the rest is behind its link. */
const SHOWN = 5;
const UNCHECKED = "compat:NONE";
const OWNERLESS = 'owner:""';

export function Home() {
  // A few of each sort, and how many there are of it: never all subjects.
  const recent = useQuery(top({ q: "", sort: "-updated" }, SHOWN));
  const unchecked = useQuery(top({ q: UNCHECKED }, SHOWN));
  const ownerless = useQuery(top({ q: OWNERLESS }, SHOWN));
  const broken = useInfiniteQuery(violationsQuery({ hours: 24 }));
  const groups = useMemo(
    () =>
      [...(broken.data?.pages.flatMap((page) => page.violations) ?? [])].sort(
        (a, b) => b.acted - a.acted || b.records - a.records,
      ),
    [broken.data],
  );
  const policies = useQuery(policiesQuery);
  const shadowed = (policies.data?.policies ?? []).filter(
    (one) => one.mode !== "enforce" || (one.percent ?? 100) < 100,
  );
  const lacking = useMemo(() => {
    const both = [...(unchecked.data?.subjects ?? []), ...(ownerless.data?.subjects ?? [])];
    return [...new Map(both.map((one) => [one.subject, one])).values()].slice(0, SHOWN);
  }, [unchecked.data, ownerless.data]);

  const subjects = [recent, unchecked, ownerless];
  if (subjects.some((one) => one.isPending))
    return (
      <Page title={t.home.title}>
        <Skeleton rows={9} />
      </Page>
    );
  if (!recent.data || !unchecked.data || !ownerless.data)
    return (
      <Page title={t.home.title}>
        <Failed
          what={t.subjects.what}
          error={subjects.find((one) => one.error)?.error}
          retry={() => subjects.forEach((one) => void one.refetch())}
        />
      </Page>
    );
  const total = recent.data.total;
  const amounts = { unchecked: unchecked.data.total, ownerless: ownerless.data.total };
  if (!total && !recent.data.indexing && !groups.length)
    return (
      <Page title={t.home.title} answer={t.home.welcome}>
        <FirstSteps />
      </Page>
    );
  return (
    <Page title={t.home.title} answer={t.home.answer(groups.length, amounts.unchecked, amounts.ownerless)}>
      {recent.isRefetchError && <Stale error={recent.error} since={recent.dataUpdatedAt} />}
      <Indexing of={recent.data.indexing} />
      <ul className="kpis">
        <Kpi
          to="/violations"
          name={t.home.groups}
          value={broken.data ? number(groups.length) : "–"}
          tone={groups.length ? "bad" : "ok"}
          note={t.home.records(compact(groups.reduce((sum, one) => sum + one.records, 0)))}
          trend={sumOfTrends(groups)}
        />
        <Kpi
          to="/subjects"
          search={{ q: UNCHECKED }}
          name={t.home.unchecked}
          value={number(amounts.unchecked)}
          tone={amounts.unchecked ? "warn" : "ok"}
          note={t.home.ofSubjects(number(total))}
        />
        <Kpi
          to="/subjects"
          search={{ q: OWNERLESS }}
          name={t.home.ownerless}
          value={number(amounts.ownerless)}
          tone={amounts.ownerless ? "warn" : "ok"}
          note={t.home.ofSubjects(number(total))}
        />
        <Kpi
          to="/proxy"
          name={t.home.enforced}
          value={policies.data ? number(policies.data.policies.length - shadowed.length) : "–"}
          tone="plain"
          note={policies.data ? t.home.ofPolicies(number(policies.data.policies.length)) : " "}
        />
      </ul>
      <div className="home">
        <Section title={t.home.refused} all={{ to: "/violations", label: t.home.allGroups }}>
          {broken.isPending ? (
            <Skeleton rows={4} />
          ) : !broken.data ? (
            <Failed what={t.violations.what} error={broken.error} />
          ) : groups.length ? (
            <ul className="lines">
              {groups.slice(0, SHOWN).map((one) => (
                <li key={one.id}>
                  <span className="two-lines grow">
                    <Link to="/violations/$id" params={{ id: one.id }} className="strong">
                      {plainReason(one)}
                    </Link>
                    <span className="fine clip">
                      <span className="mono">{one.topic}</span> ·{" "}
                      <span className="mono">{one.clientId || t.none.client}</span> · {ago(one.lastSeen)}
                    </span>
                  </span>
                  <Spark trend={one.trend} width={96} />
                  <span className="amount">
                    {compact(one.records)}
                    <small>{one.acted ? t.home.acted : t.home.onlySeen}</small>
                  </span>
                </li>
              ))}
            </ul>
          ) : (
            <Fine>{t.home.noGroups}</Fine>
          )}
        </Section>
        <Section title={t.home.lacking} all={{ to: "/subjects", label: t.home.allSubjects }}>
          {lacking.length ? (
            <ul className="lines">
              {lacking.map((one) => (
                <li key={one.subject}>
                  <Name one={one} />
                  <span className="chips">
                    {one.compatibility.level === "NONE" && <LevelPill level="NONE" />}
                    {!one.owner && <Pill tone="warn">{t.none.owner}</Pill>}
                  </span>
                </li>
              ))}
            </ul>
          ) : (
            <Fine>{t.home.nothingLacks}</Fine>
          )}
        </Section>
        <Section
          title={t.home.recent}
          all={{ to: "/subjects", search: { sort: "-updated" }, label: t.home.allChanges }}
        >
          <ul className="lines">
            {recent.data.subjects.map((one) => (
              <li key={one.subject}>
                <Name one={one} />
                <span className="fine">
                  <span className="mono">{version(one.version)}</span> · {ago(one.updated)}
                </span>
              </li>
            ))}
          </ul>
        </Section>
        <Section title={t.home.ramp} all={{ to: "/proxy", label: t.home.allPolicies }}>
          {policies.isPending ? (
            <Skeleton rows={3} />
          ) : !policies.data ? (
            <Failed what={t.proxy.what} error={policies.error} />
          ) : shadowed.length ? (
            <ul className="lines">
              {shadowed.slice(0, SHOWN).map((one) => (
                <li key={one.name}>
                  <span className="two-lines grow">
                    <Link to="/proxy/policies/$policy" params={{ policy: one.name }} className="strong">
                      {one.name}
                    </Link>
                    <span className="fine mono clip">{one.topics}</span>
                  </span>
                  {one.mode === "enforce" && <Pill tone="info">{t.proxy.percent(one.percent ?? 100)}</Pill>}
                  <PolicyModePill mode={one.mode} />
                </li>
              ))}
            </ul>
          ) : (
            <Fine>{policies.data.policies.length ? t.home.allEnforced : t.proxy.none}</Fine>
          )}
        </Section>
      </div>
    </Page>
  );
}

function Kpi({
  to,
  search = {},
  name,
  value,
  note,
  tone,
  trend,
}: {
  to: string;
  search?: Record<string, string>;
  name: string;
  value: string;
  note: string;
  tone: string;
  /** How it went over the last day, where that is kept. */
  trend?: { hour: string; records: number }[];
}) {
  return (
    <li>
      <Link to={to} search={search as never} className="card kpi" data-tone={tone}>
        <span>{name}</span>
        <strong>{value}</strong>
        <small>{note}</small>
        {trend && trend.length > 0 && <Spark trend={trend} />}
      </Link>
    </li>
  );
}

function Section({
  title,
  all,
  children,
}: {
  title: string;
  all: { to: string; search?: Record<string, string>; label: string };
  children: ReactNode;
}) {
  return (
    <section className="card">
      <div className="section-head">
        <h2>{title}</h2>
        <Link to={all.to} search={(all.search ?? {}) as never} className="fine">
          {all.label}
        </Link>
      </div>
      {children}
    </section>
  );
}

function Name({ one }: { one: Overview }) {
  const { context, name } = split(one.subject);
  return (
    <Link to="/subjects/$subject/fields" params={{ subject: one.subject }} className="mono grow clip">
      {context !== "." && <span className="context">{context.slice(1)}</span>}
      {name}
    </Link>
  );
}

function Fine({ children }: { children: ReactNode }) {
  return (
    <p className="fine-state">
      <CircleCheck size={17} aria-hidden />
      {children}
    </p>
  );
}
