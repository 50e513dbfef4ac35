// How far does it go? Writers, the topic, and ring by ring who reads it and what is made of it.
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { ago } from "../../model/format";
import { isLive, type Party, stepsOf, type Verdict } from "../../model/impact";
import { parts } from "../../model/nodes";
import { impact as ti } from "../../strings-lineage";
import { KIND_ICONS, toneOf } from "./Verdict";

/** More than so many in one ring are told in the table. */
const MOST = 7;
/** The last ring that is drawn has all that is further, too. */
const LAST = 4;

type Props = { node: string; parties: Party[]; of: (one: Party) => Verdict };

export function Ripple({ node, parties, of }: Props) {
  const writers = parties.filter((one) => one.role === "writer");
  const middle = parts(node);
  const Icon = KIND_ICONS[middle.kind];
  const steps = stepsOf(parties, LAST);
  const hasMore = parties.some((one) => one.step > LAST);
  return (
    <section className="card ripple" aria-label={ti.ripple}>
      <div className="section-head">
        <h2>{ti.ripple}</h2>
        <p className="fine">{ti.rippleHow}</p>
      </div>
      <div className="scroll-x" tabIndex={0} role="group" aria-label={ti.ripple}>
        <ol className="lanes">
          <Lane title={ti.writersLane} parties={writers} of={of} kind="writers" />
          <li className="ring" data-lane="middle">
            <h3>{ti.middle[middle.kind]}</h3>
            <div className="drop middle">
              <p className="drop-name mono">
                <Icon size={14} aria-hidden />
                <span>
                  {/* It is told in full; where it has to be broken, then behind a dot. */}
                  {middle.name.split(/(?<=\.)/).map((part, index) => (
                    <Fragment key={index}>
                      {part}
                      <wbr />
                    </Fragment>
                  ))}
                </span>
              </p>
              <p className="fine clip" title={middle.namespace}>
                {middle.namespace}
              </p>
            </div>
          </li>
          {steps.length ? (
            steps.map(({ step, parties: each }) => (
              <Lane key={step} title={ti.stepLane(step, hasMore && step === LAST)} parties={each} of={of} kind="step" />
            ))
          ) : (
            <Lane title={ti.stepLane(1, false)} parties={[]} of={of} kind="step" />
          )}
        </ol>
      </div>
    </section>
  );
}

function Lane({ title, parties, of, kind }: { title: string; parties: Party[]; of: Props["of"]; kind: string }) {
  return (
    <li className="ring" data-lane={kind}>
      <h3>{title}</h3>
      {parties.length === 0 && <p className="fine">{ti.nobody}</p>}
      <ul>
        {parties.slice(0, MOST).map((one) => {
          const Icon = KIND_ICONS[one.kind];
          const verdict = of(one);
          return (
            <li key={one.id} className="drop" data-tone={toneOf(verdict)} data-live={isLive(one)}>
              <Link
                to="/lineage"
                search={{ focus: one.id }}
                className="drop-name mono"
                title={`${one.name} (${ti.thing[one.kind]}): ${ti.verdicts[verdict]}`}
              >
                <Icon size={14} aria-hidden />
                <span>{one.name}</span>
              </Link>
              <p className="fine clip">
                {[
                  one.owners.join(", ") || (one.isElsewhere ? ti.elsewhere : ti.thing[one.kind]),
                  isLive(one) ? "" : ago(one.lastSeen),
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </p>
            </li>
          );
        })}
      </ul>
      {parties.length > MOST && <p className="fine">{ti.moreBelow(parties.length - MOST)}</p>}
    </li>
  );
}
