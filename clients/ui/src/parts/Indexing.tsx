// How much can be found so far? A quiet line, for as long as the server still takes subjects up.
import { t } from "../strings";

export function Indexing({ of }: { of: { done: number; total: number } | undefined }) {
  if (!of) return null;
  const says = t.subjects.indexing(of.done, of.total);
  return (
    <p className="taking" role="status">
      <progress value={of.done} max={of.total || 1} aria-label={says} />
      <span>{says}</span>
    </p>
  );
}
