// How much was written to a topic, hour by hour or day by day? What the gate has counted, as far back as the server keeps it.
import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useFresh } from "../../api/fresh";
import { nodeNamed, writtenSince } from "../../api/lineage";
import { useLive } from "../../api/live";
import { lineage } from "../../api/queries";
import { compact, number, percent, time, weekday } from "../../model/format";
import { partsOf, rowsOf, type Stretch, seenIn, withLast, writtenTo } from "../../model/history";
import { Bars } from "../../parts/Bars";
import { Segments } from "../../parts/Controls";
import { Failed, Skeleton } from "../../parts/States";
import { lineage as tl } from "../../strings-lineage";

const HOUR = 3_600_000;
const STRETCHES: Stretch[] = ["day", "fortnight"];

export default function History({ topic, begin = "fortnight" }: { topic: string; begin?: Stretch }) {
  const [stretch, setStretch] = useState<Stretch>(begin);
  const named = useQuery(nodeNamed(`topic:${topic}`));
  const node = named.data ?? "";
  const seen = useQuery(lineage(topic));
  const { first_seen: first = "", last_seen: last = "" } = seen.data ?? {};
  const live = useLive();
  // Cut anew when an hour is over. Of parts that are over nothing changes any more.
  const hour = Math.floor(Date.now() / HOUR);
  const parts = useMemo(() => partsOf(stretch, Math.max(Date.now(), hour * HOUR)), [stretch, hour]);
  const isKnown = node !== "" && last !== "";
  // What is told of them is told by one moment: whoever is seen later is in the part that goes on.
  const asked = useMemo(() => (isKnown ? seenIn(parts, first, last) : []), [isKnown, parts]);
  const open = parts.at(-1)?.from ?? "";
  const going = useQuery({ ...writtenSince(node, open), enabled: isKnown && new Date(last) >= new Date(open) });
  useFresh(live, live.told.get(topic), ["written", "", node]);
  const told = useQueries({
    // Each from its beginning until now: so there is an answer, also where nothing was written in one of them.
    queries: asked.map(({ from }) => writtenSince(node, from, open)),
    combine: (all) => ({
      rows: withLast(
        rowsOf(parts, new Map(all.map((one, index) => [asked[index]?.from ?? "", writtenTo(node, one.data)]))),
        going.data ? writtenTo(node, going.data) : undefined,
      ),
      isPending: all.some((one) => one.isPending),
      error: all.find((one) => one.error && one.data === undefined)?.error,
      retry: () => all.forEach((one) => void one.refetch()),
    }),
  });
  const records = told.rows.reduce((sum, one) => sum + one.records, 0);
  const refused = told.rows.reduce((sum, one) => sum + one.refused, 0);
  const error = named.error ?? seen.error ?? told.error;
  return (
    <section className="card history" aria-label={tl.written(topic)}>
      <div className="section-head">
        <h2>{tl.written(topic)}</h2>
        <Segments
          label={tl.stretch}
          value={stretch}
          onChange={(next) => setStretch(next as Stretch)}
          options={STRETCHES.map((id) => ({ id, label: tl.stretches[id] }))}
        />
      </div>
      {error ? (
        <Failed
          what={tl.written(topic)}
          error={error}
          retry={() => {
            void named.refetch();
            void seen.refetch();
            told.retry();
          }}
        />
      ) : named.isPending || seen.isPending || told.isPending ? (
        <Skeleton rows={4} />
      ) : records + refused === 0 ? (
        <p className="muted">{tl.writtenNone(tl.stretches[stretch])}</p>
      ) : (
        <>
          <p className="muted history-says">
            {tl.writtenSays(compact(records), refused ? number(refused) : "", percent(refused, records + refused))}
          </p>
          <Bars
            rows={told.rows}
            say={stretch === "day" ? time : weekday}
            heads={[stretch === "day" ? tl.hour : tl.day, tl.writtenHead, tl.refusedHead]}
            every={stretch === "day" ? 6 : 3}
            end={stretch === "day" ? tl.now : tl.today}
          />
        </>
      )}
    </section>
  );
}
