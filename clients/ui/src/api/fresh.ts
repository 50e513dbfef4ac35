// When is what is shown asked for again? When the stream tells that there is more of it, once the server has written that down.
import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Live } from "./live";

/** Not more often than this, and not before what was told is written down. */
const FRESH = 6_000;

/**
 * Asks anew for what stands under the key when `newest` has changed, which is a mark of the last thing that was heard of it. What
 * was missed while the stream was broken or held is asked for as soon as it is back.
 */
export function useFresh(live: Live, newest: unknown, key: QueryKey): void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const seen = useRef(newest);
  const isMissing = useRef(false);
  const latest = useRef(key);
  latest.current = key;
  useEffect(() => {
    const ask = () => void queries.invalidateQueries({ queryKey: latest.current });
    if (live.state === "paused" || live.state === "reconnecting") isMissing.current = true;
    const isBack = live.state === "live" && isMissing.current;
    if (isBack) {
      isMissing.current = false;
      ask();
    }
    if (newest === seen.current && !isBack) return;
    seen.current = newest;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      ask();
    }, FRESH);
  }, [newest, live.state, queries]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}
