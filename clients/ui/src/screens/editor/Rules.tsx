// What has to hold of records besides their shape? Each rule in a form of its own, with what the server makes of it.
import { useQuery } from "@tanstack/react-query";
import { ArrowUp, CircleCheck, Plus, TriangleAlert, X } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { split } from "../../api/queries";
import { definitions, type Tried, type TryRequest, trial } from "../../api/trial";
import {
  type ContractDraft,
  earlier,
  type Fault,
  metadataFrom,
  newRule,
  type RuleRow,
  ruleOf,
  ruleSetFrom,
  SETS,
} from "../../model/contract";
import { type Draft, withDefinitions } from "../../model/editor";
import { fieldsOf } from "../../model/fields";
import { parseRecords, type Sent, sampleOf } from "../../model/sample";
import { recordsOf } from "../../model/topics";
import { IconButton, MenuButton, Select } from "../../parts/Controls";
import { Pill } from "../../parts/Pill";
import { Skeleton } from "../../parts/States";
import { contracts as td } from "../../strings-contracts";
import { contract as tc } from "../../strings-editor";
import { RuleForm } from "./RuleForm";

const Records = lazy(async () => ({ default: (await import("../rules/Records")).Records }));

type Props = {
  subject: string;
  form: Draft;
  /** What was typed, once that has been still for a while: what the server is asked about. */
  settled: Draft;
  faults: Fault[];
  set: (change: Partial<ContractDraft>) => void;
};

export function Rules({ subject, form, settled, faults, set }: Props) {
  const { rules, enableAt } = form.contract;
  const [open, setOpen] = useState<number>();
  const wish = useMemo(() => tryWish(subject, settled), [subject, settled]);
  const canAsk = settled.contract.rules.length > 0 && !faults.some((one) => one.of === "rule");
  const readable = useReadable(settled);
  const sample = useMemo(() => sampleFor(readable), [readable]);
  const told = useQuery({ ...trial({ ...wish, records: sample }), enabled: canAsk });
  const isCurrent = settled === form && !told.isFetching;
  const change = (index: number, row: RuleRow) =>
    set({ rules: rules.map((old, place) => (place === index ? row : old)) });
  const off = rules.filter((one) => one.rule.disabled).length;
  return (
    <>
      <section className="card form" aria-label={tc.rules}>
        <div className="section-head">
          <h2>{tc.rules}</h2>
          <MenuButton
            label={tc.addRule}
            icon={<Plus size={15} aria-hidden />}
            items={SETS.map((set_) => ({
              id: set_,
              label: tc.setNames[set_],
              onAction: () => {
                set({ rules: [...rules, newRule(set_, rules)] });
                setOpen(rules.length);
              },
            }))}
          />
        </div>
        <p className="muted">{rules.length ? tc.rulesAnswer(rules.length, off) : tc.rulesNone}</p>
        {rules.length > 0 && (
          <ul className="bench-rules">
            {rules.map((row, index) => (
              <li
                key={`${index} of ${rules.length}`}
                className="card bench-rule"
                data-chosen={index === open}
                data-off={Boolean(row.rule.disabled)}
              >
                <Head
                  row={row}
                  isOpen={index === open}
                  toggle={() => setOpen(index === open ? undefined : index)}
                  lift={
                    rules.slice(0, index).some((one) => one.set === row.set)
                      ? () => {
                          set({ rules: earlier(rules, index) });
                          setOpen(undefined);
                        }
                      : undefined
                  }
                  remove={() => {
                    set({ rules: rules.filter((_, place) => place !== index) });
                    setOpen(undefined);
                  }}
                />
                {index === open ? (
                  <RuleForm
                    row={row}
                    faults={faults.filter((one) => one.of === "rule" && one.index === index)}
                    change={(next) => change(index, next)}
                  />
                ) : (
                  <>
                    <p className="muted">{td.contract.says(ruleOf(row))}</p>
                    {row.rule.expr && <pre className="expression">{row.rule.expr}</pre>}
                    {faults
                      .filter((one) => one.of === "rule" && one.index === index)
                      .map((one) => (
                        <p key={one.member} className="wrong">
                          {one.message}
                        </p>
                      ))}
                  </>
                )}
                <Said name={row.rule.name.trim()} told={canAsk ? told.data : undefined} />
              </li>
            ))}
          </ul>
        )}
        {rules.length > 0 && (
          <>
            <p className="fine" role="status">
              {!canAsk ? (
                ""
              ) : told.error && isCurrent ? (
                tc.notAsked(told.error.message)
              ) : !isCurrent || !told.data ? (
                tc.asking
              ) : told.data.notCheckable.length || told.data.problems.length || isBroken(told.data, settled) ? (
                ""
              ) : (
                <span className="understood">
                  <CircleCheck size={15} aria-hidden />
                  {tc.asked}
                </span>
              )}
            </p>
            <div className="two">
              <Select
                label={tc.enableAt}
                value={enableAt}
                options={Object.entries(tc.enableAts).map(([id, label]) => ({ id, label }))}
                onChange={(next) => set({ enableAt: next })}
              />
              <p className="fine beside-field">{tc.enableAtHow}</p>
            </div>
          </>
        )}
      </section>
      <TryThem readable={readable} wish={wish} of={recordsOf(split(subject).name)} />
    </>
  );
}

function Head({
  row: { set, rule },
  isOpen,
  toggle,
  lift,
  remove,
}: {
  row: RuleRow;
  isOpen: boolean;
  toggle: () => void;
  lift: (() => void) | undefined;
  remove: () => void;
}) {
  const name = rule.name.trim() || td.rules.unnamed;
  return (
    <div className="rule-head">
      <button type="button" className="as-link mono grow" aria-expanded={isOpen} onClick={toggle}>
        {name}
      </button>
      {set !== "domainRules" && <Pill tone="info">{td.contract.sets[set]}</Pill>}
      {rule.disabled && <Pill tone="warn">{td.contract.disabled}</Pill>}
      <Pill>{rule.type}</Pill>
      {lift && (
        <IconButton label={tc.earlier(name)} onPress={lift}>
          <ArrowUp size={16} aria-hidden />
        </IconButton>
      )}
      <IconButton label={tc.remove(name)} onPress={remove}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  );
}

/** What the server makes of one rule, where that is not what one expects. */
function Said({ name, told }: { name: string; told: Tried | undefined }) {
  const unsaid = told?.notCheckable.find((one) => one.rule === name)?.why;
  const problem = told?.problems.find((one) => one.rule === name);
  const broken = told?.found.flatMap((one) => one.violations).find((one) => one.rule === name)?.reason;
  const words =
    unsaid !== undefined
      ? tc.notCheckable(unsaid)
      : problem
        ? tc.problem(problem)
        : broken !== undefined
          ? tc.onSample(broken)
          : undefined;
  if (words !== undefined)
    return (
      <p className="rule-note" data-sure={unsaid !== undefined || problem?.isCertain === true}>
        <TriangleAlert size={15} aria-hidden />
        <span>{words}</span>
      </p>
    );
  return told?.leftToClient.includes(name) ? <p className="fine">{tc.leftToClient}</p> : null;
}

const isBroken = (told: Tried, { contract }: Draft) =>
  told.found.some((one) =>
    one.violations.some(({ rule }) => contract.rules.some((row) => row.rule.name.trim() === rule)),
  );

type Readable = { type: string; text: string /** How records are sent. */; sentAs: string };

/** The schema with what it refers to. Where that can't be had, the server has to put records into bytes. */
function useReadable({ type, text, references }: Draft): Readable {
  const isWanted = type === "AVRO" && references.length > 0 && references.every((one) => one.subject);
  const { data } = useQuery({ ...definitions(references), enabled: isWanted });
  return useMemo(
    () => ({
      type,
      text: type === "AVRO" && data ? withDefinitions(text, data) : text,
      sentAs: type === "AVRO" && references.length > 0 && !data ? "JSON" : type,
    }),
    [type, text, references.length, data],
  );
}

/** One made-up record, as far as one can be made up: what a rule says shows only where there is one. */
function sampleFor({ type, text, sentAs }: Readable): Sent[] {
  try {
    const fields = type === "PROTOBUF" ? undefined : fieldsOf(type, text);
    const made = fields && parseRecords(sentAs, text, JSON.stringify([sampleOf(fields)]));
    return made && "records" in made ? made.records : [];
  } catch {
    return [];
  }
}

/** The schema as it is written here, with the contract as it is written here. */
function tryWish(subject: string, form: Draft): TryRequest {
  const metadata = metadataFrom(form.contract);
  return {
    ...(subject ? { subject } : {}),
    schema: form.text,
    schemaType: form.type,
    ...(form.references.length ? { references: form.references } : {}),
    ...(metadata ? { metadata } : {}),
    ruleSet: ruleSetFrom(form.contract) ?? {},
  } as TryRequest;
}

function TryThem({ readable, wish, of }: { readable: Readable; wish: TryRequest; of: ReturnType<typeof recordsOf> }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{tc.tryThem}</summary>
      {isOpen && (
        <div className="stack try-here">
          <p className="muted">{tc.tryHow}</p>
          <Suspense fallback={<Skeleton rows={6} />}>
            <Records
              {...readable}
              of={of}
              request={(records: Sent[]) => ({ ...wish, records }) as TryRequest}
              rows={8}
            />
          </Suspense>
        </div>
      )}
    </details>
  );
}
