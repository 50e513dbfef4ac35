// Which subjects are found? A page at a time, as far as somebody looks; never all of them, unless they are taken along.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "./client";
import type { components } from "./schema";

export type Hit = components["schemas"]["SearchHit"];
export type Found = components["schemas"]["SearchPage"];
export const SORTS = ["name", "-name", "updated", "-updated", "versions", "-versions"] as const;
export type Sorted = (typeof SORTS)[number];
export type Asked = { q: string; sort?: Sorted | undefined; deleted?: "true" | "only" | undefined };

/** The first page is small, so that something is there at once. */
const FIRST = 100;
const NEXT = 200;
/** The most that the server gives at once. */
const MOST = 500;
/** While the server takes up what is new, what it has is asked for again. */
const AGAIN = 1_500;

function ask({ q, sort, deleted }: Asked, limit: number, after: string | undefined, signal: AbortSignal) {
  const query = {
    limit,
    ...(q ? { q } : {}),
    ...(sort ? { sort } : {}),
    ...(deleted ? { deleted } : {}),
    ...(after === undefined ? {} : { after }),
  };
  return body(api.GET("/govern/v1/search", { params: { query }, signal }));
}

export const search = (asked: Asked) =>
  infiniteQueryOptions({
    queryKey: ["search", asked.q, asked.sort ?? "", asked.deleted ?? ""],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => ask(asked, pageParam === undefined ? FIRST : NEXT, pageParam, signal),
    getNextPageParam: (last) => last.next,
    refetchInterval: (query) => (query.state.data?.pages[0]?.indexing ? AGAIN : false),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

/** The first few, with how many there are of what. */
export const top = (asked: Asked, limit: number) =>
  queryOptions({
    queryKey: ["search", "top", asked.q, asked.sort ?? "", asked.deleted ?? "", limit],
    queryFn: ({ signal }) => ask(asked, limit, undefined, signal),
    refetchInterval: (query) => (query.state.data?.indexing ? AGAIN : false),
    placeholderData: keepPreviousData,
  });

/** All that is found, page after page; `tell` hears how many there are so far, of how many. */
export async function everything(
  asked: Asked,
  tell: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Hit[]> {
  const found: Hit[] = [];
  let after: string | undefined;
  do {
    const page: Found = await ask(asked, MOST, after, signal);
    found.push(...page.subjects);
    tell(found.length, Math.max(page.total, found.length));
    after = page.next;
  } while (after !== undefined);
  return found;
}
