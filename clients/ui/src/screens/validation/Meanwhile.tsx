// What changed while this was measured? Schemas, settings, policies and, of one topic, who began to write or read.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { lately, nodeNamed, type Timeline } from "../../api/lineage";
import { timeOfDay } from "../../model/format";
import { gate } from "../../strings-gate";
import { EventTable } from "../lineage/EventTable";

/** What happened since a moment; undefined as long as nobody knows. */
export function useChanges(topic: string | undefined, since: number): Timeline | undefined {
  const named = useQuery(nodeNamed(topic ? `topic:${topic}` : ""));
  const told = useQuery(lately(topic ? (named.data ?? "") : undefined)).data;
  // Which of them are in the range changes far more seldom than the time.
  const first = told?.events.findIndex((one) => new Date(one.at).getTime() >= since) ?? -1;
  return useMemo(() => told && { ...told, events: first < 0 ? [] : told.events.slice(first) }, [told, first]);
}

export function Meanwhile({ changes }: { changes: Timeline | undefined }) {
  if (!changes) return null;
  if (changes.events.length === 0) return <p className="fine">{gate.validation.noChange}</p>;
  return (
    <section className="card">
      <h2>{gate.validation.changes}</h2>
      <EventTable told={changes} when={timeOfDay} />
    </section>
  );
}
