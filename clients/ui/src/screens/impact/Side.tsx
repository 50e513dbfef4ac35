// What else has to be known before it is done? What nobody knows, whom to ask, which versions are written, what builds on it.
import { Link } from "@tanstack/react-router";
import { CircleDashed, ListChecks } from "lucide-react";
import type { Impact, Usage } from "../../api/lineage";
import { ago, compact, dateTime, names, number, percent, version } from "../../model/format";
import { CopyButton } from "../../parts/Controls";
import { Pill } from "../../parts/Pill";
import { impact as ti } from "../../strings-lineage";

type Coverage = { impact: Impact | undefined; usage: Usage | undefined };

/** Said plainly, and drawn hatched where the whole isn't known. */
export function Unknown({ impact, usage }: Coverage) {
  const seen = impact?.coverage.groupsObserved ?? usage?.coverage.groupsObserved;
  const known = impact?.coverage.groupsKnown ?? usage?.coverage.groupsKnown ?? null;
  const sentences = sentencesOf({ impact, usage });
  return (
    <section className="card unknown" aria-labelledby="unknown-title">
      <h2 id="unknown-title">
        <CircleDashed size={16} aria-hidden />
        {ti.unknown}
      </h2>
      {seen !== undefined && (
        <>
          <div className="coverage" aria-hidden data-known={known !== null}>
            {known !== null && <span style={{ inlineSize: `${known ? Math.min(100, (seen / known) * 100) : 100}%` }} />}
          </div>
          <p>
            {known === null ? (
              <>
                {ti.covered(number(seen))}. <strong>{ti.groupsUnknown}</strong>
              </>
            ) : (
              `${ti.coveredOf(number(seen), number(known))}.`
            )}
          </p>
        </>
      )}
      {usage && usage.coverage.write !== null && <p>{ti.writes(percent(usage.coverage.write, 1))}</p>}
      {usage && usage.coverage.read !== null && <p>{ti.reads(percent(usage.coverage.read, 1))}</p>}
      {impact?.truncated && <p className="warn-text">{ti.truncated}</p>}
      <ul className="sentences">
        {sentences.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </section>
  );
}

/** In the server's words. Both answers tell of groups and fields; of a subject, more than that is told. */
export const sentencesOf = ({ impact, usage }: Coverage): string[] =>
  usage?.coverage.unknown ?? impact?.coverage.unknown ?? [];

export function Before({ list, text }: { list: string[]; text: string }) {
  return (
    <section className="card" aria-labelledby="before-title">
      <div className="section-head">
        <h2 id="before-title">
          <ListChecks size={16} aria-hidden />
          {ti.before}
        </h2>
        <CopyButton text={text} label={ti.copyList} />
      </div>
      <ol className="todo">
        {list.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ol>
    </section>
  );
}

export function Versions({ usage, subject }: { usage: Usage; subject: string }) {
  const most = Math.max(1, ...usage.versions.map((one) => one.records));
  const shown = usage.versions.filter((one) => one.records > 0 || !one.deleted).reverse();
  const isUsed = usage.versions.some((one) => one.records > 0);
  return (
    <section className="card" aria-labelledby="versions-title">
      <h2 id="versions-title">{ti.versionsUsed}</h2>
      {!isUsed && <p className="muted">{ti.versionsNone}</p>}
      <ul className="version-bars">
        {shown.map((one) => (
          <li key={one.version} title={one.lastWritten ? dateTime(one.lastWritten) : ti.unwritten}>
            <Link to="/subjects/$subject/fields" params={{ subject }} search={{ v: one.version }} className="mono">
              {version(one.version)}
            </Link>
            <span className="version-bar" aria-hidden>
              <span style={{ inlineSize: `${one.records ? Math.max(2, (one.records / most) * 100) : 0}%` }} />
            </span>
            <span className="fine">{one.records ? ti.writtenBy(one.writers, compact(one.records)) : ti.unwritten}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Made({ fields }: { fields: Impact["fields"] }) {
  return (
    <section className="card" aria-labelledby="made-title">
      <h2 id="made-title">{ti.fieldsMade}</h2>
      {fields?.length ? (
        <ul className="list">
          {fields.map((one) => (
            <li key={`${one.namespace} ${one.dataset} ${one.field}`}>
              <span className="mono">
                {one.dataset}.{one.field}
              </span>
              <span className="fine">{one.inferred ? ti.guessed(ti.away(one.depth)) : ti.away(one.depth)}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="muted">{ti.fieldsMadeNone}</p>
      )}
    </section>
  );
}

export function Owners({
  owners,
  ownerless,
  set,
}: {
  owners: [string, string[]][];
  ownerless: number;
  set: (owner: string) => void;
}) {
  if (!owners.length) return null;
  return (
    <section className="card" aria-labelledby="owners-title">
      <h2 id="owners-title">{ti.askWhom}</h2>
      <ul className="list">
        {owners.map(([owner, of]) => (
          <li key={owner}>
            <button type="button" className="as-link strong" onClick={() => set(owner)}>
              {owner}
            </button>
            <span className="fine mono">{names(of)}</span>
          </li>
        ))}
        {ownerless > 0 && (
          <li>
            <button type="button" className="as-link muted" onClick={() => set("-")}>
              {ti.askUnknown}
            </button>
            <span className="fine">{number(ownerless)}</span>
          </li>
        )}
      </ul>
    </section>
  );
}

export function Builds({ subjects }: { subjects: string[] }) {
  if (!subjects.length) return null;
  return (
    <section className="card" aria-labelledby="builds-title">
      <h2 id="builds-title">{ti.referrers}</h2>
      <p className="muted">{ti.referrersHow}</p>
      <ul className="list">
        {subjects.map((subject) => (
          <li key={subject}>
            <Link to="/impact" search={{ subject }} className="mono">
              {subject}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** More registrations than these nobody reads here; the subject's own page has all versions. */
const MOST = 5;

export function Registered({ usage }: { usage: Usage }) {
  if (!usage.registrations.length) return null;
  return (
    <section className="card" aria-labelledby="registered-title">
      <h2 id="registered-title">{ti.registered}</h2>
      <ul className="list">
        {usage.registrations.slice(0, MOST).map((one) => (
          <li key={`${one.at} ${one.version}`}>
            <span>
              {one.actor} <span className="fine mono">{one.origin}</span>
            </span>
            <span className="fine" title={dateTime(one.at)}>
              {one.version === undefined ? ago(one.at) : ti.registeredSays(version(one.version), ago(one.at))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Who published which fields it reads. A claim, told beside what was seen. */
export function Says({ readers, field }: { readers: Usage["declaredReaders"]; field: string }) {
  if (!readers.length) return null;
  return (
    <section className="card" aria-labelledby="says-title">
      <h2 id="says-title">{ti.said.title}</h2>
      <ul className="list">
        {readers.map((one) => (
          <li key={`${one.application} ${one.group ?? ""}`}>
            <span>
              <strong>{one.application}</strong>{" "}
              {one.group && one.group !== one.application && <span className="fine mono">{one.group}</span>}{" "}
              <span className="fine" title={one.purpose}>
                {one.owner}
              </span>
            </span>
            <span className="fine" title={dateTime(one.publishedAt)}>
              {field && one.reads !== undefined
                ? ti.said.reads(one.reads)
                : one.fields
                  ? ti.said.fields(one.fields)
                  : ti.said.all}
              {one.stale && <> {ti.said.stale(ago(one.publishedAt))}</>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Tiles({ tiles }: { tiles: { label: string; value: string; say: string; isUnknown?: boolean }[] }) {
  return (
    <ul className="kpis">
      {tiles.map(({ label, value, say, isUnknown }) => (
        <li key={label} className="card kpi still">
          <span>{label}</span>
          <strong>{value}</strong>
          <small>{isUnknown ? <Pill icon={CircleDashed}>{say}</Pill> : say}</small>
        </li>
      ))}
    </ul>
  );
}
