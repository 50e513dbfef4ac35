// Which version is looked at? That of the address, or else the latest live one.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type Schema, versions } from "../../api/queries";

const route = getRouteApi("/subjects/$subject");

export function useCurrent() {
  const { subject } = route.useParams();
  const { v } = route.useSearch();
  const list = useQuery(versions(subject));
  return { subject, list, asked: v, all: list.data ?? [], current: pick(list.data ?? [], v) };
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
