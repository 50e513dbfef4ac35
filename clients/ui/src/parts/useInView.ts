// Which rows of a long list are in view? All are of one height, and the page itself scrolls.
import { useSyncExternalStore } from "react";

/** So many rows more are there before and behind, so that none is missing while one scrolls. */
const MORE = 12;

/** `top`: where the first row begins on the page. The last one that is told is not in view any more. */
export function useInView(count: number, height: number, top: number): { from: number; to: number } {
  const first = useSyncExternalStore(listen, () => Math.floor((scrollY - top) / height));
  const fitting = useSyncExternalStore(listen, () => Math.ceil(innerHeight / height) + 1);
  // Rows can become fewer while the page has not scrolled back yet.
  const from = Math.min(Math.max(0, first - MORE), Math.max(0, count - fitting));
  return { from, to: Math.min(count, Math.max(from, first + fitting + MORE)) };
}

function listen(changed: () => void): () => void {
  addEventListener("scroll", changed, { passive: true });
  addEventListener("resize", changed);
  return () => {
    removeEventListener("scroll", changed);
    removeEventListener("resize", changed);
  };
}
