// What is known about a change that is asked for? All the answers that the screen puts together, for one address.
import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { graph, impact, usage } from "../../api/lineage";
import { explanation, overview, referrers, versions } from "../../api/queries";
import { plain } from "../../model/compare";
import { type FieldNode, fieldsOf } from "../../model/fields";
import { type Change, partiesOf } from "../../model/impact";
import type { ImpactSearch } from "../../router";
import { impact as ti } from "../../strings-lineage";
import { pair } from "../subject/current";

export const DAYS: Record<string, number | undefined> = { "1d": 1, "7d": 7, "30d": 30, all: undefined };
export const USUAL = "7d";
/** Of which part of the time numbers are. */
export const rangeText = (range = USUAL) => ti.ranges[range] ?? range;
/** Of so many live versions it is asked who builds on them, the newest first. */
const MOST_VERSIONS = 12;

export function useImpact(asked: ImpactSearch) {
  const { subject = "", node = "", field = "" } = asked;
  const days = DAYS[asked.range ?? USUAL];
  const change: Change = asked.change ?? "any";
  const glance = useQuery({ ...overview(subject), enabled: subject !== "" });
  const list = useQuery({ ...versions(subject), enabled: subject !== "" });
  const used = useQuery(usage(subject, days));
  const topics = used.data?.topics ?? [];
  // Of several topics, somebody has to say which.
  const meant = node || (topics.length === 1 ? topics[0] : undefined);
  const told = useQuery(impact({ node: meant, field, days }));
  const from = days === undefined ? undefined : told.data?.window?.from;
  const around = useQuery(graph({ node: told.data?.node ?? "", direction: "down", from }));

  const all = list.data ?? [];
  const { before, after } = pair(all, asked);
  const explained = useQuery({
    ...explanation(subject, before?.version ?? 0, after, undefined),
    enabled: change === "versions" && Boolean(after && before && !before.deleted),
  });
  const live = all.filter((one) => !one.deleted).slice(0, MOST_VERSIONS);
  const users = useQueries({ queries: live.map((one) => referrers(subject, one.version)) });
  const builds = [...new Set(users.flatMap((one) => one.data ?? []).map((one) => one.subject))].filter(
    (name) => name !== subject,
  );

  const parties = useMemo(
    () => (told.data ? partiesOf(told.data, used.data ?? undefined, around.data ?? undefined) : []),
    [told.data, used.data, around.data],
  );
  const paths = useMemo(
    () => (after ? pathsOf(fieldsOf(after.schemaType ?? "AVRO", after.schema ?? "") ?? []) : []),
    [after],
  );
  return {
    change,
    glance,
    list,
    used,
    told,
    isAsked: meant !== undefined,
    topics,
    before,
    after,
    all,
    explained,
    builds,
    parties,
    paths,
  };
}

/** As lineage writes them: `ship_to.city`, whatever is between. */
function pathsOf(fields: FieldNode[]): string[] {
  return fields.flatMap((field) => [plain(field.path), ...pathsOf(field.children)]);
}
