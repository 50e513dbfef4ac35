// What happened around a node? The marks of the line as a table, the latest first; from each one gets to its moment.
import { Link } from "@tanstack/react-router";
import type { Timeline } from "../../api/lineage";
import { ago, dateTime, number, version } from "../../model/format";
import type { Happening } from "../../model/moments";
import { parts } from "../../model/nodes";
import { Button } from "../../parts/Controls";
import { lineage as tl } from "../../strings-lineage";
import { schemaNames } from "./GraphTwin";

/** More than so many nobody reads in one go. */
const MOST = 200;

export function Events({ told, look }: { told: Timeline; look: (at: number) => void }) {
  const events = [...told.events].reverse().slice(0, MOST);
  return (
    <details className="time-events">
      <summary>
        {tl.happened} ({number(told.events.length)})
      </summary>
      {events.length === 0 && <p className="muted">{tl.happenedNone}</p>}
      {(told.truncated || told.events.length > MOST) && <p className="fine">{tl.happenedMore}</p>}
      {events.length > 0 && (
        <div className="scroll-x time-table" tabIndex={0} role="group" aria-label={tl.happened}>
          <table className="plain">
            <thead>
              <tr>
                {tl.happenedColumns.map((name) => (
                  <th key={name} scope="col">
                    {name || <span className="unseen">{tl.lookThen}</span>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {events.map((event, index) => (
                <tr key={`${event.at} ${event.what} ${index}`}>
                  <th scope="row" title={dateTime(event.at)}>
                    {ago(event.at)}
                  </th>
                  <td>{tl.whats[event.what] ?? event.what}</td>
                  <td className="mono">
                    <What event={event} />
                  </td>
                  <td>{event.actor}</td>
                  <td>
                    <Button kind="quiet" onPress={() => look(new Date(event.at).getTime())}>
                      {tl.lookThen}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

function What({ event }: { event: Happening }) {
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
