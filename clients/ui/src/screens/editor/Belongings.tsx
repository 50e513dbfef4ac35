// What belongs to a version besides its text? What it refers to, who owns it, and what a record of it looks like.
import { Plus, X } from "lucide-react";
import { useMemo } from "react";
import type { Draft, Reference } from "../../model/editor";
import { fieldsOf } from "../../model/fields";
import { sampleOf } from "../../model/sample";
import { Button, IconButton } from "../../parts/Controls";
import { TextField } from "../../parts/Fields";
import { Pill } from "../../parts/Pill";
import { SubjectPicker } from "../../parts/SubjectPicker";
import { t } from "../../strings";

type Props = {
  subject: string;
  form: Draft;
  set: (change: Partial<Draft>) => void;
  missing: string[];
};

export function Belongings({ subject, form, set, missing }: Props) {
  return (
    <>
      <References form={form} set={set} missing={missing} />
      <section className="card form">
        <h2>{t.editor.about}</h2>
        <p className="muted">{t.editor.aboutHow}</p>
        <div className="two">
          <TextField label={t.subjects.columns.owner} value={form.owner} onChange={(owner) => set({ owner })} />
          <TextField
            label={t.editor.description}
            value={form.description}
            onChange={(description) => set({ description })}
          />
        </div>
      </section>
      <Example key={subject} form={form} />
    </>
  );
}

function References({ form, set, missing }: Omit<Props, "subject">) {
  const { references } = form;
  const change = (index: number, one: Partial<Reference>) =>
    set({ references: references.map((old, place) => (place === index ? { ...old, ...one } : old)) });
  const add = (name: string) => set({ references: [...references, { name, subject: "", version: -1 }] });
  return (
    <section className="card form">
      <div className="section-head">
        <h2>{t.editor.references}</h2>
        <Button kind="quiet" onPress={() => add("")}>
          <Plus size={15} aria-hidden />
          {t.editor.addReference}
        </Button>
      </div>
      {references.length === 0 && missing.length === 0 && <p className="muted">{t.references.outAnswer(0)}</p>}
      {missing.length > 0 && (
        <div className="row-actions">
          <Pill tone="warn">{t.editor.missing}</Pill>
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
          <legend className="skip-text">{t.editor.reference(index + 1)}</legend>
          <TextField
            label={t.editor.referenceName[form.type]}
            value={one.name}
            onChange={(name) => change(index, { name })}
            isMono
          />
          <SubjectPicker
            label={t.subjects.columns.subject}
            hint={t.rules.subjectHint}
            chosen={one.subject || undefined}
            choose={(subject) => change(index, { subject: subject ?? "" })}
          />
          <TextField
            label={t.subjects.columns.version}
            value={one.version < 0 ? "" : String(one.version)}
            placeholder={t.versions.latest}
            onChange={(text) => change(index, { version: /^\d{1,9}$/.test(text.trim()) ? Number(text) : -1 })}
          />
          <IconButton
            label={t.rules.remove(one.name || t.editor.reference(index + 1))}
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
      <summary>{t.editor.example}</summary>
      <pre className="expression" tabIndex={0}>
        {text}
      </pre>
    </details>
  );
}
