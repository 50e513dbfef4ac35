// How is the same done to many? A few at a time, each with its own outcome, and an end to it whenever somebody says so.

export type Outcome = { is: "waiting" | "done" | "stopped" } | { is: "failed"; why: string };

/** Does the work for each, and tells of each as it is done. What was not begun when it was stopped is told so. */
export async function forEach(
  keys: string[],
  work: (key: string) => Promise<unknown>,
  tell: (key: string, outcome: Outcome) => void,
  signal: AbortSignal,
  width = 4,
): Promise<void> {
  const left = [...keys];
  const one = async (): Promise<void> => {
    for (let key = left.shift(); key !== undefined; key = left.shift()) {
      if (signal.aborted) {
        tell(key, { is: "stopped" });
        continue;
      }
      try {
        // What has been begun is let be done: half of a change is none that one could tell of.
        await work(key);
        tell(key, { is: "done" });
      } catch (error) {
        tell(key, { is: "failed", why: error instanceof Error ? error.message : String(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, keys.length) }, one));
}

export function tally(outcomes: Iterable<Outcome>): { done: number; failed: number; over: number } {
  let [done, failed, over] = [0, 0, 0];
  for (const one of outcomes) {
    if (one.is === "done") done += 1;
    if (one.is === "failed") failed += 1;
    if (one.is !== "waiting") over += 1;
  }
  return { done, failed, over };
}
