// What would be said about these records? Pasted ones, or one that is made up; nothing of them is kept.
import { useMutation } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useMemo, useState } from "react";
import { api, body } from "../../api/client";
import type { Tried, TryRequest } from "../../api/trial";
import { fieldsOf } from "../../model/fields";
import { number } from "../../model/format";
import { parseRecords, type Sent, sampleOf } from "../../model/sample";
import type { recordsOf } from "../../model/topics";
import { ruleName } from "../../model/violations";
import { Button, Segments } from "../../parts/Controls";
import { TextField } from "../../parts/Fields";
import { Pill, VerdictPill } from "../../parts/Pill";
import { Failed } from "../../parts/States";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";

/** How many of the last records of a topic are tried. */
const LAST = 100;

type Props = {
  type: string;
  /** The schema with all that it refers to in it. */
  text: string;
  /** How records are sent; as `JSON` where what the schema refers to is known to the server only. */
  sentAs?: string;
  /** What they are held against. */
  request: (records: Sent[]) => TryRequest;
  rows?: number;
  /** The topic whose last records can be tried instead, if the subject is named after one. */
  of?: ReturnType<typeof recordsOf>;
};

export function Records({ type, text, sentAs = type, request, rows = 14, of }: Props) {
  const [source, setSource] = useState<"here" | "topic">("here");
  const isOfTopic = of !== undefined && source === "topic";
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
      if (isOfTopic) {
        const { records: _, ...rest } = request([]);
        return body(api.POST("/govern/v1/rules/try", { body: { ...rest, ...of, last: LAST } as TryRequest }));
      }
      if ("error" in parsed) throw new Error(parsed.error);
      return body(api.POST("/govern/v1/rules/try", { body: request(parsed.records) }));
    },
  });
  return (
    <>
      <div className="card form">
        {of !== undefined && (
          <Segments
            label={td.rules.source}
            value={source}
            options={[
              { id: "here", label: td.rules.sources.here },
              { id: "topic", label: td.rules.sources.topic(LAST, of.topic) },
            ]}
            onChange={(next) => {
              setSource(next as "here" | "topic");
              trying.reset();
            }}
          />
        )}
        {isOfTopic ? (
          <p className="muted">{td.rules.ofTopicHow}</p>
        ) : (
          <TextField
            label={td.rules.records}
            hint={td.rules.recordsHint[sentAs] ?? ""}
            value={shown}
            rows={rows}
            isMono
            onChange={setRecords}
            {...("error" in parsed && shown ? { error: parsed.error } : {})}
          />
        )}
        <div className="row-actions">
          <Button
            kind="primary"
            isDisabled={trying.isPending || (!isOfTopic && ("error" in parsed || !shown.trim()))}
            onPress={() => trying.mutate()}
          >
            <Play size={15} aria-hidden />
            {td.rules.run}
          </Button>
          {!isOfTopic && records !== undefined && sample && (
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
          <Outcome tried={trying.data} shown={trying.data.topic || !("shown" in parsed) ? undefined : parsed.shown} />
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

/** More bad records of a topic than these nobody reads. */
const MOST_FOUND = 50;

/** In words how many would be refused; then each record with what it broke. Of a topic, only those: the others are not shown. */
function Outcome({ tried, shown }: { tried: Tried; shown: unknown[] | undefined }) {
  const byIndex = new Map(tried.found.map((one) => [one.index, one]));
  const listed = shown
    ? Array.from({ length: tried.records }, (_, index) => index)
    : tried.found.slice(0, MOST_FOUND).map((one) => one.index);
  return (
    <div className="card">
      <p className="verdict-line">
        <VerdictPill verdict={tried.refused ? "error" : tried.found.length ? "warning" : "safe"}>
          {td.rules.outcome(tried.refused, tried.records, tried.topic?.topic)}
        </VerdictPill>{" "}
        <span className="fine">{td.rules.took(number(tried.micros))}</span>
      </p>
      <ol className="outcome">
        {listed.map((index) => {
          const one = byIndex.get(index);
          const broken = one?.violations ?? [];
          return (
            <li key={index}>
              <p className="outcome-head">
                <span className="mono">
                  {one?.offset === undefined ? `#${index + 1}` : td.rules.place(one.partition ?? 0, one.offset)}
                </span>
                <VerdictPill
                  verdict={broken.some((one) => one.action !== "NONE") ? "error" : broken.length ? "warning" : "safe"}
                >
                  {broken.some((one) => one.action !== "NONE")
                    ? td.rules.refused
                    : broken.length
                      ? td.rules.counted
                      : td.rules.passed}
                </VerdictPill>
                {shown && <span className="mono clip muted">{JSON.stringify(shown[index])}</span>}
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
      {tried.found.length > listed.length && (
        <p className="muted">{td.rules.moreFound(tried.found.length - listed.length)}</p>
      )}
      {tried.topic && (tried.topic.empty > 0 || tried.topic.cut) && (
        <p className="muted">{td.rules.ofTopic(tried.topic.empty, tried.topic.part, tried.topic.cut)}</p>
      )}
      {tried.leftToClient.length > 0 && <p className="muted">{td.rules.leftToClient(tried.leftToClient)}</p>}
      {tried.problems.map((one) => (
        <p key={`${one.rule} ${one.message}`} className="warn-text">
          {td.rules.problem(one.rule, one.message)}
        </p>
      ))}
      {tried.notCheckable.map((one) => (
        <p key={one.rule} className="muted">
          {td.rules.notCheckable(one.rule, one.why)}
        </p>
      ))}
    </div>
  );
}
