// Where is a version written? The text with its verdict beside it, what belongs to it below, and one button that says why not.
import { useQuery } from "@tanstack/react-query";
import { RotateCcw, WandSparkles } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { ApiError } from "../../api/client";
import { type Overview, type Schema, verdict } from "../../api/queries";
import type { components } from "../../api/schema";
import { useLack } from "../../app/rights";
import { keep, kept } from "../../app/theme";
import {
  contractFrom,
  faultsOf,
  faultyNames,
  restored as restoredContract,
  sentOf,
  storable,
} from "../../model/contract";
import {
  asHeld,
  type Draft,
  draftFrom,
  missingReferences,
  type Note,
  notesOf,
  type SchemaType,
  STARTS,
  troubleAt,
} from "../../model/editor";
import { ago } from "../../model/format";
import { printed } from "../../model/json-text";
import { Button, Segments, Select } from "../../parts/Controls";
import { TextField } from "../../parts/Fields";
import { Page } from "../../parts/Page";
import { formatName, LevelPill, ModePill, Pill } from "../../parts/Pill";
import { Skeleton } from "../../parts/States";
import { useSettled } from "../../parts/useSettled";
import { useText } from "../../parts/useText";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { contract as tc, editor as te } from "../../strings-editor";
import "../../styles/editor.css";
import { Belongings } from "./Belongings";
import { Register } from "./Register";
import { Rules } from "./Rules";
import { Verdict } from "./Verdict";

const Editor = lazy(() => import("../../code/Editor"));

type Props = {
  title: string;
  heading: ReactNode;
  subject: string;
  /** Gives the subject its name; only for one that is not there yet. */
  name?: (subject: string) => void;
  format?: SchemaType | undefined;
  begin: Schema | undefined;
  latest: Schema | undefined;
  glance: Overview | undefined;
  isShowingChanges: boolean;
  showChanges?: (isOn: boolean) => void;
};

const shownText = (one: Schema) =>
  one.schemaType === "PROTOBUF" ? (one.schema ?? "") : printed(one.schema ?? "").text;

function fresh(begin: Schema | undefined, format: SchemaType): Draft {
  return {
    type: (begin?.schemaType as SchemaType | undefined) ?? (begin ? "AVRO" : format),
    text: begin ? shownText(begin) : STARTS[format],
    references: begin?.references ?? [],
    contract: contractFrom(begin),
    level: "",
    at: 0,
  };
}

const sameText = (one: string, other: string) => {
  try {
    return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
  } catch {
    return one.trim() === other.trim();
  }
};

export function Workbench(props: Props) {
  const { subject, begin, latest, glance, format = "AVRO" } = props;
  const place = `tidegate.draft.${props.name ? "" : subject}`;
  const start = useMemo(() => fresh(begin, format), [begin, format]);
  const [restored, setRestored] = useState(() => draftHere(place, start));
  const [form, setForm] = useState<Draft>(restored ?? start);
  const [isRegistering, setRegistering] = useState(false);
  const [seek, setSeek] = useState<{ at: number; asked: number }>();
  const set = (change: Partial<Draft>) => setForm((old) => ({ ...old, ...change, at: Date.now() }));

  const settled = useSettled(form);
  useEffect(() => {
    if (settled.at) keep(place, JSON.stringify({ ...settled, contract: storable(settled.contract) }));
  }, [settled, place]);
  const reset = () => {
    keep(place, undefined);
    setRestored(undefined);
    setForm(start);
  };

  const wish = useMemo(() => wishOf(settled, latest), [settled, latest]);
  const told = useQuery(verdict(subject, wish));
  const isCurrent = settled === form && !told.isFetching && !told.isPlaceholderData;
  const held = useMemo(() => (told.data ? asHeld(told.data) : undefined), [told.data]);
  const notes = useNotes(settled, held, told.error, isCurrent);
  const missing = useMemo(
    () => missingReferences(settled.type, settled.text, settled.references),
    [settled.type, settled.text, settled.references],
  );
  const isSameSchema =
    latest !== undefined &&
    sameText(form.text, latest.schema ?? "") &&
    JSON.stringify(form.references) === JSON.stringify(latest.references ?? []);
  const isSame = isSameSchema && wish.metadata === undefined && wish.ruleSet === undefined;
  const faults = useMemo(() => faultsOf(form.contract), [form.contract]);
  const mode = glance?.mode.mode ?? "READWRITE";
  const barred = useLack("write", { subject });
  const why = !subject
    ? te.why.name
    : barred
      ? barred
      : mode !== "READWRITE" && mode !== "IMPORT"
        ? te.why.mode(mode)
        : isSame
          ? te.why.same
          : !isCurrent
            ? te.why.checking
            : told.error
              ? te.why.unreadable
              : held && !held.isCompatible
                ? te.why.breaks(held.compatibility)
                : faults.length
                  ? tc.why(faultyNames(form.contract, faults))
                  : undefined;
  return (
    <Page
      title={props.title}
      heading={props.heading}
      answer={why ?? te.ready(held?.comparedWith.length ?? 0, held?.compatibility ?? "")}
      beside={<Pill>{formatName(form.type)}</Pill>}
      actions={
        <>
          {form.at > 0 && (
            <Button kind="quiet" onPress={reset}>
              <RotateCcw size={15} aria-hidden />
              {te.startOver}
            </Button>
          )}
          <Button
            kind="primary"
            why={subject ? barred : undefined}
            isDisabled={why !== undefined}
            onPress={() => setRegistering(true)}
          >
            {te.register}
          </Button>
        </>
      }
    >
      {restored && form.at === restored.at && (
        <p className="stale" role="status">
          {te.restored(ago(restored.at))}
        </p>
      )}
      <div className="facts">
        {glance && <LevelPill level={glance.compatibility.level} from={glance.compatibility.from} />}
        <ModePill mode={mode} />
        {begin && latest && begin.version !== latest.version && <Pill>{te.beginsWith(begin.version)}</Pill>}
      </div>
      {props.name && (
        <NewFacts
          subject={subject}
          name={props.name}
          form={form}
          set={set}
          isUntouched={sameText(form.text, STARTS[form.type])}
        />
      )}
      <div className="compare editor">
        <section className="compare-main" aria-label={te.text}>
          <div className="filters editor-bar">
            {latest && props.showChanges && (
              <Segments
                label={td.compare.view}
                value={props.isShowingChanges ? "changes" : "text"}
                onChange={(value) => props.showChanges?.(value === "changes")}
                options={[
                  { id: "text", label: te.write },
                  { id: "changes", label: te.changesSince(latest.version) },
                ]}
              />
            )}
            {form.type !== "PROTOBUF" && (
              <Button kind="quiet" onPress={() => set({ text: printed(form.text).text })}>
                <WandSparkles size={15} aria-hidden />
                {te.tidy}
              </Button>
            )}
            <p className="count">{te.leave}</p>
          </div>
          <Suspense fallback={<Skeleton rows={18} />}>
            <Editor
              text={form.text}
              onChange={(text) => set({ text })}
              type={form.type}
              named={form.references.map((one) => one.name)}
              label={td.definition.label(subject || t.editor.newTitle)}
              notes={notes}
              before={props.isShowingChanges && latest ? shownText(latest) : undefined}
              place={seek}
            />
          </Suspense>
          <Belongings form={form} set={set} missing={missing} faults={faults} />
          <Rules
            subject={subject}
            form={form}
            settled={settled}
            faults={faults}
            set={(change) => setForm((old) => ({ ...old, contract: { ...old.contract, ...change }, at: Date.now() }))}
          />
        </section>
        <Verdict
          subject={props.name ? "" : subject}
          held={held}
          error={told.error}
          isCurrent={isCurrent}
          isSame={isSameSchema}
          text={settled.text}
          seek={(at) => setSeek({ at, asked: (seek?.asked ?? 0) + 1 })}
          write={(text) => set({ text })}
          retry={() => void told.refetch()}
        />
      </div>
      {isRegistering && held && (
        <Register
          subject={subject}
          wish={wish}
          latest={latest}
          level={form.level}
          held={held}
          next={(latest?.version ?? 0) + 1}
          close={() => setRegistering(false)}
          done={() => keep(place, undefined)}
        />
      )}
    </Page>
  );
}

/** What is sent: the same to be explained and to be registered. */
function wishOf(form: Draft, latest: Schema | undefined): components["schemas"]["RegisterRequest"] {
  return {
    schema: form.text,
    schemaType: form.type,
    ...(form.references.length ? { references: form.references } : {}),
    ...sentOf(form.contract, latest),
  } as components["schemas"]["RegisterRequest"];
}

/** What was kept in this browser; of one that knew no contract yet, the contract that it began with. */
function draftHere(place: string, start: Draft): Draft | undefined {
  const found = draftFrom(kept(place));
  return found && { ...found, contract: restoredContract(found.contract, start.contract) ?? start.contract };
}

/** What stands in the margin. While something newer is being looked at, the old notes stay and move with the text. */
function useNotes(form: Draft, held: Parameters<typeof notesOf>[1] | undefined, error: unknown, isCurrent: boolean) {
  const last = useRef<Note[]>([]);
  return useMemo(() => {
    if (isCurrent) {
      if (error instanceof ApiError && error.status === 422) {
        const at = troubleAt(form.type, form.text, error.message) ?? 0;
        last.current = [{ from: at, to: at, severity: "error", message: error.message, edits: [], fix: "" }];
      } else last.current = held && !error ? notesOf(form.text, held) : [];
    }
    return last.current;
  }, [form, held, error, isCurrent]);
}

/** What only a new subject has to be asked for. */
function NewFacts({
  subject,
  name,
  form,
  set,
  isUntouched,
}: {
  subject: string;
  name: (subject: string) => void;
  form: Draft;
  set: (change: Partial<Draft>) => void;
  isUntouched: boolean;
}) {
  const [words, setWords] = useText(subject, (text) => name(text.trim()));
  return (
    <div className="two">
      <TextField label={te.name} hint={te.nameHint} value={words} onChange={setWords} isMono />
      <Select
        label={t.subjects.columns.format}
        value={form.type}
        options={(["AVRO", "JSON", "PROTOBUF"] as SchemaType[]).map((id) => ({ id, label: formatName(id) }))}
        onChange={(value) =>
          set({ type: value as SchemaType, ...(isUntouched ? { text: STARTS[value as SchemaType] } : {}) })
        }
      />
      <Select
        label={td.settings.level}
        value={form.level || "inherited"}
        options={[
          { id: "inherited", label: td.settings.inherit, hint: td.settings.inheritHow },
          ...Object.entries(t.level.means).map(([id, hint]) => ({ id, label: id, hint })),
        ]}
        onChange={(value) => set({ level: value === "inherited" ? "" : (value as Draft["level"]) })}
      />
    </div>
  );
}
