// How did it become what it is? Every version with its time, and what it can be compared with.
import { Link } from "@tanstack/react-router";
import { GitCompareArrows } from "lucide-react";
import { useState } from "react";
import { ago, dateTime, version } from "../../model/format";
import { Pill } from "../../parts/Pill";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { useCurrent } from "./current";

export function Versions() {
  const { subject, all, current } = useCurrent();
  const [from, setFrom] = useState<number>();
  const base = from ?? all.find((one) => current && one.version < current.version)?.version;
  const latest = all.find((one) => !one.deleted)?.version;
  return (
    <ol className="timeline" aria-label={td.versions.label}>
      {all.map((one, index) => {
        const older = all[index + 1];
        return (
          <li key={one.version} className="moment" data-deleted={Boolean(one.deleted)}>
            <div className="moment-head">
              <Link
                to="/subjects/$subject/fields"
                params={{ subject }}
                search={one.version === latest ? {} : { v: one.version }}
                className="mono version"
              >
                {version(one.version)}
              </Link>
              {one.version === latest && <Pill tone="accent">{td.versions.latest}</Pill>}
              {one.deleted && <Pill tone="warn">{td.versions.deleted}</Pill>}
              {one.ruleSet && (
                <Pill>
                  {td.versions.rules(
                    (one.ruleSet.domainRules?.length ?? 0) +
                      (one.ruleSet.migrationRules?.length ?? 0) +
                      (one.ruleSet.encodingRules?.length ?? 0),
                  )}
                </Pill>
              )}
              {one.references?.length ? <Pill>{td.versions.references(one.references.length)}</Pill> : null}
            </div>
            <p className="muted">
              {one.ts ? (
                <time dateTime={new Date(one.ts).toISOString()} title={dateTime(one.ts)}>
                  {td.versions.registered(ago(one.ts))}
                </time>
              ) : null}{" "}
              <Link to="/ids/$id" params={{ id: String(one.id) }} className="fine">
                {t.subject.id(one.id)}
              </Link>
            </p>
            <div className="moment-actions">
              {older && (
                <Link
                  to="/subjects/$subject/compare"
                  params={{ subject }}
                  search={{ from: older.version, to: one.version }}
                  className="button quiet"
                >
                  <GitCompareArrows size={15} aria-hidden />
                  {td.versions.whatChanged(version(older.version))}
                </Link>
              )}
              {base !== undefined && base !== one.version && base !== older?.version && (
                <Link
                  to="/subjects/$subject/compare"
                  params={{ subject }}
                  search={{ from: Math.min(base, one.version), to: Math.max(base, one.version) }}
                  className="button quiet"
                >
                  {td.versions.withBase(version(base))}
                </Link>
              )}
              {all.length > 2 && (
                <button
                  type="button"
                  className="button quiet"
                  aria-pressed={from === one.version}
                  onClick={() => setFrom(from === one.version ? undefined : one.version)}
                >
                  {from === one.version ? td.versions.isBase : td.versions.makeBase}
                </button>
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
