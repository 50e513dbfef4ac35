// How do many subjects get a level or an owner, or go? Asked once, done one by one, with what came of each.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, body } from "../../api/client";
import type { Level, Overview } from "../../api/queries";
import type { components } from "../../api/schema";
import { forEach, type Outcome, tally } from "../../model/bulk";
import { metadataOf } from "../../model/editor";
import { Button, Select } from "../../parts/Controls";
import { Dialog } from "../../parts/Dialog";
import { TextField } from "../../parts/Fields";
import { VerdictIcon } from "../../parts/Pill";
import { Locked } from "../../parts/States";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";

export type Job = "level" | "owner" | "delete";

type Props = {
  what: Job;
  subjects: Overview[];
  /** How many were chosen besides that may not be changed by whoever looks. */
  barred: number;
  /** With those that were done. */
  close: (done: string[]) => void;
};

export default function Bulk({ what, subjects, barred, close }: Props) {
  const queries = useQueryClient();
  const names = subjects.map((one) => one.subject);
  const [level, setLevel] = useState<Level>("BACKWARD");
  const [owner, setOwner] = useState("");
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [isRunning, setRunning] = useState(false);
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const { done, failed, over } = tally(outcomes.values());
  const isBegun = outcomes.size > 0;
  const work = (subject: string) => {
    const params = { path: { subject } };
    if (what === "owner") return own(subject, owner);
    return what === "delete"
      ? body(api.DELETE("/subjects/{subject}", { params }))
      : body(api.PUT("/config/{subject}", { params, body: { compatibility: level } }));
  };
  const run = async (keys: string[]) => {
    const aborting = new AbortController();
    stop.current = aborting;
    setRunning(true);
    setOutcomes((old) => new Map([...old, ...keys.map((key) => [key, { is: "waiting" }] as const)]));
    await forEach(keys, work, (key, outcome) => setOutcomes((old) => new Map(old).set(key, outcome)), aborting.signal);
    setRunning(false);
    await queries.invalidateQueries();
  };
  const leave = () => close([...outcomes].filter(([, one]) => one.is === "done").map(([key]) => key));
  const open = [...outcomes].filter(([, one]) => one.is === "failed" || one.is === "stopped").map(([key]) => key);
  return (
    <Dialog title={t.bulk.titles[what](names.length)} isOpen onClose={leave}>
      <div className="form">
        <p className="muted">{names.length === 0 ? t.bulk.nothing : t.bulk.hows[what]}</p>
        {barred > 0 && <Locked why={t.bulk.barred(barred)} />}
        {what === "level" && (
          <Select
            label={td.settings.level}
            value={level}
            isDisabled={isBegun}
            options={Object.entries(t.level.means).map(([id, hint]) => ({ id, label: id, hint }))}
            onChange={(value) => setLevel(value as Level)}
          />
        )}
        {what === "owner" && (
          <TextField
            label={t.subjects.columns.owner}
            hint={t.bulk.ownerHint}
            value={owner}
            onChange={setOwner}
            isDisabled={isBegun}
          />
        )}
        {isBegun && (
          <>
            <progress value={over} max={outcomes.size} aria-label={t.bulk.progress(over, outcomes.size)} />
            <p role="status">{isRunning ? t.bulk.progress(over, outcomes.size) : t.bulk.finished(done, failed)}</p>
          </>
        )}
        <div className="bulk-results scroll-x" tabIndex={0} role="group" aria-label={t.bulk.label}>
          <table className="plain">
            <thead>
              <tr>
                {t.bulk.columns.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {names.map((name) => (
                <tr key={name}>
                  <th scope="row" className="mono">
                    {name}
                  </th>
                  <td>
                    <Result outcome={outcomes.get(name)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div className="row-actions">
          {!isBegun && (
            <Button
              kind={what === "delete" ? "danger" : "primary"}
              isDisabled={names.length === 0 || (what === "owner" && owner.trim() === "")}
              onPress={() => void run(names)}
            >
              {t.bulk.start[what]}
            </Button>
          )}
          {isRunning && <Button onPress={() => stop.current?.abort()}>{t.bulk.stop}</Button>}
          {!isRunning && open.length > 0 && <Button onPress={() => void run(open)}>{t.bulk.again}</Button>}
          {!isRunning && (
            <Button kind="quiet" onPress={leave}>
              {isBegun ? t.action.close : t.action.cancel}
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

/** An owner is told in the metadata of a version: the latest schema is registered again with it, and inherits all else. */
async function own(subject: string, owner: string): Promise<void> {
  const params = { path: { subject, version: "latest" } };
  const latest = await body(api.GET("/subjects/{subject}/versions/{version}", { params }));
  const metadata = metadataOf(latest.metadata, owner, latest.metadata?.properties?.description ?? "");
  if (!metadata) return;
  const wish = {
    schema: latest.schema ?? "",
    schemaType: latest.schemaType ?? "AVRO",
    ...(latest.references ? { references: latest.references } : {}),
    metadata,
  } as components["schemas"]["RegisterRequest"];
  await body(api.POST("/subjects/{subject}/versions", { params: { path: { subject } }, body: wish }));
}

function Result({ outcome }: { outcome: Outcome | undefined }) {
  if (!outcome) return null;
  if (outcome.is === "failed")
    return (
      <span className="row-actions bad-text">
        <VerdictIcon verdict="error" size={15} />
        {outcome.why}
      </span>
    );
  if (outcome.is === "done")
    return (
      <span className="row-actions">
        <VerdictIcon verdict="safe" size={15} />
        {t.bulk.done}
      </span>
    );
  return <span className="muted">{outcome.is === "waiting" ? t.bulk.waiting : t.bulk.stopped}</span>;
}
