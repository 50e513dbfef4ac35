// How is one flow known, and how much went along it? What the line stands for, grade by grade.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { lineage } from "../../api/queries";
import { ago, compact, dateTime, number, percent } from "../../model/format";
import type { Edge } from "../../model/graph";
import { tracedFrom } from "../../model/lineage";
import { parts } from "../../model/nodes";
import { rateText } from "../../model/rate";
import { IconButton } from "../../parts/Controls";
import { Pairs } from "../../parts/Pairs";
import { Pill } from "../../parts/Pill";
import { t } from "../../strings";
import { lineage as tl } from "../../strings-lineage";
import { rateOver } from "./RateLegend";
import { SchemaLink } from "./SchemaLink";

type Props = { edge: Edge; choose: (node: string) => void; close: () => void };

export function AboutFlow({ edge, choose, close }: Props) {
  const [from, to] = [parts(edge.from), parts(edge.to)];
  const isTraced = edge.grades.includes("traced") && to.kind === "topic";
  const seen = useQuery({ ...lineage(to.name), enabled: isTraced });
  const sources = isTraced && seen.data ? tracedFrom(seen.data, from.name) : [];
  const isCounted = edge.grades.includes("produced");
  const end = (id: string) => (
    <button type="button" className="as-link mono" onClick={() => choose(id)}>
      {parts(id).name}
    </button>
  );
  const facts: [string, React.ReactNode][] = [
    [tl.sure, percent(edge.confidence, 1)],
    [
      tl.tracedFrom,
      sources.length > 0 && (
        <span className="chips">
          {sources.map((topic) => (
            <Link key={topic} to="/lineage" search={{ focus: `topic:${topic}`, view: "graph" }} className="mono">
              {topic}
            </Link>
          ))}
        </span>
      ),
    ],
    [
      tl.readWith,
      edge.schemas.length > 0 && (
        <span className="chips">
          {edge.schemas.map((one) => (
            <SchemaLink key={`${one.context} ${one.id}`} one={one} />
          ))}
        </span>
      ),
    ],
    [tl.recordsName, isCounted ? compact(edge.records) : <span className="muted">{tl.notCounted}</span>],
    [
      tl.refusedName,
      edge.refused > 0 && (
        <Link to="/violations" search={{ topic: to.name, producer: from.name, range: "30d" }} className="bad-text">
          {number(edge.refused)} ({percent(edge.refused, edge.records + edge.refused)})
        </Link>
      ),
    ],
    [tl.rateName, edge.rate && `${rateText(edge.rate.perSecond)}, ${rateOver(edge.rate)}`],
    [tl.firstSeen, edge.firstSeen && <span title={dateTime(edge.firstSeen)}>{ago(edge.firstSeen)}</span>],
    [t.violation.last, edge.lastSeen && <span title={dateTime(edge.lastSeen)}>{ago(edge.lastSeen)}</span>],
  ];
  return (
    <section className="card graph-about" aria-label={tl.flowOpen(from.name, to.name)}>
      <div className="section-head">
        <h2>
          {end(edge.from)} → {end(edge.to)}
        </h2>
        <IconButton label={t.action.close} onPress={close}>
          <X size={16} aria-hidden />
        </IconButton>
      </div>
      <Pill>
        {tl.kinds[from.kind]} → {tl.kinds[to.kind]}
      </Pill>
      <h3>{tl.flowHow}</h3>
      <dl className="grades">
        {edge.grades.map((grade) => (
          <div key={grade}>
            <dt>{tl.gradeNames[grade]}</dt>
            <dd className="fine">{tl.gradeMeans[grade]}</dd>
          </div>
        ))}
      </dl>
      <Pairs of={facts} />
    </section>
  );
}
