// What would be said about these records? Pasted ones, or one that is made up; nothing of them is kept.
import { useMutation } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useMemo, useState } from "react";
import { api, body } from "../../api/client";
import type { Tried, TryRequest } from "../../api/trial";
import { fieldsOf } from "../../model/fields";
import { number } from "../../model/format";
import { parseRecords, type Sent, sampleOf } from "../../model/sample";
import { ruleName } from "../../model/violations";
import { Button } from "../../parts/Controls";
import { TextField } from "../../parts/Fields";
import { Pill, VerdictPill } from "../../parts/Pill";
import { Failed } from "../../parts/States";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";

type Props = {
  type: string;
  /** The schema with all that it refers to in it. */
  text: string;
  /** How records are sent; as `JSON` where what the schema refers to is known to the server only. */
  sentAs?: string;
  /** What they are held against. */
  request: (records: Sent[]) => TryRequest;
  rows?: number;
};

export function Records({ type, text, sentAs = type, request, rows = 14 }: Props) {
  const [records, setRecords] = useState<string>();
  const sample = useMemo(() => {
    const fields = type === "PROTOBUF" ? undefined : fieldsOf(type, text);
    try {
      return fields ? JSON.stringify([sampleOf(fields)], null, 2) : "";
    } catch {
      // A default that is no JSON.
      return "";
    }
  }, [type, text]);
  const shown = records ?? sample;
  const parsed = useMemo(() => parsedOf(sentAs, text, shown), [sentAs, text, shown]);
  const trying = useMutation({
    mutationFn: () => {
      if ("error" in parsed) throw new Error(parsed.error);
      return body(api.POST("/govern/v1/rules/try", { body: request(parsed.records) }));
    },
  });
  return (
    <>
      <div className="card form">
        <TextField
          label={td.rules.records}
          hint={td.rules.recordsHint[sentAs] ?? ""}
          value={shown}
          rows={rows}
          isMono
          onChange={setRecords}
          {...("error" in parsed && shown ? { error: parsed.error } : {})}
        />
        <div className="row-actions">
          <Button
            kind="primary"
            isDisabled={trying.isPending || "error" in parsed || !shown.trim()}
            onPress={() => trying.mutate()}
          >
            <Play size={15} aria-hidden />
            {td.rules.run}
          </Button>
          {records !== undefined && sample && (
            <Button kind="quiet" onPress={() => setRecords(undefined)}>
              {td.rules.resample}
            </Button>
          )}
        </div>
      </div>
      <div role="status">
        {trying.isError ? (
          <Failed what={td.rules.run} error={trying.error} />
        ) : trying.data ? (
          <Outcome tried={trying.data} shown={"shown" in parsed ? parsed.shown : []} />
        ) : null}
      </div>
    </>
  );
}

/** While a schema is being written, it need not be readable. */
function parsedOf(type: string, schema: string, text: string): ReturnType<typeof parseRecords> {
  try {
    return parseRecords(type, schema, text);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** In words how many would be refused; then each record with what it broke. */
function Outcome({ tried, shown }: { tried: Tried; shown: unknown[] }) {
  const byIndex = new Map(tried.found.map((one) => [one.index, one.violations]));
  return (
    <div className="card">
      <p className="verdict-line">
        <VerdictPill verdict={tried.refused ? "error" : tried.found.length ? "warning" : "safe"}>
          {td.rules.outcome(tried.refused, tried.records)}
        </VerdictPill>{" "}
        <span className="fine">{td.rules.took(number(tried.micros))}</span>
      </p>
      <ol className="outcome">
        {Array.from({ length: tried.records }, (_, index) => {
          const broken = byIndex.get(index) ?? [];
          return (
            <li key={index}>
              <p className="outcome-head">
                <span className="mono">#{index + 1}</span>
                <VerdictPill
                  verdict={broken.some((one) => one.action !== "NONE") ? "error" : broken.length ? "warning" : "safe"}
                >
                  {broken.some((one) => one.action !== "NONE")
                    ? td.rules.refused
                    : broken.length
                      ? td.rules.counted
                      : td.rules.passed}
                </VerdictPill>
                <span className="mono clip muted">{JSON.stringify(shown[index])}</span>
              </p>
              {broken.map((one) => (
                <p key={`${one.rule} ${one.path}`} className="outcome-why">
                  <span className="mono strong">{ruleName(one.rule)}</span>
                  {one.path && (
                    <>
                      {" "}
                      {t.violations.at} <span className="mono">{one.path}</span>
                    </>
                  )}
                  : {one.reason} <Pill>{one.action}</Pill>
                </p>
              ))}
            </li>
          );
        })}
      </ol>
      {tried.leftToClient.length > 0 && <p className="muted">{td.rules.leftToClient(tried.leftToClient)}</p>}
      {tried.notCheckable.map((one) => (
        <p key={one.rule} className="muted">
          {td.rules.notCheckable(one.rule, one.why)}
        </p>
      ))}
    </div>
  );
}
