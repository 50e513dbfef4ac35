// What does one rule say, when, and what follows? Every member of it, the usual ones first.
import { useState } from "react";
import { type Fault, isPair, MODES, modeOf, type Rule, type RuleRow, ruleOf, TYPES } from "../../model/contract";
import { Select } from "../../parts/Controls";
import { Switch, TextField } from "../../parts/Fields";
import { contracts as td } from "../../strings-contracts";
import { contract as tc } from "../../strings-editor";

const OTHER = "other";
const FAILURES = ["ERROR", "DLQ", "NONE"];
const PAIRS = ["ERROR,NONE", "DLQ,NONE"];

type Props = { row: RuleRow; faults: Fault[]; change: (row: RuleRow) => void };

export function RuleForm({ row, faults, change }: Props) {
  const { set, rule, tags, params } = row;
  const isKnown = TYPES.includes(rule.type);
  const [isOther, setOther] = useState(!isKnown);
  const write = (next: Partial<Rule>) => change({ ...row, rule: { ...rule, ...next } });
  const wrong = (member: string) => faults.find((one) => one.member === member)?.message;
  const failure = rule.onFailure ?? "ERROR";
  const failures = [...new Set([...FAILURES, ...(isPair(rule) ? PAIRS : []), failure])];
  return (
    <div className="form">
      <TextField label={tc.name} value={rule.name} onChange={(name) => write({ name })} error={wrong("name")} isMono />
      <TextField label={td.rules.doc} value={rule.doc ?? ""} onChange={(doc) => write({ doc })} />
      <div className="two">
        <Select
          label={tc.kind}
          value={rule.kind ?? "TRANSFORM"}
          onChange={(kind) => write({ kind: kind as "CONDITION" })}
          options={(["CONDITION", "TRANSFORM"] as const).map((id) => ({ id, label: tc.kinds[id] }))}
        />
        <Select
          label={tc.mode}
          value={modeOf(rule)}
          onChange={(mode) => write({ mode: mode as "WRITE" })}
          options={[...new Set([...MODES[set], modeOf(rule)])].map((id) => ({ id, label: tc.modes[id] }))}
        />
        <Select
          label={tc.type}
          value={isOther ? OTHER : rule.type}
          onChange={(type) => {
            setOther(type === OTHER);
            write({ type: type === OTHER ? "" : type });
          }}
          options={[
            ...TYPES.map((id) => ({ id, label: id, hint: tc.types[id] ?? "" })),
            { id: OTHER, label: tc.otherType },
          ]}
        />
        {isOther && (
          <TextField
            label={tc.otherTypeName}
            hint={tc.otherTypeHint}
            value={rule.type}
            onChange={(type) => write({ type })}
            error={wrong("type")}
            isMono
          />
        )}
        <Select
          label={tc.onFailure}
          value={failure}
          onChange={(onFailure) => write({ onFailure })}
          options={failures.map((id) => ({ id, label: tc.failures[id] ?? id, hint: id }))}
        />
      </div>
      <TextField
        label={tc.expr}
        hint={tc.exprHint[rule.type === "CEL" || rule.type === "CEL_FIELD" ? rule.type : OTHER]}
        value={rule.expr ?? ""}
        rows={3}
        isMono
        onChange={(expr) => write({ expr })}
        error={wrong("expr")}
      />
      <p className="plain-words">{td.contract.says(ruleOf(row))}</p>
      <details open={Boolean(tags || params || rule.onSuccess)}>
        <summary>{tc.more}</summary>
        <div className="form more-members">
          <TextField
            label={tc.ruleTags}
            hint={tc.ruleTagsHint}
            value={tags}
            onChange={(next) => change({ ...row, tags: next })}
            isMono
          />
          <TextField
            label={tc.params}
            hint={tc.paramsHint}
            value={params}
            rows={2}
            isMono
            onChange={(next) => change({ ...row, params: next })}
            error={wrong("params")}
          />
          <TextField
            label={tc.onSuccess}
            hint={tc.onSuccessHint}
            value={rule.onSuccess ?? ""}
            onChange={(onSuccess) => write({ onSuccess })}
            error={wrong("onSuccess")}
            isMono
          />
        </div>
      </details>
      <Switch label={tc.isOn} hint={tc.isOnHow} isOn={!rule.disabled} onChange={(isOn) => write({ disabled: !isOn })} />
    </div>
  );
}
