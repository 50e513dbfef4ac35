// What does the graph say in words? All of its flows as a table, and what is known of the node that is chosen.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronsDownUp, ChevronsUpDown, Crosshair, Radius, X } from "lucide-react";
import { job } from "../../api/lineage";
import { ago, compact, dateTime, names } from "../../model/format";
import type { Edge, Node, View } from "../../model/graph";
import { rateText } from "../../model/rate";
import { Button, IconButton } from "../../parts/Controls";
import { Pairs } from "../../parts/Pairs";
import { Pill } from "../../parts/Pill";
import { t } from "../../strings";
import { lineage as tl } from "../../strings-lineage";
import { schemaNames } from "./EventTable";
import { rateOver } from "./RateLegend";

type Props = {
  node: Node;
  edges: Edge[];
  isMiddle: boolean;
  isOpen: boolean;
  look: () => void;
  toggle: () => void;
  close: () => void;
};

export function About({ node, edges, isMiddle, isOpen, look, toggle, close }: Props) {
  const asked = useQuery({ ...job(node.namespace, node.name), enabled: node.kind === "job" });
  const told = node.kind === "job" ? asked.data : undefined;
  const last = edges
    .filter((one) => one.from === node.id || one.to === node.id)
    .map((one) => one.lastSeen)
    .filter(Boolean)
    .sort()
    .at(-1);
  const run = told?.latestRun?.state ?? "";
  const facts: [string, string][] = [
    [tl.namespace, node.namespace],
    [tl.owners, names(node.owners)],
    [tl.membersOf, names(node.members)],
    [tl.known, tl.grades[node.evidence]],
    [tl.lastRun, run ? (tl.runs[run] ?? run) : ""],
    [t.violation.last, last ? ago(last) : ""],
  ];
  return (
    <section className="card graph-about" aria-label={node.name}>
      <div className="section-head">
        <h2 className="mono">{node.name}</h2>
        <IconButton label={t.action.close} onPress={close}>
          <X size={16} aria-hidden />
        </IconButton>
      </div>
      <Pill>{tl.kinds[node.kind]}</Pill>
      {told?.description && <p className="muted">{told.description}</p>}
      <Pairs of={facts} />
      <div className="row-actions">
        {!isMiddle && (
          <>
            <Button onPress={look}>
              <Crosshair size={15} aria-hidden />
              {tl.look}
            </Button>
            <Button onPress={toggle}>
              {isOpen ? <ChevronsDownUp size={15} aria-hidden /> : <ChevronsUpDown size={15} aria-hidden />}
              {isOpen ? tl.foldIt : tl.openIt}
            </Button>
          </>
        )}
        {(node.kind === "topic" || node.kind === "table") && (
          <Link to="/impact" search={{ node: node.id }} className="button plain">
            <Radius size={15} aria-hidden />
            {tl.inImpact}
          </Link>
        )}
        {node.kind === "topic" && (
          <>
            <Link to="/subjects" search={{ q: node.name }} className="button plain">
              {t.nav.subjects}
            </Link>
            <Link to="/violations" search={{ topic: node.name }} className="button plain">
              {t.nav.violations}
            </Link>
          </>
        )}
        {node.kind === "application" && (
          <Link to="/violations" search={{ producer: node.name }} className="button plain">
            {t.nav.violations}
          </Link>
        )}
      </div>
    </section>
  );
}

/** Who subscribes may never read: where nothing else is known, it says so. */
const gradesOf = ({ grades, evidence }: Edge) =>
  grades.length === 1 && grades[0] === "subscribed"
    ? tl.onlySubscribed
    : grades.length === 1 && grades[0] === evidence
      ? ""
      : names(grades.map((one) => tl.gradeNames[one]));

/** The twin: the same for whoever reads by ear or by keyboard. */
export function Flows({
  view,
  chosen,
  choose,
}: {
  view: View;
  chosen: string | undefined;
  choose: (id: string | undefined) => void;
}) {
  const known = new Map(view.nodes.map((one) => [one.id, one]));
  const say = (id: string) => known.get(id)?.name ?? id;
  const kind = (id: string) => {
    const node = known.get(id);
    return node ? tl.kinds[node.kind] : "";
  };
  return (
    <details className="card scroll-x">
      <summary>{t.action.asTable}</summary>
      <table className="plain flows">
        <thead>
          <tr>
            {tl.flowColumns.map((name, index) => (
              <th key={name} scope="col" className={index === 4 || index === 5 ? "number" : ""}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.edges.map((edge) => (
            <tr key={edge.id}>
              <th scope="row">
                <span className="mono">{say(edge.from)}</span> <span className="fine">{kind(edge.from)}</span>
              </th>
              <td>
                <span className="mono">{say(edge.to)}</span> <span className="fine">{kind(edge.to)}</span>
              </td>
              <td>
                <button
                  type="button"
                  className="as-link told"
                  aria-label={`${tl.grades[edge.evidence]}: ${tl.flowOpen(say(edge.from), say(edge.to))}`}
                  aria-pressed={edge.id === chosen}
                  onClick={() => choose(edge.id === chosen ? undefined : edge.id)}
                >
                  {tl.grades[edge.evidence]}
                </button>{" "}
                <span className="fine">{gradesOf(edge)}</span>
              </td>
              <td className="mono">{schemaNames(edge.schemas).join(", ")}</td>
              <td className="number">{edge.grades.includes("produced") ? compact(edge.records) : ""}</td>
              <td className="number" title={edge.rate && rateOver(edge.rate)}>
                {edge.rate && rateText(edge.rate.perSecond)}
              </td>
              <td title={edge.lastSeen ? dateTime(edge.lastSeen) : ""}>{edge.lastSeen ? ago(edge.lastSeen) : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
