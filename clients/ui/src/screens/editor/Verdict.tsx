// What does the server say about what is written, and what can be done about it?
import { CircleDashed } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { ApiError } from "../../api/client";
import { type Explanation, findingsOf, ranked } from "../../model/compare";
import { applied, editsOf, indexAt, isAsked } from "../../model/editor";
import { Pill, VerdictIcon, VerdictPill } from "../../parts/Pill";
import { Empty, Failed, Skeleton } from "../../parts/States";
import { contracts as td } from "../../strings-contracts";
import { editor as te } from "../../strings-editor";
import { Findings } from "../compare/Findings";
import { Passes } from "../compare/Passes";

const Reach = lazy(() => import("../impact/Reach"));

type Props = {
  /** Empty of one that is not there yet, which nobody uses. */
  subject: string;
  held: Explanation | undefined;
  error: unknown;
  isCurrent: boolean;
  isSame: boolean;
  /** The text that was looked at. */
  text: string;
  seek: (at: number) => void;
  write: (text: string) => void;
  retry: () => void;
};

export function Verdict({ subject, held, error, isCurrent, isSame, text, seek, write, retry }: Props) {
  const [chosen, setChosen] = useState<number>();
  const changes = held ? ranked(held) : [];
  const isUnreadable = error instanceof ApiError && error.status === 422;
  const choose = (index: number | undefined) => {
    setChosen(index);
    const span = index === undefined ? undefined : changes[index]?.candidate?.span;
    if (span && isCurrent) seek(indexAt(text, span.start));
  };
  // What stands on no change, such as a reserved name, still has to be said.
  const told = new Set(changes.flatMap((one) => [...(one.backward.findings ?? []), ...(one.forward.findings ?? [])]));
  const others = held?.findings.filter((one, index) => !told.has(index) && isAsked(one, held)) ?? [];
  return (
    <section className="compare-side" aria-label={te.verdict} aria-busy={!isCurrent}>
      <div className="passes" role="status">
        <State held={held} isUnreadable={isUnreadable} isFailed={Boolean(error)} isCurrent={isCurrent} />
      </div>
      <div className="verdict-body">
        {isUnreadable ? (
          <div className="finding" data-verdict="error">
            <VerdictIcon verdict="error" />
            <p>{error.message}</p>
          </div>
        ) : error ? (
          <Failed what={te.verdict} error={error} retry={retry} />
        ) : !held ? (
          <Skeleton rows={6} />
        ) : (
          <>
            {held.comparedWith.length > 0 && <Passes told={held} />}
            {subject && held.comparedWith.length > 0 && !isSame && (
              <Suspense>
                <Reach subject={subject} explained={held} search={{ subject }} />
              </Suspense>
            )}
            {others.map((one) => (
              <div key={`${one.rule} ${one.message}`} className="finding" data-verdict={one.severity}>
                <VerdictIcon verdict={one.severity} />
                <p>{one.message}</p>
              </div>
            ))}
            {changes.length > 0 ? (
              <Findings
                told={held}
                changes={changes}
                chosen={chosen !== undefined && chosen < changes.length ? chosen : undefined}
                choose={choose}
                findingsOf={(one) => findingsOf(one, held)}
                fixOf={(finding) => {
                  const edits = isCurrent ? editsOf(text, finding) : [];
                  return edits.length ? () => write(applied(text, edits)) : undefined;
                }}
              />
            ) : (
              others.length === 0 && (
                <Empty title={held.comparedWith.length ? td.compare.same : te.firstVersion}>
                  <p className="muted">
                    {held.comparedWith.length
                      ? isSame
                        ? td.compare.sameText
                        : td.compare.ignored
                      : te.firstVersionHow}
                  </p>
                </Empty>
              )
            )}
          </>
        )}
      </div>
    </section>
  );
}

function State({
  held,
  isUnreadable,
  isFailed,
  isCurrent,
}: {
  held: Explanation | undefined;
  isUnreadable: boolean;
  isFailed: boolean;
  isCurrent: boolean;
}) {
  if (!isCurrent)
    return (
      <Pill icon={CircleDashed} tone="info">
        {te.checking}
      </Pill>
    );
  if (isUnreadable) return <VerdictPill verdict="error">{te.unreadable}</VerdictPill>;
  if (isFailed || !held) return <Pill icon={CircleDashed}>{te.unknown}</Pill>;
  if (held.isCompatible && held.comparedWith.length === 0)
    return <VerdictPill verdict="safe">{te.readable}</VerdictPill>;
  return held.isCompatible ? (
    <VerdictPill verdict="safe">{td.compare.passes(held.compatibility)}</VerdictPill>
  ) : (
    <VerdictPill verdict="error">{td.compare.refused(held.compatibility)}</VerdictPill>
  );
}
