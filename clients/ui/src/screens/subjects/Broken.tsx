// What went wrong with records of a subject's topic in the last day? By the hour, from one answer for all rows.
import { type InfiniteData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { split, type Violation, violations } from "../../api/queries";
import { recordsOf } from "../../model/topics";
import { side, sumOfTrends } from "../../model/violations";
import { Spark } from "../../parts/Spark";
import { t } from "../../strings";

const DAY = violations({ hours: 24 });

function byTopic({ pages }: InfiniteData<{ violations: Violation[]; next?: string }>) {
  const found = new Map<string, Violation[]>();
  for (const one of pages.flatMap((page) => page.violations))
    found.set(one.topic, [...(found.get(one.topic) ?? []), one]);
  return { found, isAll: pages.at(-1)?.next === undefined };
}

/** Nothing is said where nothing is known: of a subject that is named after no topic, or to whoever may not see violations. */
export default function Broken({ subject }: { subject: string }) {
  const { context, name } = split(subject);
  // Other contexts are of other clusters, more often than not.
  const of = context === "." ? recordsOf(name) : undefined;
  const { data } = useInfiniteQuery({ ...DAY, select: byTopic, refetchInterval: 60_000 });
  if (of === undefined || !data) return null;
  const own = data.found.get(of.topic)?.filter((one) => (side(one.reason) === "key") === (of.part === "key")) ?? [];
  if (!own.length) return data.isAll ? <span className="muted">{t.subjects.noneBroken}</span> : null;
  return (
    <Link to="/violations" search={{ topic: of.topic }} className="chips" title={t.subjects.broken(own.length)}>
      <Spark trend={sumOfTrends(own)} width={88} height={18} />
    </Link>
  );
}
