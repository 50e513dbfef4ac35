// Where are these records now, and how do they come back once they are mended?
import { useQuery } from "@tanstack/react-query";
import { policyMatch, type Rule, type ViolationDetail } from "../../api/queries";
import { names } from "../../model/format";
import { redriveOf } from "../../model/redrive";
import { CopyButton } from "../../parts/Controls";
import { t } from "../../strings";

export function Redrive({ of: one, rule }: { of: ViolationDetail; rule: Rule | undefined }) {
  const match = useQuery(policyMatch(one.topic, one.clientId, one.principal));
  const way = redriveOf(one.topic, match.data, rule);
  if (!way) return null;
  const command =
    way.kind === "kept" &&
    `kcat -C -e -q -b PROXY:9092 -t ${way.topic} -f '%p:%o %h\\n' | grep -F 'dlq.rule=${one.rule}'`;
  return (
    <section className="card" aria-labelledby="redrive-title">
      <h2 id="redrive-title">{t.violation.redrive.title}</h2>
      <p>{way.kind === "kept" ? t.violation.redrive.kept(way.topic, one.topic) : t.violation.redrive[way.kind]}</p>
      {command && (
        <div className="command">
          <code tabIndex={0}>{command}</code>
          <CopyButton text={command} label={t.action.copy} />
        </div>
      )}
      {way.kind === "kept" && way.past.length > 0 && (
        <p className="muted">{t.violation.redrive.past(names(way.past), one.rule)}</p>
      )}
    </section>
  );
}
