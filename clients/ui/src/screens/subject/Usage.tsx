// Who writes with this contract, in which versions, who reads it, and how is that known? Of a part of the time, and all versions.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Usage as Told, usage } from "../../api/lineage";
import { ago, capital, dateTime, names, number, version } from "../../model/format";
import { parts } from "../../model/nodes";
import { rateText } from "../../model/rate";
import { lookupsOf, saidOf, writersOf } from "../../model/usage";
import { Button, Select } from "../../parts/Controls";
import { Pill } from "../../parts/Pill";
import { Empty, Failed, Skeleton, Stale } from "../../parts/States";
import { impact as ti, usage as tu } from "../../strings-lineage";
import "../../styles/impact.css";
import { DAYS, rangeText, USUAL } from "../impact/asked";
import { Registered, Says, Unknown, Versions } from "../impact/Side";

/** What browsers call themselves is longer than anybody reads. */
const LONGEST = 48;
const route = getRouteApi("/subjects/$subject/usage");

export function Usage() {
  const { subject } = route.useParams();
  const { range = USUAL } = route.useSearch();
  const navigate = route.useNavigate();
  const asked = useQuery(usage(subject, DAYS[range]));
  const set = (chosen: string) =>
    void navigate({ search: (old) => ({ ...old, range: chosen === USUAL ? undefined : chosen }) as never });
  const told = asked.data;
  if (asked.isPending) return <Skeleton rows={8} />;
  if (!told) return <Failed what={tu.what} error={asked.error} retry={() => void asked.refetch()} />;
  const writers = writersOf(told);
  const isUsed = writers.length + told.readers.length > 0;
  return (
    <div className="stack">
      {asked.isRefetchError && <Stale error={asked.error} since={asked.dataUpdatedAt} />}
      <div className="filters">
        <Select
          label={ti.range}
          isHidden
          value={range in DAYS ? range : USUAL}
          options={Object.keys(DAYS).map((id) => ({ id, label: capital(rangeText(id)) }))}
          onChange={set}
        />
        <p role="status">{tu.says(new Set(writers.map((one) => one.application)).size, told.readers.length)}</p>
      </div>
      {isUsed ? (
        <>
          <Writers told={told} />
          <Readers told={told} />
        </>
      ) : (
        <Empty title={ti.unseen}>
          <p className="muted">{ti.unseenHow}</p>
          {range !== "all" && <Button onPress={() => set("all")}>{ti.longer}</Button>}
        </Empty>
      )}
      <div className="impact-cards">
        <Versions usage={told} subject={subject} />
        <Unknown impact={undefined} usage={told} />
        <Says readers={told.declaredReaders} field="" />
        <Lookups told={told} />
        <Registered usage={told} />
      </div>
    </div>
  );
}

const Seen = ({ at }: { at: string }) => (
  <time dateTime={at} title={dateTime(at)}>
    {ago(at)}
  </time>
);

/** Somebody on the cluster of a topic, in lineage. Where there are several topics, each line says its own. */
function Who({ told, topic, kind, name }: { told: Told; topic: string; kind: "application" | "group"; name: string }) {
  const { namespace, name: short } = parts(topic);
  return (
    <>
      <Link to="/lineage" search={{ focus: `${kind}:${namespace}:${name}` }}>
        {name}
      </Link>
      {told.topics.length > 1 && <span className="fine"> {short}</span>}
    </>
  );
}

function Sheet({
  title,
  heads,
  numbers,
  rows,
}: {
  title: string;
  heads: string[];
  /** Which columns are numbers. */
  numbers: number[];
  rows: { key: string; cells: ReactNode[] }[];
}) {
  const style = (index: number) => (numbers.includes(index) ? "number" : "");
  return (
    <section className="card scroll-x">
      <h2>{title}</h2>
      <table className="plain">
        <thead>
          <tr>
            {heads.map((name, index) => (
              <th key={name} scope="col" className={style(index)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells: [first, ...rest] }) => (
            <tr key={key}>
              <th scope="row" className="mono">
                {first}
              </th>
              {rest.map((cell, index) => (
                <td key={heads[index + 1]} className={style(index + 1)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Writers({ told }: { told: Told }) {
  const rows = writersOf(told);
  if (!rows.length) return null;
  return (
    <Sheet
      title={ti.roles.writer}
      heads={tu.writerColumns}
      numbers={[2, 3, 4]}
      rows={rows.map((one) => ({
        key: `${one.application} ${one.topic}`,
        cells: [
          <Who told={told} topic={one.topic} kind="application" name={one.application} />,
          <span className="mono">{one.versions.map(version).join(", ")}</span>,
          number(one.records),
          rateText(one.recordsPerSecond),
          one.refused ? <span className="bad-text">{number(one.refused)}</span> : "0",
          <Seen at={one.lastSeen} />,
        ],
      }))}
    />
  );
}

function Readers({ told }: { told: Told }) {
  if (!told.readers.length) return null;
  return (
    <Sheet
      title={ti.roles.reader}
      heads={tu.readerColumns}
      numbers={[]}
      rows={told.readers.map((one) => {
        const said = saidOf(told, one.group, one.applications);
        const who = one.group ?? one.applications[0] ?? "";
        return {
          key: `${who} ${one.topic}`,
          cells: [
            <Who told={told} topic={one.topic} kind={one.group ? "group" : "application"} name={who} />,
            <span className="mono">{names(one.applications.filter((each) => each !== one.group))}</span>,
            <div className="chips">
              {one.grades.map((grade) => (
                <Pill key={grade}>{grade}</Pill>
              ))}
            </div>,
            said ? said.length ? names(said) : ti.said.all : <span className="muted">{tu.fieldsUnknown}</span>,
            <Seen at={one.lastSeen} />,
          ],
        };
      })}
    />
  );
}

function Lookups({ told }: { told: Told }) {
  const rows = lookupsOf(told);
  if (!rows.length) return null;
  return (
    <section className="card" aria-labelledby="lookups-title">
      <h2 id="lookups-title">{tu.lookups}</h2>
      <p className="muted">{tu.lookupsHow}</p>
      <ul className="list">
        {rows.map((one) => (
          <li key={one.client}>
            <span className="mono" title={one.client}>
              {one.client.length > LONGEST ? `${one.client.slice(0, LONGEST)}…` : one.client}
            </span>
            <span className="fine" title={dateTime(one.lastSeen)}>
              {[names(one.versions.map(version)), tu.times(one.count), ago(one.lastSeen)].filter(Boolean).join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
