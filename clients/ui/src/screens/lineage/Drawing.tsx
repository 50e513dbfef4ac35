// How is a part of the lineage drawn? Boxes and lines where the worker puts them; what came, went or changed is marked.
import {
  Background,
  Controls,
  type Edge as FlowEdge,
  type Node as FlowNode,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { type CSSProperties, useEffect, useMemo, useRef, useState } from "react";
import { useIsDark } from "../../app/theme";
import { number } from "../../model/format";
import type { Edge, View } from "../../model/graph";
import { widthOf } from "../../model/rate";
import { Skeleton } from "../../parts/States";
import { lineage as tl } from "../../strings-lineage";
import "../../styles/graph.css";
import { Box, type BoxData, HEIGHT, WIDTH } from "./GraphBox";
import { Line } from "./GraphLine";
import type { Asked, Placed } from "./layout.worker";

const OLD = 24 * 3_600_000;
const NODE_TYPES = { box: Box };
const EDGE_TYPES = { line: Line };

type Props = {
  view: View;
  placed: Placed | undefined;
  isDown: boolean;
  middle: string;
  opened: ReadonlySet<string>;
  chosen: string | undefined;
  /** The moment that is looked at: what is old is old against it. */
  now: number;
  /** The flow that is chosen, if it is no node. */
  flow: string | undefined;
  choose: (id: string | undefined) => void;
  chooseFlow: (id: string) => void;
  toggle: (id: string) => void;
};

/** With more lines than these, words at them would cover each other. */
const MOST_WORDS = 40;

export function Drawing(props: Props) {
  const { view, placed, isDown, middle, opened, chosen, flow, now, choose, chooseFlow, toggle } = props;
  const { places, ways } = placed ?? {};
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
            ariaLabel: `${tl.kinds[node.kind]} ${node.name}`,
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
  const edges = useMemo<FlowEdge[]>(() => {
    const hasWords = view.edges.length <= MOST_WORDS;
    return view.edges.map((edge) => ({
      ...drawn(edge, chosen, flow, now, hasWords),
      data: { way: ways?.[edge.id], isDown },
    }));
  }, [view, ways, isDown, chosen, flow, now]);
  const fit = isDown ? { nodes: [{ id: middle }], maxZoom: 0.7 } : { padding: 0.04, maxZoom: 1 };
  const flowView = useRef<ReactFlowInstance<FlowNode<BoxData>>>(undefined);
  const refit = useRef(() => {});
  refit.current = () => void flowView.current?.fitView(fit);
  // What is told beside it takes room from it, and gives it back.
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    let width = box.clientWidth;
    const observer = new ResizeObserver(() => {
      if (box.clientWidth === width) return;
      width = box.clientWidth;
      // The drawing has to know of its new width first.
      requestAnimationFrame(() => refit.current());
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  const name = view.nodes.find((one) => one.id === middle)?.name ?? "";
  return (
    <section
      ref={place}
      className="graph card"
      style={isDown ? undefined : sizeOf(places)}
      aria-label={tl.graphOf(name)}
      data-nodes={number(view.nodes.length)}
    >
      {!places ? (
        <Skeleton rows={8} />
      ) : (
        <ReactFlow
          key={Object.keys(places).join(" ")}
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          colorMode={isDark ? "dark" : "light"}
          fitView
          // A phone begins at the middle: all of it would be too small to read.
          fitViewOptions={fit}
          onInit={(instance) => {
            flowView.current = instance;
          }}
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
          onEdgeClick={(_, edge) => chooseFlow(edge.id)}
          proOptions={{ hideAttribution: true }}
        >
          <Background gap={20} size={1} />
          <Controls showInteractive={false} />
        </ReactFlow>
      )}
    </section>
  );
}

/** How large it is drawn at most, and its shape: a flat one needs no tall place. */
function sizeOf(places: Placed["places"] | undefined): CSSProperties | undefined {
  const corners = Object.values(places ?? {});
  if (!corners.length) return undefined;
  const wide = Math.max(...corners.map(({ x }) => x)) + WIDTH;
  const tall = Math.max(...corners.map(({ y }) => y)) + HEIGHT;
  return { "--tall": `${tall}px`, "--shape": tall / wide } as CSSProperties;
}

/** Solid what was observed, dashed what was declared, in long dashes what is both; wide what carries much; faint what was not seen for a day. */
function drawn(
  edge: Edge,
  chosen: string | undefined,
  flow: string | undefined,
  now: number,
  hasWords: boolean,
): FlowEdge {
  const isOld = edge.lastSeen !== "" && now - new Date(edge.lastSeen).getTime() > OLD;
  const isNear = edge.id === flow || (chosen !== undefined && (edge.from === chosen || edge.to === chosen));
  return {
    id: edge.id,
    source: edge.from,
    target: edge.to,
    type: "line",
    className: [
      `flow-${edge.evidence}`,
      isOld && !edge.mark ? "flow-old" : "",
      edge.mark ? `flow-${edge.mark}` : "",
      isNear ? "flow-near" : "",
    ]
      .filter(Boolean)
      .join(" "),
    // What came, went or changed has a width of its own.
    ...(edge.mark ? {} : { style: { strokeWidth: widthOf(edge.rate?.perSecond) } }),
    ...(hasWords && edge.grades.includes("traced") ? { label: tl.traced } : {}),
    focusable: false,
    selectable: false,
  };
}

/** What the worker says, once it has; the last answer while it thinks anew about the same nodes. */
export function usePlaces(view: View | undefined, isDown: boolean): Placed | undefined {
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
  return placed;
}
