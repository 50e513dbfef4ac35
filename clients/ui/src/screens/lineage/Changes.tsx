// What is different between two moments? The marks of the drawing as a list: what came, what went, what changed.
import { compact } from "../../model/format";
import type { Edge, Mark, View } from "../../model/graph";
import { parts } from "../../model/nodes";
import { Pill, type Tone } from "../../parts/Pill";
import { lineage as tl } from "../../strings-lineage";
import { schemaNames } from "./EventTable";
import { SIGNS } from "./GraphBox";

const TONES: Record<Mark, Tone> = { came: "ok", went: "bad", changed: "warn" };
const ORDER: Mark[] = ["came", "went", "changed"];

export function Changes({ view, choose }: { view: View; choose: (id: string) => void }) {
  const all = ORDER.flatMap((mark) => view.edges.filter((one) => one.mark === mark));
  if (!all.length) return null;
  const end = (id: string) => {
    const { name, kind } = parts(id);
    return (
      <>
        <button type="button" className="as-link mono" onClick={() => choose(id)}>
          {name}
        </button>{" "}
        <span className="fine">{tl.kinds[kind]}</span>
      </>
    );
  };
  return (
    <section className="card scroll-x" aria-labelledby="differences-title">
      <h2 id="differences-title">{tl.differences}</h2>
      <table className="plain differences-table">
        <thead>
          <tr>
            {tl.differenceColumns.map((name) => (
              <th key={name} scope="col">
                {name || <span className="unseen">{tl.differences}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map((edge) => (
            <tr key={edge.id}>
              <td>
                {edge.mark && (
                  <Pill tone={TONES[edge.mark]}>
                    <span aria-hidden>{SIGNS[edge.mark]}</span> {tl.marks[edge.mark]}
                  </Pill>
                )}
              </td>
              <th scope="row">{end(edge.from)}</th>
              <td>{end(edge.to)}</td>
              <td>{said(edge)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function said({ change, schemas, records, grades }: Edge): string {
  if (!change)
    return [schemaNames(schemas).join(", "), grades.includes("produced") ? tl.records(compact(records)) : ""]
      .filter(Boolean)
      .join(" · ");
  const { schemasAdded, schemasRemoved, recordsBefore, recordsAfter } = change;
  return [
    schemasAdded.length ? tl.schemasCame(schemaNames(schemasAdded)) : "",
    schemasRemoved.length ? tl.schemasWent(schemaNames(schemasRemoved)) : "",
    recordsBefore !== recordsAfter ? tl.amounts(compact(recordsBefore), compact(recordsAfter)) : "",
  ]
    .filter(Boolean)
    .join("; ");
}
