// What does the graph say in words? All of its flows as a table, and what is known of the node that is chosen.
import { Link } from "@tanstack/react-router";
import { Crosshair, X } from "lucide-react";
import { ago, dateTime } from "../../model/format";
import type { Edge, Node, View } from "../../model/graph";
import { Button, IconButton } from "../../parts/Controls";
import { Pill } from "../../parts/Pill";
import { t } from "../../strings";

export function About({
  node,
  edges,
  isMiddle,
  look,
  close,
}: {
  node: Node;
  edges: Edge[];
  isMiddle: boolean;
  look: () => void;
  close: () => void;
}) {
  const last = edges
    .filter((one) => one.from === node.id || one.to === node.id)
    .map((one) => one.lastSeen)
    .filter(Boolean)
    .sort()
    .at(-1);
  const facts: [string, string][] = [
    [t.lineage.namespace, node.namespace],
    [t.lineage.known, t.lineage.grades[node.evidence]],
    [t.lineage.lastRun, node.state ? (t.lineage.runs[node.state] ?? node.state) : ""],
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
      <Pill>{t.lineage.kinds[node.kind]}</Pill>
      {node.about && <p className="muted">{node.about}</p>}
      <dl className="pairs">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <div className="row-actions">
        {!isMiddle && (
          <Button onPress={look}>
            <Crosshair size={15} aria-hidden />
            {t.lineage.look}
          </Button>
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
        {node.kind === "client" && (
          <Link to="/violations" search={{ producer: node.name }} className="button plain">
            {t.nav.violations}
          </Link>
        )}
      </div>
    </section>
  );
}

/** The twin: the same for whoever reads by ear or by keyboard. */
export function Flows({ view }: { view: View }) {
  const names = new Map(view.nodes.map((one) => [one.id, one]));
  const say = (id: string) => names.get(id)?.name ?? id;
  const kind = (id: string) => {
    const node = names.get(id);
    return node ? t.lineage.kinds[node.kind] : "";
  };
  return (
    <details className="card scroll-x">
      <summary>{t.action.asTable}</summary>
      <table className="plain flows">
        <thead>
          <tr>
            {t.lineage.flowColumns.map((name) => (
              <th key={name} scope="col">
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
              <td>{t.lineage.grades[edge.evidence]}</td>
              <td title={edge.lastSeen ? dateTime(edge.lastSeen) : ""}>{edge.lastSeen ? ago(edge.lastSeen) : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
