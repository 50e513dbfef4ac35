// Which version is looked at? That of the address, or else the latest live one.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { overview, type Schema, versions } from "../../api/queries";

const route = getRouteApi("/subjects/$subject");

export function useCurrent() {
  const { subject } = route.useParams();
  const { v } = route.useSearch();
  const list = useQuery(versions(subject));
  return { subject, list, asked: v, all: list.data ?? [], current: pick(list.data ?? [], v) };
}

/** Somebody else may register or delete while one looks on: the subject is asked for now and then, and its versions if it changed. */
const AGAIN = 10_000;

/** The subject at a glance; `reload` asks for its versions anew. */
export function useGlance(subject: string, reload: () => unknown) {
  const glance = useQuery({ ...overview(subject), refetchInterval: AGAIN });
  const { version, versions: count, updated, deleted } = glance.data ?? {};
  const state = glance.data && [subject, version, count, updated, deleted].join(" ");
  const before = useRef(state);
  useEffect(() => {
    const isOther = before.current !== undefined && state !== undefined && state !== before.current;
    before.current = state ?? before.current;
    if (isOther) void reload();
  }, [state, reload]);
  return glance;
}

export function pick(all: Schema[], wanted: number | undefined): Schema | undefined {
  if (wanted !== undefined) return all.find((one) => one.version === wanted);
  return all.find((one) => !one.deleted) ?? all[0];
}

/** The versions to compare: unless it is said, the latest and the live one before it. */
export function pair(all: Schema[], { from, to }: { from?: number; to?: number }) {
  const after = pick(all, to);
  const earlier = all.find((one) => after && one.version < after.version && !one.deleted);
  return { before: from === undefined ? earlier : pick(all, from), after };
}
