// Of which change is the reach asked? A subject, all of it or a field, and what happens to it.
import { useLayoutEffect, useState } from "react";
import * as Aria from "react-aria-components";
import type { Schema } from "../../api/queries";
import { ago, capital, version } from "../../model/format";
import type { Change } from "../../model/impact";
import { parts } from "../../model/nodes";
import { Select } from "../../parts/Controls";
import { SubjectPicker } from "../../parts/SubjectPicker";
import type { ImpactSearch } from "../../router";
import { impact as ti } from "../../strings-lineage";
import { DAYS, USUAL } from "./asked";

type Props = {
  asked: ImpactSearch;
  set: (change: Partial<ImpactSearch>) => void;
  change: Change;
  topics: string[];
  paths: string[];
  all: Schema[];
  before: Schema | undefined;
  after: Schema | undefined;
};

export function Ask({ asked, set, change, topics, paths, all, before, after }: Props) {
  const versions = all.map((one) => ({
    id: String(one.version),
    label: version(one.version),
    hint: one.ts ? ago(one.ts) : "",
  }));
  return (
    <section className="impact-ask" aria-label={ti.change}>
      {!asked.node || asked.subject ? (
        <SubjectPicker
          label={ti.subject}
          hint={ti.subjectHint}
          chosen={asked.subject}
          choose={(subject) =>
            subject !== asked.subject &&
            set({ subject, node: undefined, field: undefined, from: undefined, to: undefined, owner: undefined })
          }
        />
      ) : (
        <div className="field">
          <span>{ti.middle[parts(asked.node).kind]}</span>
          <p className="mono impact-node">{parts(asked.node).name}</p>
        </div>
      )}
      {(asked.subject || asked.node) && (
        <>
          {topics.length > 1 && (
            <Select
              label={ti.topic}
              value={asked.node ?? ""}
              options={topics.map((id) => ({ id, label: parts(id).name, hint: parts(id).namespace }))}
              onChange={(node) => set({ node })}
            />
          )}
          <Select
            label={ti.change}
            value={change}
            options={(asked.subject && all.length > 1
              ? (["any", "delete", "versions"] as const)
              : (["any", "delete"] as const)
            ).map((id) => ({ id, label: ti.changes[id] }))}
            onChange={(id) =>
              set({
                change: id === "any" ? undefined : (id as "delete" | "versions"),
                from: undefined,
                to: undefined,
                ...(id === "versions" ? { field: undefined } : {}),
              })
            }
          />
          {change === "versions" ? (
            <>
              <Select
                label={ti.from}
                value={String(before?.version ?? "")}
                options={versions}
                onChange={(value) => set({ from: Number(value) })}
              />
              <Select
                label={ti.to}
                value={String(after?.version ?? "")}
                options={versions}
                onChange={(value) => set({ to: Number(value) })}
              />
            </>
          ) : (
            <FieldPicker
              paths={paths}
              chosen={asked.field ?? ""}
              choose={(field) => set({ field: field || undefined })}
            />
          )}
          <Select
            label={ti.range}
            value={asked.range ?? USUAL}
            options={Object.keys(DAYS).map((id) => ({ id, label: capital(ti.ranges[id] ?? id) }))}
            onChange={(range) => set({ range: range === USUAL ? undefined : range })}
          />
        </>
      )}
    </section>
  );
}

/** A field by its path. Any can be typed: of a table there is no list. */
function FieldPicker({ paths, chosen, choose }: { paths: string[]; chosen: string; choose: (field: string) => void }) {
  const [words, setWords] = useState(chosen);
  useLayoutEffect(() => setWords(chosen), [chosen]);
  return (
    <Aria.ComboBox
      className="field picker"
      items={paths.filter((path) => words === chosen || path.includes(words)).map((id) => ({ id }))}
      inputValue={words}
      onInputChange={(text) => {
        setWords(text);
        if (text === "" && chosen) choose("");
      }}
      onChange={(key) => key !== null && choose(String(key))}
      onBlur={() => words !== chosen && choose(words.trim())}
      allowsCustomValue
      menuTrigger="focus"
    >
      <Aria.Label>{ti.field}</Aria.Label>
      <Aria.Input
        className="mono"
        placeholder={ti.anyField}
        onKeyDown={(event) => event.key === "Enter" && words !== chosen && choose(words.trim())}
      />
      <Aria.Popover className="popover" offset={4}>
        <Aria.ListBox className="options">
          {(item: { id: string }) => (
            <Aria.ListBoxItem id={item.id} textValue={item.id} className="option mono">
              {item.id}
            </Aria.ListBoxItem>
          )}
        </Aria.ListBox>
      </Aria.Popover>
    </Aria.ComboBox>
  );
}
