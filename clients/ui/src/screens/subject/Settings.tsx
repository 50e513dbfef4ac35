// What holds for changes of this subject, and where does it come from? Level and mode can be set here.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, body } from "../../api/client";
import { type Level, type ModeName, overview, ownConfig } from "../../api/queries";
import { useLack } from "../../app/rights";
import { Button } from "../../parts/Controls";
import { Choice } from "../../parts/Fields";
import { Pairs } from "../../parts/Pairs";
import { Failed, Locked, Skeleton } from "../../parts/States";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";
import { useCurrent } from "./current";

export const LEVELS: Level[] = [
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
  "NONE",
];
export const MODES: ModeName[] = ["READWRITE", "READONLY", "IMPORT"];
const INHERITED = "inherited";

export function Settings() {
  const { subject } = useCurrent();
  const glance = useQuery(overview(subject));
  const why = useLack("write", { subject });
  const own = useQuery(ownConfig(subject));
  if (own.isPending || glance.isPending) return <Skeleton rows={8} />;
  if (own.data === undefined || !glance.data)
    return <Failed what={td.settings.what} error={own.error ?? glance.error} retry={() => void own.refetch()} />;
  const { compatibility, mode } = glance.data;
  const others = Object.entries(own.data ?? {}).filter(
    ([name, value]) => name !== "compatibilityLevel" && value !== undefined && value !== null,
  );
  return (
    <div className="stack">
      <div className="columns">
        <Setting
          key={`level ${compatibility.level} ${compatibility.from}`}
          title={td.settings.level}
          now={td.settings.holds(compatibility.level, t.level.from[compatibility.from])}
          value={compatibility.from === "subject" ? compatibility.level : INHERITED}
          options={[
            ...LEVELS.map((level) => ({ id: level as string, label: level, hint: t.level.means[level] })),
            { id: INHERITED, label: td.settings.inherit, hint: td.settings.inheritHow },
          ]}
          why={why}
          save={(value) => saveLevel(subject, value)}
        />
        <Setting
          key={`mode ${mode.mode} ${mode.from}`}
          title={td.settings.mode}
          now={td.settings.holds(mode.mode, t.level.from[mode.from])}
          value={mode.from === "subject" ? mode.mode : INHERITED}
          options={[
            ...MODES.map((name) => ({ id: name as string, label: name, hint: t.mode.means[name] })),
            { id: INHERITED, label: td.settings.inherit, hint: td.settings.inheritHow },
          ]}
          why={why}
          save={(value) => saveMode(subject, value)}
        />
      </div>
      {others.length > 0 && (
        <section>
          <h2>{td.settings.others}</h2>
          <Pairs
            isMono
            of={others.map(([name, value]) => [
              name,
              <span key={name} className="mono">
                {typeof value === "object" ? JSON.stringify(value) : String(value)}
              </span>,
            ])}
          />
        </section>
      )}
    </div>
  );
}

async function saveLevel(subject: string, value: string): Promise<unknown> {
  const params = { path: { subject } };
  return value === INHERITED
    ? body(api.DELETE("/config/{subject}", { params }))
    : body(api.PUT("/config/{subject}", { params, body: { compatibility: value as Level } }));
}

async function saveMode(subject: string, value: string): Promise<unknown> {
  const params = { path: { subject } };
  return value === INHERITED
    ? body(api.DELETE("/mode/{subject}", { params }))
    : body(api.PUT("/mode/{subject}", { params, body: { mode: value as "READWRITE" } }));
}

type Props = {
  title: string;
  now: string;
  value: string;
  options: { id: string; label: string; hint?: string }[];
  /** Why it may not be changed. */
  why: string | undefined;
  save: (value: string) => Promise<unknown>;
};

/** One thing that can be set: what holds now, the choice, and a button that only comes alive when something was changed. */
export function Setting({ title, now, value, options, why, save }: Props) {
  const [chosen, setChosen] = useState(value);
  const queries = useQueryClient();
  const saving = useMutation({ mutationFn: save, onSuccess: () => queries.invalidateQueries() });
  return (
    <section className="card form">
      <h2>{title}</h2>
      <p className="muted">{now}</p>
      <Locked why={why} />
      <Choice
        label={title}
        isLabelHidden
        value={chosen}
        options={options}
        onChange={setChosen}
        isDisabled={why !== undefined}
      />
      {saving.isError && <Failed what={title} error={saving.error} />}
      <div className="row-actions">
        <Button
          kind="primary"
          why={why}
          isDisabled={chosen === value || saving.isPending}
          onPress={() => saving.mutate(chosen)}
        >
          {t.action.save}
        </Button>
        {chosen !== value && (
          <Button kind="quiet" onPress={() => setChosen(value)}>
            {t.action.reset}
          </Button>
        )}
      </div>
    </section>
  );
}
