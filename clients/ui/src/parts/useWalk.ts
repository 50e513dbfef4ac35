// How does a keyboard walk a tree? Row by row with arrows; those to the sides open, close, and go to what is above.
import { type KeyboardEvent, useRef, useState } from "react";

export type WalkRow = {
  path: string;
  parent: string | undefined;
  /** Undefined of a row that has nothing in it. */
  isOpen: boolean | undefined;
};

/** One row of all can be reached by Tab; the others from there. Rows carry their `path` as `data-path`. */
export function useWalk(rows: WalkRow[], toggle: (path: string, isOpen: boolean) => void) {
  const place = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string>();
  const here = rows.some((row) => row.path === active) ? active : rows[0]?.path;
  const go = (path: string | undefined) => {
    if (path === undefined) return;
    setActive(path);
    place.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // With these, keys are the browser's.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const index = rows.findIndex((row) => row.path === here);
    const row = rows[index];
    if (!row) return;
    const next = rows[index + 1]?.path;
    const actions: Record<string, () => void> = {
      ArrowDown: () => go(next),
      ArrowUp: () => go(rows[index - 1]?.path),
      Home: () => go(rows[0]?.path),
      End: () => go(rows.at(-1)?.path),
      ArrowRight: () => (row.isOpen === false ? toggle(row.path, true) : row.isOpen ? go(next) : undefined),
      ArrowLeft: () => (row.isOpen ? toggle(row.path, false) : go(row.parent)),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  return {
    place,
    onKeyDown,
    go,
    rowProps: (path: string) => ({
      "data-path": path,
      tabIndex: path === here ? 0 : -1,
      onFocus: () => setActive(path),
    }),
  };
}
