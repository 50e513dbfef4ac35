// What is before and after it, as far as anybody knows? A part of the whole that one can read, and can open further.
import { useQuery } from "@tanstack/react-query";
import { Background, Controls, type Edge as FlowEdge, type Node as FlowNode, ReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { Download } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { lineageGraph } from "../../api/queries";
import { useIsDark } from "../../app/theme";
import { download } from "../../model/download";
import { number } from "../../model/format";
import { around, type Edge, focusOf, MOST_NODES, type View } from "../../model/graph";
import { svgOf } from "../../model/graph-svg";
import { MenuButton, Select } from "../../parts/Controls";
import { Empty, Failed, Skeleton, Stale } from "../../parts/States";
import type { LineageSearch } from "../../router";
import { t } from "../../strings";
import "../../styles/graph.css";
import { Box, type BoxData, HEIGHT, WIDTH } from "./GraphBox";
import { About, Flows } from "./GraphTwin";
import type { Asked, Placed } from "./layout.worker";

const OLD = 24 * 3_600_000;
const STEPS = [0, 1, 2, 3, 5];
const NODE_TYPES = { box: Box };
const NARROW = 720;

type Props = { asked: LineageSearch; set: (change: Partial<LineageSearch>) => void };

export default function Graph({ asked, set }: Props) {
  const { focus = "", up = 1, down = 1, open = "", node } = asked;
  const found = useQuery(lineageGraph(focus));
  const graph = found.data;
  const middle = graph && focusOf(graph, focus);
  const opened = useMemo(() => new Set(open ? open.split("|") : []), [open]);
  const view = useMemo(
    () => (graph && middle ? around(graph, middle, up, down, opened) : undefined),
    [graph, middle, up, down, opened],
  );
  const isDown = innerWidth < NARROW;
  const places = usePlaces(view, isDown);
  const steps = (label: string, value: number, name: "up" | "down") => (
    <Select
      label={label}
      value={String(value)}
      options={[...new Set([...STEPS, value])]
        .sort((a, b) => a - b)
        .map((one) => ({ id: String(one), label: t.lineage.steps(one) }))}
      onChange={(next) => set({ [name]: next === "1" ? undefined : Number(next) })}
    />
  );
  if (found.isPending) return <Skeleton rows={10} />;
  if (!graph) return <Failed what={t.lineage.of(focus)} error={found.error} retry={() => void found.refetch()} />;
  if (!view || !middle || view.nodes.length < 2)
    return (
      <>
        <Empty title={t.lineage.graphNone}>
          <p className="muted">{t.lineage.graphNoneHow}</p>
        </Empty>
        {view && (up === 0 || down === 0) && (
          <div className="filters">
            {steps(t.lineage.up, up, "up")}
            {steps(t.lineage.down, down, "down")}
          </div>
        )}
      </>
    );
  const toggle = (id: string) => {
    const next = new Set(opened);
    if (!next.delete(id)) next.add(id);
    set({ open: [...next].join("|") || undefined });
  };
  const chosen = view.nodes.find((one) => one.id === node);
  const name = view.nodes.find((one) => one.id === middle)?.name ?? "";
  return (
    <div className="stack">
      {found.isError && <Stale error={found.error} since={found.dataUpdatedAt} />}
      <div className="filters graph-bar">
        {steps(t.lineage.up, up, "up")}
        {steps(t.lineage.down, down, "down")}
        <p className="count" role="status">
          {t.lineage.graphAnswer(view.nodes.length, view.edges.length)}
          {view.isCapped && ` ${t.lineage.capped(MOST_NODES)}`}
          {graph.isTruncated && ` ${t.lineage.truncated}`}
        </p>
        <MenuButton
          label={t.action.export}
          icon={<Download size={15} aria-hidden />}
          items={[
            {
              id: "svg",
              label: t.lineage.exportSvg,
              onAction: () =>
                places &&
                download(`lineage-${name}.svg`, "image/svg+xml", svgOf(view, places, WIDTH, HEIGHT, t.lineage.kinds)),
            },
            {
              id: "json",
              label: t.lineage.exportJson,
              onAction: () => download(`lineage-${name}.json`, "application/json", JSON.stringify(view, null, 2)),
            },
          ]}
        />
      </div>
      <div className="graph-and-about" data-about={chosen !== undefined}>
        <Drawing
          view={view}
          places={places}
          isDown={isDown}
          middle={middle}
          opened={opened}
          chosen={chosen?.id}
          choose={(id) => set({ node: id })}
          toggle={toggle}
        />
        {chosen && (
          <About
            node={chosen}
            edges={view.edges}
            isMiddle={chosen.id === middle}
            look={() =>
              set({
                focus: chosen.kind === "topic" ? `topic:${chosen.name}` : chosen.id,
                view: chosen.kind === "topic" ? "graph" : undefined,
                node: undefined,
                open: undefined,
              })
            }
            close={() => set({ node: undefined })}
          />
        )}
      </div>
      <p className="legend fine">{t.lineage.graphLegend}</p>
      <Flows view={view} />
    </div>
  );
}

function Drawing({
  view,
  places,
  isDown,
  middle,
  opened,
  chosen,
  choose,
  toggle,
}: {
  view: View;
  places: Placed["places"] | undefined;
  isDown: boolean;
  middle: string;
  opened: ReadonlySet<string>;
  chosen: string | undefined;
  choose: (id: string | undefined) => void;
  toggle: (id: string) => void;
}) {
  const isDark = useIsDark();
  const latest = useRef({ choose, toggle });
  latest.current = { choose, toggle };
  const nodes = useMemo<FlowNode<BoxData>[]>(
    () =>
      view.nodes.flatMap((node) => {
        const place = places?.[node.id];
        if (!place) return [];
        return [
          {
            id: node.id,
            type: "box",
            position: place,
            width: WIDTH,
            height: HEIGHT,
            ariaLabel: `${t.lineage.kinds[node.kind]} ${node.name}`,
            data: {
              node,
              isMiddle: node.id === middle,
              isChosen: node.id === chosen,
              isOpen: opened.has(node.id),
              isDown,
              toggle: () => latest.current.toggle(node.id),
              choose: () => latest.current.choose(node.id),
            },
          },
        ];
      }),
    [view, places, middle, chosen, opened, isDown],
  );
  const edges = useMemo<FlowEdge[]>(() => view.edges.map((edge) => drawn(edge, chosen)), [view, chosen]);
  const name = view.nodes.find((one) => one.id === middle)?.name ?? "";
  return (
    <section className="graph card" aria-label={t.lineage.graphOf(name)} data-nodes={number(view.nodes.length)}>
      {!places ? (
        <Skeleton rows={8} />
      ) : (
        <ReactFlow
          key={Object.keys(places).join(" ")}
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          colorMode={isDark ? "dark" : "light"}
          fitView
          // A phone begins at the middle: all of it would be too small to read.
          fitViewOptions={isDown ? { nodes: [{ id: middle }], maxZoom: 0.7 } : { padding: 0.04, maxZoom: 1 }}
          minZoom={0.2}
          maxZoom={1.6}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          preventScrolling={false}
          zoomOnScroll={false}
          panOnScroll={false}
          onPaneClick={() => choose(undefined)}
          proOptions={{ hideAttribution: true }}
        >
          <Background gap={20} size={1} />
          <Controls showInteractive={false} />
        </ReactFlow>
      )}
    </section>
  );
}

/** Solid what was observed, dashed what was declared, bold what is both; faint what was not seen for a day. */
function drawn(edge: Edge, chosen: string | undefined): FlowEdge {
  const isOld = edge.lastSeen !== "" && Date.now() - new Date(edge.lastSeen).getTime() > OLD;
  const isNear = chosen !== undefined && (edge.from === chosen || edge.to === chosen);
  return {
    id: edge.id,
    source: edge.from,
    target: edge.to,
    type: "default",
    className: `flow-${edge.evidence}${isOld ? " flow-old" : ""}${isNear ? " flow-near" : ""}`,
    focusable: false,
    selectable: false,
  };
}

/** What the worker says, once it has; the last answer while it thinks anew about the same nodes. */
function usePlaces(view: View | undefined, isDown: boolean): Placed["places"] | undefined {
  const [placed, setPlaced] = useState<Placed>();
  const worker = useRef<Worker>(undefined);
  const turn = useRef(0);
  useEffect(() => {
    const made = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    made.onmessage = ({ data }: MessageEvent<Placed>) => {
      if (data.turn === turn.current) setPlaced(data);
    };
    worker.current = made;
    return () => {
      made.terminate();
      worker.current = undefined;
    };
  }, []);
  const shape = useMemo(
    () =>
      view && JSON.stringify([view.nodes.map((one) => one.id).sort(), view.edges.map((one) => one.id).sort(), isDown]),
    [view, isDown],
  );
  const latest = useRef(view);
  latest.current = view;
  useEffect(() => {
    if (!latest.current) return;
    turn.current += 1;
    const asked: Asked = {
      turn: turn.current,
      isDown,
      nodes: latest.current.nodes.map(({ id }) => ({ id, width: WIDTH, height: HEIGHT })),
      edges: latest.current.edges.map(({ from, to }) => ({ from, to })),
    };
    worker.current?.postMessage(asked);
  }, [shape, isDown]);
  return placed?.places;
}
