// What does it build on, and what builds on it?
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDownToLine, ArrowUpFromLine } from "lucide-react";
import { referrers, split } from "../../api/queries";
import { version } from "../../model/format";
import { Failed, Skeleton } from "../../parts/States";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { useCurrent } from "./current";

export function References() {
  const { subject, current } = useCurrent();
  const users = useQuery({
    ...referrers(subject, current?.version ?? 0),
    enabled: current !== undefined && !current.deleted,
  });
  const { context } = split(subject);
  const out = current?.references ?? [];
  const whole = (name: string) => (name.startsWith(":") || context === "." ? name : `:${context}:${name}`);
  return (
    <div className="columns">
      <section className="card">
        <h2>
          <ArrowUpFromLine size={17} aria-hidden /> {td.references.out}
        </h2>
        <p className="muted">{td.references.outAnswer(out.length)}</p>
        <ul className="list">
          {out.map((one) => (
            <li key={one.name}>
              <Link
                to="/subjects/$subject/fields"
                params={{ subject: whole(one.subject) }}
                search={{ v: one.version }}
                className="mono"
              >
                {one.subject} {version(one.version)}
              </Link>
              <span className="fine">{td.references.calledHere(one.name)}</span>
            </li>
          ))}
        </ul>
      </section>
      <section className="card">
        <h2>
          <ArrowDownToLine size={17} aria-hidden /> {td.references.in}
        </h2>
        {current?.deleted ? (
          <p className="muted">{td.references.ofDeleted}</p>
        ) : users.isPending ? (
          <Skeleton rows={3} />
        ) : users.data ? (
          <>
            <p className="muted">{td.references.inAnswer(users.data.length)}</p>
            <ul className="list">
              {users.data.map((one) => (
                <li key={`${one.subject} ${one.version}`}>
                  <Link
                    to="/subjects/$subject/fields"
                    params={{ subject: one.subject ?? "" }}
                    search={{ v: one.version ?? 0 }}
                    className="mono"
                  >
                    {one.subject} {version(one.version ?? 0)}
                  </Link>
                  <span className="fine">{t.subject.id(one.id)}</span>
                </li>
              ))}
            </ul>
          </>
        ) : (
          <Failed what={td.references.what} error={users.error} retry={() => void users.refetch()} />
        )}
      </section>
    </div>
  );
}
