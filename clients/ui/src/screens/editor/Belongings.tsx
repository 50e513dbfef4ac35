// What belongs to a version besides its text? What it refers to, who owns it, and what a record of it looks like.
import { Plus, X } from "lucide-react";
import { useMemo } from "react";
import type { Fault } from "../../model/contract";
import type { Draft, Reference } from "../../model/editor";
import { fieldsOf } from "../../model/fields";
import { sampleOf } from "../../model/sample";
import { Button, IconButton } from "../../parts/Controls";
import { TextField } from "../../parts/Fields";
import { Pill } from "../../parts/Pill";
import { SubjectPicker } from "../../parts/SubjectPicker";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { editor as te } from "../../strings-editor";
import { About } from "./About";

type Props = {
  form: Draft;
  set: (change: Partial<Draft>) => void;
  missing: string[];
  faults: Fault[];
};

export function Belongings({ form, set, missing, faults }: Props) {
  return (
    <>
      <References form={form} set={set} missing={missing} />
      <About
        type={form.type}
        contract={form.contract}
        faults={faults}
        set={(change) => set({ contract: { ...form.contract, ...change } })}
      />
      <Example form={form} />
    </>
  );
}

function References({ form, set, missing }: Omit<Props, "faults">) {
  const { references } = form;
  const change = (index: number, one: Partial<Reference>) =>
    set({ references: references.map((old, place) => (place === index ? { ...old, ...one } : old)) });
  const add = (name: string) => set({ references: [...references, { name, subject: "", version: -1 }] });
  return (
    <section className="card form">
      <div className="section-head">
        <h2>{te.references}</h2>
        <Button kind="quiet" onPress={() => add("")}>
          <Plus size={15} aria-hidden />
          {te.addReference}
        </Button>
      </div>
      {references.length === 0 && missing.length === 0 && <p className="muted">{td.references.outAnswer(0)}</p>}
      {missing.length > 0 && (
        <div className="row-actions">
          <Pill tone="warn">{te.missing}</Pill>
          {missing.map((name) => (
            <Button key={name} kind="quiet" onPress={() => add(name)}>
              <Plus size={15} aria-hidden />
              <span className="mono">{name}</span>
            </Button>
          ))}
        </div>
      )}
      {references.map((one, index) => (
        <fieldset key={`${index} of ${references.length}`} className="reference-row">
          <legend className="skip-text">{te.reference(index + 1)}</legend>
          <TextField
            label={te.referenceName[form.type]}
            value={one.name}
            onChange={(name) => change(index, { name })}
            isMono
          />
          <SubjectPicker
            label={t.subjects.columns.subject}
            hint={td.rules.subjectHint}
            chosen={one.subject || undefined}
            choose={(subject) => change(index, { subject: subject ?? "" })}
          />
          <TextField
            label={t.subjects.columns.version}
            value={one.version < 0 ? "" : String(one.version)}
            placeholder={td.versions.latest}
            onChange={(text) => change(index, { version: /^\d{1,9}$/.test(text.trim()) ? Number(text) : -1 })}
          />
          <IconButton
            label={td.rules.remove(one.name || te.reference(index + 1))}
            onPress={() => set({ references: references.filter((_, place) => place !== index) })}
          >
            <X size={16} aria-hidden />
          </IconButton>
        </fieldset>
      ))}
    </section>
  );
}

/** A made-up record, so that one sees what producers will have to send. */
function Example({ form }: { form: Draft }) {
  const text = useMemo(() => {
    const fields = fieldsOf(form.type, form.text);
    if (!fields?.length) return undefined;
    try {
      return JSON.stringify(sampleOf(fields), null, 2);
    } catch {
      // A default that is no JSON: the verdict tells of it.
      return undefined;
    }
  }, [form.type, form.text]);
  if (!text) return null;
  return (
    <details className="card">
      <summary>{te.example}</summary>
      <pre className="expression" tabIndex={0}>
        {text}
      </pre>
    </details>
  );
}
