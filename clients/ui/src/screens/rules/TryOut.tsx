// Does this rule say what is meant? It is tried on records before anybody is bound by it; nothing is kept.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ListChecks, Plus, X } from "lucide-react";
import { useState } from "react";
import { api, body } from "../../api/client";
import { type Rule, type Schema, split, version } from "../../api/queries";
import type { TryRequest } from "../../api/trial";
import { version as versionName } from "../../model/format";
import { recordsOf } from "../../model/topics";
import { Button, Select } from "../../parts/Controls";
import { Switch, TextField } from "../../parts/Fields";
import { Page } from "../../parts/Page";
import { Pill } from "../../parts/Pill";
import { Empty, Failed, Skeleton } from "../../parts/States";
import { SubjectPicker } from "../../parts/SubjectPicker";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { Records } from "./Records";

const route = getRouteApi("/rules");
const EMPTY: Rule = {
  name: "",
  kind: "CONDITION",
  type: "CEL",
  mode: "WRITE",
  expr: "",
  onFailure: "ERROR",
  disabled: false,
};

export function TryOut() {
  const { subject, rule } = route.useSearch();
  const navigate = route.useNavigate();
  const found = useQuery({ ...version(subject ?? "", "latest"), enabled: Boolean(subject) });
  return (
    <Page
      title={td.rules.title}
      answer={td.rules.answer}
      actions={
        <Link to="/rules/compatibility" className="button plain">
          <ListChecks size={15} aria-hidden />
          {t.checks.title}
        </Link>
      }
    >
      <SubjectPicker
        label={td.rules.subject}
        hint={td.rules.subjectHint}
        chosen={subject}
        choose={(next) => void navigate({ search: next ? { subject: next } : {} })}
      />
      {!subject ? (
        <Empty title={td.rules.choose}>
          <p className="muted">{td.rules.chooseHow}</p>
        </Empty>
      ) : found.isPending ? (
        <Skeleton rows={8} />
      ) : !found.data ? (
        <Failed what={subject} error={found.error} retry={() => void found.refetch()} />
      ) : (
        <Bench
          key={`${subject} ${found.data.version}`}
          schema={found.data as Schema}
          chosen={rule}
          choose={(name) => void navigate({ search: { subject, ...(name ? { rule: name } : {}) }, replace: true })}
        />
      )}
    </Page>
  );
}

type Kept = { rule: Rule; isOn: boolean; isNew: boolean };

function Bench({
  schema,
  chosen,
  choose,
}: {
  schema: Schema;
  chosen: string | undefined;
  choose: (rule: string | undefined) => void;
}) {
  const type = schema.schemaType ?? "AVRO";
  // The references are wanted inside the text, for what is pasted to be put into bytes here.
  const resolved = useQuery({
    queryKey: ["resolved", schema.subject, schema.version],
    enabled: type === "AVRO" && Boolean(schema.references?.length),
    queryFn: ({ signal }) =>
      body(
        api.GET("/subjects/{subject}/versions/{version}", {
          params: { path: { subject: schema.subject, version: String(schema.version) }, query: { format: "resolved" } },
          signal,
        }),
      ),
  });
  const text = resolved.data?.schema ?? schema.schema;
  const [rules, setRules] = useState<Kept[]>(() =>
    (schema.ruleSet?.domainRules ?? []).map((rule) => ({ rule, isOn: !rule.disabled, isNew: false })),
  );
  const index = rules.findIndex((one) => one.rule.name === chosen);
  const edited = rules[index];
  const change = (next: Partial<Rule>) =>
    setRules((old) => old.map((one, at) => (at === index ? { ...one, rule: { ...one.rule, ...next } } : one)));
  const add = () => {
    const name = `rule-${rules.length + 1}`;
    setRules((old) => [...old, { rule: { ...EMPTY, name }, isOn: true, isNew: true }]);
    choose(name);
  };
  return (
    <div className="bench">
      <section className="stack" aria-label={td.rules.rules}>
        <div className="section-head">
          <h2>{td.rules.rulesOf(versionName(schema.version))}</h2>
          <Button onPress={add}>
            <Plus size={15} aria-hidden />
            {td.rules.add}
          </Button>
        </div>
        {rules.length === 0 && <p className="muted">{td.rules.noRules}</p>}
        <ul className="bench-rules">
          {rules.map((one, at) => (
            <li key={at} className="card bench-rule" data-chosen={at === index}>
              <div className="rule-head">
                <Switch
                  label={td.rules.isOn(one.rule.name)}
                  isOn={one.isOn}
                  onChange={(isOn) =>
                    setRules((old) => old.map((each, place) => (place === at ? { ...each, isOn } : each)))
                  }
                />
                <button
                  type="button"
                  className="as-link mono grow"
                  aria-expanded={at === index}
                  onClick={() => choose(at === index ? undefined : one.rule.name)}
                >
                  {one.rule.name || td.rules.unnamed}
                </button>
                <Pill>{one.rule.type}</Pill>
                {one.isNew && (
                  <Button
                    kind="quiet"
                    label={td.rules.remove(one.rule.name)}
                    onPress={() => setRules((old) => old.filter((_, place) => place !== at))}
                  >
                    <X size={15} aria-hidden />
                  </Button>
                )}
              </div>
              {at === index && edited ? (
                <div className="form">
                  <TextField
                    label={td.rules.name}
                    value={edited.rule.name}
                    isMono
                    onChange={(name) => {
                      change({ name });
                      choose(name);
                    }}
                  />
                  <TextField label={td.rules.doc} value={edited.rule.doc ?? ""} onChange={(doc) => change({ doc })} />
                  <TextField
                    label={td.rules.expr}
                    hint={td.rules.exprHint[edited.rule.type === "CEL_FIELD" ? "CEL_FIELD" : "CEL"]}
                    value={edited.rule.expr ?? ""}
                    rows={3}
                    isMono
                    onChange={(expr) => change({ expr })}
                  />
                  <div className="two">
                    <Select
                      label={td.rules.type}
                      value={edited.rule.type}
                      onChange={(next) => change({ type: next })}
                      options={[...new Set(["CEL", "CEL_FIELD", edited.rule.type])].map((id) => ({ id, label: id }))}
                    />
                    <Select
                      label={td.rules.onFailure}
                      value={edited.rule.onFailure ?? "ERROR"}
                      onChange={(onFailure) => change({ onFailure })}
                      options={[...new Set(["ERROR", "DLQ", "NONE", edited.rule.onFailure ?? "ERROR"])].map((id) => ({
                        id,
                        label: id,
                        hint: td.rules.failures[id as "ERROR"],
                      }))}
                    />
                  </div>
                  {edited.rule.type === "CEL_FIELD" && (
                    <TextField
                      label={td.rules.tags}
                      hint={td.rules.tagsHint}
                      value={(edited.rule.tags ?? []).join(" ")}
                      isMono
                      onChange={(tags) => change({ tags: tags.split(/[\s,]+/).filter(Boolean) })}
                    />
                  )}
                </div>
              ) : null}
              <p className="muted">{td.contract.says(one.rule)}</p>
              {at !== index && one.rule.expr && <pre className="expression">{one.rule.expr}</pre>}
            </li>
          ))}
        </ul>
      </section>
      <section className="stack" aria-label={td.rules.records}>
        <Records
          type={type}
          text={text ?? ""}
          of={recordsOf(split(schema.subject).name)}
          request={(records) => {
            const domainRules = rules.filter((one) => one.isOn).map((one) => ({ ...one.rule, disabled: false }));
            return { subject: schema.subject, records, ruleSet: { ...schema.ruleSet, domainRules } } as TryRequest;
          }}
        />
      </section>
    </div>
  );
}
