// Which rows of a long list are in view? All are of one height, and the page itself scrolls.
import { useSyncExternalStore } from "react";

/** So many rows more are there before and behind, so that none is missing while one scrolls. */
const MORE = 12;

/** `top`: where the first row begins on the page. The last one that is told is not in view any more. */
export function useInView(count: number, height: number, top: number): { from: number; to: number } {
  const first = useSyncExternalStore(listen, () => Math.floor((scrollY - top) / height));
  const fitting = useSyncExternalStore(listen, () => Math.ceil(innerHeight / height) + 1);
  return around(first, fitting, count);
}

/** Also of a list that is not in view at all there is the nearer end, for whoever comes by key. */
export function around(first: number, fitting: number, count: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(first, count) - MORE);
  return { from, to: Math.min(count, Math.max(0, first + fitting) + MORE) };
}

function listen(changed: () => void): () => void {
  addEventListener("scroll", changed, { passive: true });
  addEventListener("resize", changed);
  return () => {
    removeEventListener("scroll", changed);
    removeEventListener("resize", changed);
  };
}
