// Where does this data come from, and where does it go? What the gate saw of a topic, and what is known beyond it.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { lazy, Suspense } from "react";
import { lineage } from "../../api/queries";
import { download } from "../../model/download";
import { ago } from "../../model/format";
import { consumersOf, producersOf } from "../../model/lineage";
import { isTopic, nodeOf, parts } from "../../model/nodes";
import { Button, Segments } from "../../parts/Controls";
import { Page } from "../../parts/Page";
import { Empty, Failed, Skeleton, Stale } from "../../parts/States";
import type { LineageSearch } from "../../router";
import { t } from "../../strings";
import { lineage as tl } from "../../strings-lineage";
import { Lists } from "./Lists";
import { Picture } from "./Picture";
import { useRates } from "./rates";
import { TopicPicker } from "./TopicPicker";

const Graph = lazy(() => import("./Graph"));
const History = lazy(() => import("./History"));
const route = getRouteApi("/lineage");

export function Lineage() {
  const asked = route.useSearch();
  const { focus = "", view } = asked;
  const navigate = route.useNavigate();
  // What is no topic is known to the graph only.
  const whole = nodeOf(focus);
  const topic = whole === undefined ? focus.replace(/^topic:/, "") : isTopic(whole) ? parts(whole).name : "";
  const found = useQuery(lineage(topic));
  const told = topic ? found.data : undefined;
  const rateOf = useRates(told);
  const isSeen = told && (told.producers.length > 0 || told.consumers.length > 0);
  const isGraph = focus !== "" && (!topic || view === "graph");
  const isThen = isGraph && Boolean(asked.at ?? asked.since);
  const set = (change: Partial<LineageSearch>) =>
    void navigate({
      search: (old) =>
        Object.fromEntries(
          Object.entries({ ...old, ...change }).filter(([, value]) => value !== undefined && value !== ""),
        ) as LineageSearch,
    });
  return (
    <Page
      title={tl.title}
      answer={
        isThen
          ? undefined
          : !focus
            ? tl.ask
            : told
              ? tl.answer(
                  told.topic,
                  producersOf(told).length,
                  consumersOf(told).length,
                  told.last_seen ? ago(told.last_seen) : "",
                )
              : topic
                ? " "
                : tl.around(whole ? parts(whole).name : focus)
      }
      actions={
        isSeen &&
        !isGraph && (
          <Button onPress={() => download(`lineage-${topic}.json`, "application/json", JSON.stringify(told, null, 2))}>
            <Download size={15} aria-hidden />
            {t.action.export}
          </Button>
        )
      }
    >
      {told && found.isError && <Stale error={found.error} since={found.dataUpdatedAt} />}
      <div className="filters">
        <TopicPicker
          chosen={topic}
          choose={(next) => set({ focus: next ? `topic:${next}` : undefined, open: undefined, node: undefined })}
        />
        {topic && (
          <Segments
            label={tl.view}
            value={view ?? "picture"}
            onChange={(next) => set({ view: next === "picture" ? undefined : (next as "list" | "graph") })}
            options={[
              { id: "picture", label: tl.picture },
              { id: "graph", label: tl.graph },
              { id: "list", label: tl.list },
            ]}
          />
        )}
      </div>
      {!focus ? (
        <Empty title={tl.choose}>
          <p className="muted">{tl.chooseHow}</p>
        </Empty>
      ) : isGraph ? (
        <Suspense fallback={<Skeleton rows={10} />}>
          <Graph asked={asked} set={set} />
        </Suspense>
      ) : found.isPending ? (
        <Skeleton rows={8} />
      ) : !told ? (
        <Failed what={tl.of(topic)} error={found.error} retry={() => void found.refetch()} />
      ) : !isSeen ? (
        <Empty title={tl.none(topic)}>
          <p className="muted">{tl.noneHow}</p>
        </Empty>
      ) : (
        <div className="stack">
          {view === "list" ? <Lists told={told} rateOf={rateOf} /> : <Picture told={told} rateOf={rateOf} />}
          <Suspense fallback={<Skeleton rows={4} />}>
            <History key={topic} topic={topic} />
          </Suspense>
        </div>
      )}
    </Page>
  );
}
