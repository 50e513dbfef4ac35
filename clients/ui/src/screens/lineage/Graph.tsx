// What is before and after it, as far as anybody knows, now or then? A part of the whole that one can read, and can open further.
import { useQueries, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useMemo } from "react";
import { ASKED_NODES, difference, graph as graphQuery, nodeNamed } from "../../api/lineage";
import { useKeys } from "../../app/keys";
import { download } from "../../model/download";
import { dateTime } from "../../model/format";
import { around, graphOf, isSeenSince, joined, MOST_NODES, marked, spokenOf, withLately } from "../../model/graph";
import { svgOf } from "../../model/graph-svg";
import { moment } from "../../model/moments";
import { parts } from "../../model/nodes";
import { latelyFrom } from "../../model/rate";
import { Button, MenuButton, Select } from "../../parts/Controls";
import { Empty, Failed, Skeleton, Stale } from "../../parts/States";
import type { LineageSearch } from "../../router";
import { t } from "../../strings";
import { lineage as tl } from "../../strings-lineage";
import { Changes } from "./Changes";
import { Drawing, usePlaces } from "./Drawing";
import { AboutFlow } from "./Flow";
import { HEIGHT, WIDTH } from "./GraphBox";
import { About, Flows } from "./GraphTwin";
import { RateLegend } from "./RateLegend";
import { TimeBar } from "./TimeBar";

const STEPS = [0, 1, 2, 3, 5];
const NARROW = 720;
/** More opened nodes than these are not asked for. */
const MOST_OPEN = 20;
/** A step may take a group, an application and a dataset; one more, so that it is known where there is more. */
const EDGES_OF_STEP = 3;
const NO_MORE = new Set<string>();

type Props = { asked: LineageSearch; set: (change: Partial<LineageSearch>) => void };

export default function Graph({ asked, set }: Props) {
  const { focus = "" } = asked;
  const named = useQuery(nodeNamed(focus));
  if (named.isPending) return <Skeleton rows={10} />;
  if (named.error && named.data === undefined)
    return <Failed what={tl.of(focus)} error={named.error} retry={() => void named.refetch()} />;
  if (!named.data)
    return (
      <Empty title={tl.graphNone}>
        <p className="muted">{tl.graphNoneHow}</p>
      </Empty>
    );
  return (
    <div className="stack">
      <TimeBar node={named.data} asked={asked} set={set} />
      <Around node={named.data} asked={asked} set={set} />
    </div>
  );
}

function Around({ node, asked, set }: Props & { node: string }) {
  const { up = 1, down = 1, open = "", evidence, sure } = asked;
  const [at, since] = [moment(asked.at), moment(asked.since)];
  const how = {
    evidence,
    confidence: sure === undefined ? undefined : Number(sure) || undefined,
    depth: Math.max(up, down) * EDGES_OF_STEP + 2,
    direction: up === 0 && down > 0 ? ("down" as const) : down === 0 && up > 0 ? ("up" as const) : undefined,
  };
  const changed = useQuery(difference({ ...how, node, at, since }));
  const diff = since ? changed.data : undefined;
  // Between two moments, the graph is that of the later one, as the difference took it.
  const then = since ? diff?.after.to : at;
  const found = useQuery({ ...graphQuery({ ...how, node, at: then }), enabled: !since || diff !== undefined });
  const opened = useMemo(() => new Set(open ? open.split("|").slice(0, MOST_OPEN) : []), [open]);
  const more = useQueries({
    queries: [...opened].map((id) =>
      graphQuery({ evidence, confidence: how.confidence, depth: EDGES_OF_STEP + 2, node: id, at: then }),
    ),
    combine: (all) => all.map((one) => one.data ?? undefined),
  });
  const known = useMemo(() => {
    if (!found.data && !diff) return undefined;
    const keep = diff ? spokenOf(diff) : NO_MORE;
    const empty = { node, nodes: [], edges: [], truncated: false, totals: { nodes: 0, edges: 0, nodesAtDepth: [] } };
    const own = graphOf(found.data ?? { ...empty, nodes: [{ id: node, ...parts(node), depth: 0 }] }, keep);
    const whole = joined(
      own,
      more.filter((one) => one !== undefined).map((one) => graphOf(one, keep)),
    );
    return diff ? marked(whole, diff) : whole;
  }, [found.data, diff, more, node]);
  const from = latelyFrom();
  const isNow = then === undefined && since === undefined;
  const recent = useQueries({
    queries: (isNow && known ? [known.middle, ...opened] : [])
      .filter((id) => known && isSeenSince(known, id, from))
      .map((id) => graphQuery({ ...how, direction: id === known?.middle ? how.direction : undefined, node: id, from })),
    combine: (all) => all.map((one) => one.data ?? undefined).filter((one) => one !== undefined),
  });
  const graph = useMemo(() => (known && isNow ? withLately(known, recent, from) : known), [known, isNow, recent, from]);
  const view = useMemo(() => (graph ? around(graph, up, down, opened) : undefined), [graph, up, down, opened]);
  const isDown = innerWidth < NARROW;
  const placed = usePlaces(view, isDown);
  const places = placed?.places;
  const toggle = (id: string) => {
    const next = new Set(opened);
    if (!next.delete(id)) next.add(id);
    set({ open: [...next].join("|") || undefined });
  };
  const chosen = view?.nodes.find((one) => one.id === asked.node);
  const flow = view?.edges.find((one) => one.id === asked.flow);
  const choose = (id: string | undefined) => set({ node: id, flow: undefined });
  const chooseFlow = (id: string | undefined) => set({ flow: id, node: undefined });
  useKeys({ e: () => chosen && chosen.id !== graph?.middle && toggle(chosen.id) });

  const error = found.error ?? changed.error;
  const isPending = since ? changed.isPending || (found.isPending && diff !== undefined) : found.isPending;
  const steps = (label: string, value: number, name: "up" | "down") => (
    <Select
      label={label}
      value={String(value)}
      options={[...new Set([...STEPS, value])]
        .sort((a, b) => a - b)
        .map((one) => ({ id: String(one), label: tl.steps(one) }))}
      onChange={(next) => set({ [name]: next === "1" ? undefined : Number(next) })}
    />
  );
  const controls = (
    <>
      {steps(tl.up, up, "up")}
      {steps(tl.down, down, "down")}
      <Select
        label={tl.evidenceLabel}
        value={evidence ?? ""}
        options={Object.entries(tl.evidences).map(([id, label]) => ({ id, label }))}
        onChange={(next) => set({ evidence: next || undefined })}
      />
      <Select
        label={tl.sureLabel}
        value={sure ?? "0"}
        options={Object.entries(tl.sures).map(([id, label]) => ({ id, label }))}
        onChange={(next) => set({ sure: next === "0" ? undefined : next })}
      />
    </>
  );
  if (isPending) return <Skeleton rows={10} />;
  if (!graph || !view) {
    if (error) return <Failed what={tl.of(parts(node).name)} error={error} retry={() => void found.refetch()} />;
    return <Nothing isThen={at !== undefined || since !== undefined} set={set} />;
  }
  const isThen = at !== undefined || since !== undefined;
  const marks = (mark: string) => view.edges.filter((one) => one.mark === mark).length;
  const sentence = since
    ? tl.between({
        from: dateTime(since),
        to: at ? dateTime(at) : "",
        came: marks("came"),
        went: marks("went"),
        changed: marks("changed"),
      })
    : at && tl.atMoment(dateTime(at));
  const name = view.nodes.find((one) => one.id === graph.middle)?.name ?? "";
  return (
    <>
      {error && <Stale error={error} since={found.dataUpdatedAt} />}
      {sentence && (
        <p className="answer" role="status">
          {sentence} {since && <span className="fine">{tl.betweenHow}</span>}
        </p>
      )}
      <div className="filters graph-bar">
        {controls}
        <p className="count" role="status">
          {tl.drawn(view.nodes.length, view.edges.length, graph.nodes.size)}
          {view.isCapped && ` ${tl.capped(MOST_NODES)}`}
          {graph.isTruncated && ` ${tl.truncated(ASKED_NODES)}`}
        </p>
        <MenuButton
          label={t.action.export}
          icon={<Download size={15} aria-hidden />}
          items={[
            {
              id: "svg",
              label: tl.exportSvg,
              onAction: () =>
                places &&
                download(
                  `lineage-${name}.svg`,
                  "image/svg+xml",
                  svgOf(view, places, WIDTH, HEIGHT, tl.kinds, placed.ways),
                ),
            },
            {
              id: "json",
              label: tl.exportJson,
              onAction: () => download(`lineage-${name}.json`, "application/json", JSON.stringify(view, null, 2)),
            },
            ...(diff
              ? [
                  {
                    id: "difference",
                    label: tl.exportDifference,
                    onAction: () =>
                      download(`lineage-${name}-difference.json`, "application/json", JSON.stringify(diff, null, 2)),
                  },
                ]
              : []),
          ]}
        />
      </div>
      {view.nodes.length < 2 ? (
        <Nothing isThen={isThen} set={set} />
      ) : (
        <>
          <div className="graph-and-about" data-about={(chosen ?? flow) !== undefined}>
            <Drawing
              view={view}
              placed={placed}
              isDown={isDown}
              middle={graph.middle}
              opened={opened}
              chosen={chosen?.id}
              flow={flow?.id}
              now={then ? new Date(then).getTime() : Date.now()}
              choose={choose}
              chooseFlow={chooseFlow}
              toggle={toggle}
            />
            {flow && !chosen && <AboutFlow edge={flow} choose={choose} close={() => chooseFlow(undefined)} />}
            {chosen && (
              <About
                node={chosen}
                edges={view.edges}
                isMiddle={chosen.id === graph.middle}
                isOpen={opened.has(chosen.id)}
                toggle={() => toggle(chosen.id)}
                look={() =>
                  set({
                    focus: chosen.kind === "topic" ? `topic:${chosen.name}` : chosen.id,
                    view: chosen.kind === "topic" ? "graph" : undefined,
                    node: undefined,
                    flow: undefined,
                    open: undefined,
                  })
                }
                close={() => choose(undefined)}
              />
            )}
          </div>
          <p className="legend fine">
            {tl.graphLegend} {view.edges.some((one) => one.grades.includes("traced")) && tl.tracedLegend}{" "}
            {diff && tl.markLegend} <RateLegend since={isNow ? from : undefined} />
          </p>
        </>
      )}
      {diff && <Changes view={view} choose={choose} />}
      {view.edges.length > 0 && <Flows view={view} chosen={flow?.id} choose={chooseFlow} />}
    </>
  );
}

function Nothing({ isThen, set }: { isThen: boolean; set: Props["set"] }) {
  return (
    <Empty title={isThen ? tl.thenNone : tl.graphNone}>
      <p className="muted">{isThen ? tl.thenNoneHow : tl.graphNoneHow}</p>
      {isThen && <Button onPress={() => set({ at: undefined, since: undefined })}>{tl.backToNow}</Button>}
    </Empty>
  );
}
