// Who is concerned, one by one? The twin of the picture, to be narrowed, sorted and taken along.
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { ago, dateTime, version } from "../../model/format";
import { isLive, NOBODY, narrowed, type Party, sorted, sums, type Verdict } from "../../model/impact";
import { rateText } from "../../model/rate";
import { Segments, Select } from "../../parts/Controls";
import { Owner } from "../../parts/Pill";
import { Empty } from "../../parts/States";
import { type Column, Table } from "../../parts/Table";
import type { ImpactSearch } from "../../router";
import { impact as ti } from "../../strings-lineage";
import { rangeText } from "./asked";
import { EffectPill, KIND_ICONS } from "./Verdict";

type Props = {
  parties: Party[];
  of: (one: Party) => Verdict;
  isFieldDropped: boolean;
  /** Whether it is known what happens, so that it does not do the same to everybody. */
  isTold: boolean;
  asked: ImpactSearch;
  set: (change: Partial<ImpactSearch>) => void;
};

export function Who({ parties, of, isFieldDropped, isTold, asked, set }: Props) {
  const all = useMemo<Column<Party>[]>(
    () => [
      {
        id: "name",
        label: ti.columns.name,
        width: "minmax(180px, 1.7fr)",
        isSortable: true,
        cell: (one) => <Name one={one} />,
      },
      {
        id: "verdict",
        label: ti.columns.verdict,
        width: "minmax(190px, 1.5fr)",
        isSortable: true,
        cell: (one) => <EffectPill verdict={of(one)} isFieldOfWriter={isFieldDropped && one.role === "writer"} />,
      },
      {
        id: "owner",
        label: ti.columns.owner,
        width: "minmax(110px, 1fr)",
        isSortable: true,
        cell: (one) =>
          one.owners.length ? <Owner name={one.owners.join(", ")} /> : <span className="muted">{ti.ownerUnknown}</span>,
      },
      {
        id: "step",
        label: ti.columns.step,
        width: "minmax(120px, 1.3fr)",
        isSortable: true,
        cell: (one) => <span className="muted">{one.isElsewhere ? ti.elsewhere : ti.role(one.role, one.step)}</span>,
      },
      {
        id: "versions",
        label: ti.columns.versions,
        width: "84px",
        isExtra: true,
        cell: (one) =>
          one.role === "made" ? null : one.versions.length ? (
            <span className="mono">
              {one.versions
                .map((each) => (each.version === undefined ? `id ${each.id}` : version(each.version)))
                .join(", ")}
            </span>
          ) : (
            <span className="muted" title={ti.versionUnknownWhy}>
              {ti.versionUnknown}
            </span>
          ),
      },
      {
        id: "rate",
        label: ti.columns.rate,
        width: "88px",
        isSortable: true,
        isNumber: true,
        cell: (one) =>
          one.rate === null ? (
            <span className="muted" title={ti.notCountedWhy}>
              {ti.notCounted}
            </span>
          ) : (
            <span title={ti.rateOver(rangeText(asked.range))}>{rateText(one.rate)}</span>
          ),
      },
      {
        id: "seen",
        label: ti.columns.seen,
        width: "minmax(96px, 0.8fr)",
        isSortable: true,
        isNumber: true,
        cell: (one) => (
          <time dateTime={one.lastSeen} title={dateTime(one.lastSeen)} className={isLive(one) ? "muted" : "warn-text"}>
            {ago(one.lastSeen)}
          </time>
        ),
      },
    ],
    [of, isFieldDropped],
  );
  const columns = useMemo(() => all.filter((one) => isTold || one.id !== "verdict"), [all, isTold]);
  const rows = useMemo(
    () => sorted(narrowed(parties, { role: asked.who, owner: asked.owner }), asked.sort, of),
    [parties, asked.who, asked.owner, asked.sort, of],
  );
  const { owners, ownerless } = useMemo(() => sums(parties), [parties]);
  return (
    <section className="stack tight" aria-label={ti.who}>
      <div className="filters">
        <h2>{ti.who}</h2>
        <Segments
          label={ti.columns.step}
          value={asked.who ?? "all"}
          options={(["all", "writer", "reader", "further"] as const).map((id) => ({ id, label: ti.roles[id] }))}
          onChange={(who) => set({ who: who === "all" ? undefined : who })}
        />
        {owners.length + Number(ownerless > 0) > 1 && (
          <Select
            label={ti.owner}
            isHidden
            value={asked.owner ?? "*"}
            options={[
              { id: "*", label: ti.anyOwner },
              ...owners.map(([id, of]) => ({ id, label: id, hint: String(of.length) })),
              ...(ownerless ? [{ id: NOBODY, label: ti.askUnknown, hint: String(ownerless) }] : []),
            ]}
            onChange={(owner) => set({ owner: owner === "*" ? undefined : owner })}
          />
        )}
        <p className="count" role="status">
          {ti.found(rows.length, parties.length)}
        </p>
      </div>
      {rows.length ? (
        <Table
          label={ti.who}
          rows={rows}
          columns={columns}
          keyOf={(one) => `${one.role} ${one.id}`}
          sort={{ by: asked.sort?.replace(/^-/, "") ?? "step", down: asked.sort?.startsWith("-") ?? false }}
          onSort={({ by, down }) => set({ sort: `${down ? "-" : ""}${by}` })}
        />
      ) : (
        <Empty title={ti.noneSo}>
          <p className="muted">{ti.noneSoHow}</p>
        </Empty>
      )}
    </section>
  );
}

function Name({ one }: { one: Party }) {
  const Icon = KIND_ICONS[one.kind];
  return (
    <span className="party">
      <Icon size={15} aria-hidden />
      <Link to="/lineage" search={{ focus: one.id }} className="mono name" title={[one.id, ...one.members].join("\n")}>
        {one.name}
      </Link>
      <span className="fine">{one.members.length > 1 ? ti.members(one.members.length) : ti.thing[one.kind]}</span>
    </span>
  );
}
