// Who would notice this change? The blast radius in a few lines, beside the change itself.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleDashed, Radius } from "lucide-react";
import { useMemo } from "react";
import { graph, impact, usage } from "../../api/lineage";
import type { Explanation } from "../../model/compare";
import { number } from "../../model/format";
import { broken, isLive, type Party, partiesOf, sums, verdictOf } from "../../model/impact";
import { rateText } from "../../model/rate";
import { Pill, VerdictPill } from "../../parts/Pill";
import type { ImpactSearch } from "../../router";
import { t } from "../../strings";
import { impact as ti } from "../../strings-lineage";
import "../../styles/impact.css";
import { DAYS, rangeText, USUAL } from "./asked";
import { EffectPill, KIND_ICONS } from "./Verdict";

/** More than so many are told on the screen of their own. */
const MOST = 6;

type Props = { subject: string; explained: Explanation; search: ImpactSearch };

export default function Reach({ subject, explained, search }: Props) {
  const days = DAYS[USUAL];
  const used = useQuery(usage(subject, days));
  const told = useQuery(impact({ node: used.data?.topics[0], days }));
  const around = useQuery(graph({ node: told.data?.node ?? "", direction: "down", from: told.data?.window?.from }));
  const parties = useMemo(
    () => (told.data ? partiesOf(told.data, used.data ?? undefined, around.data ?? undefined) : []),
    [told.data, used.data, around.data],
  );
  // What is beside the change is no reason to fail: without an answer there is the link.
  if (used.isPending || (used.data?.topics.length && told.isPending)) return null;
  const sum = sums(parties);
  const { now, later } = broken(explained);
  const near = parties.filter((one) => one.role !== "writer" && one.step === 1);
  const writers = parties.filter((one) => one.role === "writer");
  const shown = [...near, ...writers].slice(0, MOST);
  const situation = { change: "versions" as const, field: "", explained, fields: undefined, says: [] };
  return (
    <section className="reach" aria-labelledby="reach-title">
      <div className="section-head">
        <h2 id="reach-title">
          <Radius size={15} aria-hidden />
          {t.nav.impact}
        </h2>
        {now && sum.readers > 0 ? (
          <VerdictPill verdict="error">{ti.breaks(sum.readers)}</VerdictPill>
        ) : later ? (
          <VerdictPill verdict="warning">{ti.waits}</VerdictPill>
        ) : (
          told.data && <VerdictPill verdict="safe">{ti.fine}</VerdictPill>
        )}
      </div>
      {told.data ? (
        <>
          <p>
            {ti.says({
              change: "any",
              field: "",
              versions: "",
              writers: sum.writers,
              readers: sum.readers,
              further: sum.further,
              referrers: 0,
            })}
          </p>
          <ul className="reach-list">
            {shown.map((one) => (
              <Line key={`${one.role} ${one.id}`} one={one} situation={situation} />
            ))}
          </ul>
        </>
      ) : (
        <p className="muted">{told.error || used.error ? t.state.failed(ti.what) : ti.unseen}.</p>
      )}
      <p className="reach-foot">
        <Link to="/impact" search={search}>
          {ti.all}
        </Link>
        {told.data && (
          <Pill {...(told.data.coverage.groupsKnown === null ? { icon: CircleDashed } : {})}>
            {told.data.coverage.groupsKnown === null
              ? ti.groupsUnknownShort
              : ti.coveredOf(number(told.data.coverage.groupsObserved), number(told.data.coverage.groupsKnown))}
          </Pill>
        )}
      </p>
    </section>
  );
}

function Line({ one, situation }: { one: Party; situation: Parameters<typeof verdictOf>[1] }) {
  const Icon = KIND_ICONS[one.kind];
  return (
    <li>
      <Icon size={14} aria-hidden />
      <span className="mono strong clip" title={one.id}>
        {one.name}
      </span>
      <span className="fine clip">
        {[
          one.owners.join(", "),
          one.rate === null ? ti.role(one.role, one.step) : ti.rate(rateText(one.rate), rangeText()),
          isLive(one) ? "" : ti.silentOne,
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
      <EffectPill verdict={verdictOf(one, situation)} />
    </li>
  );
}
