// The same as the picture, without a picture.
import type { Lineage as Told } from "../../api/queries";
import { ago, bytes, dateTime, names, number } from "../../model/format";
import { consumersOf, type Producer, producersOf } from "../../model/lineage";
import { type Rate, rateText } from "../../model/rate";
import { Pill } from "../../parts/Pill";
import { lineage as tl } from "../../strings-lineage";
import { rateOver } from "./RateLegend";
import { SchemaLink } from "./SchemaLink";

export function Lists({ told, rateOf }: { told: Told; rateOf: (one: Producer) => Rate | undefined }) {
  const consumers = consumersOf(told);
  const producers = producersOf(told);
  const cells = (one: Producer) => [
    number(one.records),
    rateText(rateOf(one)?.perSecond ?? 0),
    number(one.refused),
    bytes(one.bytes),
  ];
  const over = (one: Producer) => {
    const rate = rateOf(one);
    return rate && rateOver(rate);
  };
  return (
    <div className="stack">
      <section className="card scroll-x">
        <h2>{tl.producers(producers.length)}</h2>
        <table className="plain">
          <thead>
            <tr>
              {tl.producerColumns.map((name, index) => (
                <th key={name} scope="col" className={index > 1 && index < 6 ? "number" : ""}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {producers.map((one) => (
              <tr key={`${one.client_id} ${one.principal}`}>
                <th scope="row" className="mono">
                  {one.client_id}
                </th>
                <td>
                  {[one.software, one.principal, one.address].filter(Boolean).join(" · ")}
                  {(one.traced_from?.length ?? 0) > 0 && (
                    <p className="fine" title={tl.gradeMeans.traced}>
                      {tl.tracedSays(names(one.traced_from ?? []))}
                    </p>
                  )}
                </td>
                {cells(one).map((cell, index) => (
                  <td key={tl.producerColumns[index + 2]} className="number" title={index === 1 ? over(one) : ""}>
                    {cell}
                  </td>
                ))}
                <td>
                  <div className="chips">
                    {one.schemas?.map((schema) => (
                      <SchemaLink key={schema.id} one={schema} />
                    ))}
                  </div>
                </td>
                <td title={dateTime(one.last_seen)}>{ago(one.last_seen)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section className="card scroll-x">
        <h2>{tl.consumers(consumers.length)}</h2>
        <table className="plain">
          <thead>
            <tr>
              {tl.consumerColumns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {consumers.map((one) => (
              <tr key={one.name}>
                <th scope="row" className="mono">
                  {one.name}
                </th>
                <td>{one.software}</td>
                <td>
                  <div className="chips">
                    {one.evidence.map((each) => (
                      <Pill key={each}>{each}</Pill>
                    ))}
                  </div>
                </td>
                <td title={dateTime(one.last_seen)}>{ago(one.last_seen)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}
