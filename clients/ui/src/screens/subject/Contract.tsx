// What is promised beside the shape? Rules in plain words, who is responsible, and which parts are marked.
import { Link } from "@tanstack/react-router";
import { FlaskConical, KeyRound, PencilLine } from "lucide-react";
import type { Rule } from "../../api/queries";
import { Pairs } from "../../parts/Pairs";
import { Pill, TagChip } from "../../parts/Pill";
import { Empty } from "../../parts/States";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { useCurrent } from "./current";

const SETS = ["domainRules", "migrationRules", "encodingRules"] as const;

export function Contract() {
  const { subject, current } = useCurrent();
  const properties = Object.entries(current?.metadata?.properties ?? {});
  const tags = Object.entries(current?.metadata?.tags ?? {});
  const hidden = new Set(current?.metadata?.sensitive ?? []);
  const rules = SETS.flatMap((set) => (current?.ruleSet?.[set] ?? []).map((rule) => ({ set, rule })));
  if (!properties.length && !tags.length && !rules.length) {
    return (
      <Empty title={td.contract.none}>
        <p className="muted">{td.contract.noneHow}</p>
        <Link to="/subjects/$subject/new" params={{ subject }} className="button plain">
          <PencilLine size={15} aria-hidden />
          {t.editor.open}
        </Link>
      </Empty>
    );
  }
  return (
    <div className="stack">
      <section>
        <div className="section-head">
          <h2>{td.contract.rules(rules.length)}</h2>
          <Link to="/rules" search={{ subject }} className="button plain">
            <FlaskConical size={15} aria-hidden />
            {td.contract.tryThem}
          </Link>
        </div>
        <ul className="rules">
          {rules.map(({ set, rule }) => (
            <RuleCard key={`${set} ${rule.name}`} rule={rule} set={set} subject={subject} />
          ))}
        </ul>
      </section>
      {properties.length > 0 && (
        <section>
          <h2>{td.contract.properties}</h2>
          <Pairs
            isMono
            of={properties.map(([name, value]) => [
              name,
              hidden.has(name) ? (
                <Pill tone="pii" icon={KeyRound}>
                  {td.contract.sensitive}
                </Pill>
              ) : (
                value || "\u00a0"
              ),
            ])}
          />
        </section>
      )}
      {tags.length > 0 && (
        <section>
          <h2>{td.contract.tags}</h2>
          <Pairs
            isMono
            of={tags.map(([pattern, names]) => [
              pattern,
              <span key={pattern} className="chips">
                {names.map((name) => (
                  <TagChip key={name} name={name} />
                ))}
              </span>,
            ])}
          />
        </section>
      )}
    </div>
  );
}

function RuleCard({ rule, set, subject }: { rule: Rule; set: (typeof SETS)[number]; subject: string }) {
  return (
    <li className="card rule" data-off={Boolean(rule.disabled)}>
      <div className="rule-head">
        <h3>
          <Link to="/rules" search={{ subject, rule: rule.name }} className="mono">
            {rule.name}
          </Link>
        </h3>
        <Pill>{td.contract.kinds[rule.kind ?? "TRANSFORM"]}</Pill>
        <Pill>{rule.type}</Pill>
        <Pill>{rule.mode ?? "WRITEREAD"}</Pill>
        {set !== "domainRules" && <Pill tone="info">{td.contract.sets[set]}</Pill>}
        {rule.disabled && <Pill tone="warn">{td.contract.disabled}</Pill>}
        {rule.tags?.map((tag) => (
          <TagChip key={tag} name={tag} />
        ))}
      </div>
      <p>{td.contract.says(rule)}</p>
      {rule.expr && <pre className="expression">{rule.expr}</pre>}
    </li>
  );
}
