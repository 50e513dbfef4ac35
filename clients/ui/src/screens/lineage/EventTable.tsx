// What happened, the latest first: when, what, to what and by whom, with the way to where it is told of.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Timeline } from "../../api/lineage";
import { dateTime, version } from "../../model/format";
import type { Happening } from "../../model/moments";
import { parts } from "../../model/nodes";
import { t } from "../../strings";
import { lineage as tl } from "../../strings-lineage";
import "../../styles/time.css";

/** More than so many nobody reads in one go. */
const MOST = 200;

type Props = {
  told: Pick<Timeline, "events" | "truncated">;
  when: (at: string) => string;
  /** What can be done about each. */
  children?: (event: Happening) => ReactNode;
};

export function EventTable({ told: { events, truncated }, when, children }: Props) {
  return (
    <>
      {(truncated || events.length > MOST) && <p className="fine">{tl.happenedMore}</p>}
      <div className="scroll-x time-table" tabIndex={0} role="group" aria-label={tl.happened}>
        <table className="plain">
          <thead>
            <tr>
              {tl.happenedColumns.slice(0, children ? 5 : 4).map((name) => (
                <th key={name} scope="col">
                  {name || <span className="unseen">{tl.lookThen}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {events
              .slice(-MOST)
              .reverse()
              .map((event, index) => (
                <tr key={`${event.at} ${event.what} ${index}`}>
                  <th scope="row" title={dateTime(event.at)}>
                    {when(event.at)}
                  </th>
                  <td>{tl.whats[event.what] ?? event.what}</td>
                  <td className="mono">
                    <What event={event} />
                  </td>
                  <td>{event.actor}</td>
                  {children && <td>{children(event)}</td>}
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function What({ event }: { event: Happening }) {
  // One without a name of its own is a context, or all of them.
  if (event.subject === "" || event.subject?.endsWith(":")) return event.subject || t.home.allSubjects;
  if (event.subject)
    return (
      <Link to="/subjects/$subject/versions" params={{ subject: event.subject }}>
        {event.subject}
      </Link>
    );
  if (event.policy)
    return (
      <Link to="/proxy/policies/$policy" params={{ policy: event.policy }}>
        {event.policy} {event.version === undefined ? "" : version(event.version)}
      </Link>
    );
  if (event.from && event.to)
    return (
      <>
        {parts(event.from).name} → {parts(event.to).name}
      </>
    );
  const who = event.group ?? event.application;
  return (
    <>
      {who}
      {event.schema && <span className="fine"> {schemaNames([event.schema]).join("")}</span>}
    </>
  );
}

/** Names of schemas as people know them; an id where the registry has none. */
export const schemaNames = (schemas: { id: number; subject?: string; version?: number }[]) =>
  schemas.map((one) => (one.subject ? `${one.subject} ${version(one.version ?? 0)}` : t.subject.id(one.id)));
