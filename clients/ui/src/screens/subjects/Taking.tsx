// How is all that was found taken along? Page after page, with how far it is and an end to it whenever somebody says so.
import { useEffect, useRef, useState } from "react";
import { type Asked, everything, type Hit } from "../../api/search";
import { Button } from "../../parts/Controls";
import { t } from "../../strings";

type State = { done: number; total: number } | { why: string } | undefined;

/** What becomes of all that was found; until it is done, it can be stopped. */
type Then = (all: Hit[], signal: AbortSignal) => void | Promise<void>;

/** Asks for all that a search finds, and hands it on once it is there. One at a time. */
export function useTaking(asked: Asked): { take: (then: Then) => void; taking: React.ReactNode } {
  const [state, setState] = useState<State>();
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const take = async (then: Then) => {
    abort.current?.abort();
    const aborting = new AbortController();
    abort.current = aborting;
    setState({ done: 0, total: 0 });
    try {
      const all = await everything(asked, (done, total) => setState({ done, total }), aborting.signal);
      if (aborting.signal.aborted) return;
      await then(all, aborting.signal);
      if (!aborting.signal.aborted) setState(undefined);
    } catch (error) {
      if (!aborting.signal.aborted) setState({ why: error instanceof Error ? error.message : String(error) });
    }
  };
  const stop = () => {
    abort.current?.abort();
    setState(undefined);
  };
  return { take: (then) => void take(then), taking: state && <Taking state={state} stop={stop} /> };
}

function Taking({ state, stop }: { state: NonNullable<State>; stop: () => void }) {
  return (
    <div className="taking" role="status">
      {"why" in state ? (
        <span className="bad-text">{t.subjects.notTaken(state.why)}</span>
      ) : (
        <>
          <progress value={state.done} max={state.total || 1} aria-label={t.subjects.taking(state.done, state.total)} />
          <span>{t.subjects.taking(state.done, state.total)}</span>
        </>
      )}
      <Button kind="quiet" onPress={stop}>
        {"why" in state ? t.action.close : t.bulk.stop}
      </Button>
    </div>
  );
}
