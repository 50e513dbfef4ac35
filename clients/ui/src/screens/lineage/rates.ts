// How much does each producer of a topic write of late?
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { nodeNamed, writtenSince } from "../../api/lineage";
import type { Lineage } from "../../api/queries";
import { type Producer, producerRate } from "../../model/lineage";
import { parts } from "../../model/nodes";
import { lately, latelyFrom, type Rate } from "../../model/rate";

/**
 * The graph knows what was written lately, by applications; what it has no application of that name for, or one for several
 * producers, has the average since it was first seen.
 */
export function useRates(told: Lineage | undefined): (one: Producer) => Rate | undefined {
  const from = latelyFrom();
  const isSeen = (told?.producers ?? []).some((one) => new Date(one.last_seen) >= new Date(from));
  const named = useQuery({ ...nodeNamed(told ? `topic:${told.topic}` : ""), enabled: isSeen });
  const node = named.data ?? "";
  const graph = useQuery({ ...writtenSince(node, from), enabled: isSeen && node !== "" });
  return useMemo(() => {
    const edges = (graph.data?.edges ?? []).filter((edge) => edge.to === node && edge.grades.includes("produced"));
    return (one: Producer) => {
      const own = edges.filter((edge) => [one.client_id, one.principal].includes(parts(edge.from).name));
      const namesakes = told?.producers.filter((each) => each.client_id === one.client_id) ?? [];
      const isOnly = new Set(namesakes.map((each) => each.principal)).size === 1 && own.length === 1;
      return lately(producerRate(one), one.last_seen, isOnly ? own[0] : undefined, from);
    };
  }, [graph.data, node, told, from]);
}
