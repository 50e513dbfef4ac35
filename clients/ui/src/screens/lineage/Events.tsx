// What happened around a node? The marks of the line as a table, the latest first; from each one gets to its moment.
import type { Timeline } from "../../api/lineage";
import { ago, number } from "../../model/format";
import { Button } from "../../parts/Controls";
import { lineage as tl } from "../../strings-lineage";
import { EventTable } from "./EventTable";

export function Events({ told, look }: { told: Timeline; look: (at: number) => void }) {
  return (
    <details className="time-events">
      <summary>
        {tl.happened} ({number(told.events.length)})
      </summary>
      {told.events.length === 0 && <p className="muted">{tl.happenedNone}</p>}
      {told.events.length > 0 && (
        <EventTable told={told} when={ago}>
          {(event) => (
            <Button kind="quiet" onPress={() => look(new Date(event.at).getTime())}>
              {tl.lookThen}
            </Button>
          )}
        </EventTable>
      )}
    </details>
  );
}
