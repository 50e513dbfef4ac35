// How did the gate judge, topic by topic? What its own counters say.
import { useQuery } from "@tanstack/react-query";
import { metrics } from "../../api/queries";
import { number } from "../../model/format";
import { VERDICTS, verdictsOf } from "../../model/live";
import { Failed } from "../../parts/States";
import { gate } from "../../strings-gate";

export function Verdicts({ topic }: { topic: string | undefined }) {
  const page = useQuery(metrics);
  const rows = page.data ? verdictsOf(page.data).filter((one) => !topic || one.topic === topic) : [];
  return (
    <section className="card scroll-x">
      <h2>{gate.validation.verdicts}</h2>
      {page.isError && !page.data ? (
        <Failed what={gate.validation.verdicts} error={page.error} retry={() => void page.refetch()} />
      ) : (
        <>
          <p className="muted">{rows.length ? gate.validation.verdictsHow : gate.validation.noVerdicts}</p>
          {rows.length > 0 && (
            <table className="plain">
              <thead>
                <tr>
                  {gate.validation.verdictColumns.map((name, index) => (
                    <th key={name} scope="col" className={index ? "number" : ""}>
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((one) => (
                  <tr key={one.topic}>
                    <th scope="row" className="mono">
                      {one.topic}
                    </th>
                    {VERDICTS.map((name) => (
                      <td
                        key={name}
                        className={name === "invalid" && one.verdicts[name] ? "number bad-text" : "number"}
                      >
                        {number(one.verdicts[name])}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </>
      )}
    </section>
  );
}
